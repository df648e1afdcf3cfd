//! The exponential unit, `max(x, 0) + a (e^min(x, 0) - 1)`.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};

/// The elements, and an exponential that levels off where they are negative.
#[derive(Clone, Copy, Debug, Module)]
pub struct ELU {
    /// How far below zero it levels off.
    #[module(skip)]
    pub alpha: f64,
}

impl<E: Engine> Forward<E> for ELU {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        let above = input.relu()?;
        // No exponential of what is above zero, which could overflow.
        let below = (input - &above)?.exp()?.sub(1.0)?;
        above + below.mul(self.alpha)?
    }
}

impl Default for ELU {
    /// PyTorch's numbers.
    fn default() -> Self {
        Self { alpha: 1.0 }
    }
}
