//! `1 / x` by normalisation and Newton's iteration.
//!
//! Comparisons with a ladder of powers of two, on both sides of zero, find `c = sgn(x) 2^-(e+1)` with
//! `2^e <= |x| < 2^(e+1)`; the weights are public, so `c` is a sum of comparison bits. Then `u = c x` lies in
//! `[1/2, 1)`, `y = 1/u` comes from `y <- y (2 - u y)`, started at `2.9142 - 2 u` (within 0.0858), and `1/x = c y`.

use crypten_ring::{RingTensor, Scale};

use crate::error::Error;
use crate::party::Party;
use crate::protocol::compare::negative;
use crate::protocol::product::multiply;
use crate::share::ArithmeticShare;

/// Fractional bits inside the iteration.
const INNER: u32 = 28;
/// `0.0858^(2^3) = 3e-9`.
const ITERATIONS: usize = 3;
/// Bits of the largest magnitude in the ring, as an integer.
const TOP: u32 = 46;

/// The reciprocals of numbers at `scale`, at the same scale.
///
/// # Shapes
/// The result has the shape of `x`.
///
/// # Rounds
/// 20: a batch of comparisons (4), and 8 products with truncation; 1319 bytes an element.
///
/// # Domain
/// With 16 fractional bits: relative error below 1e-3 or absolute error below 2^-14 for `2^-14 <= |x| < 2^29`.
/// Zero gives a meaningless number. At most 28 fractional bits.
///
/// # Security
/// Opens values and bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails, or `scale` has more than 28 bits.
pub async fn reciprocal(
    party: &mut Party,
    x: &ArithmeticShare,
    scale: Scale,
) -> Result<ArithmeticShare, Error> {
    let f = scale.bits();
    if f > INNER {
        return Err(crypten_ring::Error::ScaleOutOfRange { bits: f }.into());
    }
    let place = party.place();
    // not_below[k] = 1 - [x - 2^k < 0] says |x| >= 2^k among the positive, and its mirror among the negative.
    let rungs: Vec<ArithmeticShare> = [x.clone(), -x]
        .iter()
        .flat_map(|side| {
            (0..TOP).map(|k| side.add_public(place, &RingTensor::scalar((1_u64 << k).wrapping_neg())))
        })
        .collect();
    let ladder = ArithmeticShare::stack(0, &rungs.iter().collect::<Vec<_>>())?;
    let below = negative(party, &ladder).await?;
    // c = 2^-(k+1) on rung k, at scale s: as integers, weight(k) = 2^(s + f - k - 1).
    let normaliser = |s: u32| {
        let weight = |k: u32| 1_u64.checked_shl((s + f).wrapping_sub(k + 1)).unwrap_or(0);
        let mut sum = RingTensor::zeros(x.shape());
        for k in 0..TOP {
            let step = weight(k).wrapping_sub(if k == 0 { 0 } else { weight(k - 1) });
            let rung = |side: u32| below.own().stride_axis(0, (side * TOP + k) as usize, 1, 1).sum_axis(0);
            // not_below = 1 - below; the ones of both sides cancel.
            sum = &sum + &(&(&rung(1) - &rung(0)) * step);
        }
        ArithmeticShare::new(sum)
    };
    // u = x c: x has f bits, c has TOP - f, so the product is an exact shift to TOP bits.
    let u = multiply(party, x, &normaliser(TOP - f), Some(TOP - INNER)).await?;
    let one = 1_u64 << INNER;
    let constant = |value: f64| RingTensor::scalar((value * one as f64) as u64);
    let mut y = u.linear(|own| -&(own * 2)).add_public(place, &constant(2.9142));
    for _ in 0..ITERATIONS {
        let product = multiply(party, &u, &y, Some(INNER)).await?;
        let correction = (-&product).add_public(place, &constant(2.0));
        y = multiply(party, &y, &correction, Some(INNER)).await?;
    }
    multiply(party, &y, &normaliser(f + 1), Some(INNER + 1)).await
}
