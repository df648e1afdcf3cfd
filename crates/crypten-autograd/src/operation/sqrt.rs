//! The square root and its reciprocal: `∂√x = ∂x / (2 √x)`, `∂ 1/√x = -∂x / (2 √x³)`.

use crate::engine::Engine;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The square root. Recorded, it comes with its reciprocal, of which the gradient is half.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn sqrt(&self) -> Result<Self, E::Error> {
        let (engine, x) = (self.engine(), self.value());
        if !self.is_recorded() {
            return Ok(self.record("sqrt", engine.sqrt(&x)?).finish());
        }
        let (output, inverse) = engine.sqrt_with_inverse(&x)?;
        let pullback =
            move |engine: &E, gradient: &E::Tensor| engine.mul(gradient, &engine.mul_number(&inverse, 0.5)?);
        Ok(self.record("sqrt", output).input(self, pullback).finish())
    }

    /// The reciprocal of the square root.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn inv_sqrt(&self) -> Result<Self, E::Error> {
        let output = self.engine().inv_sqrt(&self.value())?;
        let saved = output.clone();
        let pullback = move |engine: &E, gradient: &E::Tensor| {
            let cube = engine.mul(&engine.square(&saved)?, &saved)?;
            engine.mul(gradient, &engine.mul_number(&cube, -0.5)?)
        };
        Ok(self.record("inv_sqrt", output).input(self, pullback).finish())
    }
}

#[cfg(test)]
mod tests {
    use crate::check::unary_law;

    unary_law!(roots_have_the_gradient_of_finite_differences, 0.5..2.0, |x| x[0].sqrt());
    unary_law!(inverse_roots_have_the_gradient_of_finite_differences, 0.5..2.0, |x| x[0].inv_sqrt());
}
