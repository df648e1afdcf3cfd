//! Sigmoid, hyperbolic tangent, error function, GELU and SiLU: clamped to where they bend, then a Fourier series.

use std::sync::LazyLock;

use crypten_ring::{Scale, two_to};

use crate::correlation::{Width, Window};
use crate::error::Error;
use crate::function::check_precision;
use crate::function::fourier::{Fit, Parity};
use crate::party::Party;
use crate::protocol::piecewise::{Line, piecewise};
use crate::protocol::truncate::truncate;
use crate::share::ArithmeticShare;

/// A function that is constant beyond `limit` and `-limit`, or zero below and the argument above.
struct Bounded {
    limit: f64,
    fit: Fit,
    /// Fractional bits before rounding: as many as the values at the limits leave.
    precise: u32,
    /// Enough for rounding noise below a unit of 16 fractional bits.
    width: Width,
}

static SIGMOID: LazyLock<Bounded> = LazyLock::new(|| odd(10.0, 10, 1.9, |x| 0.5 * libm::tanh(0.5 * x)));
static TANH: LazyLock<Bounded> = LazyLock::new(|| odd(5.2, 11, 1.9, libm::tanh));
static ERF: LazyLock<Bounded> = LazyLock::new(|| odd(3.2, 6, 2.1, libm::erf));
static GELU: LazyLock<Bounded> = LazyLock::new(|| {
    let even_part = |x| 0.5 * x * libm::erf(x * std::f64::consts::FRAC_1_SQRT_2);
    linear_above(4.5, 7, 2.8, Width::Bits48, even_part)
});
static SILU: LazyLock<Bounded> =
    LazyLock::new(|| linear_above(12.5, 16, 2.35, Width::Bits48, |x| 0.5 * x * libm::tanh(0.5 * x)));

/// An odd function that reaches 1 at most; `period` is in limits.
fn odd(limit: f64, terms: usize, period: f64, function: impl Fn(f64) -> f64) -> Bounded {
    let fit = Fit::new(function, [-limit, limit], None, period * limit, terms, Parity::Odd);
    Bounded { limit, fit, precise: 61, width: Width::Bits40 }
}

/// Half the argument and an even part that is half its magnitude at the limits, which lie below 16.
fn linear_above(limit: f64, terms: usize, period: f64, width: Width, even: impl Fn(f64) -> f64) -> Bounded {
    let mut fit = Fit::new(even, [-limit, limit], None, period * limit, terms, Parity::Even);
    fit.slope = 0.5;
    Bounded { limit, fit, precise: 58, width }
}

/// `1 / (1 + e^-x)` of numbers at `scale`, at the same scale.
///
/// # Shapes
/// The result has the shape of `x`.
///
/// # Rounds
/// Six, 32.5 bytes an element.
///
/// # Domain
/// Every number; with 16 fractional bits off by at most `1e-4`. At most 22 fractional bits.
///
/// # Security
/// Opens values and bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails, or the scale has too many bits.
pub async fn sigmoid(party: &mut Party, x: &ArithmeticShare, scale: Scale) -> Result<ArithmeticShare, Error> {
    let half = crypten_ring::RingTensor::scalar(1 << (scale.bits() - 1));
    Ok(SIGMOID.constant_outside(party, x, scale).await?.add_public(party.place(), &half))
}

/// The hyperbolic tangent of numbers at `scale`, at the same scale.
///
/// # Rounds
/// Six, 32.5 bytes an element.
///
/// # Domain
/// Every number; with 16 fractional bits off by at most `1e-4`. At most 22 fractional bits.
///
/// # Security
/// Opens values and bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails, or the scale has too many bits.
pub async fn tanh(party: &mut Party, x: &ArithmeticShare, scale: Scale) -> Result<ArithmeticShare, Error> {
    TANH.constant_outside(party, x, scale).await
}

/// The error function of numbers at `scale`, at the same scale.
///
/// # Rounds
/// Six, 32.5 bytes an element.
///
/// # Domain
/// Every number; with 16 fractional bits off by at most `1e-4`. At most 22 fractional bits.
///
/// # Security
/// Opens values and bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails, or the scale has too many bits.
pub async fn erf(party: &mut Party, x: &ArithmeticShare, scale: Scale) -> Result<ArithmeticShare, Error> {
    ERF.constant_outside(party, x, scale).await
}

/// `x` times the normal distribution function at `x`, of numbers at `scale`, at the same scale.
///
/// # Rounds
/// Six, 32.5 bytes an element.
///
/// # Domain
/// Every number; with 16 fractional bits off by at most `1e-4`. At most 22 fractional bits.
///
/// # Security
/// Opens values and bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails, or the scale has too many bits.
pub async fn gelu(party: &mut Party, x: &ArithmeticShare, scale: Scale) -> Result<ArithmeticShare, Error> {
    GELU.linear_above(party, x, scale).await
}

/// `x` times its sigmoid, of numbers at `scale`, at the same scale.
///
/// # Rounds
/// Six, 32.5 bytes an element.
///
/// # Domain
/// Every number; with 16 fractional bits off by at most `1e-4`. At most 22 fractional bits.
///
/// # Security
/// Opens values and bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails, or the scale has too many bits.
pub async fn silu(party: &mut Party, x: &ArithmeticShare, scale: Scale) -> Result<ArithmeticShare, Error> {
    SILU.linear_above(party, x, scale).await
}

impl Bounded {
    /// The function at `x`, which beyond the limits counts as these.
    async fn constant_outside(
        &self,
        party: &mut Party,
        x: &ArithmeticShare,
        scale: Scale,
    ) -> Result<ArithmeticShare, Error> {
        let (f, limit) = self.limit_at(scale)?;
        let [inside] = piecewise(party, x, Window::Full, &[-limit, limit], &[&clamped(limit)]).await?;
        self.between_limits(party, &inside, f).await
    }

    /// The same, and what `x` has above the limit.
    async fn linear_above(
        &self,
        party: &mut Party,
        x: &ArithmeticShare,
        scale: Scale,
    ) -> Result<ArithmeticShare, Error> {
        let (f, limit) = self.limit_at(scale)?;
        let above = [Line::constant(0), Line::constant(0), Line::new(1, -limit)];
        let [inside, above] =
            piecewise(party, x, Window::Full, &[-limit, limit], &[&clamped(limit), &above]).await?;
        Ok(&self.between_limits(party, &inside, f).await? + &above)
    }

    /// The fractional bits of a scale, and the limit with as many.
    fn limit_at(&self, scale: Scale) -> Result<(u32, i64), Error> {
        let f = check_precision(scale)?;
        Ok((f, (self.limit * two_to(f.cast_signed())).round() as i64))
    }

    async fn between_limits(
        &self,
        party: &mut Party,
        x: &ArithmeticShare,
        f: u32,
    ) -> Result<ArithmeticShare, Error> {
        // Noise that is a fraction of a coarse unit would be several fine ones.
        let width = if f <= 16 { self.width } else { self.width.wider() };
        let values = self.fit.evaluate(party, x, f, self.precise, width).await?;
        truncate(party, &values, self.precise - f).await
    }
}

/// The lines of what lies between `-limit` and `limit` and stays there.
fn clamped(limit: i64) -> [Line; 3] {
    [Line::constant(-limit), Line::new(1, 0), Line::constant(limit)]
}
