//! Comparisons and selection. A comparison gives 0 or 1 and has no gradient; a selection passes it to what it chose.

use crate::engine::{Computed, Engine};
use crate::operand::Operand;
use crate::var::Var;

macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident = $compare:expr;)*) => {
        impl<E: Engine> Var<E> {$(
            $(#[$doc])*
            ///
            /// # Shapes
            /// Both broadcast, as in NumPy.
            ///
            /// # Errors
            /// If the shapes do not broadcast, or the engine fails.
            pub fn $name(&self, other: impl Into<Operand<E>>) -> Result<Self, E::Error> {
                let other = other.into().into_var(self.engine())?;
                let compare: fn(&E, &E::Tensor, &E::Tensor) -> Computed<E> = $compare;
                let bits = compare(self.engine(), &self.value(), &other.value())?;
                Ok(self.record(stringify!($name), bits).finish())
            }
        )*}
    };
}

comparisons! {
    /// Whether `self < other`, as 0 or 1.
    lt = E::lt;
    /// Whether `self <= other`, as 0 or 1.
    le = E::le;
    /// Whether `self > other`, as 0 or 1.
    gt = E::gt;
    /// Whether `self >= other`, as 0 or 1.
    ge = E::ge;
    /// Whether `self == other`, as 0 or 1.
    eq = E::eq;
    /// Whether `self != other`, as 0 or 1.
    ne = |engine, x, y| engine.not(&engine.eq(x, y)?);
}

impl<E: Engine> Var<E> {
    /// `x` where this tensor is 1, `y` where it is 0: `torch.where`.
    ///
    /// # Shapes
    /// All three broadcast, as in NumPy.
    ///
    /// # Errors
    /// If the shapes do not broadcast, or the engine fails.
    ///
    /// # Examples
    /// ```
    /// use crypten_autograd::{Plain, Var};
    /// use ndarray::array;
    ///
    /// # fn main() -> Result<(), crypten_autograd::Error> {
    /// let x = Var::constant(&Plain::default(), array![-1.0, 2.0])?;
    /// assert_eq!(x.gt(0.0)?.where_cond(&x, 10.0)?.value(), array![10.0, 2.0].into_dyn());
    /// # Ok(())
    /// # }
    /// ```
    pub fn where_cond(&self, x: impl Into<Operand<E>>, y: impl Into<Operand<E>>) -> Result<Self, E::Error> {
        let engine = self.engine();
        let (x, y) = (x.into().into_var(engine)?, y.into().into_var(engine)?);
        let condition = self.value();
        let chosen = engine.where_cond(&condition, &x.value(), &y.value())?;
        let keep = condition.clone();
        let record = self.record("where_cond", chosen);
        let record = record.broadcast_input(&x, move |engine, gradient| engine.mul_mask(gradient, &keep));
        let pullback =
            move |engine: &E, gradient: &E::Tensor| engine.mul_mask(gradient, &engine.not(&condition)?);
        Ok(record.broadcast_input(&y, pullback).finish())
    }

    /// This tensor where `mask` is 0, `value` where it is 1.
    ///
    /// # Shapes
    /// Both broadcast, as in NumPy.
    ///
    /// # Errors
    /// If the shapes do not broadcast, or the engine fails.
    pub fn masked_fill(&self, mask: &Self, value: f64) -> Result<Self, E::Error> {
        mask.where_cond(value, self)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use crate::check::{binary_law, law};
    use crate::{Plain, Var};

    binary_law!(what_was_chosen_has_the_gradient, -2.0..2.0, |x| x[0].gt(0.0)?.where_cond(&x[0], &x[1]));
    law!(conditions_broadcast, [&[2, 3], &[3], &[2, 1]], -2.0..2.0, |x| {
        x[2].detach().ge(0.0)?.where_cond(&x[0], &x[1])?.add(&x[2])
    });
    law!(filled_elements_have_no_gradient, [&[4, 2]], -2.0..2.0, |x| x[0].masked_fill(&x[0].lt(0.0)?, 7.0));

    #[test]
    fn comparisons_give_bits_without_gradient() -> Result<(), crate::Error> {
        let engine = Plain::default();
        let x = Var::constant(&engine, array![1.0, 2.0, 3.0])?.requires_grad(true);
        let check = |bits: Var<Plain>, expected: [f64; 3]| {
            assert_eq!(bits.value(), array![expected[0], expected[1], expected[2]].into_dyn());
            assert!(!bits.needs_grad());
        };
        check(x.lt(2.0)?, [1.0, 0.0, 0.0]);
        check(x.le(2.0)?, [1.0, 1.0, 0.0]);
        check(x.gt(&array![2.0, 2.0, 2.0])?, [0.0, 0.0, 1.0]);
        check(x.ge(2)?, [0.0, 1.0, 1.0]);
        check(x.eq(2.0)?, [0.0, 1.0, 0.0]);
        check(x.ne(2.0)?, [1.0, 0.0, 1.0]);
        Ok(())
    }
}
