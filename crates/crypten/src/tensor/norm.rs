//! Norms of vectors, and vectors divided by their norm.
//!
//! The norm of order `p` is `m (sum (|x| / m)^p)^(1/p)` with the largest magnitude `m`, so that no power overflows; the
//! powers are exponentials of multiples of `log |x| - log m`.

use crypten_autograd::{Axes, Norm};

use crate::error::Error;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{mul, sub};
use crate::tensor::join::cat;

impl CrypTensor {
    /// The norm over one axis or several, which disappear.
    ///
    /// # Rounds
    /// Of order 1 those of [`CrypTensor::abs`]: four. Of order 2, 13: a square, of 8 bytes an element, its rounding
    /// and a square root, of 88.25 a line. Of infinite order magnitudes and a maximum: four, of 12.25 bytes an
    /// element, and those of [`CrypTensor::max`]. Of any other these and at most 33: logarithms, products with a
    /// fraction, exponentials, twice, and a product, of 84.5 bytes an element and 148.75 a line. Except of orders 1
    /// and infinity one more, of 8 bytes, for a product that is not rounded yet.
    ///
    /// # Domain
    /// Of orders 1 and infinity every number in range; exact. Of order 2 the sum of the squares stays below
    /// `2^(40 - f)`; off by at most `5e-5` of itself or two units, and by half a unit divided by itself for the
    /// rounding of that sum, at most `2^-8` with 16 fractional bits. Of other orders the largest magnitude and the
    /// number of elements stay below `2^(40 - f)`; where the largest magnitude is at least 0.25 off by at most
    /// `1e-3` of itself, or `1e-4 n / p` for `n` elements if that is more, and a unit. Of smaller magnitudes that
    /// unit is more of the result, and zeros count as half a unit. Beyond, results are meaningless.
    ///
    /// # Errors
    /// If there is no such axis, the order is below 1, the largest magnitude of nothing is needed, the precision
    /// has more than 22 bits where roots are taken, or a peer or the network fails.
    pub fn norm(&self, p: Norm, axes: impl Axes) -> Result<Self, Error> {
        self.norm_over(p, &axes.axes(self.ndim())?)
    }

    /// The norm over one axis or several, which stay with length 1.
    ///
    /// # Rounds
    /// As [`CrypTensor::norm`].
    ///
    /// # Domain
    /// As [`CrypTensor::norm`].
    ///
    /// # Errors
    /// As [`CrypTensor::norm`].
    pub fn norm_keepdim(&self, p: Norm, axes: impl Axes) -> Result<Self, Error> {
        let axes = axes.axes(self.ndim())?;
        let norm = self.norm_over(p, &axes)?;
        axes.iter().try_fold(norm, |norm, axis| norm.unsqueeze(axis.cast_signed()))
    }

    /// The norm of all elements.
    ///
    /// # Rounds
    /// As [`CrypTensor::norm`].
    ///
    /// # Domain
    /// As [`CrypTensor::norm`].
    ///
    /// # Errors
    /// As [`CrypTensor::norm`].
    pub fn norm_all(&self, p: Norm) -> Result<Self, Error> {
        self.norm(p, ())
    }

    /// The elements divided by their norm over one axis or several; zeros where that is zero.
    ///
    /// # Rounds
    /// Of order 2, 14: a square and a product, of 24 bytes an element, and between them a rounding and the
    /// reciprocal of a square root, of 88.25 a line. Of other orders those of [`CrypTensor::norm`], the reciprocal
    /// of a positive number (12, of 88.25 bytes a line) and a product (1, of 16 bytes an element), and one each for
    /// what is not rounded yet.
    ///
    /// # Domain
    /// As [`CrypTensor::norm`], and of orders other than 2 the norm is at least `2^-6`. The reciprocal of the norm
    /// is off by `5e-5` of itself or two units, so the result is off by `5e-5` of itself or two units times the
    /// element, whichever is larger, by the relative error of the norm, and by less than a unit once it is rounded.
    /// Of order 2, a norm below `2^-8` may count as zero.
    ///
    /// # Errors
    /// As [`CrypTensor::norm`], or if the precision has more than 22 bits.
    pub fn normalize(&self, p: Norm, axes: impl Axes) -> Result<Self, Error> {
        match p.by_name()? {
            Norm::Two => mul(self, self.square()?.sum_keepdim(axes)?.inv_sqrt()?),
            p => mul(self, self.norm_keepdim(p, axes)?.reciprocal_of_positive()?),
        }
    }

    /// The norm over axes that are counted from the front, ascending.
    fn norm_over(&self, p: Norm, axes: &[usize]) -> Result<Self, Error> {
        let others: Vec<usize> = (0..self.ndim()).filter(|axis| !axes.contains(axis)).collect();
        let mut shape: Vec<usize> = others.iter().map(|&axis| self.shape()[axis]).collect();
        shape.push(axes.iter().map(|&axis| self.shape()[axis]).product());
        self.permute(&[&others[..], axes].concat())?.reshaped(&shape)?.norm_of_lines(p.by_name()?)
    }

    /// The norm along the last axis.
    fn norm_of_lines(&self, p: Norm) -> Result<Self, Error> {
        match p {
            Norm::One => self.abs()?.sum(-1),
            Norm::Two => self.square()?.sum(-1)?.sqrt(),
            Norm::Infinity => self.abs()?.max(-1),
            Norm::P(p) => {
                let sizes = self.abs()?.rescale()?;
                let largest = sizes.max(-1)?;
                let logs = cat(&[&sizes, &largest.unsqueeze(-1)?], -1)?.log()?;
                let length = sizes.shape()[sizes.ndim() - 1];
                let ratios = sub(logs.narrow(-1, 0, length)?, logs.narrow(-1, length, 1)?)?;
                let sum = mul(ratios, p)?.exp()?.sum(-1)?;
                mul(largest, mul(sum.log()?, p.recip())?.exp()?)
            }
        }
    }
}
