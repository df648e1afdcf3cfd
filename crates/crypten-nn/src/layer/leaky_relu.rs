//! The rectifier with a slope where it is negative, `max(x, 0) + a min(x, 0)`.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};

/// The elements, times a slope where they are negative.
#[derive(Clone, Copy, Debug, Module)]
pub struct LeakyReLU {
    /// The slope where an element is negative.
    #[module(skip)]
    pub negative_slope: f64,
}

impl<E: Engine> Forward<E> for LeakyReLU {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.leaky_relu(self.negative_slope)
    }
}

impl Default for LeakyReLU {
    /// PyTorch's numbers.
    fn default() -> Self {
        Self { negative_slope: 0.01 }
    }
}
