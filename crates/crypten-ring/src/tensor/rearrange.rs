//! The same words in other places: flipped, rolled, repeated, in windows, written into a slice, on a diagonal.
//!
//! Every function is linear, so it may run on shares.

use ndarray::{Axis, SliceInfoElem};

use crate::error::Error;
use crate::tensor::RingTensor;

impl RingTensor {
    /// The tensor with some axes run through backwards, without a copy.
    ///
    /// # Panics
    /// If there is no such axis.
    #[must_use]
    #[track_caller]
    pub fn flip(&self, axes: &[usize]) -> Self {
        let mut storage = self.storage.clone();
        for &axis in axes {
            storage.invert_axis(Axis(axis));
        }
        Self { storage }
    }

    /// The tensor with its elements moved along an axis by `shift` places; those that leave it come in at the other
    /// end.
    ///
    /// # Panics
    /// If there is no such axis.
    #[must_use]
    #[track_caller]
    pub fn roll(&self, axis: usize, shift: isize) -> Self {
        let length = self.shape()[axis];
        if length == 0 {
            return self.clone();
        }
        let first = length - shift.rem_euclid(length.cast_signed()).unsigned_abs();
        let positions: Vec<usize> = (first..first + length).map(|position| position % length).collect();
        Self { storage: self.storage.select(Axis(axis), &positions).into_shared() }
    }

    /// The tensor repeated `counts[axis]` times along each axis; more counts than axes make new axes in front.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] for fewer counts than axes, or a result past the size of memory.
    pub fn repeat(&self, counts: &[usize]) -> Result<Self, Error> {
        let Some(new_axes) = counts.len().checked_sub(self.ndim()) else {
            let (left, right) = (self.shape().to_vec(), counts.to_vec());
            return Err(Error::ShapeMismatch { operation: "repeat", left, right });
        };
        let lengths = [&vec![1; new_axes][..], self.shape()].concat();
        let apart: Vec<usize> = lengths.iter().flat_map(|&length| [1, length]).collect();
        let pairs = counts.iter().zip(&lengths);
        let spread: Vec<usize> = pairs.clone().flat_map(|(&count, &length)| [count, length]).collect();
        let repeated = self.reshape(&apart)?.broadcast_to(&spread)?;
        repeated.reshape(&pairs.map(|(count, length)| count * length).collect::<Vec<_>>())
    }

    /// Windows of `size` positions of an axis, each `step` after the one before: the axis counts the windows, and a new
    /// last axis runs through one.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] naming `[size, step]` if the window is longer than the axis or the step is zero.
    ///
    /// # Panics
    /// If there is no such axis.
    pub fn unfold(&self, axis: usize, size: usize, step: usize) -> Result<Self, Error> {
        let last = self.shape()[axis].checked_sub(size).and_then(|free| free.checked_div(step));
        let Some(last) = last else {
            let (left, right) = (self.shape().to_vec(), vec![size, step]);
            return Err(Error::ShapeMismatch { operation: "unfold", left, right });
        };
        let positions: Vec<usize> =
            (0..=last).flat_map(|window| window * step..window * step + size).collect();
        let mut shape = self.shape().to_vec();
        shape[axis] = last + 1;
        shape.insert(axis + 1, size);
        let mut axes: Vec<usize> = (0..shape.len()).filter(|&other| other != axis + 1).collect();
        axes.push(axis + 1);
        self.select(axis, &positions)?.reshape(&shape)?.permute(&axes)
    }

    /// The tensor with the part that ndarray's `s![..]` describes replaced by a value, which broadcasts.
    ///
    /// # Errors
    /// As [`RingTensor::slice`], and [`Error::ShapeMismatch`] if the value does not broadcast to the part.
    pub fn with_slice(&self, parts: impl AsRef<[SliceInfoElem]>, value: &Self) -> Result<Self, Error> {
        let places = Self::from_vec(self.shape(), (0..self.len() as u64).collect()).slice(parts)?;
        let value = value.broadcast_to(places.shape())?;
        let mut words = self.words().into_owned();
        for (&place, &word) in places.words().iter().zip(value.words().iter()) {
            words[place as usize] = word;
        }
        Ok(Self::from_vec(self.shape(), words))
    }

    /// The diagonals of the matrices that the last two axes hold: elements whose column is their row plus `offset`.
    ///
    /// # Errors
    /// [`Error::AxisOutOfRange`] for fewer than two axes.
    pub fn diagonal(&self, offset: isize) -> Result<Self, Error> {
        let [batch @ .., rows, columns] = self.shape() else {
            return Err(Error::AxisOutOfRange { axis: -2, dims: self.ndim() });
        };
        let (row, column) = (offset.min(0).unsigned_abs(), offset.max(0).unsigned_abs());
        let length = rows.saturating_sub(row).min(columns.saturating_sub(column));
        let positions: Vec<usize> = (0..length).map(|i| (row + i) * columns + column + i).collect();
        let flat = [batch, &[rows * columns]].concat();
        self.reshape(&flat)?.select(batch.len(), &positions)
    }
}
