//! Functions of each element by itself, with the errors that the facade states.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use crypten::{CrypTensor, Error};

use crate::dice::Kind;
use crate::draft::{Draft, Planned, one, two};
use crate::number::{Number, UNIT};
use crate::program::Operation;

/// The largest number of which a root or a reciprocal is taken.
const LARGEST: f64 = 8_388_608.0;
/// The smallest magnitude of which the table of errors speaks for reciprocals.
const SMALLEST: f64 = 0.015625;

pub(crate) fn operations() -> Vec<Operation> {
    let any = |x: Number| x;
    vec![
        elementwise("neg", Kind::Any, |x| Ok(x.neg()), |x| -x),
        elementwise("square", Kind::Any, CrypTensor::square, |x| (x * x).rounded()),
        elementwise("rescale", Kind::Any, CrypTensor::rescale, any),
        elementwise("to_binary, to_arithmetic", Kind::Any, |x| x.to_binary()?.to_arithmetic(), any),
        elementwise("exp", Kind::Any, CrypTensor::exp, exp),
        elementwise("log", Kind::Positive, CrypTensor::log, log),
        elementwise("sqrt", Kind::Positive, CrypTensor::sqrt, sqrt),
        elementwise("inv_sqrt", Kind::Positive, CrypTensor::inv_sqrt, inverse_root),
        elementwise("reciprocal", Kind::Nonzero, CrypTensor::reciprocal, inverse),
        elementwise("reciprocal_of_positive", Kind::Positive, CrypTensor::reciprocal_of_positive, |x| {
            inverse(x.within(SMALLEST, LARGEST))
        }),
        elementwise("sin", Kind::Any, CrypTensor::sin, |x| x.lipschitz(1.0, f64::sin).wider(2.0 * UNIT)),
        elementwise("cos", Kind::Any, CrypTensor::cos, |x| x.lipschitz(1.0, f64::cos).wider(2.0 * UNIT)),
        Operation::new("cossin", cossin),
        elementwise("sigmoid", Kind::Any, CrypTensor::sigmoid, |x| x.monotone(sigmoid).wider(1e-4)),
        elementwise("tanh", Kind::Any, CrypTensor::tanh, |x| x.monotone(f64::tanh).wider(1e-4)),
        elementwise("erf", Kind::Any, CrypTensor::erf, |x| x.monotone(erf).wider(1e-4)),
        elementwise("gelu", Kind::Any, CrypTensor::gelu, |x| x.lipschitz(1.13, gelu).wider(1e-4)),
        elementwise("silu", Kind::Any, CrypTensor::silu, |x| {
            x.lipschitz(1.1, |x| x * sigmoid(x)).wider(1e-4)
        }),
        elementwise("abs", Kind::Any, CrypTensor::abs, Number::abs),
        elementwise("sign", Kind::Any, CrypTensor::sign, sign),
        elementwise("relu", Kind::Any, CrypTensor::relu, |x| x.monotone(|x| x.max(0.0))),
        elementwise("relu6", Kind::Any, CrypTensor::relu6, |x| x.monotone(|x| clamped(x, 0.0, 6.0))),
        clamping("clamp", CrypTensor::clamp),
        clamping("hardtanh", CrypTensor::hardtanh),
        Operation::new("leaky_relu", leaky_relu),
    ]
}

/// A function and its plain twin, which knows its domain.
fn elementwise(
    name: &'static str,
    kind: Kind,
    secret: fn(&CrypTensor) -> Result<CrypTensor, Error>,
    plain: fn(Number) -> Number,
) -> Operation {
    Operation::new(name, move |draft| {
        let (index, x) = draft.secret([0, 5], kind, |twin| twin.iter().all(|&x| plain(x).is_known()));
        one(format!("#{index}"), x.mapv(plain), move |pool| secret(&pool[index]))
    })
}

/// The exponential, below the largest number of a program.
pub(crate) fn exp(x: Number) -> Number {
    x.within(f64::MIN, 6.9).monotone(f64::exp).off(5e-5, 5e-5)
}

pub(crate) fn log(x: Number) -> Number {
    x.within(0.01, LARGEST).monotone(f64::ln).wider(5e-5)
}

pub(crate) fn sqrt(x: Number) -> Number {
    x.within(0.0, LARGEST).monotone(f64::sqrt).off(5e-5, 2.0 * UNIT)
}

/// The reciprocal of the square root, far enough from zero.
pub(crate) fn inverse_root(x: Number) -> Number {
    x.within(0.002, LARGEST).monotone(|x| x.sqrt().recip()).off(5e-5, 2.0 * UNIT)
}

pub(crate) fn inverse(x: Number) -> Number {
    let domain = x.value.abs() - x.bound >= SMALLEST && x.size() <= LARGEST;
    if domain { x.monotone(f64::recip).off(5e-5, 2.0 * UNIT) } else { Number::UNKNOWN }
}

fn sign(x: Number) -> Number {
    let sign = if x.value == 0.0 { 0.0 } else { x.value.signum() };
    if x.apart(Number::ZERO) { Number::exact(sign) } else { Number::UNKNOWN }
}

fn sigmoid(x: f64) -> f64 {
    (1.0 + (-x).exp()).recip()
}

/// The error function: `2 / sqrt(pi) e^(-x^2)` times the sum of `2^n x^(2 n + 1) / (1 3 .. (2 n + 1))`.
fn erf(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return x.signum();
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= 2.0 * x * x / (2.0 * f64::from(n) + 1.0);
        sum += term;
    }
    FRAC_2_SQRT_PI * (-x * x).exp() * sum
}

fn gelu(x: f64) -> f64 {
    0.5 * x * (1.0 + erf(x * FRAC_1_SQRT_2))
}

fn cossin(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.any();
    let value = |f: fn(f64) -> f64| x.mapv(|x| x.lipschitz(1.0, f).wider(2.0 * UNIT));
    let (cosine, sine) = (value(f64::cos), value(f64::sin));
    two(format!("#{index}"), cosine, sine, move |pool| pool[index].cossin())
}

/// Everywhere `max` if `min` is larger.
fn clamped(x: f64, min: f64, max: f64) -> f64 {
    if x >= max || min >= max { max } else { x.max(min) }
}

fn clamping(name: &'static str, secret: fn(&CrypTensor, f64, f64) -> Result<CrypTensor, Error>) -> Operation {
    Operation::new(name, move |draft| {
        let (index, x) = draft.any();
        let (min, max) = (draft.dice.number(4.0), draft.dice.number(4.0));
        let twin = x.mapv(|x| x.monotone(|x| clamped(x, min, max)));
        one(format!("#{index}, {min}, {max}"), twin, move |pool| secret(&pool[index], min, max))
    })
}

fn leaky_relu(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.any();
    let slope = draft.dice.number(1.5);
    let leaky = |x: f64| if x < 0.0 { slope * x } else { x };
    let twin = x.mapv(|x| x.lipschitz(slope.abs().max(1.0), leaky).rounded());
    one(format!("#{index}, {slope}"), twin, move |pool| pool[index].leaky_relu(slope))
}
