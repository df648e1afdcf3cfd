//! The natural logarithm: normalised to `u` in `[1, 4)`, `ln u` by its Fourier series, plus multiples of `ln 2`.

use std::f64::consts::LN_2;
use std::sync::LazyLock;

use crypten_ring::{RingTensor, Scale, two_to};

use crate::correlation::Width;
use crate::error::Error;
use crate::function::check_precision;
use crate::function::fourier::{Fit, Parity};
use crate::function::normalize::{INTERVAL, UNIT_BITS, normalize};
use crate::party::Party;
use crate::protocol::truncate::truncate;
use crate::share::ArithmeticShare;

/// Fractional bits before rounding: logarithms stay below 32.
const PRECISE: u32 = 57;

/// Zero, which is normalised to zero, counts as half a unit.
static LOGARITHM: LazyLock<Fit> =
    LazyLock::new(|| Fit::new(libm::log, INTERVAL, Some((0.0, -LN_2)), 7.0, 6, Parity::All));

/// The natural logarithms of numbers at `scale`, at the same scale.
///
/// # Shapes
/// The result has the shape of `x`.
///
/// # Rounds
/// Nine, 48.25 bytes an element.
///
/// # Domain
/// With `f` fractional bits `0 < x <= 2^(40 - f)`; with 16, off by at most `5e-5`, beside what `x` itself is off:
/// near one unit a relative error of `x` counts in full. Zero gives the logarithm of half a unit. Below zero and
/// beyond, results are meaningless. At most 22 fractional bits.
///
/// # Security
/// Opens values and bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails, or the scale has too many bits.
pub async fn log(party: &mut Party, x: &ArithmeticShare, scale: Scale) -> Result<ArithmeticShare, Error> {
    let f = check_precision(scale)?;
    let twos = |count: f64| (count * LN_2 * two_to(PRECISE.cast_signed())).round() as i64;
    let (coarse, fine) = (|j| twos(10.0 * f64::from(j)), |k| twos(2.0 * f64::from(k)));
    let x = normalize(party, x, false, coarse, fine).await?;
    let logarithm = LOGARITHM.evaluate(party, &x.unit, UNIT_BITS, PRECISE, Width::Bits48).await?;
    let sum = &(&logarithm + &x.coarse) + &x.fine;
    let unscaled = RingTensor::scalar(twos(-f64::from(f)).cast_unsigned());
    truncate(party, &sum.add_public(party.place(), &unscaled), PRECISE - f).await
}
