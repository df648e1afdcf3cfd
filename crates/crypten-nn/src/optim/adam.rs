//! Adam: `m ← β₁ m + (1 - β₁) g`, `v ← β₂ v + (1 - β₂) g²`, `x ← x - λ m̂ / (√v̂ + ε)`; AdamW shrinks `x` by `1 - λ w`
//! first, where Adam adds `w x` to `g`.
//!
//! `m̂ = m / (1 - β₁ᵗ)` and `v̂ = v / (1 - β₂ᵗ)` at step `t`. Sources: D. P. Kingma and J. Ba, "Adam" (2015); I.
//! Loshchilov and F. Hutter, "Decoupled weight decay regularization" (2019).

use crypten_autograd::{Engine, Var};

use super::{LearningRate, Optimizer, Slot, blended, decayed, not_negative, share, slots};
use crate::error::Error;

/// What [`Adam`] and [`AdamW`] remember and how they decay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamOptions {
    /// How much of the mean of the gradients stays, and of their squares.
    pub betas: [f64; 2],
    /// Added to the root of the mean square. An engine of fixed-point numbers needs one that it can tell from zero.
    pub eps: f64,
    /// How much a parameter is pulled towards zero.
    pub weight_decay: f64,
}

impl Default for AdamOptions {
    /// PyTorch's numbers, without weight decay.
    fn default() -> Self {
        Self { betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0.0 }
    }
}

/// Adam: steps in units of the gradients' own size.
pub struct Adam<E: Engine> {
    core: Core<E>,
}

/// Adam, whose weight decay is not scaled by the gradients' size.
pub struct AdamW<E: Engine> {
    core: Core<E>,
}

struct Core<E: Engine> {
    slots: Vec<Slot<E, Moments<E::Tensor>>>,
    learning_rate: f64,
    options: AdamOptions,
}

/// The running means of a gradient and of its square.
struct Moments<T> {
    steps: i32,
    mean: T,
    square: T,
}

macro_rules! optimizer {
    ($name:ident, $decoupled:literal, $options:expr) => {
        impl<E: Engine> $name<E> {
            /// The method with a learning rate and PyTorch's other numbers.
            ///
            /// # Errors
            /// [`Error::Setting`] if the rate is negative.
            pub fn new(
                parameters: impl IntoIterator<Item = Var<E>>,
                learning_rate: f64,
            ) -> Result<Self, Error> {
                Self::with_options(parameters, learning_rate, $options)
            }

            /// The method with other numbers.
            ///
            /// # Errors
            /// [`Error::Setting`] if one is out of its range.
            pub fn with_options(
                parameters: impl IntoIterator<Item = Var<E>>,
                learning_rate: f64,
                options: AdamOptions,
            ) -> Result<Self, Error> {
                Ok(Self { core: Core::new(slots(parameters), learning_rate, options)? })
            }
        }

        impl<E: Engine> Optimizer<E> for $name<E> {
            fn step(&mut self) -> Result<(), E::Error> {
                self.core.step($decoupled)
            }

            fn parameters(&self) -> Vec<&Var<E>> {
                self.core.slots.iter().map(|slot| &slot.parameter).collect()
            }
        }

        impl<E: Engine> LearningRate for $name<E> {
            fn learning_rate(&self) -> f64 {
                self.core.learning_rate
            }

            fn set_learning_rate(&mut self, learning_rate: f64) {
                self.core.learning_rate = learning_rate;
            }
        }
    };
}

optimizer!(Adam, false, AdamOptions::default());
optimizer!(AdamW, true, AdamOptions { weight_decay: 0.01, ..AdamOptions::default() });

impl<E: Engine> Core<E> {
    fn new(
        slots: Vec<Slot<E, Moments<E::Tensor>>>,
        learning_rate: f64,
        options: AdamOptions,
    ) -> Result<Self, Error> {
        not_negative("learning rate", learning_rate)?;
        not_negative("eps", options.eps)?;
        not_negative("weight decay", options.weight_decay)?;
        options.betas.into_iter().try_for_each(|beta| share("beta", beta))?;
        Ok(Self { slots, learning_rate, options })
    }

    fn step(&mut self, decoupled: bool) -> Result<(), E::Error> {
        let AdamOptions { betas, eps, weight_decay } = self.options;
        for Slot { parameter, memory } in &mut self.slots {
            let Some(gradient) = parameter.grad() else { continue };
            let (engine, mut value) = (parameter.engine(), parameter.value());
            let gradient = if decoupled {
                if weight_decay != 0.0 {
                    value = engine.mul_number(&value, 1.0 - self.learning_rate * weight_decay)?;
                }
                gradient
            } else {
                decayed(engine, gradient, &value, weight_decay)?
            };
            let moments = Moments::entered(engine, memory.as_ref(), &gradient, betas)?;
            let [mean, square] = betas.map(|beta| 1.0 - beta.powi(moments.steps));
            let root = engine.mul_number(&engine.sqrt(&moments.square)?, square.sqrt().recip())?;
            let inverse = engine.reciprocal_of_positive(&engine.add_number(&root, eps)?)?;
            let step = engine.mul(&engine.mul_number(&moments.mean, self.learning_rate / mean)?, &inverse)?;
            parameter.set_value(engine.sub(&value, &step)?)?;
            *memory = Some(moments);
        }
        Ok(())
    }
}

impl<T> Moments<T> {
    /// The moments with one gradient more.
    fn entered<E: Engine<Tensor = T>>(
        engine: &E,
        before: Option<&Self>,
        gradient: &T,
        [first, second]: [f64; 2],
    ) -> Result<Self, E::Error> {
        let power = engine.square(gradient)?;
        Ok(match before {
            Some(before) => Self {
                steps: before.steps.saturating_add(1),
                mean: blended(engine, &before.mean, first, gradient, 1.0 - first)?,
                square: blended(engine, &before.square, second, &power, 1.0 - second)?,
            },
            None => Self {
                steps: 1,
                mean: engine.mul_number(gradient, 1.0 - first)?,
                square: engine.mul_number(&power, 1.0 - second)?,
            },
        })
    }
}
