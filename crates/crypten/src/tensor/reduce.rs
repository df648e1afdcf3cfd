//! Sums and means over axes, running sums, traces: local, but for the rounding of a mean.

use crypten_autograd::Axes;
use crypten_ring::{RingTensor, normalize_axis};

use crate::error::Error;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::divided;

impl CrypTensor {
    /// The sum over all elements.
    #[must_use]
    pub fn sum_all(&self) -> Self {
        self.with(self.exact().linear(RingTensor::sum_all))
    }

    /// The sum over one axis or several, which disappear: `x.sum(-1)`, `x.sum([0, 2])`, `x.sum(())`.
    ///
    /// # Errors
    /// If there is no such axis, or one is named more than once.
    pub fn sum(&self, axes: impl Axes) -> Result<Self, Error> {
        Ok(self.summed(&axes.axes(self.ndim())?))
    }

    /// The sum over one axis or several, which stay with length 1.
    ///
    /// # Errors
    /// As [`CrypTensor::sum`].
    pub fn sum_keepdim(&self, axes: impl Axes) -> Result<Self, Error> {
        Ok(self.summed_keepdim(&axes.axes(self.ndim())?))
    }

    /// The mean of all elements.
    ///
    /// # Rounds
    /// As [`CrypTensor::mean`].
    ///
    /// # Domain
    /// As [`CrypTensor::mean`].
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn mean_all(&self) -> Result<Self, Error> {
        self.mean(())
    }

    /// The mean over one axis or several, which disappear.
    ///
    /// # Rounds
    /// One, of 8 bytes for each element of the result, which waits until it is needed for a power of two of
    /// elements; none for one element. The mean of products that are not rounded yet is not rounded either.
    ///
    /// # Domain
    /// The sum stays below `2^(62 - f)` in magnitude, of products that are not rounded yet below `2^(62 - 2f)`; beyond,
    /// results are meaningless. Off by less than two units.
    ///
    /// # Errors
    /// As [`CrypTensor::sum`], or if a peer or the network fails.
    pub fn mean(&self, axes: impl Axes) -> Result<Self, Error> {
        let axes = axes.axes(self.ndim())?;
        divided(&self.summed(&axes), self.count(&axes))
    }

    /// The mean over one axis or several, which stay with length 1.
    ///
    /// # Rounds
    /// As [`CrypTensor::mean`].
    ///
    /// # Domain
    /// As [`CrypTensor::mean`].
    ///
    /// # Errors
    /// As [`CrypTensor::mean`].
    pub fn mean_keepdim(&self, axes: impl Axes) -> Result<Self, Error> {
        self.averaged_keepdim(&axes.axes(self.ndim())?)
    }

    /// The running sum along an axis: each element is the sum of itself and all before it.
    ///
    /// # Errors
    /// If there is no such axis.
    pub fn cumsum(&self, axis: isize) -> Result<Self, Error> {
        let axis = normalize_axis(axis, self.ndim())?;
        Ok(self.with(self.exact().linear(|own| own.cumulative_sum(axis))))
    }

    /// The sum over the diagonal of a matrix, of each if there are several; it need not be square.
    ///
    /// # Errors
    /// If there are fewer than two axes.
    pub fn trace(&self) -> Result<Self, Error> {
        self.with(self.exact().try_linear(|own| own.diagonal(0))?).sum(-1)
    }

    pub(super) fn summed(&self, axes: &[usize]) -> Self {
        self.with(self.exact().linear(|own| own.sum_axes(axes)))
    }

    pub(crate) fn summed_keepdim(&self, axes: &[usize]) -> Self {
        let sum = self.summed(axes);
        sum.with(sum.exact().linear(|own| axes.iter().fold(own.clone(), |own, &axis| own.insert_axis(axis))))
    }

    pub(crate) fn averaged_keepdim(&self, axes: &[usize]) -> Result<Self, Error> {
        divided(&self.summed_keepdim(axes), self.count(axes))
    }

    /// How many elements make one of a reduction over these axes.
    fn count(&self, axes: &[usize]) -> u64 {
        axes.iter().map(|&axis| self.shape()[axis] as u64).product()
    }
}
