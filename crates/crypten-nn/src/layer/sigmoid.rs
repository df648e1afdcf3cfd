//! The logistic function, `1 / (1 + e^-x)`.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};

/// The logistic function of each element.
#[derive(Clone, Copy, Debug, Default, Module)]
pub struct Sigmoid;

impl<E: Engine> Forward<E> for Sigmoid {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.sigmoid()
    }
}
