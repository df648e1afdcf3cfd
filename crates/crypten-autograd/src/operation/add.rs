//! Sums and differences: `∂(x + y) = ∂x + ∂y`, `∂(x - y) = ∂x - ∂y`.

use crate::engine::Engine;
use crate::operand::Operand;
use crate::tape::sum_to;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// `self + other`.
    ///
    /// # Shapes
    /// Both broadcast, as in NumPy.
    ///
    /// # Errors
    /// If the shapes do not broadcast, or the engine fails.
    pub fn add(&self, other: impl Into<Operand<E>>) -> Result<Self, E::Error> {
        let engine = self.engine();
        let other = match other.into() {
            Operand::Number(number) => {
                let sum = engine.add_number(&self.value(), number)?;
                return Ok(self.record("add", sum).input(self, |_, gradient| Ok(gradient.clone())).finish());
            }
            other => other.into_var(engine)?,
        };
        let sum = engine.add(&self.value(), &other.value())?;
        let record = self.record("add", sum).broadcast_input(self, |_, gradient| Ok(gradient.clone()));
        Ok(record.broadcast_input(&other, |_, gradient| Ok(gradient.clone())).finish())
    }

    /// `self - other`.
    ///
    /// # Shapes
    /// Both broadcast, as in NumPy.
    ///
    /// # Errors
    /// As [`Var::add`].
    pub fn sub(&self, other: impl Into<Operand<E>>) -> Result<Self, E::Error> {
        let engine = self.engine();
        let other = match other.into() {
            Operand::Number(number) => return self.add(-number),
            other => other.into_var(engine)?,
        };
        let difference = engine.sub(&self.value(), &other.value())?;
        let record = self.record("sub", difference).broadcast_input(self, |_, gradient| Ok(gradient.clone()));
        // Negated after it has been summed: that is less to negate.
        let shape = other.shape().to_vec();
        let pullback = move |engine: &E, gradient: &E::Tensor| engine.neg(&sum_to(engine, gradient, &shape)?);
        Ok(record.input(&other, pullback).finish())
    }

    /// `-self`.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn neg(&self) -> Result<Self, E::Error> {
        let negative = self.engine().neg(&self.value())?;
        Ok(self.record("neg", negative).input(self, |engine, gradient| engine.neg(gradient)).finish())
    }
}

#[cfg(test)]
mod tests {
    use crate::check::{binary_law, unary_law};

    binary_law!(sums_have_the_gradient_of_finite_differences, -2.0..2.0, |x| x[0].add(&x[1]));
    binary_law!(differences_have_the_gradient_of_finite_differences, -2.0..2.0, |x| x[0].sub(&x[1]));
    binary_law!(a_value_used_twice_collects_both_gradients, -2.0..2.0, |x| &x[0] + &x[1] + &x[0]);
    unary_law!(negatives_have_the_gradient_of_finite_differences, -2.0..2.0, |x| x[0].neg());
    unary_law!(numbers_on_either_side_have_no_gradient, -2.0..2.0, |x| 3.0 - (&x[0] + 2.0)? - (1.0 + &x[0])?);
}
