//! The logistic function: `∂σ = σ (1 - σ) ∂x`, by the result itself.

use crate::engine::Engine;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// `1 / (1 + e^-x)`.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn sigmoid(&self) -> Result<Self, E::Error> {
        let output = self.engine().sigmoid(&self.value())?;
        let saved = output.clone();
        let pullback = move |engine: &E, gradient: &E::Tensor| {
            let slope = engine.mul(&saved, &engine.not(&saved)?)?;
            engine.mul(gradient, &slope)
        };
        Ok(self.record("sigmoid", output).input(self, pullback).finish())
    }
}

#[cfg(test)]
mod tests {
    use crate::check::unary_law;

    unary_law!(sigmoids_have_the_gradient_of_finite_differences, -3.0..3.0, |x| x[0].sigmoid());
}
