//! The rectifier that stops at six, `min(max(x, 0), 6)`.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};

/// The elements, but at least 0 and at most 6.
#[derive(Clone, Copy, Debug, Default, Module)]
pub struct ReLU6;

impl<E: Engine> Forward<E> for ReLU6 {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.relu6()
    }
}
