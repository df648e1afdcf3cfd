//! The factors and shifts that follow a normalisation: ones and zeros at first.

use crypten_autograd::{Engine, Var};

use crate::generator::Generator;
use crate::module::Parts;

/// A trained factor and a trained shift, or neither.
#[derive(Clone, Debug)]
pub(super) struct Affine<E: Engine> {
    trained: Option<(Var<E>, Var<E>)>,
}

impl<E: Engine> Affine<E> {
    pub(super) fn new(generator: &Generator<E>, shape: &[usize]) -> Result<Self, E::Error> {
        Ok(Self { trained: Some((generator.full(shape, 1.0)?, generator.full(shape, 0.0)?)) })
    }

    pub(super) fn none() -> Self {
        Self { trained: None }
    }

    pub(super) fn weight(&self) -> Option<&Var<E>> {
        self.trained.as_ref().map(|(weight, _)| weight)
    }

    pub(super) fn bias(&self) -> Option<&Var<E>> {
        self.trained.as_ref().map(|(_, bias)| bias)
    }

    pub(super) fn parts<'a>(&'a self, parts: &mut Parts<'a, E>) {
        parts.optional("weight", self.weight());
        parts.optional("bias", self.bias());
    }
}
