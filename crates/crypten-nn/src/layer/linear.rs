//! The linear layer: `x Wᵀ + b`.

use crypten_autograd::{Engine, Var};

use crate::generator::Generator;
use crate::init::reach;
use crate::module::{Forward, Module};

/// Sums of features by trained weights, plus a trained bias.
///
/// # Shapes
/// `[.., in]` becomes `[.., out]`, with a weight `[out, in]` and a bias `[out]`.
#[derive(Clone, Debug, Module)]
pub struct Linear<E: Engine> {
    #[module(parameter)]
    weight: Var<E>,
    #[module(parameter)]
    bias: Option<Var<E>>,
}

impl<E: Engine> Linear<E> {
    /// A linear layer with a bias.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn new(generator: &Generator<E>, in_features: usize, out_features: usize) -> Result<Self, E::Error> {
        let shape = [out_features, in_features];
        let weight = generator.within(&shape, reach(&shape))?;
        Ok(Self { weight, bias: Some(generator.within(&[out_features], reach(&shape))?) })
    }

    /// The same without a bias.
    #[must_use]
    pub fn without_bias(self) -> Self {
        Self { bias: None, ..self }
    }

    /// The weights.
    #[must_use]
    pub fn weight(&self) -> &Var<E> {
        &self.weight
    }

    /// The bias, if there is one.
    #[must_use]
    pub fn bias(&self) -> Option<&Var<E>> {
        self.bias.as_ref()
    }
}

impl<E: Engine> Forward<E> for Linear<E> {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.linear(&self.weight, self.bias())
    }
}
