//! The mean of each window.

use crypten_autograd::{Engine, Pool2d, Var};

use crate::module::{Forward, Module};

/// The mean of each window over the last two axes.
#[derive(Clone, Copy, Debug, Module)]
pub struct AvgPool2d {
    /// Kernel, stride, padding and dilation.
    #[module(skip)]
    pub geometry: Pool2d,
}

impl AvgPool2d {
    /// Windows of this geometry; `Pool2d::square(2)` is the usual one.
    #[must_use]
    pub fn new(geometry: Pool2d) -> Self {
        Self { geometry }
    }
}

impl<E: Engine> Forward<E> for AvgPool2d {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.avg_pool2d(self.geometry)
    }
}
