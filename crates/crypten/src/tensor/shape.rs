//! The shape: the same elements under other axes, without a message.

use crypten_autograd::Axes;
use crypten_ring::{Error as RingError, normalize_axis};

use crate::error::Error;
use crate::tensor::CrypTensor;

impl CrypTensor {
    /// The same elements in another shape; one length may be -1, which is then worked out.
    ///
    /// # Errors
    /// If the number of elements differs.
    pub fn reshape(&self, shape: &[isize]) -> Result<Self, Error> {
        let mismatch = || {
            let right = shape.iter().map(|&n| n.max(0).unsigned_abs()).collect();
            RingError::ShapeMismatch { operation: "reshape", left: self.shape().to_vec(), right }
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
        self.reshaped(&shape.iter().map(length).collect::<Vec<usize>>())
    }

    /// The same as [`CrypTensor::reshape`].
    ///
    /// # Errors
    /// As [`CrypTensor::reshape`].
    pub fn view(&self, shape: &[isize]) -> Result<Self, Error> {
        self.reshape(shape)
    }

    /// All axes from `start` on joined into one.
    ///
    /// # Errors
    /// If there is no axis `start`.
    pub fn flatten(&self, start: isize) -> Result<Self, Error> {
        self.flatten_range(start, -1)
    }

    /// The axes from `start` to `end`, both included, joined into one; a tensor without axes becomes a vector.
    ///
    /// # Errors
    /// If there is no such axis, or `end` comes before `start`.
    pub fn flatten_range(&self, start: isize, end: isize) -> Result<Self, Error> {
        let own: &[usize] = if self.ndim() == 0 { &[1] } else { self.shape() };
        let (start, end) = (normalize_axis(start, own.len())?, normalize_axis(end, own.len())?);
        if start > end {
            let (left, right) = (own.to_vec(), vec![start, end]);
            return Err(RingError::ShapeMismatch { operation: "flatten", left, right }.into());
        }
        let joined: usize = own[start..=end].iter().product();
        self.reshaped(&[&own[..start], &[joined], &own[end + 1..]].concat())
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

    /// The same as [`CrypTensor::transpose`].
    ///
    /// # Errors
    /// As [`CrypTensor::transpose`].
    pub fn swapaxes(&self, first: isize, second: isize) -> Result<Self, Error> {
        self.transpose(first, second)
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

    /// Without its axes of length 1.
    ///
    /// # Errors
    /// None but those of [`CrypTensor::squeeze_axis`], which cannot happen here.
    pub fn squeeze(&self) -> Result<Self, Error> {
        self.squeeze_axis(())
    }

    /// Without the named axes that have length 1; those of another length stay.
    ///
    /// # Errors
    /// If there is no such axis, or one is named more than once.
    pub fn squeeze_axis(&self, axes: impl Axes) -> Result<Self, Error> {
        let axes = axes.axes(self.ndim())?;
        let stays = |&(axis, &length): &(usize, &usize)| length != 1 || !axes.contains(&axis);
        let shape: Vec<usize> = self.shape().iter().enumerate().filter(stays).map(|(_, &n)| n).collect();
        self.reshaped(&shape)
    }

    /// The tensor broadcast to a shape; -1 keeps the length of an axis.
    ///
    /// # Errors
    /// If an axis of a length other than 1 would have to change, or there are fewer axes than before.
    pub fn expand(&self, shape: &[isize]) -> Result<Self, Error> {
        let mismatch = || {
            let right = shape.iter().map(|&n| n.max(0).unsigned_abs()).collect();
            RingError::ShapeMismatch { operation: "expand", left: self.shape().to_vec(), right }
        };
        let new_axes = shape.len().checked_sub(self.ndim()).ok_or_else(mismatch)?;
        let length = |(axis, &n): (usize, &isize)| match usize::try_from(n) {
            Ok(n) => Ok(n),
            Err(_) if n == -1 && axis >= new_axes => Ok(self.shape()[axis - new_axes]),
            Err(_) => Err(mismatch()),
        };
        let shape = shape.iter().enumerate().map(length).collect::<Result<Vec<usize>, _>>()?;
        Ok(self.with(self.exact().try_linear(|own| own.broadcast_to(&shape))?))
    }

    /// The same elements in a shape of which every length is known.
    pub(crate) fn reshaped(&self, shape: &[usize]) -> Result<Self, Error> {
        Ok(self.with(self.exact().try_linear(|own| own.reshape(shape))?))
    }
}
