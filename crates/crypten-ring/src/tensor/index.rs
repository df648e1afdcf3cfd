//! Slices, selection of positions, concatenation and padding.

use ndarray::{ArrayD, Axis, IxDyn, Slice, SliceInfoElem};

use crate::error::Error;
use crate::tensor::RingTensor;

impl RingTensor {
    /// The part that ndarray's `s![..]` describes, without a copy.
    ///
    /// # Errors
    /// [`Error::IndexOutOfRange`] for an index or bound past the end, [`Error::AxisOutOfRange`] for more entries
    /// than axes.
    pub fn slice(&self, parts: impl AsRef<[SliceInfoElem]>) -> Result<Self, Error> {
        let (mut storage, mut axis, mut original) = (self.storage.clone(), 0, 0);
        for &part in parts.as_ref() {
            if matches!(part, SliceInfoElem::NewAxis) {
                storage = storage.insert_axis(Axis(axis));
                axis += 1;
                continue;
            }
            let Some(&length) = self.shape().get(original) else {
                return Err(Error::AxisOutOfRange { axis: original.cast_signed(), dims: self.ndim() });
            };
            let position = |index: isize, last: usize| {
                let counted = if index < 0 { index.checked_add_unsigned(length) } else { Some(index) };
                counted
                    .and_then(|i| usize::try_from(i).ok())
                    .filter(|&i| i <= last)
                    .ok_or(Error::IndexOutOfRange { index, axis: original, length })
            };
            match part {
                SliceInfoElem::Index(index) => {
                    let last = length.checked_sub(1).ok_or(Error::IndexOutOfRange {
                        index,
                        axis: original,
                        length,
                    })?;
                    storage = storage.index_axis_move(Axis(axis), position(index, last)?);
                }
                SliceInfoElem::Slice { start, end, step } => {
                    let (start, end) =
                        (position(start, length)?, position(end.unwrap_or(length.cast_signed()), length)?);
                    storage.slice_axis_inplace(
                        Axis(axis),
                        Slice { start: start.cast_signed(), end: Some(end.max(start).cast_signed()), step },
                    );
                    axis += 1;
                }
                SliceInfoElem::NewAxis => unreachable!("handled above"),
            }
            original += 1;
        }
        Ok(Self { storage })
    }

    /// Positions `start`, `start + step`, ... of one axis, `count` of them.
    ///
    /// # Panics
    /// If they do not lie within the axis.
    #[must_use]
    #[track_caller]
    pub fn stride_axis(&self, axis: usize, start: usize, step: usize, count: usize) -> Self {
        let end = if count == 0 { start } else { start + (count - 1) * step + 1 };
        let mut storage = self.storage.clone();
        let (start, end, step) = (start.cast_signed(), Some(end.cast_signed()), step.cast_signed());
        storage.slice_axis_inplace(Axis(axis), Slice { start, end, step });
        Self { storage }
    }

    /// An axis of `length` zeros, where the first element stands at `first` and the others follow at steps of `step`;
    /// those that would stand outside are dropped. Undoes [`RingTensor::stride_axis`] where nothing is dropped.
    ///
    /// # Panics
    /// If there is no such axis or `step` is zero.
    #[must_use]
    #[track_caller]
    pub fn spread_axis(&self, axis: usize, first: isize, step: usize, length: usize) -> Self {
        let before = first.min(0).unsigned_abs().div_ceil(step);
        let start = (before * step).saturating_add_signed(first);
        let room = length.saturating_sub(start).div_ceil(step);
        let kept = self.shape()[axis].saturating_sub(before).min(room);
        let mut shape = self.shape().to_vec();
        shape[axis] = length;
        let mut storage = ArrayD::<u64>::zeros(IxDyn(&shape));
        if kept > 0 {
            let end = start + (kept - 1) * step + 1;
            let places = Slice::new(start.cast_signed(), Some(end.cast_signed()), step.cast_signed());
            let elements = self.storage.slice_axis(Axis(axis), Slice::from(before..before + kept));
            storage.slice_axis_mut(Axis(axis), places).assign(&elements);
        }
        Self { storage: storage.into_shared() }
    }

    /// The given positions of one axis, in the given order.
    ///
    /// # Errors
    /// [`Error::IndexOutOfRange`] for a position past the end.
    ///
    /// # Panics
    /// If there is no such axis.
    pub fn select(&self, axis: usize, positions: &[usize]) -> Result<Self, Error> {
        let length = self.shape()[axis];
        match positions.iter().find(|&&position| position >= length) {
            Some(&index) => Err(Error::IndexOutOfRange { index: index.cast_signed(), axis, length }),
            None => Ok(Self { storage: self.storage.select(Axis(axis), positions).into_shared() }),
        }
    }

    /// The tensors joined along an axis they have.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] unless there is a tensor and all agree on the other axes.
    pub fn concatenate(axis: usize, parts: &[&Self]) -> Result<Self, Error> {
        let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
        Self::joined("cat", parts, ndarray::concatenate(Axis(axis), &views))
    }

    /// The tensors joined along a new axis.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] unless there is a tensor and all have the same shape.
    pub fn stack(axis: usize, parts: &[&Self]) -> Result<Self, Error> {
        let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
        Self::joined("stack", parts, ndarray::stack(Axis(axis), &views))
    }

    /// The tensor with `before` and `after` copies of a word on each axis.
    ///
    /// # Panics
    /// If there is not one pair an axis.
    #[must_use]
    #[track_caller]
    pub fn pad(&self, widths: &[(usize, usize)], word: u64) -> Self {
        assert_eq!(widths.len(), self.ndim(), "pairs of widths for shape {:?}", self.shape());
        let shape: Vec<_> =
            self.shape().iter().zip(widths).map(|(&n, &(before, after))| before + n + after).collect();
        let mut storage = ArrayD::from_elem(IxDyn(&shape), word);
        storage
            .slice_each_axis_mut(|axis| {
                let before = widths[axis.axis.index()].0;
                Slice::from(before..before + self.shape()[axis.axis.index()])
            })
            .assign(&self.storage);
        Self { storage: storage.into_shared() }
    }

    fn joined(
        operation: &'static str,
        parts: &[&Self],
        result: Result<ArrayD<u64>, ndarray::ShapeError>,
    ) -> Result<Self, Error> {
        result.map(|storage| Self { storage: storage.into_shared() }).map_err(|_| {
            let shape = |index: usize| parts.get(index).map(|part| part.shape().to_vec()).unwrap_or_default();
            let odd = parts.iter().position(|part| part.shape() != shape(0)).unwrap_or(0);
            Error::ShapeMismatch { operation, left: shape(0), right: shape(odd) }
        })
    }
}
