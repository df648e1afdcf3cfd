//! Parts and elements at public positions, read and written; see [`lookup`](crate::lookup) for secret positions.
//!
//! Negative positions count from the end. What is written may be secret or public; nothing is written in place, each
//! function gives a new tensor.

use crypten_ring::{Error as RingError, RingTensor, normalize_axis};
use ndarray::{ArrayBase, ArrayD, Data, Dimension, IxDyn, SliceInfoElem};

use crate::error::Error;
use crate::plain::Operand;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::aligned;

impl CrypTensor {
    /// The part that ndarray's `s![..]` describes: `x.slice(s![1..3, -1])`.
    ///
    /// # Errors
    /// If an index or bound lies past the end.
    pub fn slice(&self, parts: impl AsRef<[SliceInfoElem]>) -> Result<Self, Error> {
        Ok(self.with(self.exact().try_linear(|own| own.slice(parts))?))
    }

    /// The tensor with the part that ndarray's `s![..]` describes replaced: `x[1:3] = value` in Python. The value
    /// broadcasts to the part.
    ///
    /// # Rounds
    /// None; one, of 8 bytes an element, if one tensor is a product that is not rounded yet and the other is none.
    ///
    /// # Domain
    /// Every number in range; exact, but that a public number is off by at most half a unit, and a product by less
    /// than one once it is rounded.
    ///
    /// # Errors
    /// If an index or bound lies past the end, the value does not broadcast to the part, or a public number does
    /// not fit the precision.
    pub fn set_slice(&self, parts: impl AsRef<[SliceInfoElem]>, value: impl Operand) -> Result<Self, Error> {
        let (own, value, scale) = aligned(self, value)?;
        let share = own.try_linear(|own| own.with_slice(parts, value.own()))?;
        Ok(Self::new(&self.session, share, scale))
    }

    /// `length` positions of an axis from `start` on.
    ///
    /// # Errors
    /// If there is no such axis, or they reach past its end.
    pub fn narrow(&self, axis: isize, start: usize, length: usize) -> Result<Self, Error> {
        let axis = normalize_axis(axis, self.ndim())?;
        let end = start.saturating_add(length);
        if end > self.shape()[axis] {
            let (index, length) = (end.cast_signed(), self.shape()[axis]);
            return Err(RingError::IndexOutOfRange { index, axis, length }.into());
        }
        Ok(self.with(self.exact().linear(|own| own.stride_axis(axis, start, 1, length))))
    }

    /// The given positions of an axis, in the given order.
    ///
    /// # Errors
    /// If there is no such axis or position.
    pub fn index_select(&self, axis: isize, positions: &[usize]) -> Result<Self, Error> {
        let axis = normalize_axis(axis, self.ndim())?;
        Ok(self.with(self.exact().try_linear(|own| own.select(axis, positions))?))
    }

    /// The tensor with the parts of `source` along an axis added at the given positions.
    ///
    /// # Shapes
    /// The source has one part for each position, and is otherwise shaped like the tensor.
    ///
    /// # Rounds
    /// As [`CrypTensor::set_slice`].
    ///
    /// # Domain
    /// As [`CrypTensor::set_slice`].
    ///
    /// # Errors
    /// If there is no such axis or position, the source has another shape, or a public number does not fit the
    /// precision.
    pub fn index_add(&self, axis: isize, positions: &[usize], source: impl Operand) -> Result<Self, Error> {
        let axis = normalize_axis(axis, self.ndim())?;
        let (own, source, scale) = aligned(self, source)?;
        let share = own.try_linear(|own| own.index_add(axis, positions, source.own()))?;
        Ok(Self::new(&self.session, share, scale))
    }

    /// The elements at positions of the tensor laid out in row-major order; the result has the shape of `positions`.
    ///
    /// # Errors
    /// If there is no such position; the error names axis 0 and the number of elements.
    pub fn take<I, S, D>(&self, positions: &ArrayBase<S, D>) -> Result<Self, Error>
    where
        I: Copy + TryInto<isize>,
        S: Data<Elem = I>,
        D: Dimension,
    {
        let positions = counted(positions, 0, self.numel())?;
        Ok(self.with(self.exact().try_linear(|own| own.take(&positions))?))
    }

    /// The given positions of an axis, which the axes of `positions` replace; ONNX calls it Gather.
    ///
    /// # Errors
    /// If there is no such axis or position.
    pub fn take_axis<I, S, D>(&self, axis: isize, positions: &ArrayBase<S, D>) -> Result<Self, Error>
    where
        I: Copy + TryInto<isize>,
        S: Data<Elem = I>,
        D: Dimension,
    {
        let (axis, positions) = self.positions(axis, positions)?;
        let shape = [&self.shape()[..axis], positions.shape(), &self.shape()[axis + 1..]].concat();
        let positions: Vec<usize> = positions.into_iter().collect();
        Ok(self.with(self.exact().try_linear(|own| own.select(axis, &positions)?.reshape(&shape))?))
    }

    /// One element along an axis for each position: `out[i, j] = self[index[i, j], j]` along axis 0.
    ///
    /// # Shapes
    /// The index has as many axes as the tensor, and is no longer than it on every axis but `axis`. The result has the
    /// shape of the index.
    ///
    /// # Errors
    /// If there is no such axis or position, or the index has another shape.
    pub fn gather<I, S, D>(&self, axis: isize, index: &ArrayBase<S, D>) -> Result<Self, Error>
    where
        I: Copy + TryInto<isize>,
        S: Data<Elem = I>,
        D: Dimension,
    {
        let (axis, index) = self.positions(axis, index)?;
        Ok(self.with(self.exact().try_linear(|own| own.gather(axis, &index))?))
    }

    /// The tensor with elements of `source` written at the positions: `out[index[i, j], j] = source[i, j]` along
    /// axis 0. Of several elements written to one place the last along the axis stays.
    ///
    /// # Shapes
    /// The index as in [`CrypTensor::gather`]; the source has as many axes and is at least as long on each, or is one
    /// number.
    ///
    /// # Rounds
    /// As [`CrypTensor::set_slice`].
    ///
    /// # Domain
    /// As [`CrypTensor::set_slice`].
    ///
    /// # Errors
    /// If there is no such axis or position, the shapes do not fit, or a public number does not fit the precision.
    pub fn scatter<I, S, D>(
        &self,
        axis: isize,
        index: &ArrayBase<S, D>,
        source: impl Operand,
    ) -> Result<Self, Error>
    where
        I: Copy + TryInto<isize>,
        S: Data<Elem = I>,
        D: Dimension,
    {
        let (axis, index) = self.positions(axis, index)?;
        self.scattered(&index, source, |own, source| own.scatter(axis, &index, source))
    }

    /// The tensor with elements of `source` added at the positions: `out[index[i, j], j] += source[i, j]` along axis 0.
    ///
    /// # Shapes
    /// As [`CrypTensor::scatter`].
    ///
    /// # Rounds
    /// As [`CrypTensor::set_slice`].
    ///
    /// # Domain
    /// As [`CrypTensor::set_slice`].
    ///
    /// # Errors
    /// As [`CrypTensor::scatter`].
    pub fn scatter_add<I, S, D>(
        &self,
        axis: isize,
        index: &ArrayBase<S, D>,
        source: impl Operand,
    ) -> Result<Self, Error>
    where
        I: Copy + TryInto<isize>,
        S: Data<Elem = I>,
        D: Dimension,
    {
        let (axis, index) = self.positions(axis, index)?;
        self.scattered(&index, source, |own, source| own.scatter_add(axis, &index, source))
    }

    fn scattered(
        &self,
        index: &ArrayD<usize>,
        source: impl Operand,
        write: impl Fn(&RingTensor, &RingTensor) -> Result<RingTensor, RingError>,
    ) -> Result<Self, Error> {
        let (own, source, scale) = aligned(self, source)?;
        let source = if source.shape().is_empty() {
            source.try_linear(|one| one.broadcast_to(index.shape()))?
        } else {
            source
        };
        let share = own.try_linear(|own| write(own, source.own()))?;
        Ok(Self::new(&self.session, share, scale))
    }

    /// An axis and positions on it, counted from the front.
    fn positions<I, S, D>(
        &self,
        axis: isize,
        positions: &ArrayBase<S, D>,
    ) -> Result<(usize, ArrayD<usize>), Error>
    where
        I: Copy + TryInto<isize>,
        S: Data<Elem = I>,
        D: Dimension,
    {
        let axis = normalize_axis(axis, self.ndim())?;
        Ok((axis, counted(positions, axis, self.shape()[axis])?))
    }
}

/// Positions on an axis of some length, counted from the front.
fn counted<I, S, D>(
    positions: &ArrayBase<S, D>,
    axis: usize,
    length: usize,
) -> Result<ArrayD<usize>, RingError>
where
    I: Copy + TryInto<isize>,
    S: Data<Elem = I>,
    D: Dimension,
{
    let counted = |&position: &I| {
        let index: isize = position.try_into().unwrap_or(isize::MAX);
        normalize_axis(index, length).map_err(|_| RingError::IndexOutOfRange { index, axis, length })
    };
    let found = positions.iter().map(counted).collect::<Result<Vec<usize>, _>>()?;
    Ok(ArrayD::from_shape_vec(IxDyn(positions.shape()), found).expect("one position for each"))
}
