//! Axes joined into one.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};

/// The axes from one to another, both included, joined into one.
#[derive(Clone, Copy, Debug, Module)]
pub struct Flatten {
    /// The first of the axes.
    #[module(skip)]
    pub start_dim: isize,
    /// The last of the axes.
    #[module(skip)]
    pub end_dim: isize,
}

impl<E: Engine> Forward<E> for Flatten {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.flatten_range(self.start_dim, self.end_dim)
    }
}

impl Default for Flatten {
    /// PyTorch's numbers.
    fn default() -> Self {
        Self { start_dim: 1, end_dim: -1 }
    }
}
