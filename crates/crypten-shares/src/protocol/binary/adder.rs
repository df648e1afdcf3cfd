//! Sums of shared words modulo 2^64, by carry lookahead.
//!
//! A block of bits generates a carry, `g`, or propagates one, `p`; a bit has `g = x & y` and `p = x ^ y`. The block
//! that joins a lower one `(g', p')` has `(g ^ p g', p p')`, and `x + y = p ^ (g << 1)` once every block reaches down
//! to bit 0. Sources: J. Sklansky, "Conditional-sum addition logic" (1960); for many terms C. S. Wallace, "A suggestion
//! for a fast multiplier" (1964).

use crypten_ring::{RingTensor, broadcast_shapes, normalize_axis};

use crate::error::Error;
use crate::party::Party;
use crate::protocol::binary::{and, and_words, every};
use crate::share::BinaryShare;

/// The sum modulo 2^64, with broadcasting.
///
/// # Rounds
/// Seven, 112 bytes an element.
///
/// # Security
/// Opens the operands and blocks of carries under uniform masks.
///
/// # Errors
/// If the shapes do not broadcast, or the net or the provider fails.
pub async fn add(party: &mut Party, x: &BinaryShare, y: &BinaryShare) -> Result<BinaryShare, Error> {
    let generate = and(party, x, y).await?;
    carry(party, &generate, &(x ^ y)).await
}

/// The sum with public words modulo 2^64, with broadcasting.
///
/// # Rounds
/// Six, 96 bytes an element.
///
/// # Security
/// Opens blocks of carries under uniform masks.
///
/// # Errors
/// If the shapes do not broadcast, or the net or the provider fails.
pub async fn add_public(party: &mut Party, x: &BinaryShare, y: &RingTensor) -> Result<BinaryShare, Error> {
    broadcast_shapes("add", x.shape(), y.shape())?;
    carry(party, &x.and_public(y), &x.xor_public(party.place(), y)).await
}

/// The difference modulo 2^64, with broadcasting: since `not x = -x - 1`, it is `not (not x + y)`.
///
/// # Rounds
/// Seven, 112 bytes an element.
///
/// # Security
/// Opens the operands and blocks of carries under uniform masks.
///
/// # Errors
/// If the shapes do not broadcast, or the net or the provider fails.
pub async fn sub(party: &mut Party, x: &BinaryShare, y: &BinaryShare) -> Result<BinaryShare, Error> {
    let place = party.place();
    Ok(add(party, &x.not(place), y).await?.not(place))
}

/// The sum modulo 2^64 over an axis, which disappears: three terms become two until two are left, then they are added.
///
/// # Rounds
/// Seven, and one for each time that a third of the terms goes, rounded down: 4 from 8 to 2, 11 from 100 to 2. 112
/// bytes a sum, and 16 for each term after the second.
///
/// # Security
/// Opens sums of terms and blocks of carries under uniform masks.
///
/// # Errors
/// If there is no such axis, or the net or the provider fails.
pub async fn sum(party: &mut Party, x: &BinaryShare, axis: isize) -> Result<BinaryShare, Error> {
    let axis = normalize_axis(axis, x.shape().len())?;
    let others = (0..x.shape().len()).filter(|&other| other != axis);
    let rows = x.own().permute(&std::iter::once(axis).chain(others).collect::<Vec<_>>())?;
    let (mut count, shape) = (rows.shape()[0], rows.shape()[1..].to_vec());
    let size = shape.iter().product::<usize>();
    let mut terms = rows.into_words();
    while count > 2 {
        terms = carry_save(party, &terms, count / 3 * size).await?;
        count -= count / 3;
    }
    let term = |words: &[u64]| BinaryShare::new(RingTensor::from_vec(&shape, words.to_vec()));
    match count {
        0 => Ok(BinaryShare::new(RingTensor::zeros(&shape))),
        1 => Ok(term(&terms)),
        _ => add(party, &term(&terms[..size]), &term(&terms[size..])).await,
    }
}

/// Replaces the first three lists of `length` words by two of the same sum: the bits of the sum without carries, and
/// the carries `a ^ (a ^ b) & (a ^ c)`, one place up.
async fn carry_save(party: &mut Party, terms: &[u64], length: usize) -> Result<Vec<u64>, Error> {
    let (a, rest) = terms.split_at(length);
    let (b, rest) = rest.split_at(length);
    let (c, rest) = rest.split_at(length);
    let xor = |x: &[u64], y: &[u64]| x.iter().zip(y).map(|(&x, &y)| x ^ y).collect::<Vec<_>>();
    let a_b = xor(a, b);
    let changed = and_words(party, &a_b, &xor(a, c)).await?;
    let carries = a.iter().zip(&changed).map(|(&a, &changed)| (a ^ changed) << 1);
    Ok(xor(&a_b, c).into_iter().chain(carries).chain(rest.iter().copied()).collect())
}

/// The sum, from what each bit generates and propagates.
///
/// The blocks at a level are `2 width` long, their upper halves are what changes. A word has room for both products of
/// every upper bit: the one for `g` in its own place, the one for `p` in the lower half, `width` places down.
async fn carry(
    party: &mut Party,
    generate: &BinaryShare,
    propagate: &BinaryShare,
) -> Result<BinaryShare, Error> {
    let plain = propagate.own().words();
    let (mut g, mut p) = (generate.own().words().into_owned(), plain.to_vec());
    for width in (0..6).map(|level| 1_u32 << level) {
        let bottoms = every(2 * width);
        let lower = (bottoms << width) - bottoms;
        // The highest bit of each lower half, all over it.
        let spread = |word: u64| {
            let tops = (word >> (width - 1)) & bottoms;
            (tops << width) - tops
        };
        let x: Vec<u64> = p.iter().map(|p| (p & !lower) | ((p & !lower) >> width)).collect();
        let y: Vec<u64> = g.iter().zip(&p).map(|(&g, &p)| (spread(g) << width) | spread(p)).collect();
        let products = and_words(party, &x, &y).await?;
        for ((g, p), product) in g.iter_mut().zip(&mut p).zip(products) {
            *g ^= product & !lower;
            *p = (*p & lower) | ((product & lower) << width);
        }
    }
    let sums = plain.iter().zip(&g).map(|(&plain, &g)| plain ^ (g << 1)).collect();
    Ok(BinaryShare::new(RingTensor::from_vec(propagate.shape(), sums)))
}
