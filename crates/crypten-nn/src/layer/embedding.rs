//! A trained vector for each word of a vocabulary.

use crypten_autograd::{Engine, Var};
use ndarray::{ArrayBase, Data, Dimension};

use crate::generator::Generator;
use crate::module::{Forward, Module};

/// A table of vectors, one for each index.
///
/// # Shapes
/// The weight is `[num_embeddings, embedding_dim]`.
#[derive(Clone, Debug, Module)]
pub struct Embedding<E: Engine> {
    #[module(parameter)]
    weight: Var<E>,
}

impl<E: Engine> Embedding<E> {
    /// A table of normal numbers.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn new(
        generator: &Generator<E>,
        num_embeddings: usize,
        embedding_dim: usize,
    ) -> Result<Self, E::Error> {
        let table = generator.normal(&[num_embeddings, embedding_dim], 0.0, 1.0)?;
        Ok(Self { weight: Var::leaf(generator.engine(), table) })
    }

    /// The vectors of public indices.
    ///
    /// # Shapes
    /// `[..]` becomes `[.., embedding_dim]`.
    ///
    /// # Errors
    /// If an index is out of range, or the engine fails.
    pub fn forward_indices<I, S, D>(&self, indices: &ArrayBase<S, D>) -> Result<Var<E>, E::Error>
    where
        I: Copy + TryInto<isize>,
        S: Data<Elem = I>,
        D: Dimension,
    {
        self.weight.take_axis(0, indices)
    }

    /// The table.
    #[must_use]
    pub fn weight(&self) -> &Var<E> {
        &self.weight
    }
}

impl<E: Engine> Forward<E> for Embedding<E> {
    /// The vectors of one-hot indices, which may be secret: `[.., num_embeddings]` becomes `[.., embedding_dim]`.
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.matmul(&self.weight)
    }
}
