//! Tensors joined to one, and one cut into several: local, but for the rounding of products that join others.

use crypten_ring::{Error as RingError, normalize_axis};
use crypten_shares::ArithmeticShare;

use crate::error::Error;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{raised, same_session};
use crate::tensor::rounding::settle;

/// The tensors joined along an axis they have.
///
/// # Rounds
/// None; one, of 8 bytes an element, for the products that are not rounded yet among tensors that are.
///
/// # Domain
/// Every number in range; exact, but such a product is off by less than a unit once it is rounded.
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
/// # Domain
/// As [`cat`].
///
/// # Errors
/// As [`cat`].
pub fn stack(tensors: &[&CrypTensor], axis: isize) -> Result<CrypTensor, Error> {
    join(tensors, axis, 1, ArithmeticShare::stack)
}

impl CrypTensor {
    /// Parts of `size` along an axis; the last one has what is left.
    ///
    /// # Errors
    /// If there is no such axis, or the size is zero.
    pub fn split(&self, size: usize, axis: isize) -> Result<Vec<Self>, Error> {
        let length = self.shape()[normalize_axis(axis, self.ndim())?];
        if size == 0 {
            return Err(self.uncut("split", &[size]));
        }
        let sizes: Vec<usize> =
            (0..length.div_ceil(size).max(1)).map(|part| size.min(length - part * size)).collect();
        self.split_sizes(&sizes, axis)
    }

    /// Parts of the given sizes along an axis.
    ///
    /// # Errors
    /// If there is no such axis, or the sizes do not add up to its length.
    pub fn split_sizes(&self, sizes: &[usize], axis: isize) -> Result<Vec<Self>, Error> {
        let axis = normalize_axis(axis, self.ndim())?;
        let sum = sizes.iter().try_fold(0_usize, |sum, &size| sum.checked_add(size));
        if sum != Some(self.shape()[axis]) {
            return Err(self.uncut("split", sizes));
        }
        let mut start = 0;
        let cut = |&size: &usize| {
            let part = self.exact().linear(|own| own.stride_axis(axis, start, 1, size));
            start += size;
            self.with(part)
        };
        Ok(sizes.iter().map(cut).collect())
    }

    /// At most `count` parts of equal size along an axis; the last one may be smaller.
    ///
    /// # Errors
    /// If there is no such axis, or the count is zero.
    pub fn chunk(&self, count: usize, axis: isize) -> Result<Vec<Self>, Error> {
        let length = self.shape()[normalize_axis(axis, self.ndim())?];
        if count == 0 {
            return Err(self.uncut("chunk", &[count]));
        }
        self.split(length.div_ceil(count).max(1), axis)
    }

    /// The parts at each position of an axis, which disappears.
    ///
    /// # Errors
    /// If there is no such axis.
    pub fn unbind(&self, axis: isize) -> Result<Vec<Self>, Error> {
        let axis = normalize_axis(axis, self.ndim())?;
        let mut rest = self.shape().to_vec();
        let length = rest.remove(axis);
        (0..length)
            .map(|position| {
                let part =
                    self.exact().try_linear(|own| own.stride_axis(axis, position, 1, 1).reshape(&rest))?;
                Ok(self.with(part))
            })
            .collect()
    }

    fn uncut(&self, operation: &'static str, sizes: &[usize]) -> Error {
        let (left, right) = (self.shape().to_vec(), sizes.to_vec());
        RingError::ShapeMismatch { operation, left, right }.into()
    }
}

fn join(
    tensors: &[&CrypTensor],
    axis: isize,
    new_axes: usize,
    join: impl Fn(usize, &[&ArithmeticShare]) -> Result<ArithmeticShare, RingError>,
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
        settle(tensors)?;
        tensors.iter().map(|tensor| tensor.rounded()).collect::<Result<Vec<_>, _>>()?
    };
    let scale = parts.iter().map(|part| part.1).max().unwrap_or(first.scale());
    let parts: Vec<ArithmeticShare> =
        parts.into_iter().map(|(share, own)| raised(share, own, scale)).collect();
    let joined = join(axis, &parts.iter().collect::<Vec<_>>())?;
    Ok(CrypTensor::new(&first.session, joined, scale))
}
