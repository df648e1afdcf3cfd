//! The smooth rectifier, `ln(1 + e^(b x)) / b`.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};
use crate::stateless;

/// A rectifier without a corner.
#[derive(Clone, Copy, Debug)]
pub struct Softplus {
    /// How sharp the bend is.
    pub beta: f64,
}

impl<E: Engine> Module<E> for Softplus {
    stateless!(E);
}

impl<E: Engine> Forward<E> for Softplus {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        if self.beta == 1.0 { input.softplus() } else { input.mul(self.beta)?.softplus()?.div(self.beta) }
    }
}

impl Default for Softplus {
    /// PyTorch's numbers.
    fn default() -> Self {
        Self { beta: 1.0 }
    }
}
