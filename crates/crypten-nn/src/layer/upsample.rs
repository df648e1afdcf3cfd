//! Pixels repeated: the nearest one of a smaller image.

use crypten_autograd::{Engine, Error, Var};

use crate::module::{Forward, Module};

/// Each element of the last two axes repeated; the gradients of its copies add up.
#[derive(Clone, Copy, Debug, Module)]
pub struct Upsample {
    /// How often along each axis.
    #[module(skip)]
    pub scale_factor: [usize; 2],
}

impl Upsample {
    /// So many copies along each axis.
    #[must_use]
    pub fn new(scale_factor: [usize; 2]) -> Self {
        Self { scale_factor }
    }
}

impl<E: Engine> Forward<E> for Upsample {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        let repeated = |length: usize, times: usize| Vec::from_iter((0..length * times).map(|at| at / times));
        let &[.., rows, columns] = input.shape() else {
            return Err(Error::axis_count("upsample", input.shape(), 2..=usize::MAX).into());
        };
        let [down, across] = self.scale_factor;
        input.index_select(-2, &repeated(rows, down))?.index_select(-1, &repeated(columns, across))
    }
}
