//! The cross entropy of logits: `ln(1 + e^x) - x t`.

use crypten_autograd::{Engine, Var};

use super::{Loss, Reduction, same_shape};

/// The cross entropy of logits and targets between 0 and 1.
#[derive(Clone, Copy, Debug, Default)]
pub struct BCEWithLogitsLoss {
    /// What is made of the losses of all elements.
    pub reduction: Reduction,
}

impl<E: Engine> Loss<E> for BCEWithLogitsLoss {
    fn forward(&self, input: &Var<E>, target: &Var<E>) -> Result<Var<E>, E::Error> {
        same_shape("bce_with_logits_loss", input, target)?;
        match self.reduction {
            Reduction::Mean => input.binary_cross_entropy_with_logits(target),
            reduction => reduction.reduce(input.softplus()?.sub(input.mul(target)?)?),
        }
    }
}
