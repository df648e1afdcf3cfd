//! Quotients and reciprocals: `∂(x / y) = r ∂x - (x / y) r ∂y` with `r = 1 / y`, computed once.

use crate::engine::Engine;
use crate::operand::Operand;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// `self / other`, element by element.
    ///
    /// # Shapes
    /// Both broadcast, as in NumPy.
    ///
    /// # Errors
    /// If the shapes do not broadcast, or the engine fails.
    pub fn div(&self, other: impl Into<Operand<E>>) -> Result<Self, E::Error> {
        let engine = self.engine();
        let other = match other.into() {
            Operand::Number(number) => {
                let quotient = engine.div_number(&self.value(), number)?;
                let pullback = move |engine: &E, gradient: &E::Tensor| engine.div_number(gradient, number);
                return Ok(self.record("div", quotient).input(self, pullback).finish());
            }
            other => other.into_var(engine)?,
        };
        let (quotient, reciprocal) = engine.div_with_reciprocal(&self.value(), &other.value())?;
        let (factor, output) = (reciprocal.clone(), quotient.clone());
        let record = self.record("div", quotient);
        let record = record.broadcast_input(self, move |engine, gradient| engine.mul(gradient, &factor));
        let pullback = move |engine: &E, gradient: &E::Tensor| {
            engine.neg(&engine.mul(&engine.mul(gradient, &output)?, &reciprocal)?)
        };
        Ok(record.broadcast_input(&other, pullback).finish())
    }

    /// `1 / self`: the gradient is `-y²` with the result `y`.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn reciprocal(&self) -> Result<Self, E::Error> {
        let reciprocal = self.engine().reciprocal(&self.value())?;
        Ok(reciprocal_of(self, "reciprocal", reciprocal))
    }

    /// `1 / self` of what is known to be positive, which an engine may find cheaper.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn reciprocal_of_positive(&self) -> Result<Self, E::Error> {
        let reciprocal = self.engine().reciprocal_of_positive(&self.value())?;
        Ok(reciprocal_of(self, "reciprocal_of_positive", reciprocal))
    }
}

fn reciprocal_of<E: Engine>(x: &Var<E>, operation: &'static str, reciprocal: E::Tensor) -> Var<E> {
    let output = reciprocal.clone();
    let pullback =
        move |engine: &E, gradient: &E::Tensor| engine.neg(&engine.mul(gradient, &engine.square(&output)?)?);
    x.record(operation, reciprocal).input(x, pullback).finish()
}

#[cfg(test)]
mod tests {
    use crate::check::{binary_law, unary_law};

    binary_law!(quotients_have_the_gradient_of_finite_differences, 0.5..2.0, |x| x[0].div(&x[1]));
    unary_law!(reciprocals_have_the_gradient_of_finite_differences, -2.0..-0.5, |x| x[0].reciprocal());
    unary_law!(reciprocals_of_positives_have_it_too, 0.5..2.0, |x| x[0].reciprocal_of_positive());
    unary_law!(numbers_divide_and_are_divided, 0.5..2.0, |x| 2.0 / (&x[0] / 3.0)?);
}
