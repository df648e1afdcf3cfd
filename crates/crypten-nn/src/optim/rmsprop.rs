//! RMSprop: `v ← α v + (1 - α) g²`, `b ← μ b + g / (√v + ε)`, `x ← x - λ b`; the centred variant takes `v - m²` for
//! `v`, with the running mean `m` of `g`.
//!
//! Source: G. Hinton, "Neural networks for machine learning", lecture 6 (2012), in PyTorch's form.

use crypten_autograd::{Engine, Var};
use ndarray::ArrayD;

use super::{LearningRate, Optimizer, Slot, blended, decayed, not_negative, slots};
use crate::error::Error;

/// What [`RMSprop`] remembers and how it decays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RMSpropOptions {
    /// How much of the mean square stays.
    pub alpha: f64,
    /// Added to its root. An engine of fixed-point numbers needs one that it can tell from zero.
    pub eps: f64,
    /// How much of a parameter is added to its gradient.
    pub weight_decay: f64,
    /// How much of the velocity stays.
    pub momentum: f64,
    /// Whether the variance takes the place of the mean square.
    pub centered: bool,
}

impl Default for RMSpropOptions {
    /// PyTorch's numbers.
    fn default() -> Self {
        Self { alpha: 0.99, eps: 1e-8, weight_decay: 0.0, momentum: 0.0, centered: false }
    }
}

/// Steps in units of the gradients' root mean square.
pub struct RMSprop<E: Engine> {
    slots: Vec<Slot<E, Memory<E::Tensor>>>,
    learning_rate: f64,
    options: RMSpropOptions,
}

/// What is remembered of a parameter; mean and velocity stay zero where they are not asked for.
struct Memory<T> {
    square: T,
    mean: T,
    velocity: T,
}

impl<E: Engine> RMSprop<E> {
    /// The method with a learning rate and PyTorch's other numbers.
    ///
    /// # Errors
    /// [`Error::Setting`] if the rate is negative.
    pub fn new(parameters: impl IntoIterator<Item = Var<E>>, learning_rate: f64) -> Result<Self, Error> {
        Self::with_options(parameters, learning_rate, RMSpropOptions::default())
    }

    /// The method with other numbers.
    ///
    /// # Errors
    /// [`Error::Setting`] if one is out of its range.
    pub fn with_options(
        parameters: impl IntoIterator<Item = Var<E>>,
        learning_rate: f64,
        options: RMSpropOptions,
    ) -> Result<Self, Error> {
        not_negative("learning rate", learning_rate)?;
        not_negative("alpha", options.alpha)?;
        not_negative("eps", options.eps)?;
        not_negative("weight decay", options.weight_decay)?;
        not_negative("momentum", options.momentum)?;
        Ok(Self { slots: slots(parameters), learning_rate, options })
    }
}

impl<E: Engine> Optimizer<E> for RMSprop<E> {
    fn step(&mut self) -> Result<(), E::Error> {
        let RMSpropOptions { alpha, eps, weight_decay, momentum, centered } = self.options;
        for Slot { parameter, memory } in &mut self.slots {
            let Some(gradient) = parameter.grad() else { continue };
            let (engine, value) = (parameter.engine(), parameter.value());
            let gradient = decayed(engine, gradient, &value, weight_decay)?;
            let mut state = match memory.take() {
                Some(state) => state,
                None => Memory::zeros(engine, parameter.shape())?,
            };
            state.square = blended(engine, &state.square, alpha, &engine.square(&gradient)?, 1.0 - alpha)?;
            let mut spread = state.square.clone();
            if centered {
                state.mean = blended(engine, &state.mean, alpha, &gradient, 1.0 - alpha)?;
                spread = engine.sub(&spread, &engine.square(&state.mean)?)?;
            }
            let root = engine.add_number(&engine.sqrt(&spread)?, eps)?;
            let mut step = engine.mul(&gradient, &engine.reciprocal_of_positive(&root)?)?;
            if momentum > 0.0 {
                step = blended(engine, &state.velocity, momentum, &step, 1.0)?;
                state.velocity = step.clone();
            }
            *memory = Some(state);
            parameter.set_value(engine.sub(&value, &engine.mul_number(&step, self.learning_rate)?)?)?;
        }
        Ok(())
    }

    fn parameters(&self) -> Vec<&Var<E>> {
        self.slots.iter().map(|slot| &slot.parameter).collect()
    }
}

impl<E: Engine> LearningRate for RMSprop<E> {
    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
    }
}

impl<T: Clone> Memory<T> {
    fn zeros<E: Engine<Tensor = T>>(engine: &E, shape: &[usize]) -> Result<Self, E::Error> {
        let zeros = engine.constant(ArrayD::zeros(shape))?;
        Ok(Self { square: zeros.clone(), mean: zeros.clone(), velocity: zeros })
    }
}
