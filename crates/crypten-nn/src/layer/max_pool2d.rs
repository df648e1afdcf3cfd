//! The largest element of each window.

use crypten_autograd::{Engine, Pool2d, Var};

use crate::module::{Forward, Module};

/// The largest element of each window over the last two axes.
#[derive(Clone, Copy, Debug, Module)]
pub struct MaxPool2d {
    /// Kernel, stride, padding and dilation.
    #[module(skip)]
    pub geometry: Pool2d,
}

impl MaxPool2d {
    /// Windows of this geometry; `Pool2d::square(2)` is the usual one.
    #[must_use]
    pub fn new(geometry: Pool2d) -> Self {
        Self { geometry }
    }
}

impl<E: Engine> Forward<E> for MaxPool2d {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.max_pool2d(self.geometry)
    }
}
