//! The hyperbolic tangent: `∂ tanh = (1 - tanh²) ∂x`, by the result itself.

use crate::engine::Engine;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The hyperbolic tangent.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn tanh(&self) -> Result<Self, E::Error> {
        let output = self.engine().tanh(&self.value())?;
        let saved = output.clone();
        let pullback = move |engine: &E, gradient: &E::Tensor| {
            let slope = engine.not(&engine.square(&saved)?)?;
            engine.mul(gradient, &slope)
        };
        Ok(self.record("tanh", output).input(self, pullback).finish())
    }
}

#[cfg(test)]
mod tests {
    use crate::check::unary_law;

    unary_law!(hyperbolic_tangents_have_the_gradient_of_finite_differences, -3.0..3.0, |x| x[0].tanh());
}
