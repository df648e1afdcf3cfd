//! The identity between two numbers, `min(max(x, a), b)`.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};

/// The elements, but at least one number and at most another.
#[derive(Clone, Copy, Debug, Module)]
pub struct Hardtanh {
    /// The least.
    #[module(skip)]
    pub min_val: f64,
    /// The most.
    #[module(skip)]
    pub max_val: f64,
}

impl<E: Engine> Forward<E> for Hardtanh {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.hardtanh(self.min_val, self.max_val)
    }
}

impl Default for Hardtanh {
    /// PyTorch's numbers.
    fn default() -> Self {
        Self { min_val: -1.0, max_val: 1.0 }
    }
}
