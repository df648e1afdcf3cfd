//! First values of parameters, by `torch.nn.init`: each replaces the value of a leaf.
//!
//! With `fan_in` inputs and `fan_out` outputs of a unit, Xavier's deviation is `gain √(2 / (fan_in + fan_out))` and
//! Kaiming's `gain / √fan`; a uniform distribution of deviation `d` lies within `±√3 d`. Sources: X. Glorot and Y.
//! Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010); K. He, X. Zhang, S. Ren
//! and J. Sun, "Delving deep into rectifiers" (2015).

mod dirac; // convolutions that change nothing
mod orthogonal; // right angles
mod sparse; // mostly zeros
mod trunc_normal; // normal within bounds

use crypten_autograd::{Engine, Error, Var};
use ndarray::ArrayD;

use crate::generator::Generator;

pub use dirac::dirac_;
pub use orthogonal::orthogonal_;
pub use sparse::sparse_;
pub use trunc_normal::trunc_normal_;

/// Which fan keeps its variance, that of the values or that of the gradients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fan {
    /// The values'.
    #[default]
    In,
    /// The gradients'.
    Out,
}

/// What follows a layer, and how much it shrinks a deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Nonlinearity {
    /// Nothing, a convolution or a sigmoid.
    Linear,
    /// The hyperbolic tangent.
    Tanh,
    /// ReLU.
    ReLU,
    /// ReLU with this slope where it is negative.
    LeakyReLU(f64),
    /// SELU.
    SELU,
}

impl Nonlinearity {
    /// What a deviation is multiplied by: `calculate_gain`.
    #[must_use]
    pub fn gain(self) -> f64 {
        match self {
            Self::Linear => 1.0,
            Self::Tanh => 5.0 / 3.0,
            Self::ReLU => 2.0_f64.sqrt(),
            Self::LeakyReLU(slope) => (2.0 / (1.0 + slope * slope)).sqrt(),
            Self::SELU => 0.75,
        }
    }
}

/// One number everywhere.
///
/// # Errors
/// If this is no leaf, or the engine fails.
pub fn constant_<E: Engine>(var: &Var<E>, value: f64) -> Result<(), E::Error> {
    var.set_value(var.engine().constant(ArrayD::from_elem(var.shape(), value))?)
}

/// Zeros.
///
/// # Errors
/// As [`constant_`].
pub fn zeros_<E: Engine>(var: &Var<E>) -> Result<(), E::Error> {
    constant_(var, 0.0)
}

/// Ones.
///
/// # Errors
/// As [`constant_`].
pub fn ones_<E: Engine>(var: &Var<E>) -> Result<(), E::Error> {
    constant_(var, 1.0)
}

/// Uniform between two numbers.
///
/// # Errors
/// As [`constant_`].
pub fn uniform_<E: Engine>(
    var: &Var<E>,
    low: f64,
    high: f64,
    generator: &Generator<E>,
) -> Result<(), E::Error> {
    var.set_value(generator.uniform(var.shape(), low, high)?)
}

/// Normal with a mean and a standard deviation.
///
/// # Errors
/// As [`constant_`].
pub fn normal_<E: Engine>(
    var: &Var<E>,
    mean: f64,
    std: f64,
    generator: &Generator<E>,
) -> Result<(), E::Error> {
    var.set_value(generator.normal(var.shape(), mean, std)?)
}

/// Xavier's, uniform.
///
/// # Errors
/// If there are fewer than two axes, and as [`constant_`].
pub fn xavier_uniform_<E: Engine>(var: &Var<E>, gain: f64, generator: &Generator<E>) -> Result<(), E::Error> {
    let bound = 3.0_f64.sqrt() * xavier(var, gain)?;
    uniform_(var, -bound, bound, generator)
}

/// Xavier's, normal.
///
/// # Errors
/// As [`xavier_uniform_`].
pub fn xavier_normal_<E: Engine>(var: &Var<E>, gain: f64, generator: &Generator<E>) -> Result<(), E::Error> {
    normal_(var, 0.0, xavier(var, gain)?, generator)
}

/// Kaiming's, uniform.
///
/// # Errors
/// As [`xavier_uniform_`].
pub fn kaiming_uniform_<E: Engine>(
    var: &Var<E>,
    fan: Fan,
    nonlinearity: Nonlinearity,
    generator: &Generator<E>,
) -> Result<(), E::Error> {
    let bound = 3.0_f64.sqrt() * kaiming(var, fan, nonlinearity)?;
    uniform_(var, -bound, bound, generator)
}

/// Kaiming's, normal.
///
/// # Errors
/// As [`xavier_uniform_`].
pub fn kaiming_normal_<E: Engine>(
    var: &Var<E>,
    fan: Fan,
    nonlinearity: Nonlinearity,
    generator: &Generator<E>,
) -> Result<(), E::Error> {
    normal_(var, 0.0, kaiming(var, fan, nonlinearity)?, generator)
}

/// How far the weight and the bias of a new layer reach: Kaiming's uniform with the slope √5, `1 / √fan_in`.
pub(crate) fn reach(weight: &[usize]) -> f64 {
    let fan_in: usize = weight[1..].iter().product();
    if fan_in == 0 { 0.0 } else { (fan_in as f64).sqrt().recip() }
}

fn xavier<E: Engine>(var: &Var<E>, gain: f64) -> Result<f64, E::Error> {
    let [fan_in, fan_out] = fans(var)?;
    Ok(gain * (2.0 / (fan_in + fan_out)).sqrt())
}

fn kaiming<E: Engine>(var: &Var<E>, fan: Fan, nonlinearity: Nonlinearity) -> Result<f64, E::Error> {
    let [fan_in, fan_out] = fans(var)?;
    let fan = match fan {
        Fan::In => fan_in,
        Fan::Out => fan_out,
    };
    Ok(nonlinearity.gain() / fan.sqrt())
}

/// Inputs and outputs of a unit, by the shape `[out, in, ..]`.
fn fans<E: Engine>(var: &Var<E>) -> Result<[f64; 2], E::Error> {
    let &[outputs, inputs, ref field @ ..] = var.shape() else {
        return Err(Error::axis_count("fans", var.shape(), 2..=usize::MAX).into());
    };
    let field: usize = field.iter().product();
    Ok([(inputs * field) as f64, (outputs * field) as f64])
}
