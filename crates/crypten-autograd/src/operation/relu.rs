//! ReLU and its leaky variant: the gradient passes where the mask of the forward pass is 1.

use crate::engine::Engine;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The elements, or zero where they are negative.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn relu(&self) -> Result<Self, E::Error> {
        let (engine, x) = (self.engine(), self.value());
        if !self.is_recorded() {
            return Ok(self.record("relu", engine.relu(&x)?).finish());
        }
        let (output, mask) = engine.relu_with_mask(&x)?;
        let pullback = move |engine: &E, gradient: &E::Tensor| engine.mul_mask(gradient, &mask);
        Ok(self.record("relu", output).input(self, pullback).finish())
    }

    /// The elements, times `slope` where they are negative: `slope x + (1 - slope) relu(x)`.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn leaky_relu(&self, slope: f64) -> Result<Self, E::Error> {
        let engine = self.engine();
        let bent = move |engine: &E, x: &E::Tensor, above: &E::Tensor| {
            engine.add(&engine.mul_number(x, slope)?, &engine.mul_number(above, 1.0 - slope)?)
        };
        let x = self.value();
        if !self.is_recorded() {
            return Ok(self.record("leaky_relu", bent(engine, &x, &engine.relu(&x)?)?).finish());
        }
        let (above, mask) = engine.relu_with_mask(&x)?;
        let pullback = move |engine: &E, gradient: &E::Tensor| {
            bent(engine, gradient, &engine.mul_mask(gradient, &mask)?)
        };
        Ok(self.record("leaky_relu", bent(engine, &x, &above)?).input(self, pullback).finish())
    }

    /// The elements, but at least 0 and at most 6.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn relu6(&self) -> Result<Self, E::Error> {
        self.clamp(0.0, 6.0)
    }
}

#[cfg(test)]
mod tests {
    use crate::check::unary_law;

    unary_law!(relu_has_the_gradient_of_finite_differences, -2.0..2.0, |x| x[0].relu());
    unary_law!(leaky_relu_has_the_gradient_of_finite_differences, -2.0..2.0, |x| x[0].leaky_relu(0.2));
    unary_law!(relu6_has_the_gradient_of_finite_differences, -9.0..9.0, |x| x[0].relu6());
}
