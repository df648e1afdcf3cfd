//! The factors and shifts that follow a normalisation: ones and zeros at first.

use crypten_autograd::{Engine, Var};

use crate::generator::Generator;
use crate::module::Module;

/// A trained factor and a trained shift, or neither.
#[derive(Clone, Debug, Module)]
pub(super) struct Affine<E: Engine> {
    #[module(parameter)]
    weight: Option<Var<E>>,
    #[module(parameter)]
    bias: Option<Var<E>>,
}

impl<E: Engine> Affine<E> {
    pub(super) fn new(generator: &Generator<E>, shape: &[usize]) -> Result<Self, E::Error> {
        Ok(Self { weight: Some(generator.full(shape, 1.0)?), bias: Some(generator.full(shape, 0.0)?) })
    }

    pub(super) fn none() -> Self {
        Self { weight: None, bias: None }
    }

    pub(super) fn weight(&self) -> Option<&Var<E>> {
        self.weight.as_ref()
    }

    pub(super) fn bias(&self) -> Option<&Var<E>> {
        self.bias.as_ref()
    }
}
