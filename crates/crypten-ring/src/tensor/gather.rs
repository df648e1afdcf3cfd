//! Elements at given positions: reading them (gather, take) and writing to them (scatter, index_add).
//!
//! Positions are public. Every function is linear in the words that it moves, so it may run on shares.

use ndarray::{ArrayD, Axis, AxisDescription, Slice, Zip};

use crate::error::Error;
use crate::tensor::RingTensor;

impl RingTensor {
    /// One element of a lane for each position: `out[i, j] = self[index[i, j], j]` along axis 0.
    ///
    /// # Shapes
    /// The index has as many axes as the tensor, and is no longer than it on every axis but `axis`. The result has the
    /// shape of the index.
    ///
    /// # Errors
    /// [`Error::IndexOutOfRange`] for a position past the end, [`Error::ShapeMismatch`] for another shape of the index.
    ///
    /// # Panics
    /// If there is no such axis.
    pub fn gather(&self, axis: usize, index: &ArrayD<usize>) -> Result<Self, Error> {
        self.check_index("gather", axis, index)?;
        let own = self.storage.slice_each_axis(|description| beside(&description, axis, index.shape()));
        let mut out = ArrayD::<u64>::zeros(index.raw_dim());
        Zip::from(out.lanes_mut(Axis(axis)))
            .and(index.lanes(Axis(axis)))
            .and(own.lanes(Axis(axis)))
            .for_each(|mut out, index, own| {
                for (out, &position) in out.iter_mut().zip(index) {
                    *out = own[position];
                }
            });
        Ok(Self { storage: out.into_shared() })
    }

    /// The tensor with elements of `source` written over those at the positions: `out[index[i, j], j] = source[i, j]`
    /// along axis 0. Of several elements written to one place the last along the axis stays.
    ///
    /// # Shapes
    /// The index as in [`RingTensor::gather`]; the source has as many axes and is at least as long on each.
    ///
    /// # Errors
    /// As [`RingTensor::gather`].
    ///
    /// # Panics
    /// If there is no such axis.
    pub fn scatter(&self, axis: usize, index: &ArrayD<usize>, source: &Self) -> Result<Self, Error> {
        self.scattered("scatter", axis, index, source, |_, new| new)
    }

    /// The tensor with elements of `source` added to those at the positions: `out[index[i, j], j] += source[i, j]`
    /// along axis 0.
    ///
    /// # Shapes
    /// As [`RingTensor::scatter`].
    ///
    /// # Errors
    /// As [`RingTensor::gather`].
    ///
    /// # Panics
    /// If there is no such axis.
    pub fn scatter_add(&self, axis: usize, index: &ArrayD<usize>, source: &Self) -> Result<Self, Error> {
        self.scattered("scatter_add", axis, index, source, u64::wrapping_add)
    }

    /// The tensor with the parts of `source` along an axis added to those at the positions.
    ///
    /// # Shapes
    /// The source has one part for each position and is otherwise shaped like the tensor.
    ///
    /// # Errors
    /// [`Error::IndexOutOfRange`] for a position past the end, [`Error::ShapeMismatch`] for another shape of the
    /// source.
    ///
    /// # Panics
    /// If there is no such axis.
    pub fn index_add(&self, axis: usize, positions: &[usize], source: &Self) -> Result<Self, Error> {
        let mut shape = self.shape().to_vec();
        let length = std::mem::replace(&mut shape[axis], positions.len());
        if source.shape() != shape {
            let left = source.shape().to_vec();
            return Err(Error::ShapeMismatch { operation: "index_add", left, right: shape });
        }
        check_positions(positions, axis, length)?;
        let mut out = self.storage.to_owned();
        for (part, &position) in positions.iter().enumerate() {
            let (own, part) =
                (out.index_axis_mut(Axis(axis), position), source.storage.index_axis(Axis(axis), part));
            Zip::from(own).and(part).for_each(|own, &word| *own = own.wrapping_add(word));
        }
        Ok(Self { storage: out.into_shared() })
    }

    /// The elements at positions of the tensor laid out in row-major order; the result has the shape of `positions`.
    ///
    /// # Errors
    /// [`Error::IndexOutOfRange`] for a position past the end; it names axis 0 and the number of elements.
    pub fn take(&self, positions: &ArrayD<usize>) -> Result<Self, Error> {
        check_positions(positions, 0, self.len())?;
        let words = self.words();
        let taken = positions.iter().map(|&position| words[position]).collect();
        Ok(Self::from_vec(positions.shape(), taken))
    }

    fn scattered(
        &self,
        operation: &'static str,
        axis: usize,
        index: &ArrayD<usize>,
        source: &Self,
        combine: impl Fn(u64, u64) -> u64,
    ) -> Result<Self, Error> {
        self.check_index(operation, axis, index)?;
        let covers = source.shape().iter().zip(index.shape()).all(|(length, wanted)| length >= wanted);
        if source.ndim() != index.ndim() || !covers {
            let (left, right) = (source.shape().to_vec(), index.shape().to_vec());
            return Err(Error::ShapeMismatch { operation, left, right });
        }
        let source = source
            .storage
            .slice_each_axis(|description| Slice::from(..index.shape()[description.axis.index()]));
        let mut out = self.storage.to_owned();
        let mut own = out.slice_each_axis_mut(|description| beside(&description, axis, index.shape()));
        Zip::from(own.lanes_mut(Axis(axis)))
            .and(index.lanes(Axis(axis)))
            .and(source.lanes(Axis(axis)))
            .for_each(|mut own, index, source| {
                for (&position, &word) in index.iter().zip(source) {
                    own[position] = combine(own[position], word);
                }
            });
        Ok(Self { storage: out.into_shared() })
    }

    fn check_index(&self, operation: &'static str, axis: usize, index: &ArrayD<usize>) -> Result<(), Error> {
        let length = self.shape()[axis];
        let mut lengths = self.shape().iter().zip(index.shape()).enumerate();
        let fits = lengths.all(|(other, (length, wanted))| other == axis || wanted <= length);
        if self.ndim() != index.ndim() || !fits {
            let (left, right) = (self.shape().to_vec(), index.shape().to_vec());
            return Err(Error::ShapeMismatch { operation, left, right });
        }
        check_positions(index, axis, length)
    }
}

/// The whole of `axis`, and of every other axis as much as `shape` has.
fn beside(description: &AxisDescription, axis: usize, shape: &[usize]) -> Slice {
    match description.axis.index() {
        own if own == axis => Slice::from(..),
        other => Slice::from(..shape[other]),
    }
}

fn check_positions<'a>(
    positions: impl IntoIterator<Item = &'a usize>,
    axis: usize,
    length: usize,
) -> Result<(), Error> {
    match positions.into_iter().find(|&&position| position >= length) {
        Some(&index) => Err(Error::IndexOutOfRange { index: index.cast_signed(), axis, length }),
        None => Ok(()),
    }
}
