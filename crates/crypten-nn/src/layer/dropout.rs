//! Elements set to zero at random, in training: what is kept is divided by how likely that is.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Mode, Module};

/// Each element set to zero with one probability, in training.
#[derive(Clone, Debug, Module)]
pub struct Dropout {
    /// How likely an element is dropped.
    #[module(skip)]
    pub p: f64,
    mode: Mode,
}

impl Dropout {
    /// Drops with a probability.
    #[must_use]
    pub fn new(p: f64) -> Self {
        Self { p, mode: Mode::default() }
    }
}

impl<E: Engine> Forward<E> for Dropout {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.dropout(self.p, self.mode.is_training())
    }
}

impl Default for Dropout {
    /// Every other element.
    fn default() -> Self {
        Self::new(0.5)
    }
}
