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
    let mut quotients = truncate_all(party, &[(share, bits)]).await?;
    Ok(quotients.pop().expect("one quotient for one tensor"))
}

/// Divides each of several tensors by a power of two of its own, as [`truncate`] does one.
///
/// # Rounds
/// One, 8 bytes an element; none for no tensors.
///
/// # Security
/// As [`truncate`].
///
/// # Errors
/// If the net or the provider fails.
///
/// # Panics
/// As [`truncate`].
pub async fn truncate_all(
    party: &mut Party,
    shares: &[(&ArithmeticShare, u32)],
) -> Result<Vec<ArithmeticShare>, Error> {
    // All supplies before anything is sent: if there is not enough, no message is left behind.
    let mut parts: Vec<Part> = Vec::with_capacity(shares.len());
    for (share, bits) in shares {
        if let Some(before) = parts.last_mut() {
            before.expand_all(party).await?;
        }
        parts.extend(Part::start(party, *bits, share.own().len()).await?);
    }
    if parts.is_empty() {
        return Ok(shares.iter().map(|(share, _)| ArithmeticShare::zeros(share.shape())).collect());
    }
    let mut opening = Opening::new(party, "truncate", Algebra::Additive);
    for (part, (share, _)) in parts.iter_mut().zip(shares) {
        let words = share.own().words();
        for piece in pieces(units_of(words.len())) {
            let elements = span(piece.start, words.len()).start..span(piece.end - 1, words.len()).end;
            part.send(party, &mut opening, words[elements].to_vec()).await?;
        }
    }
    let mut quotients = Vec::with_capacity(shares.len());
    for (part, (share, _)) in parts.into_iter().zip(shares) {
        let words = part.finish(party, &mut opening).await?;
        quotients.push(ArithmeticShare::new(RingTensor::from_vec(share.shape(), words)));
    }
    Ok(quotients)
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
    part: Part,
    opening: Opening,
}

impl Truncation {
    /// Nothing at a party that holds no share.
    pub(super) async fn start(party: &mut Party, bits: u32, elements: usize) -> Result<Option<Self>, Error> {
        let Some(part) = Part::start(party, bits, elements).await? else {
            return Ok(None);
        };
        Ok(Some(Self { part, opening: Opening::new(party, "truncate", Algebra::Additive) }))
    }

    /// Sends the next elements; all but the last call pass whole units.
    pub(super) async fn send(&mut self, party: &mut Party, message: Vec<u64>) -> Result<(), Error> {
        self.part.send(party, &mut self.opening, message).await
    }

    /// This party's shares of the quotients.
    pub(super) async fn finish(mut self, party: &mut Party) -> Result<Vec<u64>, Error> {
        self.part.finish(party, &mut self.opening).await
    }
}

/// What one power of two divides within an opening.
struct Part {
    bits: u32,
    elements: usize,
    supply: crate::correlation::Supply,
    /// Words of `[r >> f]` and `[r_63]`, a unit after the other.
    dealt: Zeroizing<Vec<u64>>,
    /// Units that are in `dealt`.
    expanded: usize,
    /// Units that have masked what was sent.
    sent: usize,
}

impl Part {
    async fn start(party: &mut Party, bits: u32, elements: usize) -> Result<Option<Self>, Error> {
        assert!((1..=62).contains(&bits), "a truncation by {bits} bits");
        let Some(supply) = party.supply(Kind::Truncation { bits }, units_of(elements)).await? else {
            return Ok(None);
        };
        let dealt = party.buffer(units_of(elements) * 3 * UNIT);
        Ok(Some(Self { bits, elements, supply, dealt, expanded: 0, sent: 0 }))
    }

    /// Spends the whole supply, as has to be done before there is another.
    async fn expand_all(&mut self, party: &mut Party) -> Result<(), Error> {
        self.expand(party, units_of(self.elements)).await
    }

    /// Spends the supply until so many units of it are spent.
    async fn expand(&mut self, party: &mut Party, units: usize) -> Result<(), Error> {
        while self.expanded < units {
            let unit = &mut self.dealt[3 * UNIT * self.expanded..][..3 * UNIT];
            party.expand(&mut self.supply, unit).await?;
            self.expanded += 1;
        }
        Ok(())
    }

    async fn send(
        &mut self,
        party: &mut Party,
        opening: &mut Opening,
        mut message: Vec<u64>,
    ) -> Result<(), Error> {
        let offset = if party.place().is_first() { OFFSET } else { 0 };
        for words in message.chunks_mut(UNIT) {
            self.expand(party, self.sent + 1).await?;
            let unit = &self.dealt[3 * UNIT * self.sent..][..3 * UNIT];
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
        opening.send(party, message).await
    }

    async fn finish(self, party: &mut Party, opening: &mut Opening) -> Result<Vec<u64>, Error> {
        let (bits, first) = (self.bits, u64::from(party.place().is_first()));
        let mut out = Vec::with_capacity(self.elements);
        while out.len() < self.elements {
            let mut c = opening.receive(party).await?;
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
