//! The error function: `∂erf(x) = 2/√π e^(-x²) ∂x`.

use crate::engine::Engine;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The error function.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn erf(&self) -> Result<Self, E::Error> {
        let (engine, x) = (self.engine(), self.value());
        if !self.is_recorded() {
            return Ok(self.record("erf", engine.erf(&x)?).finish());
        }
        let (output, slope) = engine.erf_with_slope(&x)?;
        let pullback = move |engine: &E, gradient: &E::Tensor| engine.mul(gradient, &slope);
        Ok(self.record("erf", output).input(self, pullback).finish())
    }
}

#[cfg(test)]
mod tests {
    use crate::check::unary_law;

    unary_law!(error_functions_have_the_gradient_of_finite_differences, -2.0..2.0, |x| x[0].erf());
}
