//! A learning rate that falls along half a cosine: `η + (λ - η) (1 + cos(π t / T)) / 2`.
//!
//! Source: I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017).

use std::f64::consts::PI;

use crypten_autograd::SettingError;

use super::Schedule;
use crate::error::Error;
use crate::optim::LearningRate;

/// Lowers the learning rate along half a cosine, and raises it again after that.
#[derive(Clone, Debug)]
pub struct CosineAnnealingLR {
    initial: f64,
    /// Invariant: at least 1.
    t_max: u64,
    eta_min: f64,
    epoch: u64,
}

impl CosineAnnealingLR {
    /// From the optimiser's learning rate down to `eta_min` after `t_max` epochs.
    ///
    /// # Errors
    /// [`Error::Setting`] if there are no epochs, or the last rate is negative or not finite.
    pub fn new(optimizer: &dyn LearningRate, t_max: u64, eta_min: f64) -> Result<Self, Error> {
        SettingError::unless(t_max > 0, "t_max", 0.0, "1 or above")?;
        SettingError::unless_not_negative("eta_min", eta_min)?;
        Ok(Self { initial: optimizer.learning_rate(), t_max, eta_min, epoch: 0 })
    }
}

impl Schedule for CosineAnnealingLR {
    fn rate(&self, epoch: u64) -> f64 {
        let angle = PI * epoch as f64 / self.t_max as f64;
        self.eta_min + (self.initial - self.eta_min) * (1.0 + angle.cos()) / 2.0
    }

    fn advance(&mut self) -> u64 {
        self.epoch += 1;
        self.epoch
    }
}
