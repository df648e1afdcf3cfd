//! The only door from secret to public.

use crypten_ring::{BitTensor, RingTensor};

use crate::correlation::Algebra;
use crate::error::Error;
use crate::message::MAX_WORDS;
use crate::opening::Opening;
use crate::party::Party;
use crate::place::Rank;
use crate::share::{ArithmeticShare, BinaryShare, BitShare};

/// Opens a tensor to all parties.
///
/// # Rounds
/// One, 8 bytes an element.
///
/// # Security
/// Opens the value, and nothing beside it, to every party: the shares are re-randomised by a sharing of zero.
///
/// # Errors
/// If the net fails or a peer runs another program.
pub async fn reveal(party: &mut Party, share: &ArithmeticShare) -> Result<RingTensor, Error> {
    let words = open(party, "reveal", Algebra::Additive, share.shape(), &share.own().words()).await?;
    Ok(RingTensor::from_vec(share.shape(), words))
}

/// Opens a tensor to one party; the others get `None`.
///
/// # Rounds
/// One, 8 bytes an element, to that party only.
///
/// # Security
/// Opens the value to `to` and nothing to anybody else.
///
/// # Errors
/// If the net fails or a peer runs another program.
pub async fn reveal_to(
    party: &mut Party,
    share: &ArithmeticShare,
    to: Rank,
) -> Result<Option<RingTensor>, Error> {
    open_to(party, Algebra::Additive, share.own(), to).await
}

/// Opens bits to all parties.
///
/// # Rounds
/// One, 1 bit an element.
///
/// # Security
/// Opens the bits to every party.
///
/// # Errors
/// If the net fails or a peer runs another program.
pub async fn reveal_bits(party: &mut Party, share: &BitShare) -> Result<BitTensor, Error> {
    let words = open(party, "reveal bits", Algebra::Xor, share.shape(), share.own().words()).await?;
    Ok(BitTensor::from_words(share.shape(), words))
}

/// Opens words that are shared by exclusive or, to all parties.
///
/// # Rounds
/// One, 8 bytes an element.
///
/// # Security
/// Opens the words to every party.
///
/// # Errors
/// If the net fails or a peer runs another program.
pub async fn reveal_binary(party: &mut Party, share: &BinaryShare) -> Result<RingTensor, Error> {
    let words = open(party, "reveal binary", Algebra::Xor, share.shape(), &share.own().words()).await?;
    Ok(RingTensor::from_vec(share.shape(), words))
}

/// Opens words that are shared by exclusive or, to one party; the others get `None`.
///
/// # Rounds
/// One, 8 bytes an element, to that party only.
///
/// # Security
/// Opens the words to `to` and nothing to anybody else.
///
/// # Errors
/// If the net fails or a peer runs another program.
pub async fn reveal_binary_to(
    party: &mut Party,
    share: &BinaryShare,
    to: Rank,
) -> Result<Option<RingTensor>, Error> {
    open_to(party, Algebra::Xor, share.own(), to).await
}

async fn open_to(
    party: &mut Party,
    algebra: Algebra,
    own: &RingTensor,
    to: Rank,
) -> Result<Option<RingTensor>, Error> {
    let place = party.place();
    place.party(to.index())?;
    let step = party.round("reveal to one");
    party.disclose("reveal to one", own.shape(), Some(to));
    let mut words = own.words().into_owned();
    algebra.accumulate(&mut words, &party.zero(own.len(), algebra));
    if place.rank() != to {
        for piece in words.chunks(MAX_WORDS) {
            party.send_to(to, step, piece.to_vec()).await?;
        }
        return Ok(None);
    }
    for piece in words.chunks_mut(MAX_WORDS) {
        for peer in place.peers() {
            let theirs = party.receive_from(peer, step, piece.len()).await?;
            algebra.accumulate(piece, &theirs);
        }
    }
    Ok(Some(RingTensor::from_vec(own.shape(), words)))
}

/// A result is re-randomised before it is opened, so that what the peers see depends on the value alone and not on
/// how it was computed.
async fn open(
    party: &mut Party,
    operation: &'static str,
    algebra: Algebra,
    shape: &[usize],
    own: &[u64],
) -> Result<Vec<u64>, Error> {
    let mut opening = Opening::among_all(party, operation, algebra);
    party.disclose(operation, shape, None);
    let zero = party.zero(own.len(), algebra);
    for (own, zero) in own.chunks(MAX_WORDS).zip(zero.chunks(MAX_WORDS)) {
        let mut words = own.to_vec();
        algebra.accumulate(&mut words, zero);
        opening.send(party, words).await?;
    }
    let mut values = Vec::with_capacity(own.len());
    for _ in own.chunks(MAX_WORDS) {
        values.extend(&*opening.receive(party).await?);
    }
    Ok(values)
}
