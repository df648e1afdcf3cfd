//! Normal numbers within bounds.
//!
//! A uniform share `u` of the probability between the bounds is turned into the number below which that share lies:
//! `Φ(z) = Φ(l) + u (Φ(h) - Φ(l))`, which is solved by halving the interval. Right of the mean, the mirror image is
//! computed with, whose probabilities are not rounded to one.

use std::f64::consts::FRAC_1_SQRT_2;

use crypten_autograd::{Engine, Error, SettingError, Var};

use crate::generator::Generator;

/// Normal with a mean and a standard deviation, as if drawn again until it lies between two bounds.
///
/// # Errors
/// If the deviation is not above 0, the bounds are no interval, the generator has no seed, this is no leaf, or the engine
/// fails.
pub fn trunc_normal_<E: Engine>(
    var: &Var<E>,
    mean: f64,
    std: f64,
    [low, high]: [f64; 2],
    generator: &Generator<E>,
) -> Result<(), E::Error> {
    SettingError::unless_finite("mean", mean).map_err(Error::from)?;
    SettingError::unless_positive("std", std).map_err(Error::from)?;
    SettingError::unless_finite("lower bound", low).map_err(Error::from)?;
    SettingError::unless_finite("upper bound", high).map_err(Error::from)?;
    SettingError::unless(low <= high, "upper bound", high, "the lower bound or above")
        .map_err(Error::from)?;
    let standard = [low, high].map(|bound| (bound - mean) / std);
    let shares = generator.public("trunc_normal_")?.uniform(1, var.shape().iter().product())?;
    let numbers = shares.mapv(|share| (mean + std * quantile(share, standard)).clamp(low, high));
    let numbers = numbers.into_dyn().to_shape(var.shape()).expect("one number for each element").into_owned();
    var.set_value(var.engine().constant(numbers)?)
}

/// The number between two bounds that a standard normal number within them is below with a probability.
fn quantile(share: f64, [low, high]: [f64; 2]) -> f64 {
    if low > 0.0 {
        return -quantile(1.0 - share, [-high, -low]);
    }
    let (first, last) = (below(low), below(high));
    let wanted = first + share * (last - first);
    let (mut low, mut high) = (low, high);
    for _ in 0..64 {
        let middle = f64::midpoint(low, high);
        if below(middle) < wanted { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// How likely a standard normal number is below another.
fn below(z: f64) -> f64 {
    libm::erfc(-z * FRAC_1_SQRT_2) / 2.0
}
