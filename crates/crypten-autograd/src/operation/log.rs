//! The natural logarithm: `∂ ln x = ∂x / x`.

use crate::engine::Engine;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The natural logarithm, of positive numbers.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn log(&self) -> Result<Self, E::Error> {
        let x = self.value();
        let output = self.engine().log(&x)?;
        let pullback =
            move |engine: &E, gradient: &E::Tensor| engine.mul(gradient, &engine.reciprocal_of_positive(&x)?);
        Ok(self.record("log", output).input(self, pullback).finish())
    }
}

#[cfg(test)]
mod tests {
    use crate::check::unary_law;

    unary_law!(logarithms_have_the_gradient_of_finite_differences, 0.5..2.0, |x| x[0].log());
}
