//! Clamping: the gradient passes where the element was between the bounds.

use crate::engine::Engine;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The elements, but at least `min` and at most `max`; everywhere `max` if `min` is larger.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn clamp(&self, min: f64, max: f64) -> Result<Self, E::Error> {
        let (engine, x) = (self.engine(), self.value());
        if !self.is_recorded() {
            return Ok(self.record("clamp", engine.clamp(&x, min, max)?).finish());
        }
        let (output, mask) = engine.clamp_with_mask(&x, min, max)?;
        let pullback = move |engine: &E, gradient: &E::Tensor| engine.mul_mask(gradient, &mask);
        Ok(self.record("clamp", output).input(self, pullback).finish())
    }

    /// [`Var::clamp`] under PyTorch's name for the layer.
    ///
    /// # Errors
    /// As [`Var::clamp`].
    pub fn hardtanh(&self, min: f64, max: f64) -> Result<Self, E::Error> {
        self.clamp(min, max)
    }
}

#[cfg(test)]
mod tests {
    use crate::check::unary_law;

    unary_law!(clamping_has_the_gradient_of_finite_differences, -2.0..2.0, |x| x[0].clamp(-0.7, 1.1));
    unary_law!(crossed_bounds_give_the_upper_one, -2.0..2.0, |x| x[0].hardtanh(3.0, -3.0));
}
