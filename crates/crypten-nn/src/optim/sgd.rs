//! Stochastic gradient descent: `b ← μ b + (1 - τ) g`, `x ← x - λ b`; Nesterov's variant goes by `g + μ b`.
//!
//! `g` is the gradient, `b` the velocity, `μ` the momentum, `τ` the dampening, `λ` the learning rate. Source: I.
//! Sutskever et al., "On the importance of initialization and momentum in deep learning" (2013), in PyTorch's form.
//! All of it is linear in `x`, `g` and `b`, with public coefficients.

use crypten_autograd::{Engine, SettingError, Var};

use super::{LearningRate, Moving, Optimizer, Slot, moving, slots, together::elementwise};
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
    /// The magnitude beyond which an element of a gradient counts as zero, as in CrypTen: what a fixed-point number
    /// cannot hold looks like that. One comparison for all parameters.
    pub grad_threshold: Option<f64>,
}

/// Stochastic gradient descent, with momentum.
///
/// # Rounds
/// A step has one with any options but a threshold, which costs a clamp, a product, and one round where some gradients
/// are products and others are not; however many parameters there are. None for what is public.
pub struct SGD<E: Engine> {
    slots: Vec<Slot<E, E::Tensor>>,
    learning_rate: f64,
    options: SGDOptions,
}

impl<E: Engine> SGD<E> {
    /// Descent with a learning rate alone.
    ///
    /// # Errors
    /// [`Error::Setting`] if the rate is negative or not finite.
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
        SettingError::unless_not_negative("learning rate", learning_rate)?;
        SettingError::unless_not_negative("momentum", options.momentum)?;
        SettingError::unless_finite("dampening", options.dampening)?;
        SettingError::unless_not_negative("weight decay", options.weight_decay)?;
        SettingError::unless_not_negative("gradient threshold", options.grad_threshold.unwrap_or_default())?;
        if options.nesterov {
            let (momentum, dampening) = (options.momentum, options.dampening);
            let expected = "above 0 for Nesterov's variant";
            SettingError::unless(momentum > 0.0, "momentum", momentum, expected)?;
            let expected = "0 for Nesterov's variant";
            SettingError::unless(dampening == 0.0, "dampening", dampening, expected)?;
        }
        Ok(Self { slots: slots(parameters), learning_rate, options })
    }
}

impl<E: Engine> Optimizer<E> for SGD<E> {
    fn step(&mut self) -> Result<(), E::Error> {
        let (rate, options) = (self.learning_rate, self.options);
        let Some((engine, mut moving)) = moving(&mut self.slots) else {
            return Ok(());
        };
        if let Some(threshold) = options.grad_threshold {
            forget_beyond(&engine, &mut moving, threshold)?;
        }
        let mut sums = Vec::new();
        for it in &moving {
            let velocity = it.slot.memory.as_ref();
            let coefficients = options.coefficients(rate, velocity.is_none());
            let operands = [Some(&it.value), Some(&it.gradient), velocity];
            let terms = |coefficients: [f64; 3]| {
                let terms = coefficients.into_iter().zip(operands);
                Vec::from_iter(
                    terms.filter_map(|(number, x)| x.filter(|_| number != 0.0).map(|x| (number, x))),
                )
            };
            sums.push(terms(coefficients.value));
            sums.extend(coefficients.velocity.map(terms));
        }
        let mut sums = engine.weighted_sums(&sums)?.into_iter();
        for it in moving {
            it.slot.parameter.set_value(sums.next().expect("one sum for each value"))?;
            if options.momentum != 0.0 {
                it.slot.memory = sums.next();
            }
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

/// What a step makes of the old value, the gradient and the old velocity, in this order.
struct Coefficients {
    value: [f64; 3],
    /// None without a momentum.
    velocity: Option<[f64; 3]>,
}

impl SGDOptions {
    fn coefficients(&self, rate: f64, is_first: bool) -> Coefficients {
        let sum = |[x, y]: [[f64; 3]; 2], factors: [f64; 2]| {
            std::array::from_fn(|operand| factors[0] * x[operand] + factors[1] * y[operand])
        };
        let (value, before) = ([1.0, 0.0, 0.0], [0.0, 0.0, 1.0]);
        let gradient = [self.weight_decay, 1.0, 0.0];
        if self.momentum == 0.0 {
            return Coefficients { value: sum([value, gradient], [1.0, -rate]), velocity: None };
        }
        let velocity = match is_first {
            true => gradient,
            false => sum([before, gradient], [self.momentum, 1.0 - self.dampening]),
        };
        let direction = match self.nesterov {
            true => sum([gradient, velocity], [1.0, self.momentum]),
            false => velocity,
        };
        Coefficients { value: sum([value, direction], [1.0, -rate]), velocity: Some(velocity) }
    }
}

/// Sets to zero what is larger than a threshold or smaller than its negative.
fn forget_beyond<E: Engine>(
    engine: &E,
    moving: &mut [Moving<'_, E, E::Tensor>],
    threshold: f64,
) -> Result<(), E::Error> {
    let rows = Vec::from_iter(moving.iter().map(|it| [&it.gradient]));
    let kept = elementwise(engine, &rows, |[gradient]| {
        let (_, within) = engine.clamp_with_mask(gradient, -threshold, threshold)?;
        engine.mul_mask(gradient, &within)
    })?;
    for (it, gradient) in moving.iter_mut().zip(kept) {
        it.gradient = gradient;
    }
    Ok(())
}
