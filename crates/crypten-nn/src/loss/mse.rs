//! Squares: `(x - t)²`.

use crypten_autograd::{Engine, Var};

use super::{Loss, Reduction, same_shape};

/// The squared difference of each element.
#[derive(Clone, Copy, Debug, Default)]
pub struct MSELoss {
    /// What is made of the losses of all elements.
    pub reduction: Reduction,
}

impl<E: Engine> Loss<E> for MSELoss {
    fn forward(&self, input: &Var<E>, target: &Var<E>) -> Result<Var<E>, E::Error> {
        same_shape("mse_loss", input, target)?;
        self.reduction.reduce(input.sub(target)?.square()?)
    }
}
