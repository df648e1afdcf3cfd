//! RMSprop: `v ← α v + (1 - α) g²`, `b ← μ b + g / (√v + ε)`, `x ← x - λ b`; the centred variant takes `v - m²` for
//! `v`, with the running mean `m` of `g`.
//!
//! Source: G. Hinton, "Neural networks for machine learning", lecture 6 (2012), in PyTorch's form.

use crypten_autograd::{Engine, SettingError, Var};

use super::{LearningRate, Moving, Optimizer, Slot, decay, in_units, moving, slots, together::elementwise};
use crate::error::Error;

/// What [`RMSprop`] remembers and how it decays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RMSpropOptions {
    /// How much of the mean square stays.
    pub alpha: f64,
    /// Added to its root. With fixed-point numbers at least 16 of their units: `2^-12` with 16
    /// fractional bits.
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
///
/// # Rounds
/// Those of a square root, a reciprocal and five more a step, however many parameters there are, and two more for the
/// centred variant; none for what is public.
pub struct RMSprop<E: Engine> {
    slots: Vec<Slot<E, Memory<E::Tensor>>>,
    learning_rate: f64,
    options: RMSpropOptions,
}

/// What is remembered of a parameter.
struct Memory<T> {
    square: T,
    /// For the centred variant.
    mean: Option<T>,
    /// With a momentum.
    velocity: Option<T>,
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
        SettingError::unless_not_negative("learning rate", learning_rate)?;
        SettingError::unless_not_negative("alpha", options.alpha)?;
        SettingError::unless_not_negative("eps", options.eps)?;
        SettingError::unless_not_negative("weight decay", options.weight_decay)?;
        SettingError::unless_not_negative("momentum", options.momentum)?;
        Ok(Self { slots: slots(parameters), learning_rate, options })
    }
}

impl<E: Engine> Optimizer<E> for RMSprop<E> {
    fn step(&mut self) -> Result<(), E::Error> {
        let RMSpropOptions { alpha, eps, weight_decay, momentum, centered } = self.options;
        let rate = self.learning_rate;
        let Some((engine, mut moving)) = moving(&mut self.slots) else {
            return Ok(());
        };
        decay(&engine, &mut moving, weight_decay)?;
        let gradients = Vec::from_iter(moving.iter().map(|it| [&it.gradient]));
        let squares = elementwise(&engine, &gradients, |[gradient]| engine.square(gradient))?;
        let blend = |before: Option<_>, entering| {
            Vec::from_iter(before.map(|x| (alpha, x)).into_iter().chain([(1.0 - alpha, entering)]))
        };
        let mut sums = Vec::new();
        for (it, square) in moving.iter().zip(&squares) {
            let before = it.slot.memory.as_ref();
            sums.push(blend(before.map(|before| &before.square), square));
            if centered {
                sums.push(blend(before.and_then(|before| before.mean.as_ref()), &it.gradient));
            }
        }
        let mut sums = engine.weighted_sums(&sums)?.into_iter();
        for it in &mut moving {
            let velocity = it.slot.memory.take().and_then(|before| before.velocity);
            let square = sums.next().expect("one mean of squares for each gradient");
            it.slot.memory =
                Some(Memory { square, mean: if centered { sums.next() } else { None }, velocity });
        }
        let directions = directions(&engine, &moving, eps)?;
        let mut sums = Vec::new();
        for (it, direction) in moving.iter().zip(&directions) {
            let before = it.slot.memory.as_ref().and_then(|memory| memory.velocity.as_ref());
            let velocity = before.map(|before| (momentum, before)).into_iter().chain([(1.0, direction)]);
            let steps = velocity.clone().map(|(number, x)| (-rate * number, x));
            sums.push(Vec::from_iter([(1.0, &it.value)].into_iter().chain(steps)));
            if momentum > 0.0 {
                sums.push(Vec::from_iter(velocity));
            }
        }
        let mut sums = engine.weighted_sums(&sums)?.into_iter();
        for it in moving {
            it.slot.parameter.set_value(sums.next().expect("one sum for each value"))?;
            if let Some(memory) = it.slot.memory.as_mut().filter(|_| momentum > 0.0) {
                memory.velocity = sums.next();
            }
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

/// Each gradient in units of its root mean square, or of its deviation where a mean is remembered.
fn directions<E: Engine>(
    engine: &E,
    moving: &[Moving<'_, E, Memory<E::Tensor>>],
    eps: f64,
) -> Result<Vec<E::Tensor>, E::Error> {
    let memories = moving.iter().filter_map(|it| Some((&it.gradient, it.slot.memory.as_ref()?)));
    let centered =
        memories.clone().map(|(gradient, memory)| Some([gradient, &memory.square, memory.mean.as_ref()?]));
    match centered.collect::<Option<Vec<_>>>() {
        Some(rows) => elementwise(engine, &rows, |[gradient, square, mean]| {
            in_units(engine, gradient, &engine.sub(square, &engine.square(mean)?)?, eps)
        }),
        None => {
            let rows = memories.map(|(gradient, memory)| [gradient, &memory.square]);
            elementwise(engine, &Vec::from_iter(rows), |[gradient, square]| {
                in_units(engine, gradient, square, eps)
            })
        }
    }
}
