//! What recurrent layers have in common: weights of layers and directions, and the walk along a sequence.
//!
//! With the gates' projections `W x + b` of all positions made at once, a step adds those of the last state, `U h + c`.

use crypten_autograd::{Engine, Var};

use crate::error::misfit;
use crate::generator::Generator;
use crate::module::{Module, Parts};

/// The weights of a recurrent network, and how it runs.
#[derive(Clone, Debug)]
pub(super) struct Recurrent<E: Engine> {
    /// For each layer its directions, one or two.
    layers: Vec<Vec<Weights<E>>>,
    hidden_size: usize,
    pub(super) batch_first: bool,
}

/// The weights of one layer in one direction.
#[derive(Clone, Debug)]
pub(super) struct Weights<E: Engine> {
    input: Var<E>,
    hidden: Var<E>,
    input_bias: Var<E>,
    hidden_bias: Var<E>,
}

/// Outputs at all positions, and the last states.
pub(super) type Ran<E, const S: usize> = (Var<E>, [Var<E>; S]);

/// Sizes of a recurrent network.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) gates: usize,
    pub(super) input: usize,
    pub(super) hidden: usize,
    pub(super) layers: usize,
    pub(super) directions: usize,
}

impl<E: Engine> Recurrent<E> {
    pub(super) fn new(generator: &Generator<E>, sizes: Sizes) -> Result<Self, E::Error> {
        let Sizes { gates, input, hidden, layers, directions } = sizes;
        if hidden == 0 || layers == 0 {
            return Err(misfit("recurrent", &[input, hidden], &[layers]));
        }
        let bound = (hidden as f64).sqrt().recip();
        let rows = gates * hidden;
        let weights = |input: usize| {
            Ok::<_, E::Error>(Weights {
                input: generator.within(&[rows, input], bound)?,
                hidden: generator.within(&[rows, hidden], bound)?,
                input_bias: generator.within(&[rows], bound)?,
                hidden_bias: generator.within(&[rows], bound)?,
            })
        };
        let layer = |layer: usize| {
            let input = if layer == 0 { input } else { directions * hidden };
            (0..directions).map(|_| weights(input)).collect::<Result<Vec<_>, _>>()
        };
        let layers = (0..layers).map(layer).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { layers, hidden_size: hidden, batch_first: false })
    }

    /// The outputs at all positions and the last states; each of the `S` states is `[layers * directions, n, hidden]`,
    /// and zero at first where none is given. The first of what a step returns is the output.
    pub(super) fn run<const S: usize>(
        &self,
        input: &Var<E>,
        states: Option<[&Var<E>; S]>,
        step: impl Fn(&Var<E>, &Weights<E>, &[Var<E>; S]) -> Result<[Var<E>; S], E::Error>,
    ) -> Result<Ran<E, S>, E::Error> {
        let mut sequence = self.turned(input)?;
        let &[length, batch, _] = sequence.shape() else {
            return Err(misfit("recurrent", input.shape(), &[]));
        };
        let first = self.first_states(input.engine(), batch, states)?;
        let mut last = Vec::new();
        for directions in &self.layers {
            let mut outputs = Vec::new();
            for (direction, weights) in directions.iter().enumerate() {
                let projected = sequence.linear(&weights.input, Some(&weights.input_bias))?.unbind(0)?;
                let mut state = first[last.len()].clone();
                let mut steps = Vec::with_capacity(length);
                for position in 0..length {
                    let position = if direction == 0 { position } else { length - 1 - position };
                    state = step(&projected[position], weights, &state)?;
                    steps.push(state[0].clone());
                }
                if direction == 1 {
                    steps.reverse();
                }
                outputs.push(Var::stack(&Vec::from_iter(&steps), 0)?);
                last.push(state);
            }
            sequence = Var::cat(&Vec::from_iter(&outputs), -1)?;
        }
        let stacked = |state: usize| Var::stack(&Vec::from_iter(last.iter().map(|states| &states[state])), 0);
        let mut ends = Vec::with_capacity(S);
        for state in 0..S {
            ends.push(stacked(state)?);
        }
        let ends = ends.try_into().expect("one state was pushed for each of S");
        Ok((self.turned(&sequence)?, ends))
    }

    /// The states of each layer and direction before the first position.
    fn first_states<const S: usize>(
        &self,
        engine: &E,
        batch: usize,
        states: Option<[&Var<E>; S]>,
    ) -> Result<Vec<[Var<E>; S]>, E::Error> {
        let count = self.layers.iter().map(Vec::len).sum();
        let Some(states) = states else {
            let zeros = Var::constant(engine, ndarray::Array2::zeros((batch, self.hidden_size)))?;
            return Ok(vec![std::array::from_fn(|_| zeros.clone()); count]);
        };
        let expected = [count, batch, self.hidden_size];
        if let Some(state) = states.iter().find(|state| state.shape() != expected) {
            return Err(misfit("recurrent", state.shape(), &expected));
        }
        let mut parts = Vec::with_capacity(S);
        for state in states {
            parts.push(state.unbind(0)?);
        }
        Ok((0..count).map(|at| std::array::from_fn(|state| parts[state][at].clone())).collect())
    }

    fn turned(&self, x: &Var<E>) -> Result<Var<E>, E::Error> {
        if self.batch_first { x.transpose(0, 1) } else { Ok(x.clone()) }
    }
}

impl<E: Engine> Module<E> for Recurrent<E> {
    fn parts<'a>(&'a self, parts: &mut Parts<'a, E>) {
        for (layer, directions) in self.layers.iter().enumerate() {
            for (weights, suffix) in directions.iter().zip(["", "_reverse"]) {
                parts.parameter(format!("weight_ih_l{layer}{suffix}"), &weights.input);
                parts.parameter(format!("weight_hh_l{layer}{suffix}"), &weights.hidden);
                parts.parameter(format!("bias_ih_l{layer}{suffix}"), &weights.input_bias);
                parts.parameter(format!("bias_hh_l{layer}{suffix}"), &weights.hidden_bias);
            }
        }
    }
}

impl<E: Engine> Weights<E> {
    /// The gates' projection of the last state.
    pub(super) fn of_state(&self, hidden: &Var<E>) -> Result<Var<E>, E::Error> {
        hidden.linear(&self.hidden, Some(&self.hidden_bias))
    }

    /// How many numbers the state has.
    pub(super) fn width(&self) -> usize {
        self.hidden.shape()[1]
    }
}
