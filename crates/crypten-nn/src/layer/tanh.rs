//! The hyperbolic tangent.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};

/// The hyperbolic tangent of each element.
#[derive(Clone, Copy, Debug, Default, Module)]
pub struct Tanh;

impl<E: Engine> Forward<E> for Tanh {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.tanh()
    }
}
