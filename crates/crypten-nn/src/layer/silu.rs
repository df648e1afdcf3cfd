//! The sigmoid unit, `x / (1 + e^-x)`.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};

/// Each element times its sigmoid.
#[derive(Clone, Copy, Debug, Default, Module)]
pub struct SiLU;

impl<E: Engine> Forward<E> for SiLU {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.silu()
    }
}
