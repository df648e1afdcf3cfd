//! How far predictions are from targets, one file for each measure.

mod reduction; // the mean, the sum, or each element
mod classes; // public class indices as rows
mod mse; // squares
mod l1; // magnitudes
mod smooth_l1; // squares, then magnitudes
mod huber; // the same, in another unit
mod bce; // of probabilities
mod bce_with_logits; // of logits
mod rappor; // of logits, with flipped answers
mod cross_entropy; // of logits of classes
mod nll; // of logarithms of classes
mod kl_div; // between distributions

use crypten_autograd::{Engine, Error, Var};

pub use bce::BCELoss;
pub use bce_with_logits::BCEWithLogitsLoss;
pub use cross_entropy::CrossEntropyLoss;
pub use huber::HuberLoss;
pub use kl_div::KLDivLoss;
pub use l1::L1Loss;
pub use mse::MSELoss;
pub use nll::NLLLoss;
pub use rappor::RAPPORLoss;
pub use reduction::Reduction;
pub use smooth_l1::SmoothL1Loss;

/// A measure of how far a prediction is from its target; either may be public or not.
pub trait Loss<E: Engine> {
    /// The loss, without axes unless nothing is reduced.
    ///
    /// # Errors
    /// If the shapes differ, a setting of the loss is out of its range, or the engine fails.
    fn forward(&self, input: &Var<E>, target: &Var<E>) -> Result<Var<E>, E::Error>;
}

/// Refuses a target of another shape, which would broadcast.
fn same_shape<E: Engine>(operation: &'static str, input: &Var<E>, target: &Var<E>) -> Result<(), E::Error> {
    if input.shape() == target.shape() {
        return Ok(());
    }
    Err(Error::mismatch(operation, input.shape(), target.shape()).into())
}
