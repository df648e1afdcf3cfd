//! The cross entropy of probabilities: `-t ln p - (1 - t) ln(1 - p)`.

use crypten_autograd::{Engine, Var};

use super::{Loss, Reduction, same_shape};

/// The cross entropy of probabilities and targets between 0 and 1.
#[derive(Clone, Copy, Debug, Default)]
pub struct BCELoss {
    /// What is made of the losses of all elements.
    pub reduction: Reduction,
}

impl<E: Engine> Loss<E> for BCELoss {
    fn forward(&self, input: &Var<E>, target: &Var<E>) -> Result<Var<E>, E::Error> {
        same_shape("bce_loss", input, target)?;
        let rest = input.neg()?.add(1.0)?;
        // One logarithm of both, and in the backward pass one reciprocal.
        let logarithms = Var::stack(&[input, &rest], 0)?.log()?.unbind(0)?;
        let (positive, negative) = (&logarithms[0], &logarithms[1]);
        self.reduction.reduce(negative.add(&positive.sub(negative)?.mul(target)?)?.neg()?)
    }
}
