//! Normalisation of each example over its last axes: `(x - mean) / √(var + eps) * weight + bias`.

use crypten_autograd::{Engine, Var};

use super::affine::Affine;
use crate::generator::Generator;
use crate::module::{Forward, Module};

/// Normalisation over the last axes, which have one fixed shape; weight and bias have it too.
#[derive(Clone, Debug, Module)]
pub struct LayerNorm<E: Engine> {
    #[module(skip)]
    normalized_shape: Vec<usize>,
    #[module(flatten)]
    affine: Affine<E>,
    /// Added to the variance.
    #[module(skip)]
    pub eps: f64,
}

impl<E: Engine> LayerNorm<E> {
    /// A normalisation over axes of this shape, with PyTorch's `eps`.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn new(generator: &Generator<E>, normalized_shape: &[usize]) -> Result<Self, E::Error> {
        let affine = Affine::new(generator, normalized_shape)?;
        Ok(Self { normalized_shape: normalized_shape.to_vec(), affine, eps: 1e-5 })
    }

    /// The same without weight and bias.
    #[must_use]
    pub fn without_affine(self) -> Self {
        Self { affine: Affine::none(), ..self }
    }
}

impl<E: Engine> Forward<E> for LayerNorm<E> {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.layer_norm(&self.normalized_shape, self.affine.weight(), self.affine.bias(), self.eps)
    }
}
