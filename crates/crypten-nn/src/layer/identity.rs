//! Nothing.

use crypten_autograd::{Engine, Var};

use crate::module::Module;
use crate::stateless;

/// Gives what it takes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity;

impl<E: Engine> Module<E> for Identity {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        Ok(input.clone())
    }

    stateless!(E);
}
