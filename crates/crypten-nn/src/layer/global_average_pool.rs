//! The mean of each image, as ONNX has it.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};

/// The mean over all axes after the first two, which stay with length 1.
#[derive(Clone, Copy, Debug, Default, Module)]
pub struct GlobalAveragePool;

impl<E: Engine> Forward<E> for GlobalAveragePool {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.mean_keepdim(&Vec::from_iter(2..input.ndim())[..])
    }
}
