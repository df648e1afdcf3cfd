//! Sine and cosine: `∂ sin x = cos x ∂x`, `∂ cos x = -sin x ∂x`. Recorded, both are computed together.

use crate::engine::Engine;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The sine of an angle in radians.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn sin(&self) -> Result<Self, E::Error> {
        let (engine, x) = (self.engine(), self.value());
        if !self.is_recorded() {
            return Ok(self.record("sin", engine.sin(&x)?).finish());
        }
        let (slope, output) = engine.cossin(&x)?;
        let pullback = move |engine: &E, gradient: &E::Tensor| engine.mul(gradient, &slope);
        Ok(self.record("sin", output).input(self, pullback).finish())
    }

    /// The cosine of an angle in radians.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn cos(&self) -> Result<Self, E::Error> {
        let (engine, x) = (self.engine(), self.value());
        if !self.is_recorded() {
            return Ok(self.record("cos", engine.cos(&x)?).finish());
        }
        let (output, slope) = engine.cossin(&x)?;
        let pullback = move |engine: &E, gradient: &E::Tensor| engine.neg(&engine.mul(gradient, &slope)?);
        Ok(self.record("cos", output).input(self, pullback).finish())
    }

    /// The cosine and the sine of an angle in radians.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn cossin(&self) -> Result<(Self, Self), E::Error> {
        let (cosine, sine) = self.engine().cossin(&self.value())?;
        let (from_sine, from_cosine) = (sine.clone(), cosine.clone());
        let to_cosine =
            move |engine: &E, gradient: &E::Tensor| engine.neg(&engine.mul(gradient, &from_sine)?);
        let to_sine = move |engine: &E, gradient: &E::Tensor| engine.mul(gradient, &from_cosine);
        let cosine = self.record("cos", cosine).input(self, to_cosine).finish();
        Ok((cosine, self.record("sin", sine).input(self, to_sine).finish()))
    }
}

#[cfg(test)]
mod tests {
    use crate::check::unary_law;

    unary_law!(sines_have_the_gradient_of_finite_differences, -4.0..4.0, |x| x[0].sin());
    unary_law!(cosines_have_the_gradient_of_finite_differences, -4.0..4.0, |x| x[0].cos());
    unary_law!(both_together_have_both_gradients, -4.0..4.0, |x| {
        let (cosine, sine) = x[0].cossin()?;
        cosine.add(&sine.square()?)
    });
}
