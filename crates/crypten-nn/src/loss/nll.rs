//! The negative logarithm of what a class is given: `-Σ w t x` over the classes.

use crypten_autograd::{Engine, Var};
use ndarray::{ArrayBase, Data, Dimension};

use super::classes::{Classes, weighted};
use super::{Loss, Reduction, same_shape};

/// The negative logarithm of the probability of the target's class, where the prediction is logarithms along the second
/// axis and the target is one-hot, or probabilities.
///
/// # Shapes
/// `[n, c, ..]` for both; `[n, ..]` comes out where nothing is reduced.
#[derive(Clone, Debug, Default)]
pub struct NLLLoss {
    /// How much each class counts, public; all alike without.
    pub weight: Option<Vec<f64>>,
    /// The class index that marks what does not count: of class indices only, since in a target of the prediction's shape
    /// a row of zeros does not count.
    pub ignore_index: Option<usize>,
    /// What is made of the losses of all elements. The mean of class indices is by their weights.
    pub reduction: Reduction,
}

impl NLLLoss {
    /// The loss for public class indices `[n, ..]`.
    ///
    /// # Errors
    /// If the shapes do not fit, a class is out of range, there is another number of weights, there is a mean and no class
    /// counts, or the engine fails.
    pub fn forward_classes<E: Engine, S: Data<Elem = usize>, D: Dimension>(
        &self,
        input: &Var<E>,
        classes: &ArrayBase<S, D>,
    ) -> Result<Var<E>, E::Error> {
        let made = Classes { weight: self.weight.as_deref(), ignored: self.ignore_index, smoothing: 0.0 };
        made.rows("nll_loss", input, classes)?.loss(input, self.reduction)
    }
}

impl<E: Engine> Loss<E> for NLLLoss {
    fn forward(&self, input: &Var<E>, target: &Var<E>) -> Result<Var<E>, E::Error> {
        same_shape("nll_loss", input, target)?;
        let target = weighted("nll_loss", target, self.weight.as_deref())?;
        self.reduction.reduce(input.mul(&target)?.sum(1)?.neg()?)
    }
}
