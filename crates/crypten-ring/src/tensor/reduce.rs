//! Sums over axes or over all, and running sums.

use ndarray::Axis;

use crate::tensor::RingTensor;

impl RingTensor {
    /// The sum over all elements, a tensor without axes.
    #[must_use]
    pub fn sum_all(&self) -> Self {
        Self::scalar(self.storage.fold(0, |sum: u64, &word| sum.wrapping_add(word)))
    }

    /// The sum over one axis, which disappears.
    ///
    /// # Panics
    /// If there is no such axis.
    #[must_use]
    #[track_caller]
    pub fn sum_axis(&self, axis: usize) -> Self {
        let sum = self.storage.fold_axis(Axis(axis), 0_u64, |sum, &word| sum.wrapping_add(word));
        Self { storage: sum.into_shared() }
    }

    /// The sum over several axes, which disappear.
    ///
    /// # Panics
    /// Unless the axes exist and ascend.
    #[must_use]
    #[track_caller]
    pub fn sum_axes(&self, axes: &[usize]) -> Self {
        assert!(axes.is_sorted_by(|left, right| left < right), "axes {axes:?} ascend");
        axes.iter().rev().fold(self.clone(), |sum, &axis| sum.sum_axis(axis))
    }

    /// The running sum along an axis: each element is the sum of itself and all before it.
    ///
    /// # Panics
    /// If there is no such axis.
    #[must_use]
    #[track_caller]
    pub fn cumulative_sum(&self, axis: usize) -> Self {
        let mut sums = self.storage.to_owned();
        sums.accumulate_axis_inplace(Axis(axis), |&sum, word| *word = word.wrapping_add(sum));
        Self { storage: sums.into_shared() }
    }
}
