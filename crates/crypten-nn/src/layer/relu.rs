//! The rectifier, `max(x, 0)`.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};

/// The elements, or zero where they are negative.
#[derive(Clone, Copy, Debug, Default, Module)]
pub struct ReLU;

impl<E: Engine> Forward<E> for ReLU {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.relu()
    }
}
