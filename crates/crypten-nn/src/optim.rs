//! How parameters follow their gradients, one file for each method.
//!
//! All of them compute with the engine's tensors, so that nothing is recorded. What a method remembers of a parameter
//! stands beside it. A step computes for all parameters together: what is linear is one call of
//! [`Engine::weighted_sums`], and for the rest the parameters are laid end to end. So a step has as many rounds of
//! messages for a hundred parameters as for one, and what is public stays so.

mod together; // many tensors as one
mod clip; // gradients kept small
mod sgd; // the gradient, with momentum
mod adam; // the gradient in units of its size
mod rmsprop; // the same, without a mean

use std::fmt;

use crypten_autograd::{Computed, Engine, SettingError, Var};

pub use adam::{Adam, AdamOptions, AdamW};
pub use clip::{clip_grad_norm, clip_grad_value};
pub use rmsprop::{RMSprop, RMSpropOptions};
pub use sgd::{SGD, SGDOptions};

/// What a schedule sets.
pub trait LearningRate {
    /// The learning rate.
    fn learning_rate(&self) -> f64;

    /// Changes it.
    fn set_learning_rate(&mut self, learning_rate: f64);
}

/// A method that changes parameters by their gradients. Behaves like `torch.optim.Optimizer`.
pub trait Optimizer<E: Engine>: LearningRate {
    /// One step for every parameter that has a gradient.
    ///
    /// # Errors
    /// If a parameter is no leaf, or the engine fails; some parameters, and what is remembered of them, may have changed
    /// then.
    fn step(&mut self) -> Result<(), E::Error>;

    /// What is changed.
    fn parameters(&self) -> Vec<&Var<E>>;

    /// Forgets the gradients.
    fn zero_grad(&self) {
        for parameter in self.parameters() {
            parameter.zero_grad();
        }
    }
}

macro_rules! debug {
    ($($name:ident)*) => {$(
        impl<E: Engine> fmt::Debug for $name<E> {
            /// The learning rate and what is changed; never a value, which may be secret.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut fields = f.debug_struct(stringify!($name));
                fields.field("learning_rate", &self.learning_rate());
                fields.field("parameters", &self.parameters()).finish()
            }
        }
    )*};
}

debug!(SGD Adam AdamW RMSprop);

/// A parameter and what a method remembers of it; nothing before the first step.
struct Slot<E: Engine, M> {
    parameter: Var<E>,
    memory: Option<M>,
}

/// A slot for each parameter.
fn slots<E: Engine, M>(parameters: impl IntoIterator<Item = Var<E>>) -> Vec<Slot<E, M>> {
    parameters.into_iter().map(|parameter| Slot { parameter, memory: None }).collect()
}

/// A parameter that has a gradient, in a step.
struct Moving<'a, E: Engine, M> {
    value: E::Tensor,
    gradient: E::Tensor,
    slot: &'a mut Slot<E, M>,
}

/// All parameters that have a gradient, and the engine; none if there is none.
fn moving<E: Engine, M>(slots: &mut [Slot<E, M>]) -> Option<(E, Vec<Moving<'_, E, M>>)> {
    let moving = slots.iter_mut().filter_map(|slot| {
        let (value, gradient) = (slot.parameter.value(), slot.parameter.grad()?);
        Some(Moving { value, gradient, slot })
    });
    let moving = Vec::from_iter(moving);
    let engine = moving.first()?.slot.parameter.engine().clone();
    Some((engine, moving))
}

/// Adds a share of each parameter to its gradient, which pulls the parameter towards zero. The gradients are rounded
/// after that, also if the share is nothing.
fn decay<E: Engine, M>(
    engine: &E,
    moving: &mut [Moving<'_, E, M>],
    weight_decay: f64,
) -> Result<(), E::Error> {
    let share = |value| Some((weight_decay, value)).filter(|_| weight_decay != 0.0);
    let sums = moving.iter().map(|it| [(1.0, &it.gradient)].into_iter().chain(share(&it.value)).collect());
    let decayed = engine.weighted_sums(&Vec::from_iter(sums))?;
    for (it, gradient) in moving.iter_mut().zip(decayed) {
        it.gradient = gradient;
    }
    Ok(())
}

/// A direction divided by the root of a mean of squares, to which `eps` is added: sixteen units of the engine's numbers at
/// least, since a root of zero may be some units off.
fn in_units<E: Engine>(engine: &E, direction: &E::Tensor, square: &E::Tensor, eps: f64) -> Computed<E> {
    let root = engine.add_number(&engine.sqrt(square)?, eps.max(16.0 * engine.unit()))?;
    engine.mul(direction, &engine.reciprocal_of_positive(&root)?)
}

/// Refuses a share of all that a mean remembers that is no share.
fn share(setting: &'static str, value: f64) -> Result<(), SettingError> {
    SettingError::unless((0.0..1.0).contains(&value), setting, value, "0 or above and below 1")
}
