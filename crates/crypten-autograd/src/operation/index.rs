//! Elements at public positions; the gradient is added where they were taken, so that repeated positions add up.

use ndarray::{ArrayBase, ArrayD, Data, Dimension, IxDyn};

use crypten_ring::normalize_axis;

use crate::engine::Engine;
use crate::error::Error;
use crate::operand::Operand;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The given positions of an axis, in the given order.
    ///
    /// # Errors
    /// If there is no such axis or position, or the engine fails.
    pub fn index_select(&self, axis: isize, positions: &[usize]) -> Result<Self, E::Error> {
        let (axis, positions) = self.positions_on(axis, positions.iter().copied())?;
        let selected = self.engine().index_select(&self.value(), axis, &positions)?;
        let shape = self.shape().to_vec();
        let pullback = move |engine: &E, gradient: &E::Tensor| {
            let zeros = engine.constant(ArrayD::zeros(&shape[..]))?;
            engine.index_add(&zeros, axis, &positions, gradient)
        };
        Ok(self.record("index_select", selected).input(self, pullback).finish())
    }

    /// The tensor with the parts of `source` along an axis added at the given positions.
    ///
    /// # Shapes
    /// The source has one part for each position, and is otherwise shaped like the tensor.
    ///
    /// # Errors
    /// If there is no such axis or position, the source has another shape, or the engine fails.
    pub fn index_add(
        &self,
        axis: isize,
        positions: &[usize],
        source: impl Into<Operand<E>>,
    ) -> Result<Self, E::Error> {
        let source = source.into().into_var(self.engine())?;
        let (axis, positions) = self.positions_on(axis, positions.iter().copied())?;
        let sum = self.engine().index_add(&self.value(), axis, &positions, &source.value())?;
        let record = self.record("index_add", sum).input(self, |_, gradient| Ok(gradient.clone()));
        let pullback =
            move |engine: &E, gradient: &E::Tensor| engine.index_select(gradient, axis, &positions);
        Ok(record.input(&source, pullback).finish())
    }

    /// The elements at positions of the tensor laid out in row-major order; the result has the shape of `positions`.
    ///
    /// # Errors
    /// If there is no such position, or the engine fails.
    pub fn take<I, S, D>(&self, positions: &ArrayBase<S, D>) -> Result<Self, E::Error>
    where
        I: Copy + TryInto<isize>,
        S: Data<Elem = I>,
        D: Dimension,
    {
        self.reshaped(&[self.numel()])?.take_axis(0, positions)
    }

    /// The given positions of an axis, which the axes of `positions` replace; ONNX calls it Gather.
    ///
    /// # Errors
    /// If there is no such axis or position, or the engine fails.
    pub fn take_axis<I, S, D>(&self, axis: isize, positions: &ArrayBase<S, D>) -> Result<Self, E::Error>
    where
        I: Copy + TryInto<isize>,
        S: Data<Elem = I>,
        D: Dimension,
    {
        let (axis, positions) = self.positions(axis, positions)?;
        let shape = [&self.shape()[..axis], positions.shape(), &self.shape()[axis + 1..]].concat();
        let flat: Vec<usize> = positions.into_iter().collect();
        self.index_select(axis.cast_signed(), &flat)?.reshaped(&shape)
    }

    /// An axis and positions on it, counted from the front.
    pub(super) fn positions<I, S, D>(
        &self,
        axis: isize,
        positions: &ArrayBase<S, D>,
    ) -> Result<(usize, ArrayD<usize>), Error>
    where
        I: Copy + TryInto<isize>,
        S: Data<Elem = I>,
        D: Dimension,
    {
        let (axis, found) = self.positions_on(axis, positions.iter().copied())?;
        let found = ArrayD::from_shape_vec(IxDyn(positions.shape()), found);
        Ok((axis, found.expect("one position for each")))
    }

    fn positions_on<I: TryInto<isize>>(
        &self,
        axis: isize,
        positions: impl IntoIterator<Item = I>,
    ) -> Result<(usize, Vec<usize>), Error> {
        let axis = normalize_axis(axis, self.ndim())?;
        let length = self.shape()[axis];
        let counted = |position: I| {
            let index: isize = position.try_into().unwrap_or(isize::MAX);
            let out_of_range = |_| crypten_ring::Error::IndexOutOfRange { index, axis, length };
            normalize_axis(index, length).map_err(out_of_range)
        };
        let found = positions.into_iter().map(counted).collect::<Result<Vec<usize>, _>>()?;
        Ok((axis, found))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use crate::check::law;
    use crate::{Plain, Var};

    law!(selected_positions_have_the_gradient, [&[2, 4, 3]], -2.0..2.0, |x| {
        x[0].index_select(1, &[3, 0, 3])?.square()
    });
    law!(added_parts_have_the_gradient, [&[2, 4], &[2, 3]], -2.0..2.0, |x| {
        x[0].index_add(1, &[3, 0, 3], &x[1])?.square()
    });
    law!(taken_elements_have_the_gradient, [&[2, 4]], -2.0..2.0, |x| {
        x[0].take(&array![[0, 7], [-1, 2]])?.square()
    });
    law!(positions_with_axes_have_the_gradient, [&[2, 4, 3]], -2.0..2.0, |x| {
        x[0].take_axis(1, &array![[0, 3], [-1, 2]])?.square()
    });

    #[test]
    fn positions_past_the_end_are_errors() {
        let x = Var::constant(&Plain::default(), ndarray::Array2::zeros((2, 3))).unwrap();
        assert!(
            x.index_select(1, &[3]).is_err() && x.take(&array![6]).is_err() && x.take(&array![-7]).is_err()
        );
        assert!(x.index_add(0, &[0], &array![[1.0]]).is_err());
    }
}
