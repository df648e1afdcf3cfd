//! Gradients kept small: each element by itself, or all of them by one factor, `min(1, max_norm / (‖g‖ + 10⁻⁶))`.

use crypten_autograd::{Engine, Var};
use ndarray::arr0;

/// Keeps every element of the gradients between a number and its negative: `clip_grad_value_`.
///
/// # Errors
/// If the engine fails.
pub fn clip_grad_value<'a, E: Engine>(
    parameters: impl IntoIterator<Item = &'a Var<E>>,
    clip_value: f64,
) -> Result<(), E::Error> {
    for parameter in parameters {
        if let Some(gradient) = parameter.grad() {
            replace(parameter, &parameter.engine().clamp(&gradient, -clip_value, clip_value)?)?;
        }
    }
    Ok(())
}

/// Scales all gradients by one factor, so that the root of the sum of all their squares is at most a number:
/// `clip_grad_norm_`. Gives that root before; none if no parameter has a gradient.
///
/// # Errors
/// If the engine fails.
pub fn clip_grad_norm<'a, E: Engine>(
    parameters: impl IntoIterator<Item = &'a Var<E>>,
    max_norm: f64,
) -> Result<Option<E::Tensor>, E::Error> {
    let with_gradient = |parameter: &'a Var<E>| parameter.grad().map(|gradient| (parameter, gradient));
    let pairs = Vec::from_iter(parameters.into_iter().filter_map(with_gradient));
    let Some((first, _)) = pairs.first() else {
        return Ok(None);
    };
    let engine = first.engine();
    let mut total = engine.constant(arr0(0.0).into_dyn())?;
    for (parameter, gradient) in &pairs {
        let axes = Vec::from_iter(0..parameter.ndim());
        let sum = engine.sum_keepdim(&engine.square(gradient)?, &axes)?;
        total = engine.add(&total, &engine.reshape(&sum, &[])?)?;
    }
    let norm = engine.sqrt(&total)?;
    let inverse = engine.reciprocal_of_positive(&engine.add_number(&norm, 1e-6)?)?;
    let factor = engine.clamp(&engine.mul_number(&inverse, max_norm)?, 0.0, 1.0)?;
    for (parameter, gradient) in &pairs {
        replace(parameter, &engine.mul(gradient, &factor)?)?;
    }
    Ok(Some(norm))
}

/// Another gradient in place of a leaf's own: the backward pass of a leaf alone.
fn replace<E: Engine>(parameter: &Var<E>, gradient: &E::Tensor) -> Result<(), E::Error> {
    parameter.zero_grad();
    parameter.backward_with(gradient)
}
