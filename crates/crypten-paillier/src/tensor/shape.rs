//! Shapes: reshaping, exchanging axes, joining. Nothing is computed.

use ndarray::{Axis, concatenate};

use crate::encoding::elements;
use crate::error::Error;
use crate::tensor::EncryptedTensor;

impl EncryptedTensor {
    /// The same numbers in another shape.
    ///
    /// # Errors
    /// [`Error::Shapes`] if it holds another number of elements.
    pub fn reshape(&self, shape: &[usize]) -> Result<Self, Error> {
        if elements(shape) != Some(self.len()) {
            return Err(self.do_not_fit_in("reshape", shape));
        }
        Ok(Self::new(&self.key, self.scale, shape, self.values.iter().cloned().collect()))
    }

    /// The tensor with all axes in the opposite order.
    #[must_use]
    pub fn t(&self) -> Self {
        Self { values: self.values.t().as_standard_layout().into_owned(), ..self.clone() }
    }

    /// Joins tensors along an axis.
    ///
    /// # Errors
    /// [`Error::KeysDiffer`], and [`Error::Shapes`] or [`Error::Axis`] if they do not fit, or if there is none.
    pub fn concatenate(tensors: &[&Self], axis: usize) -> Result<Self, Error> {
        let operation = "concatenate";
        let Some(first) = tensors.first() else {
            return Err(Error::Shapes { operation, left: Vec::new(), right: Vec::new() });
        };
        let scale = tensors.iter().map(|tensor| tensor.scale).max().unwrap_or(0);
        let mut raised = Vec::with_capacity(tensors.len());
        for tensor in tensors {
            first.key.check_same(&tensor.key)?;
            let (shape, other) = (first.shape(), tensor.shape());
            if axis >= shape.len() {
                return Err(Error::Axis { operation, axis, shape: shape.to_vec() });
            }
            let fits = shape.len() == other.len()
                && shape.iter().zip(other).enumerate().all(|(at, (a, b))| at == axis || a == b);
            if !fits {
                return Err(first.do_not_fit_in(operation, other));
            }
            raised.push(tensor.at_scale(scale));
        }
        let views: Vec<_> = raised.iter().map(|tensor| tensor.values.view()).collect();
        let values = concatenate(Axis(axis), &views).map_err(|_| first.do_not_fit_in(operation, &[]))?;
        Ok(Self { key: first.key.clone(), scale, values })
    }

    fn do_not_fit_in(&self, operation: &'static str, other: &[usize]) -> Error {
        Error::Shapes { operation, left: self.shape().to_vec(), right: other.to_vec() }
    }
}
