//! Division by a power of two with a dealt mask: no failure, off by at most one unit.
//!
//! For `|z| < 2^62`, with dealt `[r]`, `[r >> f]`, `[r_63]`: open `c = z + 2^62 + r`. Then
//! `z >> f = (c >> f) - [r >> f] + (1 - c_63) 2^(64-f) [r_63] - 2^(62-f)`, one unit more if the low bits of
//! `z + r` carry: the rounding is stochastic. So with any divisor `d` in place of `2^f`, off by less than two units.

use crypten_ring::{RingTensor, UNIT};
use zeroize::Zeroizing;

use crate::correlation::{Algebra, Kind};
use crate::error::Error;
use crate::opening::Opening;
use crate::party::Party;
use crate::protocol::periodic::unmasked;
use crate::protocol::pieces::{pieces, span, units_of};
use crate::share::ArithmeticShare;

/// What is added before a truncation, so that a negative value does not wrap.
pub(super) const OFFSET: u64 = 1 << 62;

/// Public constants of a truncation of the opened `c = z + 2^62 + r`: what is added, and the factor of `[r_63]`.
#[inline(always)]
pub(super) fn constants(bits: u32, c: u64) -> (u64, u64) {
    let top = c >> 63;
    ((c >> bits).wrapping_sub(OFFSET >> bits), (1 - top) << (64 - bits))
}

/// Divides by `2^bits`, `1 <= bits <= 62`.
///
/// # Rounds
/// One, 8 bytes an element.
///
/// # Security
/// Opens the value under a uniform mask. The result is the quotient rounded down, or one unit more.
///
/// # Errors
/// If the net or the provider fails.
///
/// # Panics
/// If `bits` is outside `1..=62`. Values of `2^62` and above in magnitude give wrong results.
pub async fn truncate(
    party: &mut Party,
    share: &ArithmeticShare,
    bits: u32,
) -> Result<ArithmeticShare, Error> {
    let words = share.own().words();
    let Some(mut run) = Truncation::start(party, bits, words.len()).await? else {
        return Ok(ArithmeticShare::zeros(share.shape()));
    };
    for piece in pieces(units_of(words.len())) {
        let elements = span(piece.start, words.len()).start..span(piece.end - 1, words.len()).end;
        run.send(party, words[elements].to_vec()).await?;
    }
    Ok(ArithmeticShare::new(RingTensor::from_vec(share.shape(), run.finish(party).await?)))
}

/// Divides by a whole number from 1 to `2^62`.
///
/// # Rounds
/// One, 8 bytes an element; none for 1.
///
/// # Domain
/// Values below `2^62` in magnitude; the result is off by less than two units. Beyond, it is wrong without notice.
///
/// # Security
/// Opens the value under a uniform mask.
///
/// # Errors
/// If the net or the provider fails.
///
/// # Panics
/// If the divisor is 0 or above `2^62`.
pub async fn divide(
    party: &mut Party,
    share: &ArithmeticShare,
    divisor: u64,
) -> Result<ArithmeticShare, Error> {
    assert!((1..=OFFSET).contains(&divisor), "a division by {divisor}");
    match divisor {
        1 => return Ok(share.clone()),
        _ if divisor.is_power_of_two() => return truncate(party, share, divisor.trailing_zeros()).await,
        _ => {}
    }
    let first = u64::from(party.place().is_first());
    let raised = share.add_public(party.place(), &RingTensor::scalar(OFFSET));
    // No power of two: 2^64 - 1 has as many divisors in it as 2^64.
    let (offset, wrap) = (OFFSET / divisor, u64::MAX / divisor);
    let [quotient] = unmasked(
        party,
        &raised,
        Kind::Division { divisor },
        #[inline(always)]
        |dealt, c, [out]: &mut [[u64; UNIT]; 1]| {
            let (shifted, top) = dealt.split_at(UNIT);
            for i in 0..UNIT {
                let public = first.wrapping_neg() & (c[i] / divisor).wrapping_sub(offset);
                let carried = (1 - (c[i] >> 63)).wrapping_mul(wrap).wrapping_mul(top[i]);
                out[i] = public.wrapping_sub(shifted[i]).wrapping_add(carried);
            }
        },
    )
    .await?;
    Ok(quotient)
}

/// A truncation whose input comes piece by piece.
pub(super) struct Truncation {
    bits: u32,
    elements: usize,
    supply: crate::correlation::Supply,
    opening: Opening,
    /// Words of `[r >> f]` and `[r_63]`, a unit after the other.
    dealt: Zeroizing<Vec<u64>>,
    sent: usize,
}

impl Truncation {
    /// Nothing at a party that holds no share.
    pub(super) async fn start(party: &mut Party, bits: u32, elements: usize) -> Result<Option<Self>, Error> {
        assert!((1..=62).contains(&bits), "a truncation by {bits} bits");
        let Some(supply) = party.supply(Kind::Truncation { bits }, units_of(elements)).await? else {
            return Ok(None);
        };
        let opening = Opening::new(party, "truncate", Algebra::Additive);
        let dealt = party.buffer(units_of(elements) * 3 * UNIT);
        Ok(Some(Self { bits, elements, supply, opening, dealt, sent: 0 }))
    }

    /// Sends the next elements; all but the last call pass whole units.
    pub(super) async fn send(&mut self, party: &mut Party, mut message: Vec<u64>) -> Result<(), Error> {
        let offset = if party.place().is_first() { OFFSET } else { 0 };
        for words in message.chunks_mut(UNIT) {
            let unit = &mut self.dealt[3 * UNIT * self.sent..][..3 * UNIT];
            party.expand(&mut self.supply, unit).await?;
            self.sent += 1;
            crypten_ring::vectorized(
                #[inline(always)]
                || {
                    for (word, &r) in words.iter_mut().zip(&unit[..UNIT]) {
                        *word = word.wrapping_add(r).wrapping_add(offset);
                    }
                },
            );
        }
        self.opening.send(party, message).await
    }

    /// This party's shares of the quotients.
    pub(super) async fn finish(mut self, party: &mut Party) -> Result<Vec<u64>, Error> {
        let (bits, first) = (self.bits, u64::from(party.place().is_first()));
        let mut out = Vec::with_capacity(self.elements);
        while out.len() < self.elements {
            let mut c = self.opening.receive(party).await?;
            for (unit, c) in c.chunks_mut(UNIT).enumerate() {
                let dealt = &self.dealt[3 * (out.len() + UNIT * unit)..];
                let (shifted, top) = (&dealt[UNIT..2 * UNIT], &dealt[2 * UNIT..3 * UNIT]);
                crypten_ring::vectorized(
                    #[inline(always)]
                    || {
                        for ((c, &shifted), &top) in c.iter_mut().zip(shifted).zip(top) {
                            let (constant, factor) = constants(bits, *c);
                            let public = first.wrapping_neg() & constant;
                            *c = public.wrapping_sub(shifted).wrapping_add(factor.wrapping_mul(top));
                        }
                    },
                );
            }
            out.extend(&*c);
        }
        party.recycle(self.dealt);
        Ok(out)
    }
}
