//! `e^x` as a power of two: the mask of the exponent comes off by `2^(c - r) = 2^c 2^-r`.

use std::f64::consts::{LN_2, LOG2_E};

use crypten_ring::{RingTensor, Scale, two_to};

use crate::error::Error;
use crate::function::check_precision;
use crate::party::Party;
use crate::protocol::compare::relu;
use crate::protocol::periodic::power_of_two;
use crate::protocol::truncate::truncate;
use crate::share::ArithmeticShare;

/// Fractional bits of the factor that carries exponents of `e` to exponents of two.
const FACTOR: u32 = 20;

/// Exponents of two below `-LOWEST` give zero.
const LOWEST: u32 = 32;

/// Fractional bits of the power before it is rounded.
const PRECISE: u32 = 42;

/// `e^x` of numbers at `scale`, at the same scale.
///
/// # Shapes
/// The result has the shape of `x`.
///
/// # Rounds
/// Six, 28.25 bytes an element.
///
/// # Domain
/// `x <= 13.8`, below `2^20` in the result; with 16 fractional bits off by at most `5e-5`, of itself or absolutely,
/// whichever is larger. Any `x` below -22, however small, gives zero, or seldom a unit. Above 13.8 results are
/// meaningless. At most 22 fractional bits.
///
/// # Security
/// Opens values and bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails, or the scale has too many bits.
pub async fn exp(party: &mut Party, x: &ArithmeticShare, scale: Scale) -> Result<ArithmeticShare, Error> {
    let f = check_precision(scale)?;
    // x - low, or zero where x is lower.
    let low = (f64::from(LOWEST) * LN_2 * two_to(f.cast_signed())).round() as u64;
    let above = relu(party, &x.add_public(party.place(), &RingTensor::scalar(low))).await?;
    let exponent = above.linear(|own| own * (LOG2_E * two_to(FACTOR.cast_signed())).round() as u64);
    let power = power_of_two(party, &exponent, f + FACTOR, LOWEST, PRECISE).await?;
    truncate(party, &power, PRECISE - f).await
}
