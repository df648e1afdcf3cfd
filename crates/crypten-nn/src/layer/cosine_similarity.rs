//! The cosine of the angle between vectors: `x · y / (‖x‖ ‖y‖)`.

use crypten_autograd::{Engine, Operand, Var};

use crate::module::Module;

/// The cosine of the angle between the vectors of two tensors along an axis, which disappears. Vectors of length zero
/// have none.
#[derive(Clone, Copy, Debug, Module, PartialEq, Eq)]
pub struct CosineSimilarity {
    /// The axis.
    #[module(skip)]
    pub dim: isize,
}

impl CosineSimilarity {
    /// The cosines along an axis.
    #[must_use]
    pub fn new(dim: isize) -> Self {
        Self { dim }
    }

    /// The cosines of the angles between two tensors.
    ///
    /// # Shapes
    /// Both broadcast, as in NumPy.
    ///
    /// # Errors
    /// If the shapes do not broadcast, there is no such axis, or the engine fails.
    pub fn forward<E: Engine>(
        &self,
        left: &Var<E>,
        right: impl Into<Operand<E>>,
    ) -> Result<Var<E>, E::Error> {
        left.cosine_similarity(right, self.dim)
    }
}

impl Default for CosineSimilarity {
    /// Along the second axis.
    fn default() -> Self {
        Self::new(1)
    }
}
