//! Equality and order of shared words, as words 0 and 1.
//!
//! A tree over the bits of each word halves their number at every level, in place: after the level of `stride`, the
//! places that are multiples of `stride` hold the blocks of that length. Since only they matter, `stride` elements
//! share a word on the wire.

use crypten_ring::{RingTensor, broadcast_shapes};

use crate::error::Error;
use crate::party::Party;
use crate::protocol::binary::{and, and_words, every};
use crate::share::BinaryShare;

/// The highest bit of a word: turned, signed words have the order of unsigned ones.
const SIGN: u64 = 1 << 63;

/// Whether the words are equal, as 0 or 1, with broadcasting.
///
/// # Rounds
/// Six, 15.75 bytes an element.
///
/// # Security
/// Opens products of bits under uniform masks.
///
/// # Errors
/// If the shapes do not broadcast, or the net or the provider fails.
pub async fn equal(party: &mut Party, x: &BinaryShare, y: &BinaryShare) -> Result<BinaryShare, Error> {
    broadcast_shapes("eq", x.shape(), y.shape())?;
    is_zero(party, &(x ^ y)).await
}

/// Whether the words differ, as 0 or 1, with broadcasting.
///
/// # Rounds
/// Six, 15.75 bytes an element.
///
/// # Security
/// As [`equal`].
///
/// # Errors
/// As [`equal`].
pub async fn not_equal(party: &mut Party, x: &BinaryShare, y: &BinaryShare) -> Result<BinaryShare, Error> {
    let equal = equal(party, x, y).await?;
    Ok(equal.xor_word(party.place(), 1))
}

/// Whether each word is zero, as 0 or 1: the product of its negated bits.
///
/// # Rounds
/// Six, 15.75 bytes an element.
///
/// # Security
/// Opens products of bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails.
pub async fn is_zero(party: &mut Party, x: &BinaryShare) -> Result<BinaryShare, Error> {
    let mut bits = x.not(party.place()).own().words().into_owned();
    for stride in (1..=6).map(|level| 1_u32 << level) {
        let upper: Vec<u64> = bits.iter().map(|word| word >> (stride / 2)).collect();
        bits = and_every(party, stride, &bits, &upper).await?;
    }
    Ok(BinaryShare::new(RingTensor::from_vec(x.shape(), bits)))
}

/// Whether `x < y` as signed numbers, as 0 or 1, with broadcasting.
///
/// # Rounds
/// Seven, 47.5 bytes an element.
///
/// # Security
/// Opens the operands and blocks of borrows under uniform masks.
///
/// # Errors
/// If the shapes do not broadcast, or the net or the provider fails.
pub async fn less_than(party: &mut Party, x: &BinaryShare, y: &BinaryShare) -> Result<BinaryShare, Error> {
    let (not_x, y) = (x.xor_word(party.place(), !SIGN), y.xor_word(party.place(), SIGN));
    let generate = and(party, &not_x, &y).await?;
    borrow(party, &generate, &(&not_x ^ &y)).await
}

/// Whether `x < y` as signed numbers for public `y`, as 0 or 1, with broadcasting.
///
/// # Rounds
/// Six, 31.5 bytes an element.
///
/// # Security
/// Opens blocks of borrows under uniform masks.
///
/// # Errors
/// If the shapes do not broadcast, or the net or the provider fails.
pub async fn less_than_public(
    party: &mut Party,
    x: &BinaryShare,
    y: &RingTensor,
) -> Result<BinaryShare, Error> {
    broadcast_shapes("lt", x.shape(), y.shape())?;
    let (not_x, y) = (x.xor_word(party.place(), !SIGN), y ^ SIGN);
    borrow(party, &not_x.and_public(&y), &not_x.xor_public(party.place(), &y)).await
}

/// Whether `x > y` as signed numbers for public `y`, as 0 or 1, with broadcasting: negated bits turn the order around.
///
/// # Rounds
/// Six, 31.5 bytes an element.
///
/// # Security
/// As [`less_than_public`].
///
/// # Errors
/// As [`less_than_public`].
pub async fn greater_than_public(
    party: &mut Party,
    x: &BinaryShare,
    y: &RingTensor,
) -> Result<BinaryShare, Error> {
    less_than_public(party, &x.not(party.place()), &y.map(|word| !word)).await
}

/// Whether the subtraction of unsigned words borrows, from what each bit generates, `not x & y`, and propagates,
/// `not x ^ y`. A block that joins a lower one `(g', p')` has `(g ^ p g', p p')`; both products travel side by side.
async fn borrow(
    party: &mut Party,
    generate: &BinaryShare,
    propagate: &BinaryShare,
) -> Result<BinaryShare, Error> {
    let (mut g, mut p) = (generate.own().words().into_owned(), propagate.own().words().into_owned());
    for width in (0..6).map(|level| 1_u32 << level) {
        let keep = every(2 * width);
        let upper = |word: u64| (word >> width) & keep;
        let x: Vec<u64> = p.iter().map(|&p| upper(p) | (upper(p) << width)).collect();
        let y: Vec<u64> = g.iter().zip(&p).map(|(g, p)| (g & keep) | ((p & keep) << width)).collect();
        let products = and_every(party, width, &x, &y).await?;
        for ((g, p), product) in g.iter_mut().zip(&mut p).zip(products) {
            *g = upper(*g) ^ (product & keep);
            *p = upper(product);
        }
    }
    Ok(BinaryShare::new(RingTensor::from_vec(generate.shape(), g)))
}

/// Bitwise products of which only the places that are multiples of `stride` matter; the others become zero.
async fn and_every(party: &mut Party, stride: u32, x: &[u64], y: &[u64]) -> Result<Vec<u64>, Error> {
    let (keep, together) = (every(stride), stride as usize);
    let pack = |words: &[u64]| -> Vec<u64> {
        let one =
            |group: &[u64]| group.iter().rev().fold(0_u64, |packed, word| (packed << 1) | (word & keep));
        words.chunks(together).map(one).collect()
    };
    let products = and_words(party, &pack(x), &pack(y)).await?;
    Ok((0..x.len()).map(|i| (products[i / together] >> (i % together)) & keep).collect())
}
