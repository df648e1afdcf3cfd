//! Variances and standard deviations: `sum (x - mean)^2 / (n - 1)`, or divided by `n`.

use crate::axes::Axes;
use crate::error::Error;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{mul, sub};

impl CrypTensor {
    /// The variance over one axis or several, which disappear: the sum of the squared differences from the mean,
    /// divided by their number less one if `unbiased`, else by their number.
    ///
    /// # Rounds
    /// Six at most: those of a mean, a square and a product with a public fraction.
    ///
    /// # Domain
    /// The sum of the squares stays below `2^(42 - f)`, as does that of the elements in magnitude.
    ///
    /// # Errors
    /// If there is no such axis, there are too few elements, or a peer or the network fails.
    pub fn var(&self, axes: impl Axes, unbiased: bool) -> Result<Self, Error> {
        let axes = axes.axes(self.ndim())?;
        let (squares, fraction) = self.squared_differences(&axes, unbiased)?;
        mul(squares.summed(&axes), fraction)
    }

    /// The variance over one axis or several, which stay with length 1.
    ///
    /// # Rounds
    /// As [`CrypTensor::var`].
    ///
    /// # Errors
    /// As [`CrypTensor::var`].
    pub fn var_keepdim(&self, axes: impl Axes, unbiased: bool) -> Result<Self, Error> {
        let axes = axes.axes(self.ndim())?;
        let (squares, fraction) = self.squared_differences(&axes, unbiased)?;
        mul(squares.summed_keepdim(&axes), fraction)
    }

    /// The variance of all elements.
    ///
    /// # Rounds
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
    /// Those of [`CrypTensor::var`] and of [`CrypTensor::sqrt`].
    ///
    /// # Domain
    /// As [`CrypTensor::var`], and the variance stays below `2^(40 - f)`.
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
    /// # Errors
    /// As [`CrypTensor::std`].
    pub fn std_all(&self, unbiased: bool) -> Result<Self, Error> {
        self.std((), unbiased)
    }

    /// The squared differences from the mean over some axes, and what part of their sum the variance is.
    fn squared_differences(&self, axes: &[usize], unbiased: bool) -> Result<(Self, f64), Error> {
        let elements: usize = axes.iter().map(|&axis| self.shape()[axis]).product();
        let needed = 1 + usize::from(unbiased);
        if elements < needed {
            return Err(Error::TooFewElements { operation: "variance", elements, needed });
        }
        let mean = mul(self.summed_keepdim(axes), (elements as f64).recip())?;
        let fraction = ((elements - usize::from(unbiased)) as f64).recip();
        Ok((sub(self, mean)?.square()?, fraction))
    }
}
