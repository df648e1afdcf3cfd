//! What can go wrong before a session starts, sorted by whose doing it is.

use std::io;
use std::net::SocketAddr;

use crypten_shares::{Fault, FaultKind, Misuse, Rank};

use crate::identity::Fingerprint;

/// Why nodes could not be connected. What goes wrong later is a [`NetError`](crypten_shares::NetError).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // The caller's.
    /// A number of parties or a rank that no session has.
    #[error(transparent)]
    Misuse(#[from] Misuse),

    /// The list of nodes fits neither the parties nor the parties and a dealer.
    #[error("{nodes} nodes are listed for a session of {parties} parties")]
    NodeCount {
        /// How many are listed.
        nodes: usize,
        /// How many parties there are.
        parties: usize,
    },

    /// The list of nodes has another fingerprint at this node's rank than its own certificate has.
    #[error("this node's certificate is {own}, but the list of nodes has {listed} at rank {rank}")]
    NotThisNode {
        /// This node's rank.
        rank: Rank,
        /// The fingerprint in the list.
        listed: Fingerprint,
        /// The fingerprint of this node's certificate.
        own: Fingerprint,
    },

    /// Two nodes are listed with the same certificate.
    #[error("nodes {first} and {second} are listed with the same certificate")]
    Twins {
        /// The lower rank.
        first: Rank,
        /// The higher rank.
        second: Rank,
    },

    /// The terms are longer than a peer would read.
    #[error("the terms take {bytes} bytes, at most {limit} are allowed")]
    TermsTooLong {
        /// Their encoded length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },

    /// A text that is not 64 hexadecimal digits.
    #[error("a fingerprint has 64 hexadecimal digits")]
    NotAFingerprint,

    /// A certificate or key could not be made.
    #[error("no certificate could be made")]
    Generate(#[source] rcgen::Error),

    /// A certificate or key could not be read.
    #[error("the certificate or key is no PEM file")]
    Pem(#[source] rustls_pki_types::pem::Error),

    /// A certificate and key that do not belong together, or of an algorithm that is not supported.
    #[error("the certificate and key cannot be used")]
    Tls(#[source] rustls::Error),

    // A peer's.
    /// A peer stopped because of an error and said so while the nodes were connecting.
    #[error("party {peer} stopped the session: {fault}")]
    Aborted {
        /// The peer that stopped.
        peer: Rank,
        /// Its reason.
        fault: Fault,
    },

    /// A peer runs with other terms.
    #[error("party {peer} has another {what:?}: {there:?}, where this node has {here:?}")]
    Disagreement {
        /// The peer.
        peer: Rank,
        /// The name of the term.
        what: String,
        /// This node's value; empty if it has none.
        here: String,
        /// The peer's value, cut and with unprintable letters replaced; empty if it has none.
        there: String,
    },

    /// A peer with the right certificate does not speak this protocol.
    #[error("party {peer} does not speak the protocol of crypten")]
    NotACrypten {
        /// The peer.
        peer: Rank,
    },

    /// A peer did not accept this node's certificate.
    #[error("party {peer} refused this node's certificate")]
    Refused {
        /// The peer.
        peer: Rank,
    },

    /// Somebody else answers at a peer's address.
    #[error("party {peer} should show the certificate {expected}, but {presented} was shown")]
    WrongCertificate {
        /// The peer that was expected.
        peer: Rank,
        /// The fingerprint in the list of nodes.
        expected: Fingerprint,
        /// The fingerprint that was shown.
        presented: Fingerprint,
    },

    // The network's.
    /// The address to listen at cannot be used.
    #[error("cannot listen at {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },

    /// The connection to a peer broke while the nodes were connecting.
    #[error("the connection to party {peer} was lost")]
    Lost {
        /// The peer.
        peer: Rank,
        /// What the transport says.
        #[source]
        source: quinn::ConnectionError,
    },

    /// Not every peer was there before the deadline.
    #[error(
        "no connection to {} before the deadline; {} strangers were turned away",
        list(.missing),
        .strangers.len()
    )]
    NotConnected {
        /// Who was not there.
        missing: Vec<Rank>,
        /// Certificates that were shown to this node and are not in its list; the first few.
        strangers: Vec<Fingerprint>,
    },

    /// The network thread could not be started, or ended.
    #[error("the network thread cannot run")]
    Thread(#[source] io::Error),
}

impl Error {
    /// What a node of rank `own` that met this error tells the peers it reaches.
    pub(crate) fn fault(&self, own: Rank) -> Fault {
        let (kind, culprit) = match *self {
            Self::Aborted { fault, .. } => return fault,
            Self::Disagreement { peer, .. } => (FaultKind::Parted, peer),
            Self::NotACrypten { peer } => (FaultKind::Malformed, peer),
            Self::Lost { peer, .. } | Self::Refused { peer } | Self::WrongCertificate { peer, .. } => {
                (FaultKind::Lost, peer)
            }
            Self::NotConnected { ref missing, .. } => {
                (FaultKind::Lost, missing.first().copied().unwrap_or(own))
            }
            _ => (FaultKind::Failed, own),
        };
        Fault { kind, culprit }
    }
}

fn list(ranks: &[Rank]) -> String {
    ranks.iter().map(|rank| format!("party {rank}")).collect::<Vec<_>>().join(", ")
}
