//! The sigmoid and its family, softmax, and normal numbers.
//!
//! `gelu(x) = x Φ(x)` with `Φ(x) = (1 + erf(x / √2)) / 2`, whose slope is `Φ(x) + x φ(x)` with
//! `φ(x) = e^(-x²/2) / √(2π)`. `silu(x) = x σ(x)`, whose slope is `σ + silu (1 - σ)`. Normal numbers are
//! `√(-2 ln u) cos(2π v)` of two uniform ones; source: G. Box and M. Muller (1958).

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, SQRT_2, TAU};

use super::Engine;

/// By the exponential of `-|x|`, which never overflows: `σ(|x|)`, and its complement for a negative `x`.
pub(super) fn sigmoid<E: Engine>(engine: &E, x: &E::Tensor) -> Result<E::Tensor, E::Error> {
    let (magnitude, sign) = engine.abs_with_sign(x)?;
    let power = engine.exp(&engine.neg(&magnitude)?)?;
    let positive = engine.reciprocal_of_positive(&engine.add_number(&power, 1.0)?)?;
    let half = engine.add_number(&positive, -0.5)?;
    engine.add_number(&engine.mul_mask(&half, &sign)?, 0.5)
}

pub(super) fn tanh<E: Engine>(engine: &E, x: &E::Tensor) -> Result<E::Tensor, E::Error> {
    let sigmoid = engine.sigmoid(&engine.mul_number(x, 2.0)?)?;
    engine.add_number(&engine.mul_number(&sigmoid, 2.0)?, -1.0)
}

pub(super) fn erf_with_slope<E: Engine>(
    engine: &E,
    x: &E::Tensor,
) -> Result<(E::Tensor, E::Tensor), E::Error> {
    Ok((engine.erf(x)?, bell(engine, x, 1.0, FRAC_2_SQRT_PI)?))
}

pub(super) fn gelu<E: Engine>(engine: &E, x: &E::Tensor) -> Result<E::Tensor, E::Error> {
    engine.mul(x, &distribution(engine, x)?)
}

pub(super) fn gelu_with_slope<E: Engine>(
    engine: &E,
    x: &E::Tensor,
) -> Result<(E::Tensor, E::Tensor), E::Error> {
    let distribution = distribution(engine, x)?;
    let density = bell(engine, x, 0.5, FRAC_2_SQRT_PI / SQRT_2 / 2.0)?;
    let slope = engine.add(&distribution, &engine.mul(x, &density)?)?;
    Ok((engine.mul(x, &distribution)?, slope))
}

pub(super) fn silu_with_slope<E: Engine>(
    engine: &E,
    x: &E::Tensor,
) -> Result<(E::Tensor, E::Tensor), E::Error> {
    let sigmoid = engine.sigmoid(x)?;
    let silu = engine.mul(x, &sigmoid)?;
    let rest = engine.mul(&silu, &engine.not(&sigmoid)?)?;
    let slope = engine.add(&sigmoid, &rest)?;
    Ok((silu, slope))
}

pub(super) fn softplus<E: Engine>(engine: &E, x: &E::Tensor) -> Result<E::Tensor, E::Error> {
    let above = engine.relu(x)?;
    // -|x|
    let exponent = engine.sub(x, &engine.mul_number(&above, 2.0)?)?;
    let power = engine.exp(&exponent)?;
    engine.add(&above, &engine.log(&engine.add_number(&power, 1.0)?)?)
}

pub(super) fn softmax<E: Engine>(engine: &E, x: &E::Tensor, axis: usize) -> Result<E::Tensor, E::Error> {
    let power = engine.exp(&below_max(engine, x, axis)?)?;
    let sum = engine.sum_keepdim(&power, &[axis])?;
    engine.mul(&power, &engine.reciprocal_of_positive(&sum)?)
}

pub(super) fn log_softmax<E: Engine>(engine: &E, x: &E::Tensor, axis: usize) -> Result<E::Tensor, E::Error> {
    let exponent = below_max(engine, x, axis)?;
    let sum = engine.sum_keepdim(&engine.exp(&exponent)?, &[axis])?;
    engine.sub(&exponent, &engine.log(&sum)?)
}

pub(super) fn log_softmax_with_softmax<E: Engine>(
    engine: &E,
    x: &E::Tensor,
    axis: usize,
) -> Result<(E::Tensor, E::Tensor), E::Error> {
    let exponent = below_max(engine, x, axis)?;
    let power = engine.exp(&exponent)?;
    let sum = engine.sum_keepdim(&power, &[axis])?;
    let logarithm = engine.sub(&exponent, &engine.log(&sum)?)?;
    Ok((logarithm, engine.mul(&power, &engine.reciprocal_of_positive(&sum)?)?))
}

pub(super) fn normal<E: Engine>(engine: &E, shape: &[usize]) -> Result<E::Tensor, E::Error> {
    // In (0, 1], so that the logarithm is finite.
    let uniform = engine.not(&engine.uniform(shape)?)?;
    let radius = engine.sqrt(&engine.mul_number(&engine.log(&uniform)?, -2.0)?)?;
    let angle = engine.mul_number(&engine.uniform(shape)?, TAU)?;
    engine.mul(&radius, &engine.cos(&angle)?)
}

/// `x` less the largest element along an axis, so that no exponential overflows.
fn below_max<E: Engine>(engine: &E, x: &E::Tensor, axis: usize) -> Result<E::Tensor, E::Error> {
    engine.sub(x, &engine.max_keepdim(x, axis)?)
}

/// The normal distribution function.
fn distribution<E: Engine>(engine: &E, x: &E::Tensor) -> Result<E::Tensor, E::Error> {
    let erf = engine.erf(&engine.mul_number(x, FRAC_1_SQRT_2)?)?;
    engine.mul_number(&engine.add_number(&erf, 1.0)?, 0.5)
}

/// `height * e^(-decay x²)`.
fn bell<E: Engine>(engine: &E, x: &E::Tensor, decay: f64, height: f64) -> Result<E::Tensor, E::Error> {
    let exponent = engine.mul_number(&engine.square(x)?, -decay)?;
    engine.mul_number(&engine.exp(&exponent)?, height)
}
