//! Who takes part: [`Rank`] names one party, [`Place`] is a rank that is known to lie below the number of parties.

use std::fmt;

use crate::error::Misuse;

/// The most parties one session may have.
pub const MAX_PARTIES: usize = 64;

/// The number of one node of a session: parties are `0..n`, a dealer, where there is one, is `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rank(u16);

impl Rank {
    /// Party 0, which adds public values to a sharing and receives corrections.
    pub const FIRST: Self = Self(0);

    /// Party 1, which holds the other half of a replicated session's shares.
    pub const SECOND: Self = Self(1);

    /// Party 2, which deals masks in a replicated session.
    pub const THIRD: Self = Self(2);

    /// The rank with this number, if a session can have it.
    #[must_use]
    pub fn new(index: usize) -> Option<Self> {
        u16::try_from(index).ok().filter(|_| index <= MAX_PARTIES).map(Self)
    }

    /// The number, for indexing lists in rank order.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One node's place in a session: its rank and the number of parties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Invariant: at most `parties`; equal only at the dealer.
    rank: Rank,
    /// Invariant: in `1..=MAX_PARTIES`.
    parties: u16,
}

impl Place {
    /// The place of party `rank` among `parties`.
    ///
    /// # Errors
    /// [`Misuse::NoSuchPlace`] unless `rank < parties <= MAX_PARTIES`.
    pub fn new(rank: usize, parties: usize) -> Result<Self, Misuse> {
        match (Rank::new(rank), u16::try_from(parties)) {
            (Some(place), Ok(count)) if rank < parties && parties <= MAX_PARTIES => {
                Ok(Self { rank: place, parties: count })
            }
            _ => Err(Misuse::NoSuchPlace { rank, parties }),
        }
    }

    /// The place of the dealer that serves `parties` parties.
    ///
    /// # Errors
    /// [`Misuse::NoSuchPlace`] unless `1 <= parties <= MAX_PARTIES`.
    pub fn dealer(parties: usize) -> Result<Self, Misuse> {
        let last = Self::new(parties.wrapping_sub(1), parties)?;
        Ok(Self { rank: last.dealer_rank(), ..last })
    }

    /// This node's rank.
    #[must_use]
    pub fn rank(self) -> Rank {
        self.rank
    }

    /// How many parties compute together; a dealer is not counted.
    #[must_use]
    pub fn parties(self) -> usize {
        usize::from(self.parties)
    }

    /// Whether this is party 0.
    #[must_use]
    pub fn is_first(self) -> bool {
        self.rank == Rank::FIRST
    }

    /// The rank that a dealer of this session has.
    #[must_use]
    pub fn dealer_rank(self) -> Rank {
        Rank(self.parties)
    }

    /// The party with this number.
    ///
    /// # Errors
    /// [`Misuse::NoSuchPlace`] if there are not that many parties.
    pub fn party(self, index: usize) -> Result<Rank, Misuse> {
        Self::new(index, self.parties()).map(Self::rank)
    }

    /// All parties in rank order.
    pub fn everyone(self) -> impl Iterator<Item = Rank> + Clone {
        (0..self.parties).map(Rank)
    }

    /// All parties but this one, in rank order.
    pub fn peers(self) -> impl Iterator<Item = Rank> + Clone {
        self.everyone().filter(move |&rank| rank != self.rank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_lies_among_its_parties() {
        let place = Place::new(1, 3).unwrap();
        assert_eq!(place.peers().map(Rank::index).collect::<Vec<_>>(), [0, 2]);
        assert_eq!(Place::new(3, 3), Err(Misuse::NoSuchPlace { rank: 3, parties: 3 }));
        assert_eq!(Place::new(0, 0), Err(Misuse::NoSuchPlace { rank: 0, parties: 0 }));
        assert_eq!(Place::dealer(3).unwrap().rank().index(), 3);
        assert!(Place::dealer(0).is_err());
    }
}
