//! Softmax and its logarithm along an axis.

use crypten_ring::{RingTensor, Scale, normalize_axis};

use crate::error::Error;
use crate::function::exponential::exp;
use crate::function::logarithm::log;
use crate::function::reciprocal::{Sign, reciprocal};
use crate::party::Party;
use crate::protocol::maximum::maximum;
use crate::protocol::product::multiply;
use crate::share::ArithmeticShare;

/// `e^x` over the sum of `e^x` along an axis, of numbers at `scale`, at the same scale.
///
/// # Shapes
/// The result has the shape of `x`.
///
/// # Rounds
/// 20, and those of the maximum, four for each factor of four in the axis: 28 for 10 entries, 36 for 100. 52.25 bytes an element, 88.25 a
/// line along the axis, and those of [`maximum`].
///
/// # Domain
/// Every number; with 16 fractional bits off by at most `1e-4`, as measured with up to 100 entries. An axis of
/// `2^(40 - f)` entries or more gives meaningless results. At most 22 fractional bits.
///
/// # Security
/// Opens values and bits under uniform masks.
///
/// # Errors
/// If there is no such axis, the net or the provider fails, or the scale has too many bits.
pub async fn softmax(
    party: &mut Party,
    x: &ArithmeticShare,
    axis: isize,
    scale: Scale,
) -> Result<ArithmeticShare, Error> {
    let (_, powers, sum) = powers(party, x, axis, scale).await?;
    let inverse = reciprocal(party, &sum, scale, Sign::Positive).await?;
    multiply(party, &powers, &inverse, Some(scale.bits())).await
}

/// The logarithm of [`softmax`]: `x - max - ln(sum of e^(x - max))`.
///
/// # Rounds
/// 15, and those of the maximum, four for each factor of four in the axis. 28.25 bytes an element, 48.25 a line along the axis, and those of
/// [`maximum`].
///
/// # Domain
/// As [`softmax`]; with 16 fractional bits off by at most `2e-4`.
///
/// # Security
/// Opens values and bits under uniform masks.
///
/// # Errors
/// As [`softmax`].
pub async fn log_softmax(
    party: &mut Party,
    x: &ArithmeticShare,
    axis: isize,
    scale: Scale,
) -> Result<ArithmeticShare, Error> {
    let (shifted, _, sum) = powers(party, x, axis, scale).await?;
    Ok(&shifted - &log(party, &sum, scale).await?)
}

/// `x - max`, its powers of `e`, and their sum.
async fn powers(
    party: &mut Party,
    x: &ArithmeticShare,
    axis: isize,
    scale: Scale,
) -> Result<(ArithmeticShare, ArithmeticShare, ArithmeticShare), Error> {
    let along = normalize_axis(axis, x.shape().len())?;
    let kept = |own: &RingTensor| own.insert_axis(along);
    let largest = maximum(party, x, axis).await?.linear(kept);
    let shifted = x - &largest;
    let powers = exp(party, &shifted, scale).await?;
    let sum = powers.linear(|own| own.sum_axis(along)).linear(kept);
    Ok((shifted, powers, sum))
}
