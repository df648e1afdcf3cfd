//! Square roots and their reciprocals: normalised to `u` in `[1, 4)`, a Fourier series of `u`, and scaled back.

use std::sync::LazyLock;

use crypten_ring::Scale;

use crate::correlation::Width;
use crate::error::Error;
use crate::function::check_precision;
use crate::function::fourier::{Fit, Parity};
use crate::function::normalize::{INTERVAL, UNIT_BITS, normalize};
use crate::party::Party;
use crate::protocol::product::multiply;
use crate::share::ArithmeticShare;

/// Fractional bits of the series: there is room for its product with the weight, without rounding between.
const INNER: u32 = 36;

static ROOT: LazyLock<Fit> = LazyLock::new(|| fit(f64::sqrt, 7.8, 6));
static INVERSE_ROOT: LazyLock<Fit> = LazyLock::new(|| fit(|u| 1.0 / u.sqrt(), 5.8, 9));
/// The same for an odd number of fractional bits: times the square root of two.
static ROOT_ODD: LazyLock<Fit> = LazyLock::new(|| fit(|u| (2.0 * u).sqrt(), 7.8, 6));
static INVERSE_ROOT_ODD: LazyLock<Fit> = LazyLock::new(|| fit(|u| (2.0 / u).sqrt(), 5.8, 9));

/// Zero at zero, which only a zero is normalised to.
fn fit(function: impl Fn(f64) -> f64, period: f64, terms: usize) -> Fit {
    Fit::new(function, INTERVAL, Some((0.0, 0.0)), period, terms, Parity::Both)
}

/// The square roots of numbers at `scale`, at the same scale.
///
/// # Shapes
/// The result has the shape of `x`.
///
/// # Rounds
/// Eleven, 80.25 bytes an element.
///
/// # Domain
/// With `f` fractional bits `0 <= x <= 2^(40 - f)`; with 16, off by at most `5e-5` of itself or two units,
/// whichever is larger, beside what `x` is off: an error `e` of `x` near zero counts as much as `sqrt(e)`. Zero
/// gives zero within two units; below zero and beyond, results are meaningless. At most 22 fractional bits.
///
/// # Security
/// Opens values and bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails, or the scale has too many bits.
pub async fn sqrt(party: &mut Party, x: &ArithmeticShare, scale: Scale) -> Result<ArithmeticShare, Error> {
    let f = check_precision(scale)?;
    // sqrt(x) = sqrt(u) 2^(5 j + k - f / 2), at f bits.
    let (series, whole) = if f % 2 == 0 { (&ROOT, f / 2) } else { (&ROOT_ODD, f / 2) };
    weighted(party, x, series, |j| 1 << (5 * j), |k| 1 << k, INNER - whole).await
}

/// The reciprocals of the square roots of numbers at `scale`, at the same scale.
///
/// # Rounds
/// Eleven, 80.25 bytes an element.
///
/// # Domain
/// As [`sqrt`], from one unit on. Zero gives a number near zero, with 16 fractional bits within `0.02`.
///
/// # Security
/// Opens values and bits under uniform masks.
///
/// # Errors
/// As [`sqrt`].
pub async fn inv_sqrt(
    party: &mut Party,
    x: &ArithmeticShare,
    scale: Scale,
) -> Result<ArithmeticShare, Error> {
    let f = check_precision(scale)?;
    // 1 / sqrt(x) = (1 / sqrt(u)) 2^(f / 2 - 5 j - k), at f bits; the weights together are 2^(19 - 5 j - k).
    let (series, whole) = if f % 2 == 0 { (&INVERSE_ROOT, f / 2) } else { (&INVERSE_ROOT_ODD, f / 2) };
    weighted(party, x, series, |j| 1 << (15 - 5 * j), |k| 1 << (4 - k), INNER + 19 - f - whole).await
}

/// A series of `u` times the weights, divided by `2^bits`.
async fn weighted(
    party: &mut Party,
    x: &ArithmeticShare,
    series: &Fit,
    coarse: impl Fn(u32) -> i64,
    fine: impl Fn(u32) -> i64,
    bits: u32,
) -> Result<ArithmeticShare, Error> {
    let x = normalize(party, x, false, coarse, fine).await?;
    let weight = multiply(party, &x.coarse, &x.fine, None).await?;
    let root = series.evaluate(party, &x.unit, UNIT_BITS, INNER, Width::Bits64).await?;
    multiply(party, &root, &weight, Some(bits)).await
}
