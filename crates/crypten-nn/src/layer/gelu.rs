//! The Gaussian unit, `x Φ(x)` with the normal distribution function `Φ`.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};

/// Each element times the normal distribution function at it, without the approximation by a hyperbolic tangent.
#[derive(Clone, Copy, Debug, Default, Module)]
pub struct GELU;

impl<E: Engine> Forward<E> for GELU {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.gelu()
    }
}
