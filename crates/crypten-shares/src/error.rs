//! What can go wrong in a protocol, sorted by whose fault it is.

mod file; // of files

use crate::message::Step;
use crate::net::{Fault, FaultKind, NetError};
use crate::place::Rank;
use crate::provider::Deviation;

pub use file::{FileError, FileFlaw};

/// A mistake of the caller.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// A rank that no session of this size has.
    #[error(
        "there is no party {rank} among {parties} (parties are numbered from 0, at most {})",
        crate::MAX_PARTIES
    )]
    NoSuchPlace {
        /// The rank that was asked for.
        rank: usize,
        /// The number of parties.
        parties: usize,
    },

    /// More correlated randomness than a dealer makes at once.
    #[error(
        "one operation on so large a tensor needs more than the {limit} words of randomness that a dealer makes at once"
    )]
    TooMuchRandomness {
        /// Words of correction that one request may ask for.
        limit: u64,
    },

    /// The owner of a value did not pass it, or another party did.
    #[error("party {owner} shares this value; it alone passes it")]
    NotTheOwner {
        /// Who owns the value.
        owner: Rank,
    },

    /// Replicated sharing among another number of parties than three.
    #[error("replicated sharing is for three parties; this session has {parties}")]
    NotThreeParties {
        /// How many there are.
        parties: usize,
    },

    /// Randomness made by two parties, among another number of them.
    #[error("two parties make this randomness together; this session has {parties}")]
    NotTwoParties {
        /// How many there are.
        parties: usize,
    },

    /// A precision that leaves the functions no room for their own digits.
    #[error("functions are computed with at most {most} fractional bits; this tensor has {bits}")]
    TooPrecise {
        /// The tensor's.
        bits: u32,
        /// The most there may be.
        most: u32,
    },

    /// Shapes, axes or ranges that do not fit.
    #[error(transparent)]
    Ring(#[from] crypten_ring::Error),
}

/// What ends a protocol.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of this party cannot be read, written or used.
    #[error(transparent)]
    File(#[from] FileError),

    /// The caller broke a documented rule.
    #[error(transparent)]
    Misuse(#[from] Misuse),

    /// The network failed, or a peer left it.
    #[error(transparent)]
    Net(#[from] NetError),

    /// The run asks for other correlations than were dealt for it.
    #[error("the run is not the one that was dealt for: {0}")]
    OffPlan(Box<Deviation>),

    /// A peer's correlations were not dealt together with the others'.
    #[error("party {peer} has another plan, or a file of another dealing, than the others")]
    OtherDealing {
        /// The party.
        peer: Rank,
    },

    /// A peer runs another program.
    #[error("the programs part: this party is at {here}, party {peer} at {there}")]
    Parted {
        /// The peer.
        peer: Rank,
        /// What this party expected.
        here: Step,
        /// What the peer sent.
        there: Step,
    },

    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness")]
    Random(#[source] getrandom::Error),

    /// A dealer was asked for something that is no correlation.
    #[error("party {peer} asked for a correlation that does not exist")]
    UnknownCorrelation {
        /// Who asked.
        peer: Rank,
    },

    /// A peer sent numbers that its part of a computation cannot yield.
    #[error("party {peer} sent what cannot be used")]
    Unusable {
        /// The peer.
        peer: Rank,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// A peer computes on another shape.
    #[error(
        "at {step}, party {peer} sent {actual} words instead of {expected}: its tensors have other shapes"
    )]
    WrongLength {
        /// The peer.
        peer: Rank,
        /// Where.
        step: Step,
        /// How many words belong here.
        expected: usize,
        /// How many came.
        actual: usize,
    },
}

impl From<crypten_ring::Error> for Error {
    fn from(error: crypten_ring::Error) -> Self {
        Self::Misuse(error.into())
    }
}

impl Error {
    /// What a party that met this error tells its peers; nothing for a mistake that every party makes alike.
    #[must_use]
    pub fn fault(&self, own: Rank) -> Option<Fault> {
        match *self {
            Self::Misuse(_) => None,
            Self::Net(ref error) => Some(error.fault()),
            Self::OtherDealing { peer } | Self::Parted { peer, .. } | Self::WrongLength { peer, .. } => {
                Some(Fault { kind: FaultKind::Parted, culprit: peer })
            }
            Self::UnknownCorrelation { peer } | Self::Unusable { peer, .. } => {
                Some(Fault { kind: FaultKind::Malformed, culprit: peer })
            }
            Self::File(_) | Self::OffPlan(_) | Self::Random(_) => {
                Some(Fault { kind: FaultKind::Failed, culprit: own })
            }
        }
    }
}
