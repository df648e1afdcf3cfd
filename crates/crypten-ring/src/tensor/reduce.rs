//! Sums over one axis or over all.

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
}
