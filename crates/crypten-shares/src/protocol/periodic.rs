//! Functions whose mask comes off by an addition theorem: one opening, then a sum of public factors times dealt words.
//!
//! Open `c = x + r`. With dealt `cos(k r)` and `sin(k r)`, every Fourier series of `x = c - r` is linear in what was
//! dealt: `cos k(c - r) = cos kc cos kr + sin kc sin kr`, `sin k(c - r) = sin kc cos kr - cos kc sin kr`. With dealt
//! `2^-r`, so is `2^x = 2^c 2^-r`. That an angle wraps at a full turn is what makes a uniform mask possible.

use crypten_ring::{RingTensor, UNIT, cos_sin, exp2_fraction, nearest, two_to, vectorized};

use crate::correlation::{Algebra, Kind, Width};
use crate::error::Error;
use crate::opening::Opening;
use crate::party::Party;
use crate::protocol::pieces::{load, pieces, span, units_of};
use crate::share::ArithmeticShare;

/// `constant + sum over k of cosines[k-1] cos(k x) + sines[k-1] sin(k x)`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// The mean.
    pub constant: f64,
    /// The factors of `cos x`, `cos 2x`, ..
    pub cosines: Vec<f64>,
    /// The factors of `sin x`, `sin 2x`, ..
    pub sines: Vec<f64>,
}

/// The values of Fourier series at angles in turns of 2^64, with `bits` fractional bits. What is dealt for them has
/// `width` bits, and so have the values: the lowest bits of the results are zeros.
///
/// # Rounds
/// One, 8 bytes an element, for all series together.
///
/// # Domain
/// `2^bits` times the value of a series stays below `2^62`; `bits` is at most 62. Each factor and each dealt number has
/// half of those bits that are no zeros, rounded to nearest.
///
/// # Security
/// Opens the angle under a uniform mask.
///
/// # Errors
/// If the net or the provider fails.
///
/// # Panics
/// If no series has a term, or there are fewer bits than the width leaves out.
pub async fn harmonics<const N: usize>(
    party: &mut Party,
    angle: &ArithmeticShare,
    series: [&Series; N],
    bits: u32,
    width: Width,
) -> Result<[ArithmeticShare; N], Error> {
    let terms = series.iter().map(|series| series.cosines.len().max(series.sines.len())).max().unwrap_or(0);
    assert!(terms > 0, "a series without terms");
    let zeros = 64 - width.bits();
    assert!(bits > zeros, "{bits} bits, of which {zeros} are not dealt");
    let bits = bits - zeros;
    let (dealt_bits, public_bits) = (bits / 2, bits.div_ceil(2));
    let scale = two_to(public_bits.cast_signed());
    let factor = |list: &[f64], term: usize| list.get(term).copied().unwrap_or(0.0) * scale;
    let factors = series.map(|series| {
        (0..terms).map(|k| (factor(&series.cosines, k), factor(&series.sines, k))).collect::<Vec<_>>()
    });
    let constants =
        series.map(|series| ((series.constant * two_to(bits.cast_signed())).round() as i64).cast_unsigned());
    let is_first = party.place().is_first();
    let kind = Kind::Harmonics { terms, bits: dealt_bits, width };
    let out = unmasked(
        party,
        angle,
        kind,
        #[inline(always)]
        |dealt, c, out: &mut [[u64; UNIT]; N]| {
            *out = constants.map(|constant| [if is_first { constant } else { 0 }; UNIT]);
            let (mut cosines, mut sines) = ([0.0; UNIT], [0.0; UNIT]);
            for i in 0..UNIT {
                (cosines[i], sines[i]) = cos_sin(c[i]);
            }
            let (mut x, mut y) = (cosines, sines);
            for (term, rows) in dealt.chunks_exact(2 * width.row_words()).enumerate() {
                let (dealt_cosines, dealt_sines) = rows.split_at(width.row_words());
                let (dealt_cosines, dealt_sines) = (width.unpack(dealt_cosines), width.unpack(dealt_sines));
                for (factors, out) in factors.iter().zip(&mut *out) {
                    let (a, b) = factors[term];
                    for i in 0..UNIT {
                        let of_cosine = nearest(a * x[i] + b * y[i]).wrapping_mul(dealt_cosines[i]);
                        let of_sine = nearest(a * y[i] - b * x[i]).wrapping_mul(dealt_sines[i]);
                        out[i] = out[i].wrapping_add(of_cosine).wrapping_add(of_sine);
                    }
                }
                for i in 0..UNIT {
                    (x[i], y[i]) = (x[i] * cosines[i] - y[i] * sines[i], x[i] * sines[i] + y[i] * cosines[i]);
                }
            }
            out.as_flattened_mut().iter_mut().for_each(|value| *value <<= zeros);
        },
    );
    out.await
}

/// `2^(x - offset)` with `bits` fractional bits, for `0 <= x < 56` with `fraction` fractional bits.
///
/// # Rounds
/// One, 8 bytes an element.
///
/// # Domain
/// The result, with its fractional bits, stays below `2^62`. It is off by `2^-18` of its value and `2^(26 - bits)`.
/// Outside `0 <= x < 56`, also below zero, results are meaningless.
///
/// # Security
/// Opens the exponent under a uniform mask.
///
/// # Errors
/// If the net or the provider fails.
pub async fn power_of_two(
    party: &mut Party,
    exponent: &ArithmeticShare,
    fraction: u32,
    offset: u32,
    bits: u32,
) -> Result<ArithmeticShare, Error> {
    /// Fractional bits of dealt powers, and of the mantissa of public ones.
    const DEALT: u32 = 26;
    const MANTISSA: u32 = 30;
    let kind = Kind::Power { fraction, bits: DEALT };
    let (octave, one) = (two_to(fraction.cast_signed()), two_to(MANTISSA.cast_signed()));
    // The public factor is 2^(d + bits - DEALT - offset), for exponents d below 64.
    let shift = i64::from(bits) - i64::from(DEALT) - i64::from(offset) - i64::from(MANTISSA);
    let [out] = unmasked(
        party,
        exponent,
        kind,
        #[inline(always)]
        |dealt, c, out: &mut [[u64; UNIT]; 1]| {
            let [out] = out;
            let mut mantissa = [0; UNIT];
            for i in 0..UNIT {
                let rest = c[i] & ((1 << fraction) - 1);
                mantissa[i] = nearest(exp2_fraction(rest as f64 / octave) * one);
            }
            out.fill(0);
            for (place, dealt) in dealt.chunks_exact(UNIT).enumerate() {
                for i in 0..UNIT {
                    let whole = (c[i] >> fraction).wrapping_sub(8 * place as u64) & 63;
                    let by = whole.cast_signed() + shift;
                    let (left, right) = (by.clamp(0, 63).cast_unsigned(), (-by).clamp(0, 63).cast_unsigned());
                    let half = (1_u64 << right) >> 1;
                    let factor = ((mantissa[i] + half) >> right) << left;
                    out[i] = out[i].wrapping_add(factor.wrapping_mul(dealt[i]));
                }
            }
        },
    )
    .await?;
    Ok(out)
}

/// Opens a value under the mask of a kind, the first row of a unit; `finish` makes the results of a unit from what was
/// dealt and what was opened.
pub(super) async fn unmasked<const N: usize>(
    party: &mut Party,
    value: &ArithmeticShare,
    kind: Kind,
    finish: impl Fn(&[u64], &[u64; UNIT], &mut [[u64; UNIT]; N]),
) -> Result<[ArithmeticShare; N], Error> {
    let words = value.own().words();
    let (elements, units) = (words.len(), units_of(words.len()));
    let Some(mut supply) = party.supply(kind, units).await? else {
        return Ok(std::array::from_fn(|_| ArithmeticShare::zeros(value.shape())));
    };
    let mut opening = Opening::new(party, "unmask", Algebra::Additive);
    let mut mask = party.buffer(UNIT);
    for piece in pieces(units) {
        let mut message = Vec::with_capacity(piece.len() * UNIT);
        for unit in piece {
            supply.independent_ahead(unit, &mut mask);
            message.extend(words[span(unit, elements)].iter().zip(&*mask).map(|(&x, &r)| x.wrapping_add(r)));
        }
        opening.send(party, message).await?;
    }
    let mut dealt = party.rows(&supply, 1);
    let mut results: [Vec<u64>; N] = std::array::from_fn(|_| Vec::with_capacity(elements));
    let mut out = [[0; UNIT]; N];
    for piece in pieces(units) {
        let opened = opening.receive(party).await?;
        for (unit, words) in piece.zip(opened.chunks(UNIT)) {
            dealt.clear();
            party.expand_row(&mut supply, &mut dealt).await?;
            let mut c = [0; UNIT];
            load(words, &mut c);
            vectorized(
                #[inline(always)]
                || finish(dealt.unit(0).1, &c, &mut out),
            );
            for (results, out) in results.iter_mut().zip(&out) {
                results.extend(&out[..span(unit, elements).len()]);
            }
        }
    }
    party.recycle(mask);
    party.recycle_rows(dealt);
    Ok(results.map(|words| ArithmeticShare::new(RingTensor::from_vec(value.shape(), words))))
}
