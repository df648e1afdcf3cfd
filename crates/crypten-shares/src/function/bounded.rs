//! Sigmoid, hyperbolic tangent, error function, GELU and SiLU: clamped to where they bend, then a Fourier series.

use std::sync::LazyLock;

use crypten_ring::{Scale, two_to};

use crate::correlation::Window;
use crate::error::Error;
use crate::function::check_precision;
use crate::function::fourier::{Fit, PRECISE, Parity};
use crate::party::Party;
use crate::protocol::piecewise::{Line, piecewise};
use crate::protocol::truncate::truncate;
use crate::share::ArithmeticShare;

/// An odd function that is constant beyond `limit`, or an even one that is linear there.
struct Bounded {
    limit: f64,
    fit: Fit,
}

static SIGMOID: LazyLock<Bounded> = LazyLock::new(|| odd(10.5, 14, |x| 0.5 * libm::tanh(0.5 * x)));
static TANH: LazyLock<Bounded> = LazyLock::new(|| odd(5.5, 15, libm::tanh));
static ERF: LazyLock<Bounded> = LazyLock::new(|| odd(3.2, 10, libm::erf));
static GELU: LazyLock<Bounded> =
    LazyLock::new(|| even(5.0, 10, |x| 0.5 * x * libm::erf(x * std::f64::consts::FRAC_1_SQRT_2)));
static SILU: LazyLock<Bounded> = LazyLock::new(|| even(13.0, 18, |x| 0.5 * x * libm::tanh(0.5 * x)));

fn odd(limit: f64, terms: usize, function: impl Fn(f64) -> f64) -> Bounded {
    Bounded { limit, fit: Fit::new(function, [-limit, limit], None, 2.8 * limit, terms, Parity::Odd) }
}

fn even(limit: f64, terms: usize, function: impl Fn(f64) -> f64) -> Bounded {
    Bounded { limit, fit: Fit::new(function, [-limit, limit], None, 2.5 * limit, terms, Parity::Even) }
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
/// `|x| <= 2^17`; with 16 fractional bits off by at most `1e-4`. Beyond, results are meaningless. At most 22
/// fractional bits.
///
/// # Security
/// Opens values and bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails, or the scale has too many bits.
pub async fn gelu(party: &mut Party, x: &ArithmeticShare, scale: Scale) -> Result<ArithmeticShare, Error> {
    GELU.linear_outside(party, x, scale).await
}

/// `x` times its sigmoid, of numbers at `scale`, at the same scale.
///
/// # Rounds
/// Six, 32.5 bytes an element.
///
/// # Domain
/// `|x| <= 2^17`; with 16 fractional bits off by at most `1e-4`. Beyond, results are meaningless. At most 22
/// fractional bits.
///
/// # Security
/// Opens values and bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails, or the scale has too many bits.
pub async fn silu(party: &mut Party, x: &ArithmeticShare, scale: Scale) -> Result<ArithmeticShare, Error> {
    SILU.linear_outside(party, x, scale).await
}

impl Bounded {
    fn limit_at(&self, f: u32) -> i64 {
        (self.limit * two_to(f.cast_signed())).round() as i64
    }

    async fn constant_outside(
        &self,
        party: &mut Party,
        x: &ArithmeticShare,
        scale: Scale,
    ) -> Result<ArithmeticShare, Error> {
        let f = check_precision(scale)?;
        let limit = self.limit_at(f);
        let [x] = piecewise(party, x, Window::Full, &[-limit, limit], &[&clamped(limit)]).await?;
        self.fit.rounded(party, &x, f, f).await
    }

    /// `x / 2` and the even part: its series at the clamped `x`, and half of what `|x|` has beyond the limit.
    async fn linear_outside(
        &self,
        party: &mut Party,
        x: &ArithmeticShare,
        scale: Scale,
    ) -> Result<ArithmeticShare, Error> {
        let f = check_precision(scale)?;
        let limit = self.limit_at(f);
        let beyond = [Line::new(-1, -limit), Line::constant(0), Line::new(1, -limit)];
        let [inside, beyond] =
            piecewise(party, x, Window::Full, &[-limit, limit], &[&clamped(limit), &beyond]).await?;
        let even = self.fit.evaluate(party, &inside, f, PRECISE).await?;
        let half = (x + &beyond).linear(|own| own * (1 << (PRECISE - f - 1)));
        truncate(party, &(&even + &half), PRECISE - f).await
    }
}

/// The lines of what lies between `-limit` and `limit` and stays there.
fn clamped(limit: i64) -> [Line; 3] {
    [Line::constant(-limit), Line::new(1, 0), Line::constant(limit)]
}
