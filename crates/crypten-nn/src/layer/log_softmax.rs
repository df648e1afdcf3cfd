//! Logarithms of shares of a whole, `x - ln Σ e^x`.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};

/// The logarithm of the softmax along an axis.
#[derive(Clone, Copy, Debug, Module)]
pub struct LogSoftmax {
    /// The axis; negative ones count from the end.
    #[module(skip)]
    pub dim: isize,
}

impl LogSoftmax {
    /// Along an axis.
    #[must_use]
    pub fn new(dim: isize) -> Self {
        Self { dim }
    }
}

impl<E: Engine> Forward<E> for LogSoftmax {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.log_softmax(self.dim)
    }
}
