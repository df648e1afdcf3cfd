//! Recurrent layers: a cell goes along a sequence, in one direction or in both, in several layers.
//!
//! With the gates' projections `W x + b` of all positions made at once, a step adds those of the last state, `U h + d`.

mod cell; // what a cell says
mod weights; // what is trained

use std::marker::PhantomData;

use crypten_autograd::{Engine, Error, SettingError, Var};
use ndarray::Array2;

use super::turned;
use crate::generator::Generator;
use crate::module::{Forward, Mode, Module, Parts};

pub use cell::{Cell, CellState};
pub use weights::CellWeights;

/// The outputs at all positions, and the last state.
type Ran<E, C> = (Var<E>, <C as Cell>::State<E>);

/// A recurrent layer of some kind of cell: [`LSTM`](crate::LSTM), [`GRU`](crate::GRU), or one of one's own.
///
/// # Shapes
/// `[l, n, input]` becomes `[l, n, directions * hidden]`; batch before length with the batch first.
#[derive(Clone, Debug)]
pub struct Recurrent<E: Engine, C> {
    /// For each layer its directions, one or two.
    layers: Vec<Vec<CellWeights<E>>>,
    hidden_size: usize,
    batch_first: bool,
    dropout: f64,
    mode: Mode,
    cell: PhantomData<fn() -> C>,
}

impl<E: Engine, C: Cell> Recurrent<E, C> {
    /// So many layers one over the other, in one direction.
    ///
    /// # Errors
    /// If there are no layers or no hidden features, or the engine fails.
    pub fn new(
        generator: &Generator<E>,
        input_size: usize,
        hidden_size: usize,
        num_layers: usize,
    ) -> Result<Self, E::Error> {
        Self::with_directions(generator, [input_size, hidden_size], num_layers, 1)
    }

    /// So many layers one over the other, in both directions.
    ///
    /// # Errors
    /// As [`Recurrent::new`].
    pub fn bidirectional(
        generator: &Generator<E>,
        input_size: usize,
        hidden_size: usize,
        num_layers: usize,
    ) -> Result<Self, E::Error> {
        Self::with_directions(generator, [input_size, hidden_size], num_layers, 2)
    }

    /// The same without biases.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.layers.iter_mut().flatten().for_each(CellWeights::remove_bias);
        self
    }

    /// The same with the batch as the first axis.
    #[must_use]
    pub fn batch_first(self) -> Self {
        Self { batch_first: true, ..self }
    }

    /// The same with elements of what one layer gives to the next set to zero with a probability, in training.
    #[must_use]
    pub fn dropout(self, p: f64) -> Self {
        Self { dropout: p, ..self }
    }

    fn with_directions(
        generator: &Generator<E>,
        [input, hidden]: [usize; 2],
        layers: usize,
        directions: usize,
    ) -> Result<Self, E::Error> {
        SettingError::unless_some("hidden_size", hidden).map_err(Error::from)?;
        SettingError::unless_some("num_layers", layers).map_err(Error::from)?;
        let layer = |layer: usize| {
            let input = if layer == 0 { input } else { directions * hidden };
            (0..directions).map(|_| CellWeights::new(generator, C::GATES, input, hidden)).collect()
        };
        let layers = (0..layers).map(layer).collect::<Result<_, E::Error>>()?;
        let (mode, cell) = (Mode::default(), PhantomData);
        Ok(Self { layers, hidden_size: hidden, batch_first: false, dropout: 0.0, mode, cell })
    }

    /// The outputs at all positions, and the last state.
    ///
    /// # Shapes
    /// Each tensor of a state is `[layers * directions, n, hidden]`. Without one before the first position, it is zero.
    ///
    /// # Errors
    /// If the shapes do not fit, or the engine fails.
    pub fn forward_from(&self, input: &Var<E>, state: Option<&C::State<E>>) -> Result<Ran<E, C>, E::Error> {
        let &[_, _, _] = input.shape() else {
            return Err(Error::axis_count("recurrent", input.shape(), 3..=3).into());
        };
        let mut sequence = turned(input, self.batch_first)?;
        let batch = sequence.shape()[1];
        let mut first = self.first_states(input.engine(), batch, state)?.into_iter();
        let mut last = Vec::new();
        for (layer, directions) in self.layers.iter().enumerate() {
            if layer > 0 {
                sequence = sequence.dropout(self.dropout, self.mode.is_training())?;
            }
            let mut outputs = Vec::new();
            for ((direction, weights), state) in directions.iter().enumerate().zip(&mut first) {
                let (output, state) = run::<E, C>(&sequence, weights, state, direction == 1)?;
                outputs.push(output);
                last.push(state);
            }
            sequence = Var::cat(&Vec::from_iter(&outputs), -1)?;
        }
        let last = C::State::each(&Vec::from_iter(&last), |states| Var::stack(states, 0))?;
        Ok((turned(&sequence, self.batch_first)?, last))
    }

    /// The states of each layer and direction before the first position.
    fn first_states(
        &self,
        engine: &E,
        batch: usize,
        state: Option<&C::State<E>>,
    ) -> Result<Vec<C::State<E>>, E::Error> {
        let count = self.layers.iter().map(Vec::len).sum();
        let expected = [count, batch, self.hidden_size];
        let zeros = Var::constant(engine, Array2::zeros((batch, self.hidden_size)))?;
        let part = |at: usize| match state {
            Some(state) => C::State::each(&[state], |state| match state[0].shape() == expected {
                true => state[0].narrow(0, at, 1)?.squeeze_axis(0),
                false => Err(Error::mismatch("recurrent", state[0].shape(), &expected).into()),
            }),
            None => C::State::each(&[], |_| Ok(zeros.clone())),
        };
        (0..count).map(part).collect()
    }
}

/// The outputs of one layer in one direction at all positions, and its last state.
fn run<E: Engine, C: Cell>(
    sequence: &Var<E>,
    weights: &CellWeights<E>,
    mut state: C::State<E>,
    backwards: bool,
) -> Result<Ran<E, C>, E::Error> {
    let mut projected = weights.of_input(sequence)?.unbind(0)?;
    if backwards {
        projected.reverse();
    }
    let mut outputs = Vec::with_capacity(projected.len());
    for projected in &projected {
        state = C::step(projected, weights, &state)?;
        outputs.push(state.output().clone());
    }
    if backwards {
        outputs.reverse();
    }
    Ok((Var::stack(&Vec::from_iter(&outputs), 0)?, state))
}

impl<E: Engine, C: Cell> Module<E> for Recurrent<E, C> {
    fn parts<'a>(&'a self, parts: &mut Parts<'a, E>) {
        parts.child("mode", &self.mode);
        for (layer, directions) in self.layers.iter().enumerate() {
            for (weights, suffix) in directions.iter().zip(["", "_reverse"]) {
                weights.parts(parts, &format!("l{layer}{suffix}"));
            }
        }
    }
}

impl<E: Engine, C: Cell> Forward<E> for Recurrent<E, C> {
    /// The outputs at all positions, from a state of zeros on.
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        Ok(self.forward_from(input, None)?.0)
    }
}
