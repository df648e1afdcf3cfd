//! The port through which a party speaks to its peers.
//!
//! A transport moves [`Message`]s between nodes, in order for each pair, and names the peer in every error.
//! It knows nothing of shares or protocols. The workspace's own transports live in `crypten-comm`, with the
//! conformance suite that any other implementation can run.

mod metered; // counts what comes in

use std::time::Duration;

use async_trait::async_trait;

use crate::message::{MAX_WORDS, Message};
use crate::place::{Place, Rank};

pub(crate) use metered::Metered;

/// A party's connections to its peers (and to the dealer, rank `n`, where there is one).
///
/// # Laws
/// - Messages from one node to another arrive complete, unmodified and in the order in which they were sent.
/// - [`send`](Net::send) queues: it does not wait for the receiver, so all parties may send before any receives.
/// - [`receive`](Net::receive) ends within the transport's deadline, with a message or an error that names the peer.
/// - What a peer does never makes it panic.
#[async_trait]
pub trait Net: Send {
    /// Which party this is, among how many.
    fn place(&self) -> Place;

    /// Queues `message` for the node `to`.
    ///
    /// # Errors
    /// If the connection to `to` is known to be gone.
    async fn send(&mut self, to: Rank, message: Message) -> Result<(), NetError>;

    /// The next message from the node `from`.
    ///
    /// # Errors
    /// If the connection fails, the peer stops or misbehaves, or nothing came before the deadline.
    async fn receive(&mut self, from: Rank) -> Result<Message, NetError>;

    /// Tells every peer why this party stops, as far as they can still be reached, and closes the connections.
    async fn abort(&mut self, fault: Fault);
}

/// Why a party stopped, as it tells its peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What went wrong.
    pub kind: FaultKind,
    /// Whose doing it was, as far as the party that stopped could see; itself if the error was its own.
    pub culprit: Rank,
}

/// What went wrong at a party that stopped. The number is its code on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u8)]
pub enum FaultKind {
    /// The party met an error of its own.
    Failed = 1,
    /// The connection to the culprit was lost.
    Lost = 2,
    /// The culprit sent bytes that are no message, or a length over the limit.
    Malformed = 3,
    /// The culprit runs another program.
    Parted = 4,
    /// The culprit sent nothing before the deadline.
    Silent = 5,
}

impl FaultKind {
    /// The kind with this code; an unknown code is a failure of unknown kind.
    #[must_use]
    pub fn from_code(code: u8) -> Self {
        match code {
            2 => Self::Lost,
            3 => Self::Malformed,
            4 => Self::Parted,
            5 => Self::Silent,
            _ => Self::Failed,
        }
    }

    fn story(self) -> &'static str {
        match self {
            Self::Failed => "met an error of its own",
            Self::Lost => "was lost from the network",
            Self::Malformed => "sent bytes that are no message",
            Self::Parted => "runs another program",
            Self::Silent => "sent nothing before the deadline",
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "party {} {}", self.culprit, self.kind.story())
    }
}

/// What can go wrong between two nodes. Every variant names the peer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetError {
    /// A peer stopped because of an error and said so before it closed the connection.
    #[error("party {peer} stopped the session: {fault}")]
    Aborted {
        /// The peer that stopped.
        peer: Rank,
        /// Its reason.
        fault: Fault,
    },

    /// A peer closed its connection in the ordinary way while a message from it was still awaited.
    #[error("party {peer} left the session while a message from it was awaited")]
    Left {
        /// The peer.
        peer: Rank,
    },

    /// The connection broke.
    #[error("the connection to party {peer} was lost")]
    Lost {
        /// The peer.
        peer: Rank,
        /// What the transport says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// A peer sent bytes that are no message.
    #[error("party {peer} sent bytes that are no message")]
    Malformed {
        /// The peer.
        peer: Rank,
    },

    /// There is no such peer.
    #[error("there is no connection to party {peer}")]
    NoSuchPeer {
        /// The rank that was named.
        peer: Rank,
    },

    /// A peer announced a message longer than any protocol sends.
    #[error("party {peer} announced a message of {words} words; at most {MAX_WORDS} are allowed")]
    Oversized {
        /// The peer.
        peer: Rank,
        /// The length it claimed.
        words: u64,
    },

    /// Nothing came before the deadline.
    #[error("party {peer} sent nothing for {waited:?}")]
    Silent {
        /// The peer.
        peer: Rank,
        /// The deadline.
        waited: Duration,
    },
}

impl NetError {
    /// The fault that a party which met this error reports to its peers.
    #[must_use]
    pub fn fault(&self) -> Fault {
        let (kind, culprit) = match *self {
            Self::Aborted { fault, .. } => return fault,
            Self::Left { peer } | Self::Lost { peer, .. } | Self::NoSuchPeer { peer } => {
                (FaultKind::Lost, peer)
            }
            Self::Malformed { peer } | Self::Oversized { peer, .. } => (FaultKind::Malformed, peer),
            Self::Silent { peer, .. } => (FaultKind::Silent, peer),
        };
        Fault { kind, culprit }
    }
}
