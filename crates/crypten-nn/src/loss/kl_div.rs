//! The divergence of distributions: `t (ln t - x)` of a logarithm `x`.

use crypten_autograd::{Engine, Var};

use super::{Loss, Reduction, same_shape};

/// How far a distribution, whose logarithm is the prediction, is from the target. The sum, divided by the examples, is
/// PyTorch's `batchmean`.
#[derive(Clone, Copy, Debug, Default)]
pub struct KLDivLoss {
    /// Whether the target is a logarithm too.
    pub log_target: bool,
    /// What is made of the losses of all elements.
    pub reduction: Reduction,
}

impl<E: Engine> Loss<E> for KLDivLoss {
    fn forward(&self, input: &Var<E>, target: &Var<E>) -> Result<Var<E>, E::Error> {
        same_shape("kl_div_loss", input, target)?;
        let losses = if self.log_target {
            target.exp()?.mul(target.sub(input)?)?
        } else {
            // Where the target is 0, so is the loss: the logarithm is taken of 1.
            let logarithm = target.add(target.eq(0.0)?)?.log()?;
            target.mul(logarithm.sub(input)?)?
        };
        self.reduction.reduce(losses)
    }
}
