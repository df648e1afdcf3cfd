//! Shares of a whole, `e^x / Σ e^x`.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};

/// The softmax along an axis.
#[derive(Clone, Copy, Debug, Module)]
pub struct Softmax {
    /// The axis; negative ones count from the end.
    #[module(skip)]
    pub dim: isize,
}

impl Softmax {
    /// Along an axis.
    #[must_use]
    pub fn new(dim: isize) -> Self {
        Self { dim }
    }
}

impl<E: Engine> Forward<E> for Softmax {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.softmax(self.dim)
    }
}
