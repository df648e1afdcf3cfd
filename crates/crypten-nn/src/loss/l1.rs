//! Magnitudes: `|x - t|`.

use crypten_autograd::{Engine, Var};

use super::{Loss, Reduction, same_shape};

/// The magnitude of the difference of each element.
#[derive(Clone, Copy, Debug, Default)]
pub struct L1Loss {
    /// What is made of the losses of all elements.
    pub reduction: Reduction,
}

impl<E: Engine> Loss<E> for L1Loss {
    fn forward(&self, input: &Var<E>, target: &Var<E>) -> Result<Var<E>, E::Error> {
        same_shape("l1_loss", input, target)?;
        self.reduction.reduce(input.sub(target)?.abs()?)
    }
}
