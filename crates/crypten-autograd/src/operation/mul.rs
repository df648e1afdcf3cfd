//! Products element by element: `∂(x y) = y ∂x + x ∂y`.

use crate::engine::Engine;
use crate::operand::Operand;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// `self * other`, element by element.
    ///
    /// # Shapes
    /// Both broadcast, as in NumPy.
    ///
    /// # Errors
    /// If the shapes do not broadcast, or the engine fails.
    pub fn mul(&self, other: impl Into<Operand<E>>) -> Result<Self, E::Error> {
        let engine = self.engine();
        let other = match other.into() {
            Operand::Number(number) => {
                let product = engine.mul_number(&self.value(), number)?;
                let pullback = move |engine: &E, gradient: &E::Tensor| engine.mul_number(gradient, number);
                return Ok(self.record("mul", product).input(self, pullback).finish());
            }
            other => other.into_var(engine)?,
        };
        let (x, y) = (self.value(), other.value());
        let product = engine.mul(&x, &y)?;
        let record = self.record("mul", product);
        let record = record.broadcast_input(self, move |engine, gradient| engine.mul(gradient, &y));
        Ok(record.broadcast_input(&other, move |engine, gradient| engine.mul(gradient, &x)).finish())
    }

    /// This tensor times a mask of whole numbers, mostly 0 and 1, which has no gradient: cheaper than a product where
    /// numbers are fixed-point.
    ///
    /// # Shapes
    /// Both broadcast, as in NumPy.
    ///
    /// # Errors
    /// As [`Var::mul`].
    pub fn mul_mask(&self, mask: &Self) -> Result<Self, E::Error> {
        let mask = mask.value();
        let product = self.engine().mul_mask(&self.value(), &mask)?;
        let pullback = move |engine: &E, gradient: &E::Tensor| engine.mul_mask(gradient, &mask);
        Ok(self.record("mul_mask", product).broadcast_input(self, pullback).finish())
    }
}

#[cfg(test)]
mod tests {
    use crate::check::{binary_law, unary_law};

    binary_law!(products_have_the_gradient_of_finite_differences, -2.0..2.0, |x| x[0].mul(&x[1]));
    binary_law!(products_with_a_mask_have_its_gradient, -2.0..2.0, |x| {
        x[0].mul_mask(&x[1].detach().gt(0.0)?)
    });
    unary_law!(numbers_scale_the_gradient, -2.0..2.0, |x| 2.5 * (&x[0] * 3)?);
}
