//! `1 / x`: normalised to `u` in `[1, 4)`, `1 / u` by its Fourier series, and scaled back.

use std::sync::LazyLock;

use crypten_ring::Scale;

use crate::correlation::Width;
use crate::error::Error;
use crate::function::check_precision;
use crate::function::fourier::{Fit, Parity};
use crate::function::normalize::{INTERVAL, UNIT_BITS, normalize};
use crate::party::Party;
use crate::protocol::product::multiply;
use crate::protocol::truncate::truncate;
use crate::share::ArithmeticShare;

/// Fractional bits of `1 / u` before it is rounded, and after.
const PRECISE: u32 = 60;
const INNER: u32 = 22;

/// `1 / u`; zero at zero, which only a zero is normalised to.
static INVERSE: LazyLock<Fit> =
    LazyLock::new(|| Fit::new(|u| 1.0 / u, INTERVAL, Some((0.0, 0.0)), 5.6, 8, Parity::All));

/// Which numbers a function takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sign {
    /// Positive and negative ones.
    Any,
    /// Positive ones only, which is cheaper.
    Positive,
}

/// The reciprocals of numbers at `scale`, at the same scale.
///
/// # Shapes
/// The result has the shape of `x`.
///
/// # Rounds
/// Twelve; 105.25 bytes an element, for positive numbers 88.25.
///
/// # Domain
/// With 16 fractional bits `2^-6 <= |x| <= 2^24`, off by at most `5e-5` of itself or two units, whichever is
/// larger; with `f` bits up to `2^(40 - f)`. Below `2^-6`, down to one unit, the result is as close to the
/// reciprocal of what `x` holds, but half a unit of that is `2^-17 / |x|` of the result. Zero gives a number within
/// a quarter of zero. Beyond, and for negative numbers where positive ones were promised, results are meaningless.
/// At most 22 fractional bits.
///
/// # Security
/// Opens values and bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails, or the scale has too many bits.
pub async fn reciprocal(
    party: &mut Party,
    x: &ArithmeticShare,
    scale: Scale,
    sign: Sign,
) -> Result<ArithmeticShare, Error> {
    let f = check_precision(scale)?;
    // 1 / x = (1 / u) 2^(f - 10 j - 2 k): the weights are 2^(30 - 10 j) and 2^(8 - 2 k).
    let (coarse, fine) = (|j: u32| 1_i64 << (30 - 10 * j), |k: u32| 1_i64 << (8 - 2 * k));
    let x = normalize(party, x, sign == Sign::Any, coarse, fine).await?;
    let weight = multiply(party, &x.coarse, &x.fine, None).await?;
    let inverse = INVERSE.evaluate(party, &x.unit, UNIT_BITS, PRECISE, Width::Bits48).await?;
    let inverse = truncate(party, &inverse, PRECISE - INNER).await?;
    multiply(party, &inverse, &weight, Some(INNER + 38 - 2 * f)).await
}
