//! Stochastic gradient descent: `b ← μ b + (1 - τ) g`, `x ← x - λ b`; Nesterov's variant goes by `g + μ b`.
//!
//! `g` is the gradient, `b` the velocity, `μ` the momentum, `τ` the dampening, `λ` the learning rate. Source: I.
//! Sutskever et al., "On the importance of initialization and momentum in deep learning" (2013), in PyTorch's form.

use crypten_autograd::{Engine, Var};

use super::{LearningRate, Optimizer, Slot, blended, decayed, not_negative, slots};
use crate::error::Error;

/// What [`SGD`] does beside following the gradient: nothing, by default.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SGDOptions {
    /// How much of the velocity stays.
    pub momentum: f64,
    /// How much of a gradient does not enter the velocity.
    pub dampening: f64,
    /// How much of a parameter is added to its gradient.
    pub weight_decay: f64,
    /// Whether a step looks ahead; needs a momentum and no dampening.
    pub nesterov: bool,
}

/// Stochastic gradient descent, with momentum.
pub struct SGD<E: Engine> {
    slots: Vec<Slot<E, E::Tensor>>,
    learning_rate: f64,
    options: SGDOptions,
}

impl<E: Engine> SGD<E> {
    /// Descent with a learning rate alone.
    ///
    /// # Errors
    /// [`Error::Setting`] if the rate is negative.
    pub fn new(parameters: impl IntoIterator<Item = Var<E>>, learning_rate: f64) -> Result<Self, Error> {
        Self::with_options(parameters, learning_rate, SGDOptions::default())
    }

    /// Descent with momentum and more.
    ///
    /// # Errors
    /// [`Error::Setting`] if a number is out of its range.
    pub fn with_options(
        parameters: impl IntoIterator<Item = Var<E>>,
        learning_rate: f64,
        options: SGDOptions,
    ) -> Result<Self, Error> {
        not_negative("learning rate", learning_rate)?;
        not_negative("momentum", options.momentum)?;
        not_negative("weight decay", options.weight_decay)?;
        if options.nesterov {
            let rule = "above 0 for Nesterov's variant";
            Error::unless(options.momentum > 0.0, "momentum", options.momentum, rule)?;
            let rule = "0 for Nesterov's variant";
            Error::unless(options.dampening == 0.0, "dampening", options.dampening, rule)?;
        }
        Ok(Self { slots: slots(parameters), learning_rate, options })
    }
}

impl<E: Engine> Optimizer<E> for SGD<E> {
    fn step(&mut self) -> Result<(), E::Error> {
        let SGDOptions { momentum, dampening, weight_decay, nesterov } = self.options;
        for Slot { parameter, memory } in &mut self.slots {
            let Some(gradient) = parameter.grad() else { continue };
            let (engine, value) = (parameter.engine(), parameter.value());
            let gradient = decayed(engine, gradient, &value, weight_decay)?;
            let step = if momentum == 0.0 {
                gradient
            } else {
                let velocity = match memory.as_ref() {
                    Some(velocity) => blended(engine, velocity, momentum, &gradient, 1.0 - dampening)?,
                    None => gradient.clone(),
                };
                *memory = Some(velocity.clone());
                if nesterov { blended(engine, &velocity, momentum, &gradient, 1.0)? } else { velocity }
            };
            parameter.set_value(engine.sub(&value, &engine.mul_number(&step, self.learning_rate)?)?)?;
        }
        Ok(())
    }

    fn parameters(&self) -> Vec<&Var<E>> {
        self.slots.iter().map(|slot| &slot.parameter).collect()
    }
}

impl<E: Engine> LearningRate for SGD<E> {
    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
    }
}
