//! Variances and standard deviations: `sum (x - mean)^2 / (n - 1)`, or divided by `n`.

use crate::error::Error;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{divided, sub};
use crypten_autograd::Axes;

impl CrypTensor {
    /// The variance over one axis or several, which disappear: the sum of the squared differences from the mean,
    /// divided by their number less one if `unbiased`, else by their number.
    ///
    /// # Rounds
    /// Four: a square, of 8 bytes an element, and a mean, the rounding of the sum of the squares and its product
    /// with a fraction, of 24 bytes for each element of the result. Six for a product that is not rounded yet,
    /// which costs 8 bytes more for each of both.
    ///
    /// # Domain
    /// The sum of the squares stays below `2^(62 - 2f)`, that of the elements below `2^(62 - f)` in magnitude; beyond,
    /// results are meaningless. Off by at most three units, and by the square of what the mean is off: two units.
    ///
    /// # Errors
    /// If there is no such axis, there are too few elements, or a peer or the network fails.
    pub fn var(&self, axes: impl Axes, unbiased: bool) -> Result<Self, Error> {
        let axes = axes.axes(self.ndim())?;
        let (squares, count) = self.squared_differences(&axes, unbiased)?;
        divided(&squares.summed(&axes), count)
    }

    /// The variance over one axis or several, which stay with length 1.
    ///
    /// # Rounds
    /// As [`CrypTensor::var`].
    ///
    /// # Domain
    /// As [`CrypTensor::var`].
    ///
    /// # Errors
    /// As [`CrypTensor::var`].
    pub fn var_keepdim(&self, axes: impl Axes, unbiased: bool) -> Result<Self, Error> {
        let axes = axes.axes(self.ndim())?;
        let (squares, count) = self.squared_differences(&axes, unbiased)?;
        divided(&squares.summed_keepdim(&axes), count)
    }

    /// The variance of all elements.
    ///
    /// # Rounds
    /// As [`CrypTensor::var`].
    ///
    /// # Domain
    /// As [`CrypTensor::var`].
    ///
    /// # Errors
    /// As [`CrypTensor::var`].
    pub fn var_all(&self, unbiased: bool) -> Result<Self, Error> {
        self.var((), unbiased)
    }

    /// The standard deviation over one axis or several, which disappear: the square root of the variance.
    ///
    /// # Rounds
    /// Those of [`CrypTensor::var`] and of [`CrypTensor::sqrt`]: 15, or 17 for a product that is not rounded yet.
    ///
    /// # Domain
    /// As [`CrypTensor::var`], and the variance stays below `2^(40 - f)`. Off by at most `5e-5` of itself or two units,
    /// whichever is larger; what the variance is off, `e`, adds at most `e` divided by the deviation, and near zero
    /// `sqrt(e)`: 0.006 with 16 fractional bits, where all elements are small and the same.
    ///
    /// # Errors
    /// As [`CrypTensor::var`], or if the precision has more than 22 bits.
    pub fn std(&self, axes: impl Axes, unbiased: bool) -> Result<Self, Error> {
        self.var(axes, unbiased)?.sqrt()
    }

    /// The standard deviation over one axis or several, which stay with length 1.
    ///
    /// # Rounds
    /// As [`CrypTensor::std`].
    ///
    /// # Domain
    /// As [`CrypTensor::std`].
    ///
    /// # Errors
    /// As [`CrypTensor::std`].
    pub fn std_keepdim(&self, axes: impl Axes, unbiased: bool) -> Result<Self, Error> {
        self.var_keepdim(axes, unbiased)?.sqrt()
    }

    /// The standard deviation of all elements.
    ///
    /// # Rounds
    /// As [`CrypTensor::std`].
    ///
    /// # Domain
    /// As [`CrypTensor::std`].
    ///
    /// # Errors
    /// As [`CrypTensor::std`].
    pub fn std_all(&self, unbiased: bool) -> Result<Self, Error> {
        self.std((), unbiased)
    }

    /// The squared differences from the mean over some axes, and what their sum is divided by for the variance.
    fn squared_differences(&self, axes: &[usize], unbiased: bool) -> Result<(Self, u64), Error> {
        let elements: usize = axes.iter().map(|&axis| self.shape()[axis]).product();
        let needed = 1 + usize::from(unbiased);
        if elements < needed {
            return Err(Error::TooFewElements { operation: "variance", elements, needed });
        }
        let mean = divided(&self.summed_keepdim(axes), elements as u64)?;
        Ok((sub(self, mean)?.square()?, (elements - usize::from(unbiased)) as u64))
    }
}
