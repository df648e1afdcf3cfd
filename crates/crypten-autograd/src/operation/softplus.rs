//! The smooth ReLU: `∂ ln (1 + eˣ) = σ(x) ∂x`.

use crate::engine::Engine;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// `ln (1 + e^x)`.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn softplus(&self) -> Result<Self, E::Error> {
        let (engine, x) = (self.engine(), self.value());
        if !self.is_recorded() {
            return Ok(self.record("softplus", engine.softplus(&x)?).finish());
        }
        let (output, slope) = engine.softplus_with_sigmoid(&x)?;
        let pullback = move |engine: &E, gradient: &E::Tensor| engine.mul(gradient, &slope);
        Ok(self.record("softplus", output).input(self, pullback).finish())
    }
}

#[cfg(test)]
mod tests {
    use crate::check::unary_law;

    unary_law!(softplus_has_the_gradient_of_finite_differences, -3.0..3.0, |x| x[0].softplus());
}
