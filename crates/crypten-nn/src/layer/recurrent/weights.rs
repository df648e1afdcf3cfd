//! The weights of a cell: gates of the input and of the last state.

use crypten_autograd::{Engine, Var};

use crate::generator::Generator;
use crate::module::Parts;

/// The weights of one layer of a recurrent network in one direction.
#[derive(Clone, Debug)]
pub struct CellWeights<E: Engine> {
    input: Var<E>,
    hidden: Var<E>,
    input_bias: Option<Var<E>>,
    hidden_bias: Option<Var<E>>,
}

impl<E: Engine> CellWeights<E> {
    pub(super) fn new(
        generator: &Generator<E>,
        gates: usize,
        input: usize,
        hidden: usize,
    ) -> Result<Self, E::Error> {
        let (rows, bound) = (gates * hidden, (hidden as f64).sqrt().recip());
        Ok(Self {
            input: generator.within(&[rows, input], bound)?,
            hidden: generator.within(&[rows, hidden], bound)?,
            input_bias: Some(generator.within(&[rows], bound)?),
            hidden_bias: Some(generator.within(&[rows], bound)?),
        })
    }

    pub(super) fn remove_bias(&mut self) {
        (self.input_bias, self.hidden_bias) = (None, None);
    }

    pub(super) fn parts<'a>(&'a self, parts: &mut Parts<'a, E>, suffix: &str) {
        parts.parameter(format!("weight_ih_{suffix}"), &self.input);
        parts.parameter(format!("weight_hh_{suffix}"), &self.hidden);
        parts.parameter(format!("bias_ih_{suffix}"), self.input_bias.as_ref());
        parts.parameter(format!("bias_hh_{suffix}"), self.hidden_bias.as_ref());
    }

    /// The gates' projection of the input.
    ///
    /// # Errors
    /// If the shapes do not fit, or the engine fails.
    pub fn of_input(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.linear(&self.input, self.input_bias.as_ref())
    }

    /// The gates' projection of the last output.
    ///
    /// # Errors
    /// If the shapes do not fit, or the engine fails.
    pub fn of_state(&self, hidden: &Var<E>) -> Result<Var<E>, E::Error> {
        hidden.linear(&self.hidden, self.hidden_bias.as_ref())
    }

    /// How many hidden features there are.
    #[must_use]
    pub fn width(&self) -> usize {
        self.hidden.shape()[1]
    }
}
