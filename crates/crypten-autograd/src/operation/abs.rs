//! Magnitudes and signs: `∂|x| = sign(x) ∂x`, by the sign of the forward pass; that of `sign` is zero.

use crate::engine::Engine;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The absolute values.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn abs(&self) -> Result<Self, E::Error> {
        let (engine, x) = (self.engine(), self.value());
        if !self.is_recorded() {
            return Ok(self.record("abs", engine.abs(&x)?).finish());
        }
        let (output, sign) = engine.abs_with_sign(&x)?;
        let pullback = move |engine: &E, gradient: &E::Tensor| engine.mul_mask(gradient, &sign);
        Ok(self.record("abs", output).input(self, pullback).finish())
    }

    /// -1 where an element is negative, 0 at zero, 1 where it is positive. Has no gradient: it is zero.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn sign(&self) -> Result<Self, E::Error> {
        Ok(self.record("sign", self.engine().sign(&self.value())?).finish())
    }
}

#[cfg(test)]
mod tests {
    use crate::check::unary_law;

    unary_law!(magnitudes_have_the_gradient_of_finite_differences, -2.0..2.0, |x| x[0].abs());
    unary_law!(signs_have_the_gradient_of_finite_differences, -2.0..2.0, |x| x[0].sign()?.add(&x[0]));
}
