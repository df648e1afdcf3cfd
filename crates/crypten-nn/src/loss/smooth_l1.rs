//! The Huber loss divided by its bound, so that the slope of large differences is 1.

use crypten_autograd::{Engine, Error, SettingError, Var};

use super::{HuberLoss, L1Loss, Loss, Reduction};

/// Half the square of a small difference, divided by `beta`, and of a large one the magnitude.
#[derive(Clone, Copy, Debug)]
pub struct SmoothL1Loss {
    /// Where large differences begin; at 0 all are large.
    pub beta: f64,
    /// What is made of the losses of all elements.
    pub reduction: Reduction,
}

impl<E: Engine> Loss<E> for SmoothL1Loss {
    fn forward(&self, input: &Var<E>, target: &Var<E>) -> Result<Var<E>, E::Error> {
        let Self { beta, reduction } = *self;
        SettingError::unless_not_negative("beta", beta).map_err(Error::from)?;
        if beta == 0.0 {
            return L1Loss { reduction }.forward(input, target);
        }
        HuberLoss { delta: beta, reduction }.forward(input, target)?.div(beta)
    }
}

impl Default for SmoothL1Loss {
    /// PyTorch's numbers.
    fn default() -> Self {
        Self { beta: 1.0, reduction: Reduction::Mean }
    }
}
