//! The cross entropy of answers that were flipped at random: with the probability `p` of a logit, that of an answer is
//! `α p + (1 - α) (1 - p)`.
//!
//! Source: U. Erlingsson, V. Pihur, A. Korolova, "RAPPOR", CCS '14.

use crypten_autograd::{Engine, Error, SettingError, Var};

use super::{BCELoss, Loss, Reduction, same_shape};

/// The cross entropy of logits and targets that tell the truth with one probability only, as in CrypTen: it is least
/// where the logits predict the truth.
#[derive(Clone, Copy, Debug)]
pub struct RAPPORLoss {
    /// How likely a target is the truth, 0 to 1; at one half it says nothing.
    pub alpha: f64,
    /// What is made of the losses of all elements.
    pub reduction: Reduction,
}

impl RAPPORLoss {
    /// The mean loss of targets that are the truth with a probability.
    #[must_use]
    pub fn new(alpha: f64) -> Self {
        Self { alpha, reduction: Reduction::Mean }
    }
}

impl<E: Engine> Loss<E> for RAPPORLoss {
    fn forward(&self, input: &Var<E>, target: &Var<E>) -> Result<Var<E>, E::Error> {
        SettingError::unless_share("alpha", self.alpha).map_err(Error::from)?;
        same_shape("rappor_loss", input, target)?;
        let answer = input.sigmoid()?.mul(2.0 * self.alpha - 1.0)?.add(1.0 - self.alpha)?;
        BCELoss { reduction: self.reduction }.forward(&answer, target)
    }
}
