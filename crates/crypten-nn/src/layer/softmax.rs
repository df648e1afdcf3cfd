//! Shares of a whole, `e^x / Σ e^x`.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};
use crate::stateless;

/// The softmax along an axis.
#[derive(Clone, Copy, Debug)]
pub struct Softmax {
    /// The axis; negative ones count from the end.
    pub dim: isize,
}

impl Softmax {
    /// Along an axis.
    #[must_use]
    pub fn new(dim: isize) -> Self {
        Self { dim }
    }
}

impl<E: Engine> Module<E> for Softmax {
    stateless!(E);
}

impl<E: Engine> Forward<E> for Softmax {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.softmax(self.dim)
    }
}
