//! Sine and cosine: the mask of an angle comes off by the addition theorems.

use std::f64::consts::TAU;

use crypten_ring::{Scale, two_to};

use crate::correlation::Width;
use crate::error::Error;
use crate::function::check_precision;
use crate::party::Party;
use crate::protocol::periodic::{Series, harmonics};
use crate::protocol::truncate::truncate;
use crate::share::ArithmeticShare;

/// Fractional bits before rounding, as many as fit: the noise of the rounded factors depends on the angle, and may tell
/// `x` from `-x` where it is not far below one unit.
const PRECISE: u32 = 60;

/// Cosine and sine of angles at `scale`, in radians, at the same scale.
///
/// # Shapes
/// Both results have the shape of `x`.
///
/// # Rounds
/// Two, 24 bytes an element.
///
/// # Domain
/// Every angle that the scale can hold. With 16 fractional bits off by at most two units, `2^-15` (3.1e-5), up to
/// `2^20` in magnitude, and by `2^-46 |x|` more beyond. At most 22 fractional bits.
///
/// # Security
/// Opens values under uniform masks.
///
/// # Errors
/// If the net or the provider fails, or the scale has too many bits.
pub async fn cos_sin(
    party: &mut Party,
    x: &ArithmeticShare,
    scale: Scale,
) -> Result<(ArithmeticShare, ArithmeticShare), Error> {
    let (cosine, sine) = (cosine(), sine());
    let [cosine, sine] = values(party, x, scale, [&cosine, &sine]).await?;
    let both = ArithmeticShare::stack(0, &[&cosine, &sine])?;
    let both = truncate(party, &both, PRECISE - scale.bits()).await?;
    let part = |index: usize| both.try_linear(|own| own.stride_axis(0, index, 1, 1).reshape(x.shape()));
    Ok((part(0)?, part(1)?))
}

/// The cosine of angles at `scale`, in radians, at the same scale.
///
/// # Rounds
/// Two, 16 bytes an element.
///
/// # Domain
/// As [`cos_sin`].
///
/// # Security
/// Opens values under uniform masks.
///
/// # Errors
/// As [`cos_sin`].
pub async fn cos(party: &mut Party, x: &ArithmeticShare, scale: Scale) -> Result<ArithmeticShare, Error> {
    let [values] = values(party, x, scale, [&cosine()]).await?;
    truncate(party, &values, PRECISE - scale.bits()).await
}

/// The sine of angles at `scale`, in radians, at the same scale.
///
/// # Rounds
/// Two, 16 bytes an element.
///
/// # Domain
/// As [`cos_sin`].
///
/// # Security
/// Opens values under uniform masks.
///
/// # Errors
/// As [`cos_sin`].
pub async fn sin(party: &mut Party, x: &ArithmeticShare, scale: Scale) -> Result<ArithmeticShare, Error> {
    let [values] = values(party, x, scale, [&sine()]).await?;
    truncate(party, &values, PRECISE - scale.bits()).await
}

fn cosine() -> Series {
    Series { cosines: vec![1.0], ..Series::default() }
}

fn sine() -> Series {
    Series { sines: vec![1.0], ..Series::default() }
}

async fn values<const N: usize>(
    party: &mut Party,
    x: &ArithmeticShare,
    scale: Scale,
    series: [&Series; N],
) -> Result<[ArithmeticShare; N], Error> {
    let f = check_precision(scale)?;
    let turn = (two_to(64 - f.cast_signed()) / TAU).round() as u64;
    harmonics(party, &x.linear(|own| own * turn), series, PRECISE, Width::Bits64).await
}
