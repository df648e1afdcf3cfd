//! The sigmoid unit, `x / (1 + e^-x)`.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};
use crate::stateless;

/// Each element times its sigmoid.
#[derive(Clone, Copy, Debug, Default)]
pub struct SiLU;

impl<E: Engine> Module<E> for SiLU {
    stateless!(E);
}

impl<E: Engine> Forward<E> for SiLU {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.silu()
    }
}
