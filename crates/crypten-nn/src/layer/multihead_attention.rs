//! Attention with several heads: `softmax(Q Kᵀ / √d) V` in each, of which a linear layer makes one output.
//!
//! Source: A. Vaswani et al., "Attention is all you need" (2017).

use crypten_autograd::{Engine, Error, SettingError, Var};

use super::{Linear, turned};
use crate::generator::Generator;
use crate::init;
use crate::module::{Forward, Mode, Module};

/// Attention with several heads, each of which sees a part of the features.
///
/// # Shapes
/// Queries are `[l, n, e]`, keys and values `[s, n, e]`; `[n, l, e]` and `[n, s, e]` with the batch first.
#[derive(Clone, Debug, Module)]
pub struct MultiheadAttention<E: Engine> {
    #[module(parameter)]
    in_proj_weight: Var<E>,
    #[module(parameter)]
    in_proj_bias: Option<Var<E>>,
    out_proj: Linear<E>,
    /// Invariant: divides the features.
    #[module(skip)]
    num_heads: usize,
    #[module(skip)]
    batch_first: bool,
    #[module(skip)]
    dropout: f64,
    mode: Mode,
}

impl<E: Engine> MultiheadAttention<E> {
    /// Attention over so many features with so many heads, with biases.
    ///
    /// # Errors
    /// If the heads do not divide the features, or the engine fails.
    pub fn new(generator: &Generator<E>, embed_dim: usize, num_heads: usize) -> Result<Self, E::Error> {
        SettingError::unless_some("embed_dim", embed_dim).map_err(Error::from)?;
        Error::divided("multihead_attention", embed_dim, num_heads)?;
        let in_proj_weight = generator.full(&[3 * embed_dim, embed_dim], 0.0)?;
        init::xavier_uniform_(&in_proj_weight, 1.0, generator)?;
        let out_proj = Linear::new(generator, embed_dim, embed_dim)?;
        out_proj.bias().map_or(Ok(()), init::zeros_)?;
        let in_proj_bias = Some(generator.full(&[3 * embed_dim], 0.0)?);
        let (batch_first, dropout, mode) = (false, 0.0, Mode::default());
        Ok(Self { in_proj_weight, in_proj_bias, out_proj, num_heads, batch_first, dropout, mode })
    }

    /// The same without biases.
    #[must_use]
    pub fn without_bias(self) -> Self {
        Self { in_proj_bias: None, out_proj: self.out_proj.without_bias(), ..self }
    }

    /// The same with the batch as the first axis.
    #[must_use]
    pub fn batch_first(self) -> Self {
        Self { batch_first: true, ..self }
    }

    /// The same with how much a query looks at a key set to zero with a probability, in training.
    #[must_use]
    pub fn dropout(self, p: f64) -> Self {
        Self { dropout: p, ..self }
    }

    /// What queries find, and how much they look at each key, the mean over the heads.
    ///
    /// # Shapes
    /// As the queries, and `[n, l, s]`. The mask, which is added to the scores, is `[l, s]` or `[n * heads, l, s]`; a
    /// large negative number hides a key.
    ///
    /// # Errors
    /// If the shapes do not fit, or the engine fails.
    pub fn attend(
        &self,
        query: &Var<E>,
        key: &Var<E>,
        value: &Var<E>,
        mask: Option<&Var<E>>,
    ) -> Result<(Var<E>, Var<E>), E::Error> {
        let weights = self.in_proj_weight.chunk(3, 0)?;
        let biases = self.in_proj_bias.as_ref().map(|bias| bias.chunk(3, 0)).transpose()?;
        let project = |part: usize, x: &Var<E>| {
            self.checked(x)?;
            x.linear(&weights[part], biases.as_ref().map(|biases| &biases[part]))
        };
        self.found([project(0, query)?, project(1, key)?, project(2, value)?], mask)
    }

    /// What projected queries find among projected keys.
    fn found(&self, projected: [Var<E>; 3], mask: Option<&Var<E>>) -> Result<(Var<E>, Var<E>), E::Error> {
        let [query, key, value] = &projected;
        let width = self.out_proj.weight().shape()[0] / self.num_heads;
        let (query, key, value) = (self.heads(query)?, self.heads(key)?, self.heads(value)?);
        let scaled = query.mul((width as f64).sqrt().recip())?;
        let scores = scaled.matmul(&key.transpose(-2, -1)?)?;
        let scores = mask.map_or(Ok(scores.clone()), |mask| scores.add(mask))?;
        let attention = scores.softmax(-1)?.dropout(self.dropout, self.mode.is_training())?;
        let found = attention.matmul(&value)?.permute(&[1, 0, 2])?;
        let (length, seen) = (attention.shape()[1], attention.shape()[2]);
        let features = (width * self.num_heads).cast_signed();
        let joined = found.reshape(&[length.cast_signed(), -1, features])?;
        let output = turned(&self.out_proj.forward(&joined)?, self.batch_first)?;
        let by_head = [-1, self.num_heads.cast_signed(), length.cast_signed(), seen.cast_signed()];
        Ok((output, attention.reshape(&by_head)?.mean(1)?))
    }

    /// `[l, n, e]` as `[n * heads, l, e / heads]`.
    fn heads(&self, x: &Var<E>) -> Result<Var<E>, E::Error> {
        let x = turned(x, self.batch_first)?;
        let width = self.out_proj.weight().shape()[0] / self.num_heads;
        let batch = x.shape()[1] * self.num_heads;
        let shape = [x.shape()[0], batch, width].map(usize::cast_signed);
        x.reshape(&shape)?.permute(&[1, 0, 2])
    }

    fn checked(&self, x: &Var<E>) -> Result<(), E::Error> {
        match x.shape() {
            &[_, _, features] if features == self.in_proj_weight.shape()[1] => Ok(()),
            shape @ &[_, _, _] => {
                Err(Error::mismatch("multihead_attention", shape, self.in_proj_weight.shape()).into())
            }
            shape => Err(Error::axis_count("multihead_attention", shape, 3..=3).into()),
        }
    }
}

impl<E: Engine> Forward<E> for MultiheadAttention<E> {
    /// What each position finds among all: queries, keys and values are the input.
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        self.checked(input)?;
        let projected = input.linear(&self.in_proj_weight, self.in_proj_bias.as_ref())?.chunk(3, -1)?;
        let third = |part: usize| projected[part].clone();
        Ok(self.found([third(0), third(1), third(2)], None)?.0)
    }
}
