//! Normalisation of groups of neighbouring channels, each image by itself.

use crypten_autograd::{Engine, Error, Var};

use super::affine::Affine;
use crate::generator::Generator;
use crate::module::{Forward, Module};

/// Normalisation over groups of channels and all space of `[n, c, ..]`; weight and bias are `[c]`.
#[derive(Clone, Debug, Module)]
pub struct GroupNorm<E: Engine> {
    #[module(skip)]
    num_groups: usize,
    #[module(flatten)]
    affine: Affine<E>,
    /// Added to the variance.
    #[module(skip)]
    pub eps: f64,
}

impl<E: Engine> GroupNorm<E> {
    /// A normalisation of channels in so many groups, with PyTorch's `eps`.
    ///
    /// # Errors
    /// If the groups do not divide the channels, or the engine fails.
    pub fn new(generator: &Generator<E>, num_groups: usize, num_channels: usize) -> Result<Self, E::Error> {
        Error::divided("group_norm", num_channels, num_groups)?;
        Ok(Self { num_groups, affine: Affine::new(generator, &[num_channels])?, eps: 1e-5 })
    }

    /// The same without weight and bias.
    #[must_use]
    pub fn without_affine(self) -> Self {
        Self { affine: Affine::none(), ..self }
    }
}

impl<E: Engine> Forward<E> for GroupNorm<E> {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.group_norm(self.num_groups, self.affine.weight(), self.affine.bias(), self.eps)
    }
}
