//! The mean of each of so many windows.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};

/// The mean of each of so many windows, which cover the last two axes.
#[derive(Clone, Copy, Debug, Module)]
pub struct AdaptiveAvgPool2d {
    /// How many windows along each axis; `None` keeps a length.
    #[module(skip)]
    pub output_size: [Option<usize>; 2],
}

impl AdaptiveAvgPool2d {
    /// So many windows along each axis.
    #[must_use]
    pub fn new(output_size: [usize; 2]) -> Self {
        Self { output_size: output_size.map(Some) }
    }
}

impl<E: Engine> Forward<E> for AdaptiveAvgPool2d {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.adaptive_avg_pool2d(self.output_size)
    }
}
