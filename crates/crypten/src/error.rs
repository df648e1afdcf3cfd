//! What can go wrong, sorted by whose fault it is.

use std::path::PathBuf;

use crypten_shares::{FileError, FileFlaw, Misuse, Rank};

use crate::split::SplitError;

/// An error of the facade; the layers below are named inside. `main` may return it: it prints with all its causes.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A mistake in the use of a graph of differentiable tensors.
    #[error(transparent)]
    Autograd(crypten_autograd::Error),

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

    /// The content of a file is not what it should be.
    #[error("{path} cannot be used: {flaw}")]
    FlawedFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        flaw: FileFlaw,
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

    /// A file of a model that cannot be read or written, a graph that does not fit together, a state that does not fit a
    /// module, or a setting of an optimiser or a schedule out of its range.
    #[error(transparent)]
    Model(#[from] crypten_nn::Error),

    /// A party could not read or write its file. There, the error says why.
    #[error("party {peer} cannot read or write its file; it knows why")]
    NoFileAtParty {
        /// Which.
        peer: Rank,
    },

    /// A file does not hold a single tensor.
    #[error("{path} holds {count} tensors instead of one")]
    NotOneTensor {
        /// The file.
        path: PathBuf,
        /// How many it holds.
        count: usize,
    },

    /// A file of shares was written at another precision.
    #[error("{path} was written with {found} fractional bits; the session has {expected}")]
    OtherPrecision {
        /// The file.
        path: PathBuf,
        /// The precision that it was written with.
        found: u64,
        /// The session's.
        expected: u32,
    },

    /// The parties' files were not saved together.
    #[error("the file of party {peer} is from another save than the others'")]
    OtherSave {
        /// The party.
        peer: Rank,
    },

    /// The two tensors belong to different sessions.
    #[error("the operands belong to different sessions")]
    OtherSession,

    /// The mistakes of a caller in shapes, ranges and ranks.
    #[error(transparent)]
    Misuse(Misuse),

    /// A session of several parties needs a source of correlated randomness.
    #[error(
        "no source of correlated randomness is configured: list a dealer as the last node, or say provider = \
         \"replicated\" (three parties of whom no two collude) or \"paillier\" (two parties; slow), or preprocessing = a \
         file that `crypten deal` made, or provider = \"insecure-first-party\" (for development: party 0 can then read everything)"
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
    #[error("no operand is secret: at least one must be a CrypTensor or a BinaryTensor")]
    NothingSecret,

    /// The precision leaves no room for a product in 64 bits.
    #[error(
        "a product at {bits} fractional bits does not fit 64-bit words: use a precision of at most 30 bits"
    )]
    NoRoomForProduct {
        /// Fractional bits of the product.
        bits: u32,
    },

    /// A probability lies between 0 and 1.
    #[error("{value} is no probability: 0 to 1 are allowed")]
    NotAProbability {
        /// The number.
        value: f64,
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

    /// Two tensors are to be saved under one name.
    #[error("two tensors are called {name:?}")]
    RepeatedName {
        /// The name.
        name: String,
    },

    /// The session ended with an earlier error.
    #[error("the session has ended with an earlier error, which the operation that met it returned")]
    SessionOver,

    /// A mistake in the use of a model that is split between parties.
    #[error(transparent)]
    Split(#[from] SplitError),

    /// Fewer elements than a statistic is defined for.
    #[error("{operation} of {elements} elements: at least {needed} are needed")]
    TooFewElements {
        /// What was to be computed.
        operation: &'static str,
        /// How many there are.
        elements: usize,
        /// How many it takes.
        needed: usize,
    },

    /// An array in a file is of no type that can be read.
    #[error("{path} holds numbers of type {numbers:?}, which are not read")]
    UnknownNumbers {
        /// The file.
        path: PathBuf,
        /// The type, as NumPy calls it.
        numbers: String,
    },
}

impl std::fmt::Debug for Error {
    /// The message and what caused it, a line each: what a program shows whose `main` returns the error.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")?;
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            write!(f, "\n  because: {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl From<crypten_autograd::Error> for Error {
    /// Shapes that do not fit are the same mistake with a graph and without.
    fn from(error: crypten_autograd::Error) -> Self {
        match error {
            crypten_autograd::Error::Shape(error) => error.into(),
            other => Self::Autograd(other),
        }
    }
}

impl From<crypten_shares::Error> for Error {
    fn from(error: crypten_shares::Error) -> Self {
        match error {
            crypten_shares::Error::Misuse(misuse) => Self::Misuse(misuse),
            crypten_shares::Error::File(error) => error.into(),
            other => Self::Protocol(other),
        }
    }
}

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Flawed { path, flaw } => Self::FlawedFile { path, flaw },
            FileError::System { path, source } => Self::File { path, source },
            other => Self::Protocol(other.into()),
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
