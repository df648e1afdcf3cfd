//! Normalisation of each channel of each image by itself.

use crypten_autograd::{Engine, Var};

use super::affine::Affine;
use crate::generator::Generator;
use crate::module::{Forward, Module};

/// Normalisation over all space of `[n, c, ..]`; weight and bias, if there are, are `[c]`.
///
/// It is the same in training and in evaluation: there are no running statistics, which PyTorch's has only if
/// `track_running_stats` asks for them.
#[derive(Clone, Debug, Module)]
pub struct InstanceNorm<E: Engine> {
    #[module(flatten)]
    affine: Affine<E>,
    /// Added to the variance.
    #[module(skip)]
    pub eps: f64,
}

/// Of `[n, c, l]`.
pub type InstanceNorm1d<E> = InstanceNorm<E>;

/// Of `[n, c, h, w]`.
pub type InstanceNorm2d<E> = InstanceNorm<E>;

/// Of `[n, c, d, h, w]`.
pub type InstanceNorm3d<E> = InstanceNorm<E>;

impl<E: Engine> InstanceNorm<E> {
    /// A normalisation without weight and bias, with PyTorch's `eps`.
    #[must_use]
    pub fn new() -> Self {
        Self { affine: Affine::none(), eps: 1e-5 }
    }

    /// A normalisation of so many channels with weight and bias.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn affine(generator: &Generator<E>, num_features: usize) -> Result<Self, E::Error> {
        Ok(Self { affine: Affine::new(generator, &[num_features])?, ..Self::new() })
    }
}

impl<E: Engine> Forward<E> for InstanceNorm<E> {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.instance_norm(self.affine.weight(), self.affine.bias(), self.eps)
    }
}

impl<E: Engine> Default for InstanceNorm<E> {
    fn default() -> Self {
        Self::new()
    }
}
