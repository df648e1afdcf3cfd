//! The largest and the smallest elements: the gradient goes to the first of them, by the one-hot of the forward pass.

use crypten_ring::normalize_axis;

use crate::axes::{flattened, without};
use crate::engine::Engine;
use crate::error::Error;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The largest element along an axis, which disappears.
    ///
    /// # Errors
    /// If there is no such axis, it is empty, or the engine fails.
    ///
    /// # Examples
    /// ```
    /// use crypten_autograd::{Plain, Var};
    /// use ndarray::array;
    ///
    /// # fn main() -> Result<(), crypten_autograd::Error> {
    /// let x = Var::constant(&Plain::default(), array![[1.0, 5.0], [4.0, 3.0]])?.requires_grad(true);
    /// x.max(1)?.sum_all()?.backward()?;
    /// assert_eq!(x.gradient()?, array![[0.0, 1.0], [1.0, 0.0]].into_dyn());
    /// # Ok(())
    /// # }
    /// ```
    pub fn max(&self, axis: isize) -> Result<Self, E::Error> {
        let axis = self.axis_with_elements("max", axis)?;
        self.max_over(axis, &without(self.shape(), &[axis]))
    }

    /// The largest element along an axis, which stays with length 1.
    ///
    /// # Errors
    /// As [`Var::max`].
    pub fn max_keepdim(&self, axis: isize) -> Result<Self, E::Error> {
        let axis = self.axis_with_elements("max", axis)?;
        self.max_over(axis, &flattened(self.shape(), &[axis]))
    }

    /// The largest element along an axis, which disappears; and 1 where the first such stands, 0 elsewhere.
    ///
    /// # Errors
    /// As [`Var::max`].
    pub fn max_with_one_hot(&self, axis: isize) -> Result<(Self, Self), E::Error> {
        let axis = self.axis_with_elements("max", axis)?;
        self.max_and_one_hot(axis, &without(self.shape(), &[axis]))
    }

    /// The smallest element along an axis, which disappears.
    ///
    /// # Errors
    /// As [`Var::max`].
    pub fn min(&self, axis: isize) -> Result<Self, E::Error> {
        self.neg()?.max(axis)?.neg()
    }

    /// The smallest element along an axis, which stays with length 1.
    ///
    /// # Errors
    /// As [`Var::max`].
    pub fn min_keepdim(&self, axis: isize) -> Result<Self, E::Error> {
        self.neg()?.max_keepdim(axis)?.neg()
    }

    /// The smallest element along an axis, which disappears; and 1 where the first such stands, 0 elsewhere.
    ///
    /// # Errors
    /// As [`Var::max`].
    pub fn min_with_one_hot(&self, axis: isize) -> Result<(Self, Self), E::Error> {
        let (max, one_hot) = self.neg()?.max_with_one_hot(axis)?;
        Ok((max.neg()?, one_hot))
    }

    /// The largest element of all.
    ///
    /// # Errors
    /// If the tensor is empty, or the engine fails.
    pub fn max_all(&self) -> Result<Self, E::Error> {
        self.reshaped(&[self.numel()])?.max(0)
    }

    /// The smallest element of all.
    ///
    /// # Errors
    /// As [`Var::max_all`].
    pub fn min_all(&self) -> Result<Self, E::Error> {
        self.reshaped(&[self.numel()])?.min(0)
    }

    /// The position of the largest element along an axis, which disappears; the first one if there are several. Has no
    /// gradient.
    ///
    /// # Errors
    /// As [`Var::max`].
    pub fn argmax(&self, axis: isize) -> Result<Self, E::Error> {
        let axis = self.axis_with_elements("argmax", axis)?;
        let positions = self.engine().argmax_keepdim(&self.value(), axis)?;
        Ok(self.record("argmax", positions).shaped(&without(self.shape(), &[axis]))?.finish())
    }

    /// The position of the smallest element along an axis, which disappears; the first one if there are several. Has no
    /// gradient.
    ///
    /// # Errors
    /// As [`Var::max`].
    pub fn argmin(&self, axis: isize) -> Result<Self, E::Error> {
        self.detach().neg()?.argmax(axis)
    }

    /// 1 where the largest element along an axis stands, the first one if there are several, 0 elsewhere. Has no
    /// gradient.
    ///
    /// # Errors
    /// As [`Var::max`].
    pub fn argmax_one_hot(&self, axis: isize) -> Result<Self, E::Error> {
        Ok(self.detach().max_with_one_hot(axis)?.1)
    }

    /// 1 where the smallest element along an axis stands, the first one if there are several, 0 elsewhere. Has no
    /// gradient.
    ///
    /// # Errors
    /// As [`Var::max`].
    pub fn argmin_one_hot(&self, axis: isize) -> Result<Self, E::Error> {
        Ok(self.detach().min_with_one_hot(axis)?.1)
    }

    /// The maxima, in the shape that keeps the axis or not.
    fn max_over(&self, axis: usize, output: &[usize]) -> Result<Self, E::Error> {
        if self.is_recorded() {
            return Ok(self.max_and_one_hot(axis, output)?.0);
        }
        let max = self.engine().max_keepdim(&self.value(), axis)?;
        Ok(self.record("max", max).shaped(output)?.finish())
    }

    fn max_and_one_hot(&self, axis: usize, output: &[usize]) -> Result<(Self, Self), E::Error> {
        let (max, one_hot) = self.engine().max_with_one_hot(&self.value(), axis)?;
        let hot = self.record("argmax_one_hot", one_hot.clone()).finish();
        let pullback = move |engine: &E, gradient: &E::Tensor| engine.mul_mask(gradient, &one_hot);
        Ok((self.record("max", max).shaped(output)?.input(self, pullback).finish(), hot))
    }

    fn axis_with_elements(&self, operation: &'static str, axis: isize) -> Result<usize, Error> {
        let axis = normalize_axis(axis, self.ndim())?;
        match self.shape()[axis] {
            0 => Err(Error::TooFewElements { operation, elements: 0, needed: 1 }),
            _ => Ok(axis),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use crate::check::law;
    use crate::{Error, Plain, Var};

    law!(largest_elements_have_the_gradient, [&[2, 4, 3]], -2.0..2.0, |x| x[0].max(1));
    law!(largest_elements_that_keep_the_axis_have_it, [&[2, 4]], -2.0..2.0, |x| x[0].max_keepdim(-1));
    law!(smallest_elements_have_the_gradient, [&[2, 4, 3]], -2.0..2.0, |x| x[0].min(0));
    law!(smallest_elements_that_keep_the_axis_have_it, [&[2, 4]], -2.0..2.0, |x| x[0].min_keepdim(0));
    law!(extremes_of_all_have_the_gradient, [&[2, 4]], -2.0..2.0, |x| x[0].max_all()?.mul(&x[0].min_all()?));

    #[test]
    fn the_first_of_equals_is_the_largest() -> Result<(), Error> {
        let x =
            Var::constant(&Plain::default(), array![[2.0, 5.0, 5.0], [1.0, 1.0, 0.0]])?.requires_grad(true);
        let (max, one_hot) = x.max_with_one_hot(1)?;
        assert_eq!(max.value(), array![5.0, 1.0].into_dyn());
        assert_eq!(one_hot.value(), array![[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]].into_dyn());
        assert_eq!(x.argmin_one_hot(1)?.value(), array![[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]].into_dyn());
        assert_eq!(x.argmax(1)?.value(), array![1.0, 0.0].into_dyn());
        assert_eq!(x.argmin(-1)?.value(), array![0.0, 2.0].into_dyn());
        assert_eq!(x.argmax(0)?.value(), array![0.0, 0.0, 0.0].into_dyn());
        max.sum_all()?.backward()?;
        assert_eq!(x.gradient()?, one_hot.value());
        Ok(())
    }

    #[test]
    fn nothing_has_no_largest_element() {
        let x = Var::constant(&Plain::default(), ndarray::Array2::zeros((2, 0))).unwrap();
        assert!(matches!(x.max(1), Err(Error::TooFewElements { operation: "max", .. })));
    }
}
