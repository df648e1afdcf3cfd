//! Adam: `m ← β₁ m + (1 - β₁) g`, `v ← β₂ v + (1 - β₂) g²`, `x ← x - λ m̂ / (√v̂ + ε)`; AdamW shrinks `x` by `1 - λ w`
//! first, where Adam adds `w x` to `g`.
//!
//! `m̂ = m / (1 - β₁ᵗ)` and `v̂ = v / (1 - β₂ᵗ)` at step `t` are means of all gradients and squares so far, of which the
//! later ones count more. They are what is remembered, since numbers with a fixed point hold them better than `m` and
//! `v`: `m̂ ← ((β₁ - β₁ᵗ) m̂ + (1 - β₁) g) / (1 - β₁ᵗ)`. Sources: D. P. Kingma and J. Ba, "Adam" (2015); I.
//! Loshchilov and F. Hutter, "Decoupled weight decay regularization" (2019).

use crypten_autograd::{Engine, SettingError, Var};

use super::{LearningRate, Optimizer, Slot, decay, in_units, moving, share, slots, together::elementwise};
use crate::error::Error;

/// What [`Adam`] and [`AdamW`] remember and how they decay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamOptions {
    /// How much of the mean of the gradients stays, and of their squares.
    pub betas: [f64; 2],
    /// Added to the root of the mean square. With fixed-point numbers at least 16 of their units: `2^-12` with 16
    /// fractional bits.
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
///
/// # Rounds
/// Those of a square root, a reciprocal and five more a step, however many parameters there are; none for what is
/// public.
pub struct Adam<E: Engine> {
    core: Core<E>,
}

/// Adam, whose weight decay is not scaled by the gradients' size.
///
/// # Rounds
/// As [`Adam`].
pub struct AdamW<E: Engine> {
    core: Core<E>,
}

struct Core<E: Engine> {
    slots: Vec<Slot<E, Moments<E::Tensor>>>,
    learning_rate: f64,
    options: AdamOptions,
}

/// The running means of a gradient and of its square, over so many steps.
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
        SettingError::unless_not_negative("learning rate", learning_rate)?;
        SettingError::unless_not_negative("eps", options.eps)?;
        SettingError::unless_not_negative("weight decay", options.weight_decay)?;
        options.betas.into_iter().try_for_each(|beta| share("beta", beta))?;
        Ok(Self { slots, learning_rate, options })
    }

    fn step(&mut self, decoupled: bool) -> Result<(), E::Error> {
        let (rate, AdamOptions { betas, eps, weight_decay }) = (self.learning_rate, self.options);
        let Some((engine, mut moving)) = moving(&mut self.slots) else {
            return Ok(());
        };
        decay(&engine, &mut moving, if decoupled { 0.0 } else { weight_decay })?;
        let gradients = Vec::from_iter(moving.iter().map(|it| [&it.gradient]));
        let squares = elementwise(&engine, &gradients, |[gradient]| engine.square(gradient))?;
        let mut sums = Vec::new();
        for (it, square) in moving.iter().zip(&squares) {
            let before = it.slot.memory.as_ref();
            let (steps, entering) = (Moments::steps_with(before), [&it.gradient, square]);
            let before = [before.map(|before| &before.mean), before.map(|before| &before.square)];
            for ((beta, before), entering) in betas.into_iter().zip(before).zip(entering) {
                let whole = 1.0 - beta.powi(steps);
                let before = before.map(|before| ((beta - beta.powi(steps)) / whole, before));
                sums.push(Vec::from_iter(before.into_iter().chain([((1.0 - beta) / whole, entering)])));
            }
        }
        let mut sums = engine.weighted_sums(&sums)?.into_iter();
        for it in &mut moving {
            let steps = Moments::steps_with(it.slot.memory.as_ref());
            let [mean, square] = std::array::from_fn(|_| sums.next().expect("two moments for each gradient"));
            it.slot.memory = Some(Moments { steps, mean, square });
        }
        let moments = moving.iter().filter_map(|it| it.slot.memory.as_ref());
        let moments = Vec::from_iter(moments.map(|moments| [&moments.mean, &moments.square]));
        let directions =
            elementwise(&engine, &moments, |[mean, square]| in_units(&engine, mean, square, eps))?;
        let kept = if decoupled { 1.0 - rate * weight_decay } else { 1.0 };
        let values = moving.iter().zip(&directions);
        let values = values.map(|(it, direction)| vec![(kept, &it.value), (-rate, direction)]);
        let values = engine.weighted_sums(&Vec::from_iter(values))?;
        moving.iter().zip(values).try_for_each(|(it, value)| it.slot.parameter.set_value(value))
    }
}

impl<T> Moments<T> {
    /// How many steps there are with one more.
    fn steps_with(before: Option<&Self>) -> i32 {
        before.map_or(0, |moments| moments.steps).saturating_add(1)
    }
}
