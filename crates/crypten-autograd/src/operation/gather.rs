//! Elements at positions along an axis, read, written and added; gathering is the adjoint of adding.

use ndarray::{ArrayBase, ArrayD, Data, Dimension, IxDyn, SliceInfoElem};

use crate::engine::Engine;
use crate::error::Error;
use crate::operand::Operand;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// One element along an axis for each position: `out[i, j] = self[index[i, j], j]` along axis 0.
    ///
    /// # Shapes
    /// The index has as many axes as the tensor, and is no longer than it on every axis but `axis`. The result has the
    /// shape of the index.
    ///
    /// # Errors
    /// If there is no such axis or position, the index has another shape, or the engine fails.
    pub fn gather<I, S, D>(&self, axis: isize, index: &ArrayBase<S, D>) -> Result<Self, E::Error>
    where
        I: Copy + TryInto<isize>,
        S: Data<Elem = I>,
        D: Dimension,
    {
        let (axis, index) = self.positions(axis, index)?;
        self.expect_index("gather", axis, &index)?;
        let gathered = self.engine().gather(&self.value(), axis, &index)?;
        let shape = self.shape().to_vec();
        let pullback = move |engine: &E, gradient: &E::Tensor| {
            engine.scatter_add(&engine.constant(ArrayD::zeros(&shape[..]))?, axis, &index, gradient)
        };
        Ok(self.record("gather", gathered).input(self, pullback).finish())
    }

    /// The tensor with elements of `source` added at the positions: `out[index[i, j], j] += source[i, j]` along axis 0.
    ///
    /// # Shapes
    /// The index as in [`Var::gather`]; the source has as many axes and is at least as long on each, or is one number.
    ///
    /// # Errors
    /// If there is no such axis or position, the shapes do not fit, or the engine fails.
    pub fn scatter_add<I, S, D>(
        &self,
        axis: isize,
        index: &ArrayBase<S, D>,
        source: impl Into<Operand<E>>,
    ) -> Result<Self, E::Error>
    where
        I: Copy + TryInto<isize>,
        S: Data<Elem = I>,
        D: Dimension,
    {
        let (axis, index) = self.positions(axis, index)?;
        self.expect_index("scatter_add", axis, &index)?;
        let source = source.into().into_var(self.engine())?.cut_to("scatter_add", index.shape())?;
        let sum = self.engine().scatter_add(&self.value(), axis, &index, &source.value())?;
        let record = self.record("scatter_add", sum).input(self, |_, gradient| Ok(gradient.clone()));
        let pullback = move |engine: &E, gradient: &E::Tensor| engine.gather(gradient, axis, &index);
        Ok(record.input(&source, pullback).finish())
    }

    /// The tensor with elements of `source` written at the positions: `out[index[i, j], j] = source[i, j]` along axis
    /// 0. Of several elements written to one place the last along the axis stays.
    ///
    /// # Shapes
    /// As [`Var::scatter_add`].
    ///
    /// # Errors
    /// As [`Var::scatter_add`].
    pub fn scatter<I, S, D>(
        &self,
        axis: isize,
        index: &ArrayBase<S, D>,
        source: impl Into<Operand<E>>,
    ) -> Result<Self, E::Error>
    where
        I: Copy + TryInto<isize>,
        S: Data<Elem = I>,
        D: Dimension,
    {
        let (axis, index) = self.positions(axis, index)?;
        self.expect_index("scatter", axis, &index)?;
        let source = source.into().into_var(self.engine())?.cut_to("scatter", index.shape())?;
        // What is written over is masked, in the tensor and in the source, so that the rest can be added.
        let mut kept = ArrayD::ones(self.shape());
        let mut last = ArrayD::from_elem(self.shape(), None);
        for (place, &position) in index.indexed_iter() {
            let mut target = place.clone();
            target[axis] = position;
            kept[&target] = 0.0;
            last[&target] = Some(place);
        }
        let mut stays = ArrayD::zeros(index.shape());
        for place in last.into_iter().flatten() {
            stays[place] = 1.0;
        }
        let engine = self.engine();
        let (kept, stays) = (Self::constant(engine, kept)?, Self::constant(engine, stays)?);
        self.mul_mask(&kept)?.scatter_add(axis.cast_signed(), &index, &source.mul_mask(&stays)?)
    }

    /// The tensor with the part that ndarray's `s![..]` describes replaced: `x[1:3] = value` in Python. The value
    /// broadcasts to the part.
    ///
    /// # Errors
    /// If an index or bound lies past the end, the value does not broadcast to the part, or the engine fails.
    ///
    /// # Examples
    /// ```
    /// use crypten_autograd::{Plain, Var};
    /// use ndarray::{array, s};
    ///
    /// # fn main() -> Result<(), crypten_autograd::Error> {
    /// let x = Var::constant(&Plain::default(), array![1.0, 2.0, 3.0])?;
    /// assert_eq!(x.set_slice(s![1..], 7.0)?.value(), array![1.0, 7.0, 7.0].into_dyn());
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_slice(
        &self,
        parts: impl AsRef<[SliceInfoElem]>,
        value: impl Into<Operand<E>>,
    ) -> Result<Self, E::Error> {
        let engine = self.engine();
        // The same slice of the positions says where its elements stand.
        let positions = (0..self.numel()).map(|position| position as f64).collect();
        let positions = ArrayD::from_shape_vec(self.shape(), positions).expect("one position for each");
        let positions = Var::<crate::Plain>::constant(&crate::Plain::default(), positions)?;
        let positions = positions.slice(parts)?;
        let shape: Vec<isize> = positions.shape().iter().map(|length| length.cast_signed()).collect();
        let value = value.into().into_var(engine)?.expand(&shape)?;
        let positions: Vec<usize> = positions.value().iter().map(|&position| position as usize).collect();
        let index = ArrayD::from_shape_vec(IxDyn(&[positions.len()]), positions).expect("it is a vector");
        let flat = self.reshaped(&[self.numel()])?;
        flat.scatter(0, &index, value.reshape(&[-1])?)?.reshaped(self.shape())
    }

    fn expect_index(&self, operation: &'static str, axis: usize, index: &ArrayD<usize>) -> Result<(), Error> {
        let mut pairs = self.shape().iter().zip(index.shape()).enumerate();
        if index.ndim() == self.ndim() && pairs.all(|(place, (own, asked))| place == axis || asked <= own) {
            return Ok(());
        }
        Err(Error::mismatch(operation, self.shape(), index.shape()))
    }

    /// The beginning of each axis, of this length; a number is repeated.
    fn cut_to(&self, operation: &'static str, shape: &[usize]) -> Result<Self, E::Error> {
        if self.ndim() == 0 {
            let shape: Vec<isize> = shape.iter().map(|length| length.cast_signed()).collect();
            return self.expand(&shape);
        }
        if self.ndim() != shape.len() || self.shape().iter().zip(shape).any(|(own, asked)| asked > own) {
            return Err(Error::mismatch(operation, shape, self.shape()).into());
        }
        let mut cut = self.clone();
        for (axis, &length) in shape.iter().enumerate() {
            if cut.shape()[axis] != length {
                cut = cut.narrow(axis.cast_signed(), 0, length)?;
            }
        }
        Ok(cut)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{array, s};

    use crate::check::law;
    use crate::{Error, Plain, Var};

    law!(gathered_elements_have_the_gradient, [&[3, 4]], -2.0..2.0, |x| {
        x[0].gather(0, &array![[0, 2, -1], [2, 2, 0]])?.square()
    });
    law!(added_elements_have_the_gradient, [&[3, 4], &[2, 5]], -2.0..2.0, |x| {
        x[0].scatter_add(0, &array![[0, 2, -1], [2, 2, 0]], &x[1])?.square()
    });
    law!(written_elements_have_the_gradient, [&[3, 4], &[3, 4]], -2.0..2.0, |x| {
        x[0].scatter(1, &array![[0, 2, 0], [3, 3, 3]], &x[1])?.square()
    });
    law!(written_slices_have_the_gradient, [&[3, 4], &[2, 1]], -2.0..2.0, |x| {
        x[0].set_slice(s![1..,..;2], &x[1])?.square()
    });

    #[test]
    fn the_last_written_stays() -> Result<(), Error> {
        let x = Var::constant(&Plain::default(), array![1.0, 2.0, 3.0])?;
        assert_eq!(x.scatter(0, &array![1, 1], &array![8.0, 9.0])?.value(), array![1.0, 9.0, 3.0].into_dyn());
        assert_eq!(x.scatter(0, &array![-1], 7.0)?.value(), array![1.0, 2.0, 7.0].into_dyn());
        assert_eq!(x.set_slice(s![..;2], 0.0)?.value(), array![0.0, 2.0, 0.0].into_dyn());
        assert!(x.scatter(0, &array![3], 7.0).is_err() && x.gather(0, &array![[0]]).is_err());
        Ok(())
    }
}
