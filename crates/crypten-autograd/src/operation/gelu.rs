//! The Gaussian error linear unit: `∂(x Φ(x)) = (Φ(x) + x φ(x)) ∂x`.
//!
//! Source: D. Hendrycks and K. Gimpel, "Gaussian error linear units" (2016).

use crate::engine::Engine;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// `x` times the normal distribution function at `x`: the exact GELU.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn gelu(&self) -> Result<Self, E::Error> {
        let (engine, x) = (self.engine(), self.value());
        if !self.is_recorded() {
            return Ok(self.record("gelu", engine.gelu(&x)?).finish());
        }
        let (output, slope) = engine.gelu_with_slope(&x)?;
        let pullback = move |engine: &E, gradient: &E::Tensor| engine.mul(gradient, &slope);
        Ok(self.record("gelu", output).input(self, pullback).finish())
    }
}

#[cfg(test)]
mod tests {
    use crate::check::unary_law;

    unary_law!(gelus_have_the_gradient_of_finite_differences, -3.0..3.0, |x| x[0].gelu());
}
