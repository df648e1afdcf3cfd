//! A learning rate that falls by a factor every so many epochs: `λ γ^⌊t / s⌋`.

use super::Schedule;
use crate::optim::LearningRate;

/// Multiplies the learning rate by a factor every so many epochs.
#[derive(Clone, Debug)]
pub struct StepLR {
    initial: f64,
    step_size: u64,
    gamma: f64,
    epoch: u64,
}

impl StepLR {
    /// From the optimiser's learning rate on; PyTorch's `gamma` is 0.1.
    #[must_use]
    pub fn new(optimizer: &dyn LearningRate, step_size: u64, gamma: f64) -> Self {
        Self { initial: optimizer.learning_rate(), step_size, gamma, epoch: 0 }
    }
}

impl Schedule for StepLR {
    fn rate(&self, epoch: u64) -> f64 {
        // A factor every 0 epochs has no epoch to stand at.
        let times = epoch.checked_div(self.step_size).unwrap_or(0);
        self.initial * self.gamma.powf(times as f64)
    }

    fn advance(&mut self) -> u64 {
        self.epoch += 1;
        self.epoch
    }
}
