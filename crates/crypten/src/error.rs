//! What can go wrong, sorted by whose fault it is.

use std::path::PathBuf;

use crypten_shares::Misuse;

/// An error of the facade; the layers below are named inside.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A configuration file is not what it should be.
    #[error("the configuration {path} cannot be used")]
    Config {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<toml::de::Error>,
    },

    /// The network layer could not connect the parties.
    #[error(transparent)]
    Comm(#[from] crypten_comm::Error),

    /// A file cannot be read or written.
    #[error("{path} cannot be read or written")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },

    /// The launcher and the configuration disagree.
    #[error("the launcher says {variable}={found}, the configuration {expected}")]
    LauncherDisagrees {
        /// The environment variable.
        variable: &'static str,
        /// Its value.
        found: String,
        /// What the configuration says.
        expected: usize,
    },

    /// The two tensors belong to different sessions.
    #[error("the operands belong to different sessions")]
    OtherSession,

    /// The mistakes of a caller in shapes, ranges and ranks.
    #[error(transparent)]
    Misuse(Misuse),

    /// A session of several parties needs a source of correlated randomness.
    #[error(
        "no dealer is configured: list one as the last node, or say provider = \"insecure-first-party\" \
         (for development: party 0 can then read everything)"
    )]
    NoProvider,

    /// A node was started as the dealer that is not.
    #[error("node {rank} is a party; the dealer of {parties} parties has rank {parties}")]
    NotTheDealer {
        /// The node's rank.
        rank: usize,
        /// The number of parties.
        parties: usize,
    },

    /// Neither operand is secret, so there is no session to compute in.
    #[error("both operands are public: at least one must be a CrypTensor")]
    NothingSecret,

    /// The precision leaves no room for a product in 64 bits.
    #[error(
        "a product at {bits} fractional bits does not fit 64-bit words: use a precision of at most 30 bits"
    )]
    NoRoomForProduct {
        /// Fractional bits of the product.
        bits: u32,
    },

    /// A configured time that is none.
    #[error("{key} = {seconds} is no number of seconds")]
    NotATime {
        /// The key in the configuration.
        key: &'static str,
        /// Its value.
        seconds: f64,
    },

    /// A process of a local session cannot be started or waited for.
    #[error("the process of node {rank} cannot be started or waited for")]
    Process {
        /// The node.
        rank: usize,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },

    /// Nothing says which party this process is.
    #[error(
        "nothing says which party this is: set CRYPTEN_CONFIG to a party's file, or CRYPTEN_DIRECTORY to what \
         `crypten provision` wrote and start through torchrun, Slurm or MPI (or set RANK), or run in a directory \
         with party.toml, or use `crypten run -n 2 -- PROGRAM`"
    )]
    NoPlace,

    /// A directory for a party exists already, perhaps with a key in it.
    #[error("{path} exists already; keys are never overwritten")]
    Occupied {
        /// The directory.
        path: PathBuf,
    },

    /// A party of a local session ended without a result.
    #[error("party {rank} panicked")]
    Panicked {
        /// Which.
        rank: usize,
    },

    /// The process of a party on this machine ended with an error, which it has printed.
    #[error("party {rank} ended with {end}")]
    PartyFailed {
        /// Which.
        rank: usize,
        /// How.
        end: std::process::ExitStatus,
    },

    /// A protocol ended: a peer's doing, or the network's.
    #[error(transparent)]
    Protocol(crypten_shares::Error),

    /// The session ended with an earlier error.
    #[error("the session is over since an earlier error")]
    SessionOver,
}

impl From<crypten_shares::Error> for Error {
    fn from(error: crypten_shares::Error) -> Self {
        match error {
            crypten_shares::Error::Misuse(misuse) => Self::Misuse(misuse),
            other => Self::Protocol(other),
        }
    }
}

impl From<Misuse> for Error {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

impl From<crypten_ring::Error> for Error {
    fn from(error: crypten_ring::Error) -> Self {
        Self::Misuse(error.into())
    }
}
