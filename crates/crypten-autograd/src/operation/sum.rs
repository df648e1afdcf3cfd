//! Sums and means: the gradient goes to every element that was summed.

use crate::axes::{Axes, count, flattened, without};
use crate::engine::Engine;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The sum over all elements.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn sum_all(&self) -> Result<Self, E::Error> {
        self.sum(())
    }

    /// The sum over one axis or several, which disappear: `x.sum(-1)`, `x.sum([0, 2])`, `x.sum(())`.
    ///
    /// # Errors
    /// If there is no such axis, one is named more than once, or the engine fails.
    pub fn sum(&self, axes: impl Axes) -> Result<Self, E::Error> {
        let axes = axes.axes(self.ndim())?;
        self.sum_over(&axes, &without(self.shape(), &axes))
    }

    /// The sum over one axis or several, which stay with length 1.
    ///
    /// # Errors
    /// As [`Var::sum`].
    pub fn sum_keepdim(&self, axes: impl Axes) -> Result<Self, E::Error> {
        let axes = axes.axes(self.ndim())?;
        self.sum_over(&axes, &flattened(self.shape(), &axes))
    }

    /// The mean of all elements.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn mean_all(&self) -> Result<Self, E::Error> {
        self.mean(())
    }

    /// The mean over one axis or several, which disappear.
    ///
    /// # Errors
    /// As [`Var::sum`].
    pub fn mean(&self, axes: impl Axes) -> Result<Self, E::Error> {
        let axes = axes.axes(self.ndim())?;
        self.mean_over(&axes, &without(self.shape(), &axes))
    }

    /// The mean over one axis or several, which stay with length 1.
    ///
    /// # Errors
    /// As [`Var::sum`].
    pub fn mean_keepdim(&self, axes: impl Axes) -> Result<Self, E::Error> {
        let axes = axes.axes(self.ndim())?;
        self.mean_over(&axes, &flattened(self.shape(), &axes))
    }

    /// The sum over axes, in the shape that keeps them or not.
    fn sum_over(&self, axes: &[usize], output: &[usize]) -> Result<Self, E::Error> {
        let sum = self.engine().sum_keepdim(&self.value(), axes)?;
        let shape = self.shape().to_vec();
        let pullback = move |engine: &E, gradient: &E::Tensor| engine.expand(gradient, &shape);
        Ok(self.record("sum", sum).shaped(output)?.input(self, pullback).finish())
    }

    /// The mean over axes, in the shape that keeps them or not.
    fn mean_over(&self, axes: &[usize], output: &[usize]) -> Result<Self, E::Error> {
        let mean = self.engine().mean_keepdim(&self.value(), axes)?;
        let (shape, elements) = (self.shape().to_vec(), count(self.shape(), axes) as f64);
        // Divided before it is repeated: that is less to divide.
        let pullback = move |engine: &E, gradient: &E::Tensor| {
            engine.expand(&engine.div_number(gradient, elements)?, &shape)
        };
        Ok(self.record("mean", mean).shaped(output)?.input(self, pullback).finish())
    }
}

#[cfg(test)]
mod tests {
    use crate::check::{law, unary_law};

    unary_law!(sums_have_the_gradient_of_finite_differences, -2.0..2.0, |x| x[0].sum_all());
    law!(sums_over_axes_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| x[0].sum([0, -1]));
    law!(sums_that_keep_axes_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| x[0].sum_keepdim(1));
    law!(means_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| x[0].mean_all());
    law!(means_over_axes_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| x[0].mean([0, -1]));
    law!(means_that_keep_axes_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| x[0].mean_keepdim([1]));
}
