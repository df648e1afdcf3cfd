//! The smooth rectifier, `ln(1 + e^(b x)) / b`.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};

/// A rectifier without a corner.
#[derive(Clone, Copy, Debug, Module)]
pub struct Softplus {
    /// How sharp the bend is.
    #[module(skip)]
    pub beta: f64,
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
