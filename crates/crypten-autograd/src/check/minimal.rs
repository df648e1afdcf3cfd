//! An engine in the clear that has nothing but what every engine computes: all else is by the defaults of the trait.

use ndarray::ArrayD;

use crate::{Engine, Error, Plain, PlainTensor};

/// The plaintext engine without what it overrides.
#[derive(Clone, Debug, Default)]
pub(crate) struct Minimal {
    plain: Plain,
}

impl Engine for Minimal {
    type Tensor = PlainTensor;
    type Error = Error;

    fn shape<'a>(&self, x: &'a PlainTensor) -> &'a [usize] {
        x.shape()
    }

    fn constant(&self, values: ArrayD<f64>) -> Result<PlainTensor, Error> {
        self.plain.constant(values)
    }

    fn add(&self, x: &PlainTensor, y: &PlainTensor) -> Result<PlainTensor, Error> {
        self.plain.add(x, y)
    }

    fn mul(&self, x: &PlainTensor, y: &PlainTensor) -> Result<PlainTensor, Error> {
        self.plain.mul(x, y)
    }

    fn matmul(&self, x: &PlainTensor, y: &PlainTensor) -> Result<PlainTensor, Error> {
        self.plain.matmul(x, y)
    }

    fn sum_keepdim(&self, x: &PlainTensor, axes: &[usize]) -> Result<PlainTensor, Error> {
        self.plain.sum_keepdim(x, axes)
    }

    fn reshape(&self, x: &PlainTensor, shape: &[usize]) -> Result<PlainTensor, Error> {
        self.plain.reshape(x, shape)
    }

    fn permute(&self, x: &PlainTensor, axes: &[usize]) -> Result<PlainTensor, Error> {
        self.plain.permute(x, axes)
    }

    fn index_select(&self, x: &PlainTensor, axis: usize, positions: &[usize]) -> Result<PlainTensor, Error> {
        self.plain.index_select(x, axis, positions)
    }

    fn index_add(
        &self,
        x: &PlainTensor,
        axis: usize,
        positions: &[usize],
        source: &PlainTensor,
    ) -> Result<PlainTensor, Error> {
        self.plain.index_add(x, axis, positions, source)
    }

    fn cat(&self, tensors: &[&PlainTensor], axis: usize) -> Result<PlainTensor, Error> {
        self.plain.cat(tensors, axis)
    }

    fn lt(&self, x: &PlainTensor, y: &PlainTensor) -> Result<PlainTensor, Error> {
        self.plain.lt(x, y)
    }

    fn exp(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        self.plain.exp(x)
    }

    fn log(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        self.plain.log(x)
    }

    fn reciprocal(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        self.plain.reciprocal(x)
    }

    fn cos(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        self.plain.cos(x)
    }

    fn erf(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        self.plain.erf(x)
    }

    fn uniform(&self, shape: &[usize]) -> Result<PlainTensor, Error> {
        self.plain.uniform(shape)
    }
}
