//! The tensor: words of the ring, at the scale of the engine or at none.

use crypten_autograd::PlainTensor;
use crypten_ring::{RingTensor, Scale};

/// Fixed-point numbers. Cloning copies no elements.
#[derive(Clone, Debug)]
pub struct FixedTensor {
    pub(crate) words: RingTensor,
    /// The engine's, or none: what a comparison gives is 0 or 1, and a product with it needs no rounding.
    pub(crate) scale: Scale,
}

impl FixedTensor {
    /// The numbers; exact below `2^53` units.
    #[must_use]
    pub fn numbers(&self) -> PlainTensor {
        self.scale.decode(&self.words).into_shared()
    }

    /// The words of the ring.
    #[must_use]
    pub fn words(&self) -> &RingTensor {
        &self.words
    }

    /// The same numbers at a scale with at least as many bits, which is exact.
    pub(crate) fn words_at(&self, scale: Scale) -> RingTensor {
        match scale.bits() - self.scale.bits() {
            0 => self.words.clone(),
            more => &self.words * (1 << more),
        }
    }

    /// Other words at the same scale.
    pub(crate) fn with(&self, words: RingTensor) -> Self {
        Self { words, scale: self.scale }
    }
}
