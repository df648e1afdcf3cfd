//! The cross entropy of logits of classes: `-Σ w t ln softmax(x)` over the classes.

use crypten_autograd::{Engine, Error, SettingError, Var};
use ndarray::{ArrayBase, Data, Dimension};

use super::classes::Classes;
use super::{Loss, NLLLoss, Reduction, same_shape};

/// The cross entropy of logits along the second axis and a target that is one-hot, or probabilities.
///
/// # Shapes
/// `[n, c, ..]` for both; `[n, ..]` comes out where nothing is reduced.
#[derive(Clone, Debug, Default)]
pub struct CrossEntropyLoss {
    /// How much each class counts, public; all alike without.
    pub weight: Option<Vec<f64>>,
    /// The class index that marks what does not count: of class indices only, since in a target of the prediction's shape
    /// a row of zeros does not count.
    pub ignore_index: Option<usize>,
    /// How much of each target is shared out evenly among the classes, 0 to 1.
    pub label_smoothing: f64,
    /// What is made of the losses of all elements. The mean of class indices is by their weights.
    pub reduction: Reduction,
}

impl CrossEntropyLoss {
    /// The loss for public class indices `[n, ..]`.
    ///
    /// # Errors
    /// If the shapes do not fit, the smoothing or a class is out of range, there is another number of weights, there is a mean and no class
    /// counts, or the engine fails.
    pub fn forward_classes<E: Engine, S: Data<Elem = usize>, D: Dimension>(
        &self,
        input: &Var<E>,
        classes: &ArrayBase<S, D>,
    ) -> Result<Var<E>, E::Error> {
        self.check()?;
        let (weight, ignored) = (self.weight.as_deref(), self.ignore_index);
        let made = Classes { weight, ignored, smoothing: self.label_smoothing };
        let rows = made.rows("cross_entropy_loss", input, classes)?;
        match self.reduction {
            Reduction::Mean if rows.are_shares => input.cross_entropy(&rows.target),
            reduction => rows.loss(&input.log_softmax(1)?, reduction),
        }
    }

    fn check(&self) -> Result<(), Error> {
        Ok(SettingError::unless_share("label_smoothing", self.label_smoothing)?)
    }

    fn smoothed<E: Engine>(&self, input: &Var<E>, target: &Var<E>) -> Result<Var<E>, E::Error> {
        match (self.label_smoothing, input.shape()) {
            (smoothing, &[_, classes, ..]) if smoothing != 0.0 => {
                target.mul(1.0 - smoothing)?.add(smoothing / classes as f64)
            }
            _ => Ok(target.clone()),
        }
    }
}

impl<E: Engine> Loss<E> for CrossEntropyLoss {
    fn forward(&self, input: &Var<E>, target: &Var<E>) -> Result<Var<E>, E::Error> {
        self.check()?;
        same_shape("cross_entropy_loss", input, target)?;
        let smoothed = self.smoothed(input, target)?;
        match self.reduction {
            Reduction::Mean if self.weight.is_none() => input.cross_entropy(&smoothed),
            reduction => {
                let loss = NLLLoss { weight: self.weight.clone(), reduction, ..NLLLoss::default() };
                loss.forward(&input.log_softmax(1)?, &smoothed)
            }
        }
    }
}
