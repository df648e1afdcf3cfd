//! Words that are shared by exclusive or: bitwise logic and selection; sums and comparisons stand beside it.
//!
//! Bitwise products come from Beaver triples over bits: open `eps = x ^ a` and `delta = y ^ b`; then
//! `x & y = c ^ eps & b ^ a & delta ^ eps & delta`, 64 bits to a word.

mod adder; // sums and differences
mod order; // equality and order

use crypten_ring::{RingTensor, broadcast_shapes};

use crate::correlation::Kind;
use crate::error::Error;
use crate::party::Party;
use crate::protocol::product::pairwise;
use crate::share::BinaryShare;

pub use adder::{add, add_public, sub, sum};
pub use order::{equal, greater_than_public, is_zero, less_than, less_than_public, not_equal};

/// The bitwise product, with broadcasting.
///
/// # Rounds
/// One, 16 bytes an element.
///
/// # Security
/// Opens both operands under uniform masks.
///
/// # Errors
/// If the shapes do not broadcast, or the net or the provider fails.
pub async fn and(party: &mut Party, x: &BinaryShare, y: &BinaryShare) -> Result<BinaryShare, Error> {
    let shape = broadcast_shapes("and", x.shape(), y.shape())?;
    let (x, y) = (x.own().broadcast_to(&shape)?, y.own().broadcast_to(&shape)?);
    let words = and_words(party, &x.words(), &y.words()).await?;
    Ok(BinaryShare::new(RingTensor::from_vec(&shape, words)))
}

/// The bitwise sum `x ^ y ^ x & y`, with broadcasting.
///
/// # Rounds
/// One, 16 bytes an element.
///
/// # Security
/// Opens both operands under uniform masks.
///
/// # Errors
/// If the shapes do not broadcast, or the net or the provider fails.
pub async fn or(party: &mut Party, x: &BinaryShare, y: &BinaryShare) -> Result<BinaryShare, Error> {
    let both = and(party, x, y).await?;
    Ok(&(x ^ y) ^ &both)
}

/// `x` where the lowest bit of the condition is 1, `y` where it is 0: `y ^ c & (x ^ y)`, with broadcasting.
///
/// # Rounds
/// One, 16 bytes an element.
///
/// # Security
/// Opens the condition and `x ^ y` under uniform masks.
///
/// # Errors
/// If the shapes do not broadcast, or the net or the provider fails.
pub async fn select(
    party: &mut Party,
    condition: &BinaryShare,
    x: &BinaryShare,
    y: &BinaryShare,
) -> Result<BinaryShare, Error> {
    broadcast_shapes("select", x.shape(), y.shape())?;
    let change = and(party, &condition.mask(), &(x ^ y)).await?;
    Ok(&change ^ y)
}

/// The bitwise products of as many words on either side. One round, 16 bytes a word.
pub(super) async fn and_words(party: &mut Party, x: &[u64], y: &[u64]) -> Result<Vec<u64>, Error> {
    pairwise(
        party,
        Kind::And,
        [x, y],
        None,
        |x, a| x ^ a,
        #[inline(always)]
        |first, [eps, delta], [a, b, c]| c ^ (eps & b) ^ ((a ^ (first.wrapping_neg() & eps)) & delta),
    )
    .await
}

/// A word in which every bit whose place is a multiple of `stride` is set; `stride` is at most 64.
fn every(stride: u32) -> u64 {
    u64::MAX / (u64::MAX >> (64 - stride))
}
