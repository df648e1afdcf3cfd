//! Functions that are linear between breakpoints: four rounds for any number of functions of one value.
//!
//! With breakpoints `t_1 < .. < t_m` and `l_k` the line on `[t_k, t_{k+1})`, `f(x)` is `l_m(x)` and the sum over `k` of
//! `[x < t_k] (l_{k-1} - l_k)(x)`. All comparisons read the same opened `c = x + r`, since the sign of `x - t` is that of
//! `(c - t) - r`; their outcomes are opened under dealt bits `b_k`, and with dealt `b_k r` the products with `x = c - r`
//! are linear in what was dealt.

use crypten_ring::{RingTensor, UNIT, vectorized};

use crate::correlation::{Kind, SignRow, SignUse, Window, spread};
use crate::error::Error;
use crate::party::Party;
use crate::protocol::compare::{Batch, signs, xor_public};
use crate::protocol::pieces::{load, span, units_of};
use crate::share::ArithmeticShare;

/// `slope x + intercept`, modulo 2^64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The factor of `x`.
    pub slope: u64,
    /// What is added.
    pub intercept: u64,
}

impl Line {
    /// `slope x + intercept`.
    #[must_use]
    pub fn new(slope: i64, intercept: i64) -> Self {
        Self { slope: slope.cast_unsigned(), intercept: intercept.cast_unsigned() }
    }

    /// The same number everywhere.
    #[must_use]
    pub fn constant(intercept: i64) -> Self {
        Self::new(0, intercept)
    }
}

/// Several functions of each element, linear between common breakpoints. A function is given by its lines from the
/// lowest piece to the highest, one more than there are breakpoints.
///
/// # Rounds
/// Four, `8 + 4.25 m` bytes an element for `m` breakpoints; through a narrow window three, `8 + 0.875 m` bytes.
///
/// # Security
/// Opens the value under a uniform mask, and bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails.
///
/// # Panics
/// If there are more than 16 breakpoints, or a function has not one line more than there are breakpoints.
pub async fn piecewise<const N: usize>(
    party: &mut Party,
    x: &ArithmeticShare,
    window: Window,
    breakpoints: &[i64],
    functions: &[&[Line]; N],
) -> Result<[ArithmeticShare; N], Error> {
    let count = breakpoints.len();
    assert!(
        functions.iter().all(|lines| lines.len() == count + 1),
        "a line for each of {} pieces",
        count + 1
    );
    let slopes = |lines: &&[Line]| lines.windows(2).any(|pair| pair[0].slope != pair[1].slope);
    let used = if functions.iter().any(slopes) { SignUse::Relu } else { SignUse::Bit };
    let thresholds: Vec<u64> = breakpoints.iter().map(|t| t.cast_unsigned()).collect();
    let words = x.own().words();
    let (elements, units) = (words.len(), units_of(words.len()));
    let Some(mut supply) = party.supply(Kind::Sign { signs: count, window, used }, units).await? else {
        return Ok(std::array::from_fn(|_| ArithmeticShare::zeros(x.shape())));
    };
    let mut dealt = party.rows(&supply, units);
    let batch = Batch::translates(elements, SignRow::shared(count, window, used), &thresholds);
    let load = |unit: usize, z: &mut [u64; UNIT]| load(&words[span(unit, elements)], z);
    let outcome = signs(party, &batch, &mut dealt, &mut supply, load, true).await?;

    let first = u64::from(party.place().is_first());
    let mut out: [Vec<u64>; N] = functions.map(|lines| {
        let Line { slope, intercept } = lines[count];
        let last = |&x: &u64| x.wrapping_mul(slope).wrapping_add(first.wrapping_mul(intercept));
        words.iter().map(last).collect()
    });
    for unit in 0..units {
        let span = span(unit, elements);
        let c = &outcome.opened[UNIT * unit..][..UNIT];
        for place in 0..count {
            let correlation = batch.unit(&dealt, unit * count + place);
            let (b, r) = (correlation.arithmetic_bit(), correlation.mask());
            let br = if used == SignUse::Relu { correlation.extra(0) } else { b };
            let (mut below, mut times) = ([0; UNIT], [0; UNIT]);
            vectorized(
                #[inline(always)]
                || {
                    let e = spread(outcome.bits[unit * count + place]);
                    for i in 0..UNIT {
                        below[i] = xor_public(first, e[i], b[i]);
                        let plain = (first.wrapping_neg() & c[i]).wrapping_sub(r[i]);
                        let masked = c[i].wrapping_mul(b[i]).wrapping_sub(br[i]);
                        times[i] = (e[i].wrapping_neg() & plain)
                            .wrapping_add(1_u64.wrapping_sub(2 * e[i]).wrapping_mul(masked));
                    }
                },
            );
            for (lines, out) in functions.iter().zip(&mut out) {
                let slope = lines[place].slope.wrapping_sub(lines[place + 1].slope);
                let intercept = lines[place].intercept.wrapping_sub(lines[place + 1].intercept);
                let out = &mut out[span.clone()];
                vectorized(
                    #[inline(always)]
                    || {
                        for ((out, &below), &times) in out.iter_mut().zip(&below).zip(&times) {
                            let step = below.wrapping_mul(intercept).wrapping_add(times.wrapping_mul(slope));
                            *out = out.wrapping_add(step);
                        }
                    },
                );
            }
        }
    }
    party.recycle_rows(dealt);
    Ok(out.map(|words| ArithmeticShare::new(RingTensor::from_vec(x.shape(), words))))
}
