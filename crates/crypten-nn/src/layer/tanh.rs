//! The hyperbolic tangent.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};
use crate::stateless;

/// The hyperbolic tangent of each element.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tanh;

impl<E: Engine> Module<E> for Tanh {
    stateless!(E);
}

impl<E: Engine> Forward<E> for Tanh {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.tanh()
    }
}
