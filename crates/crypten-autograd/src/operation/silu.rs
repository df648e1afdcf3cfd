//! The sigmoid linear unit: `∂(x σ) = (σ + x σ (1 - σ)) ∂x`.

use crate::engine::Engine;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// `x` times its sigmoid.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn silu(&self) -> Result<Self, E::Error> {
        let (engine, x) = (self.engine(), self.value());
        if !self.is_recorded() {
            return Ok(self.record("silu", engine.silu(&x)?).finish());
        }
        let (output, slope) = engine.silu_with_slope(&x)?;
        let pullback = move |engine: &E, gradient: &E::Tensor| engine.mul(gradient, &slope);
        Ok(self.record("silu", output).input(self, pullback).finish())
    }
}

#[cfg(test)]
mod tests {
    use crate::check::unary_law;

    unary_law!(silus_have_the_gradient_of_finite_differences, -3.0..3.0, |x| x[0].silu());
}
