//! Whole channels set to zero at random, in training: what is kept is divided by how likely that is.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Mode, Module};

/// Each channel of `[n, c, ..]` set to zero as a whole with one probability, in training, however many axes follow.
#[derive(Clone, Debug, Module)]
pub struct Dropout2d {
    /// How likely a channel is dropped.
    #[module(skip)]
    pub p: f64,
    mode: Mode,
}

impl Dropout2d {
    /// Drops with a probability.
    #[must_use]
    pub fn new(p: f64) -> Self {
        Self { p, mode: Mode::default() }
    }
}

impl<E: Engine> Forward<E> for Dropout2d {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.feature_dropout(self.p, self.mode.is_training())
    }
}

impl Default for Dropout2d {
    /// Every other channel.
    fn default() -> Self {
        Self::new(0.5)
    }
}

/// Each channel of `[n, c, d, h, w]` set to zero as a whole with one probability, in training.
pub type Dropout3d = Dropout2d;
