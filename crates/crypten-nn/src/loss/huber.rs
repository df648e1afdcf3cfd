//! Squares of small differences, magnitudes of large ones: `c (d - c / 2)` with `d = x - t` and
//! `c = min(max(d, -δ), δ)`.
//! Source: P. J. Huber, "Robust estimation of a location parameter" (1964).

use crypten_autograd::{Engine, Error, SettingError, Var};

use super::{Loss, Reduction, same_shape};

/// Half the square of a small difference, and of a large one the magnitude, times `delta`.
#[derive(Clone, Copy, Debug)]
pub struct HuberLoss {
    /// Where large differences begin; positive.
    pub delta: f64,
    /// What is made of the losses of all elements.
    pub reduction: Reduction,
}

impl<E: Engine> Loss<E> for HuberLoss {
    fn forward(&self, input: &Var<E>, target: &Var<E>) -> Result<Var<E>, E::Error> {
        SettingError::unless_positive("delta", self.delta).map_err(Error::from)?;
        same_shape("huber_loss", input, target)?;
        let difference = input.sub(target)?;
        let near = difference.clamp(-self.delta, self.delta)?;
        self.reduction.reduce(difference.sub(near.mul(0.5)?)?.mul(near)?)
    }
}

impl Default for HuberLoss {
    /// PyTorch's numbers.
    fn default() -> Self {
        Self { delta: 1.0, reduction: Reduction::Mean }
    }
}
