//! A learning rate that falls by a factor every epoch: `λ γ^t`.

use crypten_autograd::SettingError;

use super::Schedule;
use crate::error::Error;
use crate::optim::LearningRate;

/// Multiplies the learning rate by a factor every epoch.
#[derive(Clone, Debug)]
pub struct ExponentialLR {
    initial: f64,
    gamma: f64,
    epoch: u64,
}

impl ExponentialLR {
    /// From the optimiser's learning rate on.
    ///
    /// # Errors
    /// [`Error::Setting`] if the factor is negative or not finite.
    pub fn new(optimizer: &dyn LearningRate, gamma: f64) -> Result<Self, Error> {
        SettingError::unless_not_negative("gamma", gamma)?;
        Ok(Self { initial: optimizer.learning_rate(), gamma, epoch: 0 })
    }
}

impl Schedule for ExponentialLR {
    fn rate(&self, epoch: u64) -> f64 {
        self.initial * self.gamma.powf(epoch as f64)
    }

    fn advance(&mut self) -> u64 {
        self.epoch += 1;
        self.epoch
    }
}
