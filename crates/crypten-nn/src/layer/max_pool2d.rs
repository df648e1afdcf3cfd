//! The largest element of each window.

use crypten_autograd::{Engine, Pool2d, Var};

use crate::module::{Forward, Module};
use crate::stateless;

/// The largest element of each window over the last two axes.
#[derive(Clone, Copy, Debug)]
pub struct MaxPool2d {
    /// Kernel, stride, padding and dilation.
    pub geometry: Pool2d,
}

impl MaxPool2d {
    /// Windows of this geometry; `Pool2d::square(2)` is the usual one.
    #[must_use]
    pub fn new(geometry: Pool2d) -> Self {
        Self { geometry }
    }
}

impl<E: Engine> Module<E> for MaxPool2d {
    stateless!(E);
}

impl<E: Engine> Forward<E> for MaxPool2d {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.max_pool2d(self.geometry)
    }
}
