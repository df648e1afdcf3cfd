//! The negative logarithm of what a class is given: `-Σ t x` over the classes.

use crypten_autograd::{Engine, Var};
use ndarray::{ArrayBase, Data, Dimension};

use super::{Loss, Reduction, classes::one_hot, same_shape};

/// The negative logarithm of the probability of the target's class, where the prediction is logarithms along the second
/// axis and the target is one-hot, or probabilities.
///
/// # Shapes
/// `[n, c, ..]` for both; `[n, ..]` comes out where nothing is reduced.
#[derive(Clone, Copy, Debug, Default)]
pub struct NLLLoss {
    /// What is made of the losses of all elements.
    pub reduction: Reduction,
}

impl NLLLoss {
    /// The loss for public class indices `[n, ..]`.
    ///
    /// # Errors
    /// If the shapes do not fit, a class is out of range, or the engine fails.
    pub fn forward_classes<E: Engine, S: Data<Elem = usize>, D: Dimension>(
        &self,
        input: &Var<E>,
        classes: &ArrayBase<S, D>,
    ) -> Result<Var<E>, E::Error> {
        let target = one_hot("nll_loss", input, classes)?;
        self.reduction.reduce(input.mul_mask(&target)?.sum(1)?.neg()?)
    }
}

impl<E: Engine> Loss<E> for NLLLoss {
    fn forward(&self, input: &Var<E>, target: &Var<E>) -> Result<Var<E>, E::Error> {
        same_shape("nll_loss", input, target)?;
        self.reduction.reduce(input.mul(target)?.sum(1)?.neg()?)
    }
}
