//! Variances and standard deviations: `∂ Σ(x - m)² / n = 2/n Σ (x - m) ∂x`; the mean `m` adds nothing, since the
//! differences from it sum to zero.

use crate::axes::{Axes, count, flattened, without};
use crate::engine::{Engine, Moments};
use crate::error::Error;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The variance over one axis or several, which disappear; `unbiased` divides by one less than the number of
    /// elements.
    ///
    /// # Errors
    /// If there is no such axis, one is named more than once, there are too few elements, or the engine fails.
    pub fn var(&self, axes: impl Axes, unbiased: bool) -> Result<Self, E::Error> {
        let axes = axes.axes(self.ndim())?;
        self.var_over(&axes, unbiased, &without(self.shape(), &axes))
    }

    /// The variance over one axis or several, which stay with length 1.
    ///
    /// # Errors
    /// As [`Var::var`].
    pub fn var_keepdim(&self, axes: impl Axes, unbiased: bool) -> Result<Self, E::Error> {
        let axes = axes.axes(self.ndim())?;
        self.var_over(&axes, unbiased, &flattened(self.shape(), &axes))
    }

    /// The variance of all elements.
    ///
    /// # Errors
    /// As [`Var::var`].
    pub fn var_all(&self, unbiased: bool) -> Result<Self, E::Error> {
        self.var((), unbiased)
    }

    /// The standard deviation over one axis or several, which disappear.
    ///
    /// # Errors
    /// As [`Var::var`].
    pub fn std(&self, axes: impl Axes, unbiased: bool) -> Result<Self, E::Error> {
        self.var(axes, unbiased)?.sqrt()
    }

    /// The standard deviation over one axis or several, which stay with length 1.
    ///
    /// # Errors
    /// As [`Var::var`].
    pub fn std_keepdim(&self, axes: impl Axes, unbiased: bool) -> Result<Self, E::Error> {
        self.var_keepdim(axes, unbiased)?.sqrt()
    }

    /// The standard deviation of all elements.
    ///
    /// # Errors
    /// As [`Var::var`].
    pub fn std_all(&self, unbiased: bool) -> Result<Self, E::Error> {
        self.var_all(unbiased)?.sqrt()
    }

    fn var_over(&self, axes: &[usize], unbiased: bool, output: &[usize]) -> Result<Self, E::Error> {
        let (elements, needed) = (count(self.shape(), axes), if unbiased { 2 } else { 1 });
        if elements < needed {
            return Err(Error::TooFewElements { operation: "var", elements, needed }.into());
        }
        let engine = self.engine();
        let Moments { var, centered, .. } = engine.moments(&self.value(), axes)?;
        let divisor = (elements + 1 - needed) as f64;
        let var = if unbiased { engine.mul_number(&var, elements as f64 / divisor)? } else { var };
        let pullback = move |engine: &E, gradient: &E::Tensor| {
            engine.mul(&centered, &engine.mul_number(gradient, 2.0 / divisor)?)
        };
        Ok(self.record("var", var).shaped(output)?.input(self, pullback).finish())
    }
}

#[cfg(test)]
mod tests {
    use crate::check::law;
    use crate::{Error, Plain, Var};

    law!(variances_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| x[0].var([0, -1], true));
    law!(biased_variances_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| x[0].var_keepdim(1, false));
    law!(deviations_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| x[0].std([0, 1], true));
    law!(deviations_that_keep_axes_have_the_gradient, [&[3, 4]], -2.0..2.0, |x| x[0].std_keepdim(0, false));
    law!(deviations_of_all_have_the_gradient, [&[3, 4]], -2.0..2.0, |x| x[0].std_all(true));

    #[test]
    fn one_element_has_no_unbiased_variance() {
        let x = Var::constant(&Plain::default(), ndarray::array![1.0]).unwrap();
        let expected = Error::TooFewElements { operation: "var", elements: 1, needed: 2 };
        assert_eq!(x.var_all(true).unwrap_err(), expected);
    }
}
