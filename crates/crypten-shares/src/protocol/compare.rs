//! Sign, comparison with zero, and ReLU: four rounds, 12.25 bytes an element.
//!
//! 1. Open `c = z + r` with a dealt mask `r` whose bits are dealt too.
//! 2. `[c < r]` on the low 63 bits: 16 groups of four bits are compared locally, then four groups are combined to
//!    one, twice, each time by opening masked wires (33 bits in all).
//! 3. `sign(z) = c_63 + r_63 + [c < r]`; open it masked by a dealt bit `b` (1 bit).
//!
//! A ReLU needs no more: with `e` opened, the sign bit is `e + (1 - 2e) b` and `z = c - r`, so the product is
//! linear in dealt words. A truncation fits into the same opening `c`.

mod equal; // comparison with zero for equality
mod signs; // the shared core

use crypten_ring::{BitTensor, RingTensor, UNIT, vectorized};

use crate::correlation::{Kind, Rows, SignRow, SignUse, Window, spread};
use crate::error::Error;
use crate::party::Party;
use crate::protocol::pieces::{load, span, units_of};
use crate::protocol::truncate::{OFFSET, constants};
use crate::share::{ArithmeticShare, BitShare};

pub use equal::is_zero;
pub(super) use signs::{Batch, Signs, signs};

/// Whether each element is negative, as a shared bit.
///
/// # Rounds
/// Three, 12.125 bytes an element.
///
/// # Security
/// Opens the value under a uniform mask, and bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails.
pub async fn sign_bit(party: &mut Party, z: &ArithmeticShare) -> Result<BitShare, Error> {
    let words = z.own().words();
    let Some((signs, dealt)) = run(party, SignUse::Bit, &words, &[], false).await? else {
        return Ok(BitShare::zeros(z.shape()));
    };
    party.recycle_rows(dealt);
    let bits = words.len();
    let packed: Vec<u64> = signs.bits.as_flattened()[..bits.div_ceil(64)].to_vec();
    Ok(BitShare::new(BitTensor::from_words(z.shape(), packed)))
}

/// Whether each element is negative, as 0 or 1.
///
/// # Rounds
/// Four, 12.25 bytes an element.
///
/// # Security
/// Opens the value under a uniform mask, and bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails.
pub async fn negative(party: &mut Party, z: &ArithmeticShare) -> Result<ArithmeticShare, Error> {
    let words = z.own().words();
    let used = SignUse::Bit;
    let Some((signs, dealt)) = run(party, used, &words, &[], true).await? else {
        return Ok(ArithmeticShare::zeros(z.shape()));
    };
    let out = bits(party, used, &signs, &dealt, words.len());
    party.recycle_rows(dealt);
    Ok(ArithmeticShare::new(RingTensor::from_vec(z.shape(), out)))
}

/// Each element, or zero where it is negative.
///
/// # Rounds
/// Four, 12.25 bytes an element.
///
/// # Security
/// Opens the value under a uniform mask, and bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails.
pub async fn relu(party: &mut Party, z: &ArithmeticShare) -> Result<ArithmeticShare, Error> {
    relu_and_negative(party, z, false).await.map(|(relu, _)| relu)
}

/// A ReLU, and for no message more, if they are wanted, whether the elements are negative.
pub(super) async fn relu_and_negative(
    party: &mut Party,
    z: &ArithmeticShare,
    wanted: bool,
) -> Result<(ArithmeticShare, Option<ArithmeticShare>), Error> {
    let words = z.own().words();
    let used = SignUse::Relu;
    let Some((signs, dealt)) = run(party, used, &words, &[], true).await? else {
        let zeros = ArithmeticShare::zeros(z.shape());
        return Ok((zeros.clone(), wanted.then_some(zeros)));
    };
    let out = outputs(
        party,
        used,
        &signs,
        &dealt,
        words.len(),
        #[inline(always)]
        |first, c, e, unit, out| {
            let (r, b, br) = (unit.mask(), unit.arithmetic_bit(), unit.extra(0));
            for i in 0..UNIT {
                // keep = 1 - sign, sign = e + (1 - 2e) b, z = c - r: keep z is linear in r, b and b r.
                let keep = 1 - e[i];
                let plain = keep.wrapping_mul((first.wrapping_neg() & c[i]).wrapping_sub(r[i]));
                let masked = c[i].wrapping_mul(b[i]).wrapping_sub(br[i]);
                out[i] = plain.wrapping_add(1_u64.wrapping_sub(2 * keep).wrapping_mul(masked));
            }
        },
    );
    let negative = wanted.then(|| bits(party, used, &signs, &dealt, words.len()));
    party.recycle_rows(dealt);
    let tensor = |words| ArithmeticShare::new(RingTensor::from_vec(z.shape(), words));
    Ok((tensor(out), negative.map(tensor)))
}

/// Each element divided by `2^bits`, `1 <= bits <= 62`, or zero where it is negative: what follows a product.
///
/// # Rounds
/// Four, 12.25 bytes an element.
///
/// # Security
/// Opens the value under a uniform mask, and bits under uniform masks. The quotient is rounded down, or one unit
/// more. Values of `2^62` and above in magnitude give wrong results.
///
/// # Errors
/// If the net or the provider fails.
///
/// # Panics
/// If `bits` is outside `1..=62`.
pub async fn relu_truncated(
    party: &mut Party,
    z: &ArithmeticShare,
    bits: u32,
) -> Result<ArithmeticShare, Error> {
    truncated(party, z, bits, false).await.map(|(relu, _)| relu)
}

/// As [`relu_truncated`], and whether each element is positive, as 0 or 1: where a gradient passes.
///
/// # Rounds
/// Four, 12.25 bytes an element: the mask costs no message.
///
/// # Security
/// As [`relu_truncated`].
///
/// # Errors
/// As [`relu_truncated`].
///
/// # Panics
/// As [`relu_truncated`].
pub async fn relu_truncated_with_mask(
    party: &mut Party,
    z: &ArithmeticShare,
    bits: u32,
) -> Result<(ArithmeticShare, ArithmeticShare), Error> {
    let (relu, below) = truncated(party, z, bits, true).await?;
    let below = below.expect("it is wanted");
    Ok((relu, (-&below).add_public(party.place(), &RingTensor::scalar(1))))
}

/// A truncated ReLU, and for no message more, if they are wanted, whether the elements are below one.
///
/// Signs are those of `z - 1`, which the opened `c` gives as well: zero is not positive.
async fn truncated(
    party: &mut Party,
    z: &ArithmeticShare,
    bits: u32,
    wanted: bool,
) -> Result<(ArithmeticShare, Option<ArithmeticShare>), Error> {
    assert!((1..=62).contains(&bits), "a truncation by {bits} bits");
    let words = z.own().words();
    let used = SignUse::TruncatedRelu { bits };
    let Some((signs, dealt)) = run(party, used, &words, &[1], true).await? else {
        let zeros = ArithmeticShare::zeros(z.shape());
        return Ok((zeros.clone(), wanted.then_some(zeros)));
    };
    let out = outputs(
        party,
        used,
        &signs,
        &dealt,
        words.len(),
        #[inline(always)]
        |first, c, e, unit, out| {
            let b = unit.arithmetic_bit();
            let (shifted, top) = (unit.extra(0), unit.extra(1));
            let (b_shifted, b_top) = (unit.extra(2), unit.extra(3));
            for i in 0..UNIT {
                let keep = 1 - e[i];
                let (constant, factor) = constants(bits, c[i].wrapping_add(OFFSET));
                let quotient = (first.wrapping_neg() & constant)
                    .wrapping_sub(shifted[i])
                    .wrapping_add(factor.wrapping_mul(top[i]));
                let masked = constant
                    .wrapping_mul(b[i])
                    .wrapping_sub(b_shifted[i])
                    .wrapping_add(factor.wrapping_mul(b_top[i]));
                out[i] = keep
                    .wrapping_mul(quotient)
                    .wrapping_add(1_u64.wrapping_sub(2 * keep).wrapping_mul(masked));
            }
        },
    );
    let below = wanted.then(|| self::bits(party, used, &signs, &dealt, words.len()));
    party.recycle_rows(dealt);
    let tensor = |words| ArithmeticShare::new(RingTensor::from_vec(z.shape(), words));
    Ok((tensor(out), below.map(tensor)))
}

/// The opened signs without their masks, as 0 or 1.
fn bits(party: &Party, used: SignUse, signs: &Signs, dealt: &Rows, elements: usize) -> Vec<u64> {
    outputs(
        party,
        used,
        signs,
        dealt,
        elements,
        #[inline(always)]
        |first, _, e, unit, out| {
            let b = unit.arithmetic_bit();
            for i in 0..UNIT {
                out[i] = xor_public(first, e[i], b[i]);
            }
        },
    )
}

/// The share of `e ^ b` for a public bit `e` and an additively shared bit `b`.
#[inline(always)]
pub(super) fn xor_public(first: u64, e: u64, b: u64) -> u64 {
    (first & e).wrapping_add(1_u64.wrapping_sub(2 * e).wrapping_mul(b))
}

/// Runs the core over a list of words, less a threshold if there is one, with a supply of its own; returns the expanded
/// correlations too.
async fn run(
    party: &mut Party,
    used: SignUse,
    words: &[u64],
    threshold: &[u64],
    open: bool,
) -> Result<Option<(Signs, Rows)>, Error> {
    let elements = words.len();
    let Some(mut supply) = party.supply(Kind::sign(used), units_of(elements)).await? else {
        return Ok(None);
    };
    let mut dealt = party.rows(&supply, units_of(elements));
    let batch = Batch::translates(elements, SignRow::shared(1, Window::Full, used), threshold);
    let signs =
        signs(party, &batch, &mut dealt, &mut supply, |unit, z| load(&words[span(unit, elements)], z), open)
            .await?;
    Ok(Some((signs, dealt)))
}

/// Makes the result of every unit from the opened values and the correlations.
fn outputs(
    party: &Party,
    used: SignUse,
    signs: &Signs,
    dealt: &Rows,
    elements: usize,
    f: impl Fn(u64, &[u64; UNIT], &[u64; UNIT], crate::correlation::SignUnit<'_>, &mut [u64; UNIT]),
) -> Vec<u64> {
    let first = u64::from(party.place().is_first());
    let batch = Batch::single(elements, SignRow::shared(1, Window::Full, used));
    let mut out = Vec::with_capacity(elements);
    for unit in 0..units_of(elements) {
        let mut words = [0; UNIT];
        vectorized(
            #[inline(always)]
            || {
                let e = spread(signs.bits[unit]);
                let c = signs.opened[UNIT * unit..][..UNIT].try_into().expect("a unit of words");
                f(first, c, &e, batch.unit(dealt, unit), &mut words);
            },
        );
        out.extend(&words[..span(unit, elements).len()]);
    }
    out
}
