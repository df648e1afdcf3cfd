//! How the learning rate falls, one file for each way.

mod cosine; // along a cosine
mod exponential; // by a factor
mod step; // by a factor now and then

pub use cosine::CosineAnnealingLR;
pub use exponential::ExponentialLR;
pub use step::StepLR;

use crate::optim::LearningRate;

/// A schedule of the learning rate, taken one epoch at a time after the optimiser's steps. Behaves like
/// `torch.optim.lr_scheduler.LRScheduler`.
pub trait Schedule {
    /// The learning rate of an epoch; the first is epoch 0.
    fn rate(&self, epoch: u64) -> f64;

    /// Goes on to the next epoch, and tells its number.
    fn advance(&mut self) -> u64;

    /// Goes on to the next epoch and sets its learning rate.
    fn step(&mut self, optimizer: &mut dyn LearningRate) {
        let epoch = self.advance();
        optimizer.set_learning_rate(self.rate(epoch));
    }
}
