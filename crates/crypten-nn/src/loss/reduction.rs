//! What is made of the losses of all elements.

use crypten_autograd::{Engine, Var};

/// The mean, the sum, or all of them as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// Their mean.
    #[default]
    Mean,
    /// Their sum.
    Sum,
    /// As they are.
    None,
}

impl Reduction {
    pub(super) fn reduce<E: Engine>(self, losses: Var<E>) -> Result<Var<E>, E::Error> {
        match self {
            Self::Mean => losses.mean_all(),
            Self::Sum => losses.sum_all(),
            Self::None => Ok(losses),
        }
    }
}
