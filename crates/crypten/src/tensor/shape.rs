//! Shapes, slices, joining, sums and means: local, but for the rounding of a mean.

use crypten_ring::{RingTensor, normalize_axis};
use crypten_shares::ArithmeticShare;
use ndarray::SliceInfoElem;

use crate::error::Error;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{mul, raised, same_session};

/// The tensors joined along an axis they have.
///
/// # Rounds
/// None (one, of 8 bytes, for products that are not rounded yet among others that are).
///
/// # Errors
/// If there is none, they belong to different sessions, or the shapes do not fit.
pub fn cat(tensors: &[&CrypTensor], axis: isize) -> Result<CrypTensor, Error> {
    join(tensors, axis, 0, ArithmeticShare::concatenate)
}

/// The tensors joined along a new axis.
///
/// # Rounds
/// As [`cat`].
///
/// # Errors
/// As [`cat`].
pub fn stack(tensors: &[&CrypTensor], axis: isize) -> Result<CrypTensor, Error> {
    join(tensors, axis, 1, ArithmeticShare::stack)
}

fn join(
    tensors: &[&CrypTensor],
    axis: isize,
    new_axes: usize,
    join: impl Fn(usize, &[&ArithmeticShare]) -> Result<ArithmeticShare, crypten_ring::Error>,
) -> Result<CrypTensor, Error> {
    let first = *tensors.first().ok_or(Error::NothingSecret)?;
    let axis = normalize_axis(axis, first.ndim() + new_axes)?;
    for other in tensors {
        same_session(first, other)?;
    }
    let parts = if tensors.iter().all(|tensor| tensor.scale() == first.scale()) {
        tensors
            .iter()
            .map(|tensor| Ok((tensor.exact(), tensor.scale())))
            .collect::<Result<Vec<_>, Error>>()?
    } else {
        tensors.iter().map(|tensor| tensor.rounded()).collect::<Result<Vec<_>, _>>()?
    };
    let scale = parts.iter().map(|part| part.1).max().unwrap_or(first.scale());
    let parts: Vec<ArithmeticShare> =
        parts.into_iter().map(|(share, own)| raised(share, own, scale)).collect();
    let joined = join(axis, &parts.iter().collect::<Vec<_>>())?;
    Ok(CrypTensor::new(&first.session, joined, scale))
}

impl CrypTensor {
    /// The same elements in another shape; one length may be -1, which is then worked out.
    ///
    /// # Errors
    /// If the number of elements differs.
    pub fn reshape(&self, shape: &[isize]) -> Result<Self, Error> {
        let mismatch = || {
            let right = shape.iter().map(|&n| n.max(0).unsigned_abs()).collect();
            crypten_ring::Error::ShapeMismatch { operation: "reshape", left: self.shape().to_vec(), right }
        };
        let known: usize = shape.iter().filter(|&&n| n >= 0).map(|n| n.unsigned_abs()).product();
        let open = shape.iter().filter(|&&n| n < 0).count();
        if open > 1
            || shape.iter().any(|&n| n < -1)
            || (open == 1 && (known == 0 || !self.numel().is_multiple_of(known)))
        {
            return Err(mismatch().into());
        }
        let length = |&n: &isize| usize::try_from(n).unwrap_or_else(|_| self.numel() / known);
        let shape: Vec<usize> = shape.iter().map(length).collect();
        Ok(self.with(self.exact().try_linear(|own| own.reshape(&shape))?))
    }

    /// All axes from `start` on joined into one.
    ///
    /// # Errors
    /// If there is no axis `start`.
    pub fn flatten(&self, start: isize) -> Result<Self, Error> {
        let start = normalize_axis(start, self.ndim())?;
        let mut shape: Vec<isize> = self.shape()[..start].iter().map(|n| n.cast_signed()).collect();
        shape.push(self.shape()[start..].iter().product::<usize>().cast_signed());
        self.reshape(&shape)
    }

    /// Two axes exchanged.
    ///
    /// # Errors
    /// If there is no such axis.
    pub fn transpose(&self, first: isize, second: isize) -> Result<Self, Error> {
        let mut axes: Vec<usize> = (0..self.ndim()).collect();
        axes.swap(normalize_axis(first, self.ndim())?, normalize_axis(second, self.ndim())?);
        self.permute(&axes)
    }

    /// The last two axes exchanged; a vector stays as it is.
    ///
    /// # Errors
    /// None but those of [`CrypTensor::transpose`], which cannot happen here.
    pub fn t(&self) -> Result<Self, Error> {
        if self.ndim() < 2 { Ok(self.clone()) } else { self.transpose(-2, -1) }
    }

    /// The axes in another order.
    ///
    /// # Errors
    /// Unless `axes` names each axis once.
    pub fn permute(&self, axes: &[usize]) -> Result<Self, Error> {
        Ok(self.with(self.exact().try_linear(|own| own.permute(axes))?))
    }

    /// A new axis of length 1.
    ///
    /// # Errors
    /// If `axis` is more than one past the last.
    pub fn unsqueeze(&self, axis: isize) -> Result<Self, Error> {
        let axis = normalize_axis(axis, self.ndim() + 1)?;
        Ok(self.with(self.exact().linear(|own| own.insert_axis(axis))))
    }

    /// The part that ndarray's `s![..]` describes: `x.slice(s![1..3, -1])`.
    ///
    /// # Errors
    /// If an index or bound lies past the end.
    pub fn slice(&self, parts: impl AsRef<[SliceInfoElem]>) -> Result<Self, Error> {
        Ok(self.with(self.exact().try_linear(|own| own.slice(parts))?))
    }

    /// The given positions of an axis, in the given order.
    ///
    /// # Errors
    /// If there is no such axis or position.
    pub fn index_select(&self, axis: isize, positions: &[usize]) -> Result<Self, Error> {
        let axis = normalize_axis(axis, self.ndim())?;
        Ok(self.with(self.exact().try_linear(|own| own.select(axis, positions))?))
    }

    /// The sum over all elements.
    #[must_use]
    pub fn sum_all(&self) -> Self {
        self.with(self.exact().linear(RingTensor::sum_all))
    }

    /// The sum over an axis, which disappears.
    ///
    /// # Errors
    /// If there is no such axis.
    pub fn sum(&self, axis: isize) -> Result<Self, Error> {
        let axis = normalize_axis(axis, self.ndim())?;
        Ok(self.with(self.exact().linear(|own| own.sum_axis(axis))))
    }

    /// The sum over an axis, which stays with length 1.
    ///
    /// # Errors
    /// If there is no such axis.
    pub fn sum_keepdim(&self, axis: isize) -> Result<Self, Error> {
        let axis = normalize_axis(axis, self.ndim())?;
        Ok(self.with(self.exact().linear(|own| own.sum_axis(axis).insert_axis(axis))))
    }

    /// The mean of all elements.
    ///
    /// # Rounds
    /// As a product with a public fraction.
    ///
    /// # Domain
    /// The sum stays below `2^(42 - f)` in magnitude.
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn mean_all(&self) -> Result<Self, Error> {
        mul(self.sum_all(), (self.numel().max(1) as f64).recip())
    }

    /// The mean over an axis, which disappears.
    ///
    /// # Rounds
    /// As a product with a public fraction.
    ///
    /// # Domain
    /// The sum stays below `2^(42 - f)` in magnitude.
    ///
    /// # Errors
    /// If there is no such axis, or a peer or the network fails.
    pub fn mean(&self, axis: isize) -> Result<Self, Error> {
        let length = self.shape()[normalize_axis(axis, self.ndim())?];
        mul(self.sum(axis)?, (length.max(1) as f64).recip())
    }
}
