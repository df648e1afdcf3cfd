//! The exponential: `∂eˣ = eˣ ∂x`, by the result itself.

use crate::engine::Engine;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// `e^x`.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn exp(&self) -> Result<Self, E::Error> {
        let output = self.engine().exp(&self.value())?;
        let saved = output.clone();
        let pullback = move |engine: &E, gradient: &E::Tensor| engine.mul(gradient, &saved);
        Ok(self.record("exp", output).input(self, pullback).finish())
    }
}

#[cfg(test)]
mod tests {
    use crate::check::unary_law;

    unary_law!(exponentials_have_the_gradient_of_finite_differences, -2.0..2.0, |x| x[0].exp());
}
