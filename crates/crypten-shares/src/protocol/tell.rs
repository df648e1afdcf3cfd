//! Public words: from one party to all, and from all to all.

use crate::error::{Error, Misuse};
use crate::message::{MAX_WORDS, Message};
use crate::party::{Party, random_seed};
use crate::place::Rank;

/// What party `from` says to all: `count` words. It alone passes them; everybody knows how many there are.
///
/// # Rounds
/// One, 8 bytes a word from one party to each other.
///
/// # Security
/// Every party learns the words: they are public.
///
/// # Errors
/// [`Misuse::NotTheOwner`] if `from` passes no words or another party does; if there are not `count` of them, or the
/// net fails.
pub async fn tell(
    party: &mut Party,
    from: Rank,
    count: usize,
    words: Option<&[u64]>,
) -> Result<Vec<u64>, Error> {
    let place = party.place();
    place.party(from.index())?;
    if (place.rank() == from) != words.is_some() {
        return Err(Misuse::NotTheOwner { owner: from }.into());
    }
    if let Some(words) = words
        && words.len() != count
    {
        let (left, right) = (vec![words.len()], vec![count]);
        return Err(crypten_ring::Error::ShapeMismatch { operation: "tell", left, right }.into());
    }
    let step = party.round("tell");
    if let Some(words) = words {
        for piece in words.chunks(MAX_WORDS) {
            party.broadcast(&Message::new(step, piece.to_vec())).await?;
        }
        return Ok(words.to_vec());
    }
    let mut words = Vec::new();
    while words.len() < count {
        let piece = MAX_WORDS.min(count - words.len());
        words.extend(&*party.receive_from(from, step, piece).await?);
    }
    Ok(words)
}

/// What every party says to all, in rank order. All say equally many words.
///
/// # Rounds
/// One, 8 bytes a word.
///
/// # Security
/// Every party learns all words: they are public.
///
/// # Errors
/// If the net fails or a peer says more or fewer words.
pub async fn exchange(party: &mut Party, words: &[u64]) -> Result<Vec<Vec<u64>>, Error> {
    let (place, step) = (party.place(), party.round("exchange"));
    for piece in words.chunks(MAX_WORDS) {
        party.broadcast(&Message::new(step, piece.to_vec())).await?;
    }
    let mut said = Vec::new();
    for rank in place.everyone() {
        if rank == place.rank() {
            said.push(words.to_vec());
            continue;
        }
        let mut theirs = Vec::new();
        for piece in words.chunks(MAX_WORDS) {
            theirs.extend(&*party.receive_from(rank, step, piece.len()).await?);
        }
        said.push(theirs);
    }
    Ok(said)
}

/// A name that no two callers of the world share: 256 random bits that party 0 draws.
///
/// # Rounds
/// One, 32 bytes from party 0 to each other.
///
/// # Errors
/// If the net fails or the operating system gives no randomness.
///
/// # Panics
/// Never: four words are told.
pub async fn agree(party: &mut Party) -> Result<[u64; 4], Error> {
    let own = if party.place().is_first() { Some(random_seed()?.to_words()) } else { None };
    let words = tell(party, Rank::FIRST, 4, own.as_ref().map(|own| &own[..])).await?;
    Ok(words.try_into().expect("four words are told"))
}

/// The first party that says something else than most do; where no words have a majority, than those that came first
/// among the most frequent. All parties come to the same answer.
#[must_use]
pub fn odd_one_out(said: &[Vec<u64>]) -> Option<Rank> {
    let votes = |words: &[u64]| said.iter().filter(|other| other.as_slice() == words).count();
    let usual = said.iter().rev().max_by_key(|words| votes(words.as_slice()))?;
    said.iter().position(|words| words != usual).and_then(Rank::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_odd_one_out_is_in_the_minority() {
        let odd = |said: &[u64]| {
            let said: Vec<Vec<u64>> = said.iter().map(|&word| vec![word]).collect();
            odd_one_out(&said).map(Rank::index)
        };
        assert_eq!(odd(&[7, 7, 7]), None);
        assert_eq!(odd(&[7, 8]), Some(1));
        assert_eq!(odd(&[8, 7, 7]), Some(0));
        assert_eq!(odd(&[7, 8, 9]), Some(1));
        assert_eq!(odd(&[]), None);
    }
}
