//! Tensors joined; each gets its part of the gradient.

use crypten_ring::normalize_axis;

use crate::engine::Engine;
use crate::error::Error;
use crate::tape::Record;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// Tensors one after the other along an axis.
    ///
    /// # Shapes
    /// All have the same lengths on the other axes.
    ///
    /// # Errors
    /// If there are none, the shapes differ, there is no such axis, or the engine fails.
    pub fn cat(tensors: &[&Self], axis: isize) -> Result<Self, E::Error> {
        let first = tensors.first().ok_or(Error::NoOperand { operation: "cat" })?;
        let axis = normalize_axis(axis, first.ndim()).map_err(Error::from)?;
        for tensor in tensors {
            let fits = |(place, (left, right))| place == axis || left == right;
            let pairs = first.shape().iter().zip(tensor.shape());
            if tensor.ndim() != first.ndim() || !pairs.enumerate().all(fits) {
                return Err(Error::mismatch("cat", first.shape(), tensor.shape()).into());
            }
        }
        let values: Vec<E::Tensor> = tensors.iter().map(|tensor| tensor.value()).collect();
        let joined = first.engine().cat(&values.iter().collect::<Vec<_>>(), axis)?;
        let mut start = 0;
        let mut record = Record::new(first.engine(), "cat", joined);
        for tensor in tensors {
            let (own, length) = (start, tensor.shape()[axis]);
            record = record.input(tensor, move |engine, gradient| engine.narrow(gradient, axis, own, length));
            start += length;
        }
        Ok(record.finish())
    }

    /// Tensors of one shape beside each other along a new axis.
    ///
    /// # Errors
    /// As [`Var::cat`].
    pub fn stack(tensors: &[&Self], axis: isize) -> Result<Self, E::Error> {
        let layers = tensors.iter().map(|tensor| tensor.unsqueeze(axis)).collect::<Result<Vec<_>, _>>()?;
        Self::cat(&layers.iter().collect::<Vec<_>>(), axis)
    }
}

#[cfg(test)]
mod tests {
    use crate::check::law;
    use crate::{Error, Plain, Var};

    law!(joined_tensors_have_the_gradient, [&[2, 1, 3], &[2, 4, 3]], -2.0..2.0, |x| {
        Var::cat(&[&x[0], &x[1], &x[0]], 1)?.cumsum(1)
    });
    law!(stacked_tensors_have_the_gradient, [&[2, 3], &[2, 3]], -2.0..2.0, |x| {
        Var::stack(&[&x[0], &x[1]], -1)?.cumsum(-1)
    });

    #[test]
    fn joined_shapes_fit_but_for_the_axis() {
        let [x, y] = [(2, 3), (2, 4)]
            .map(|shape| Var::constant(&Plain::default(), ndarray::Array2::zeros(shape)).unwrap());
        assert_eq!(Var::cat(&[&x, &y], 0).unwrap_err().to_string(), "cat of shapes [2, 3] and [2, 4]");
        assert_eq!(Var::<Plain>::cat(&[], 0).unwrap_err(), Error::NoOperand { operation: "cat" });
    }
}
