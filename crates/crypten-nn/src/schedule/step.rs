//! A learning rate that falls by a factor every so many epochs: `λ γ^⌊t / s⌋`.

use crypten_autograd::SettingError;

use super::Schedule;
use crate::error::Error;
use crate::optim::LearningRate;

/// Multiplies the learning rate by a factor every so many epochs.
#[derive(Clone, Debug)]
pub struct StepLR {
    initial: f64,
    /// Invariant: at least 1.
    step_size: u64,
    gamma: f64,
    epoch: u64,
}

impl StepLR {
    /// From the optimiser's learning rate on; PyTorch's `gamma` is 0.1.
    ///
    /// # Errors
    /// [`Error::Setting`] if there is no epoch between two factors, or the factor is negative or not finite.
    pub fn new(optimizer: &dyn LearningRate, step_size: u64, gamma: f64) -> Result<Self, Error> {
        SettingError::unless(step_size > 0, "step_size", 0.0, "1 or above")?;
        SettingError::unless_not_negative("gamma", gamma)?;
        Ok(Self { initial: optimizer.learning_rate(), step_size, gamma, epoch: 0 })
    }
}

impl Schedule for StepLR {
    fn rate(&self, epoch: u64) -> f64 {
        self.initial * self.gamma.powf((epoch / self.step_size) as f64)
    }

    fn advance(&mut self) -> u64 {
        self.epoch += 1;
        self.epoch
    }
}
