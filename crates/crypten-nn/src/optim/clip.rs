//! Gradients kept small: each element by itself, or all of them by one factor, `min(1, max_norm / (‖g‖ + 10⁻⁶))`.

use crypten_autograd::{Engine, Error, SettingError, Var};
use ndarray::arr0;

use super::together::{apart, elementwise, end_to_end};

/// Keeps every element of the gradients between a number and its negative: `clip_grad_value_`.
///
/// # Rounds
/// Those of one clamp, however many parameters there are; none for what is public.
///
/// # Errors
/// If the number is negative or not finite, or the engine fails.
pub fn clip_grad_value<'a, E: Engine>(
    parameters: impl IntoIterator<Item = &'a Var<E>>,
    clip_value: f64,
) -> Result<(), E::Error> {
    SettingError::unless_not_negative("clip_value", clip_value).map_err(Error::from)?;
    let pairs = with_gradient(parameters);
    let Some((first, _)) = pairs.first() else {
        return Ok(());
    };
    let engine = first.engine();
    let rows = Vec::from_iter(pairs.iter().map(|(_, gradient)| [gradient]));
    let clamped = elementwise(engine, &rows, |[gradient]| engine.clamp(gradient, -clip_value, clip_value))?;
    pairs.iter().zip(clamped).try_for_each(|((parameter, _), gradient)| replace(parameter, &gradient))
}

/// Scales all gradients by one factor, so that the root of the sum of all their squares is at most a number:
/// `clip_grad_norm_`. Gives that root before; none if no parameter has a gradient.
///
/// # Rounds
/// Those of a square, a square root, a reciprocal, a clamp and two products, however many parameters there are; none if
/// all gradients are public.
///
/// # Errors
/// If the number is negative or not finite, or the engine fails.
pub fn clip_grad_norm<'a, E: Engine>(
    parameters: impl IntoIterator<Item = &'a Var<E>>,
    max_norm: f64,
) -> Result<Option<E::Tensor>, E::Error> {
    SettingError::unless_not_negative("max_norm", max_norm).map_err(Error::from)?;
    let pairs = with_gradient(parameters);
    let Some((first, _)) = pairs.first() else {
        return Ok(None);
    };
    let engine = first.engine();
    let (secret, public): (Vec<_>, Vec<_>) =
        pairs.iter().map(|(_, gradient)| gradient).partition(|gradient| engine.is_secret(gradient));
    let mut norm = engine.constant(arr0(0.0).into_dyn())?;
    for gradients in [secret, public].into_iter().filter(|gradients| !gradients.is_empty()) {
        let squares = engine.square(&end_to_end(engine, gradients.into_iter())?)?;
        let sum = engine.sum_keepdim(&squares, &[0])?;
        norm = engine.add(&norm, &engine.reshape(&sum, &[])?)?;
    }
    let norm = engine.sqrt(&norm)?;
    let inverse = engine.reciprocal_of_positive(&engine.add_number(&norm, 1e-6)?)?;
    let factor = engine.clamp(&engine.mul_number(&inverse, max_norm)?, 0.0, 1.0)?;
    // The factor is as secret as the most secret of the gradients.
    let gradients = || pairs.iter().map(|(_, gradient)| gradient);
    let scaled = engine.mul(&end_to_end(engine, gradients())?, &factor)?;
    let scaled = apart(engine, &scaled, gradients())?;
    pairs.iter().zip(scaled).try_for_each(|((parameter, _), gradient)| replace(parameter, &gradient))?;
    Ok(Some(norm))
}

/// The parameters that have a gradient, and it.
fn with_gradient<'a, E: Engine>(
    parameters: impl IntoIterator<Item = &'a Var<E>>,
) -> Vec<(&'a Var<E>, E::Tensor)> {
    let pair = |parameter: &'a Var<E>| parameter.grad().map(|gradient| (parameter, gradient));
    parameters.into_iter().filter_map(pair).collect()
}

/// Another gradient in place of a leaf's own: the backward pass of a leaf alone.
fn replace<E: Engine>(parameter: &Var<E>, gradient: &E::Tensor) -> Result<(), E::Error> {
    parameter.zero_grad();
    parameter.backward_with(gradient)
}
