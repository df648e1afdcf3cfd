//! Products and truncation by two parties.
//!
//! Products: of `(a_0 + a_1)(b_0 + b_1)` each party knows one product alone, and the two across come from one sum of
//! products; or, where one factor is much larger, from two, in which either party has the smaller factor. Truncation, with `c_s` the carry into bit `s` of `r_0 + r_1`:
//! `r >> s = (r_0 >> s) + (r_1 >> s) + c_s - c_64 2^(64 - s)`. Division: with `2^64 = Q d + R`, `r_i = q_i d + m_i`,
//! `m = m_0 + m_1` and `w = c_64`, `r / d = q_0 + q_1 - w Q + e`, where `e` is `[m >= d]` if `w = 0`, and else
//! `[m >= R] + [m >= d + R] - 1`.

use crypten_ring::UNIT;

use crate::correlation::joint::carry::Chain;
use crate::correlation::joint::side::Side;
use crate::correlation::{Algebra, Kind};
use crate::error::Error;
use crate::joint::Bilinear;

pub(super) async fn complete_products(side: &mut Side<'_>, kind: &Kind) -> Result<(), Error> {
    complete_bilinear(side, kind, Bilinear::elementwise(UNIT)).await
}

/// Products of two factors that are a unit's independent words.
pub(super) async fn complete_bilinear(side: &mut Side<'_>, kind: &Kind, form: Bilinear) -> Result<(), Error> {
    let (own, mut alone) = (side.independent().to_vec(), completed_alone(side, kind));
    let (left, right) = (form.left(), form.right());
    // What is encrypted costs about as much as what is decrypted: both factors once and all sums once, or the smaller
    // factor and the sums twice.
    if side.units() > 1 || kind.unit_elements() > 1 || left + right <= 2 * left.min(right) + form.outputs() {
        return side.multiply_all(&form.crossed().repeated(side.units()), 0, &own, &alone).await;
    }
    let (left, right) = own.split_at(left);
    let (form, small, large) =
        if left.len() <= right.len() { (form, left, right) } else { (form.swapped(), right, left) };
    let back = side.multiply_back(&form, if side.is_first() { large } else { small }).await?;
    Algebra::Additive.accumulate(&mut alone, &back);
    side.multiply_all(&form, 0, if side.is_first() { small } else { large }, &alone).await
}

pub(super) async fn complete_squares(side: &mut Side<'_>, kind: &Kind) -> Result<(), Error> {
    // Both products across are the same, so party 0 doubles its factor.
    let factor = if side.is_first() { 2 } else { 1 };
    let own: Vec<u64> = side.independent().iter().map(|a| a.wrapping_mul(factor)).collect();
    let (form, alone) = (Bilinear::elementwise(UNIT).repeated(side.units()), completed_alone(side, kind));
    side.multiply_all(&form, 0, &own, &alone).await
}

/// What the dependent words would be if there were this party alone.
fn completed_alone(side: &Side<'_>, kind: &Kind) -> Vec<u64> {
    let (units, width) = (side.units(), kind.correction_words());
    let mut alone = vec![0; units * width];
    let own = side.independent().chunks((side.independent().len() / units).max(1));
    for (own, out) in own.zip(alone.chunks_mut(width)) {
        kind.complete(own, out);
    }
    alone
}

pub(super) async fn complete_truncation(side: &mut Side<'_>, shift: u32) -> Result<(), Error> {
    let mut chain = Chain::new(side.words(&side.sources(&[0])), Some(shift));
    chain.pass_to(side, 63).await?;
    let own: Vec<u64> = side.words(&side.sources(&[0])).iter().map(|r| r >> shift).collect();
    complete_shifted(side, shift, &shift_choices(&chain), &own, &side.targets(&[0])).await?;
    complete_bits(side, &chain.next_bits(), &side.targets(&[UNIT])).await
}

/// Bit 63 of this party's summands, and its shares of the carries into it and into the marked bit.
pub(super) fn shift_choices(chain: &Chain) -> Vec<u8> {
    let carries = chain.carries().into_iter().zip(chain.marked());
    chain.own_bits(63).zip(carries).map(|(top, (carry, marked))| top | carry << 1 | marked << 2).collect()
}

/// `r >> shift`, from [`shift_choices`] and this party's `r_i >> shift`.
pub(super) async fn complete_shifted(
    side: &mut Side<'_>,
    shift: u32,
    choices: &[u8],
    own: &[u64],
    targets: &[usize],
) -> Result<(), Error> {
    let carried = |a: u8, b: u8| u64::from((a ^ b) >> 2).wrapping_sub(carry_out(a, b) << (64 - shift));
    side.look_up_words(3, choices, targets, Some(own), carried).await
}

/// A shared bit as a word.
pub(super) async fn complete_bits(side: &mut Side<'_>, bits: &[u8], targets: &[usize]) -> Result<(), Error> {
    side.look_up_words(1, bits, targets, None, |a, b| u64::from(a ^ b)).await
}

/// The carry out of bit 63: of both parties' bits 63, lowest, and shares of the carry into it, next.
fn carry_out(a: u8, b: u8) -> u64 {
    u64::from((a & 1) + (b & 1) + ((a ^ b) >> 1 & 1)) >> 1
}

pub(super) async fn complete_division(side: &mut Side<'_>, divisor: u64) -> Result<(), Error> {
    // 2^64 = (2^64 - 1) + 1.
    let (quotient, rest) = (u64::MAX / divisor, u64::MAX % divisor + 1);
    let (quotient, rest) = if rest == divisor { (quotient + 1, 0) } else { (quotient, rest) };
    let words = side.words(&side.sources(&[0]));
    let mut sum = Chain::new(words.clone(), None);
    sum.pass_to(side, 63).await?;

    // m_0 + m_1 is below 2 d <= 2^p, so that bit p of m_0 + m_1 + 2^p - t says whether it reaches t.
    let p = 1 + divisor.next_power_of_two().trailing_zeros();
    let thresholds = [divisor, rest, divisor + rest];
    let is_first = side.is_first();
    let compared = thresholds.iter().flat_map(|threshold| {
        let added = if is_first { 0 } else { (1 << p) - threshold };
        words.iter().map(move |word| word % divisor + added)
    });
    let mut compared = Chain::new(compared.collect(), None);
    compared.pass_to(side, p).await?;
    let reached = compared.next_bits();

    let count = words.len();
    let choices: Vec<u8> = (0..count)
        .zip(sum.own_bits(63).zip(sum.carries()))
        .map(|(i, (top, carry))| {
            let reached = (0..3).map(|t| reached[t * count + i] << (2 + t)).fold(0, |all, bit| all | bit);
            top | carry << 1 | reached
        })
        .collect();
    let adjusted = |a: u8, b: u8| {
        let reached = |t: u32| u64::from((a ^ b) >> (2 + t) & 1);
        match carry_out(a, b) {
            0 => reached(0),
            _ => (reached(1) + reached(2)).wrapping_sub(1).wrapping_sub(quotient),
        }
    };
    let own: Vec<u64> = words.iter().map(|word| word / divisor).collect();
    side.look_up_words(5, &choices, &side.targets(&[0]), Some(&own), adjusted).await?;
    complete_bits(side, &sum.next_bits(), &side.targets(&[UNIT])).await
}
