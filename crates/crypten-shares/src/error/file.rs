//! What can go wrong with a file.

use std::io;
use std::path::{Path, PathBuf};

/// A file that cannot be read, written or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Its content is not what it should be.
    #[error("{path} cannot be used: {flaw}")]
    Flawed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        flaw: FileFlaw,
    },

    /// It cannot be read or written.
    #[error("{path} cannot be read or written")]
    System {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl FileError {
    /// Turns what the system says of a file into an error that names the file.
    pub fn at(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |source| Self::System { path, source }
    }

    /// The error of a file with a flaw.
    #[must_use]
    pub fn flawed(path: &Path, flaw: FileFlaw) -> Self {
        Self::Flawed { path: path.to_path_buf(), flaw }
    }
}

/// What is wrong with the content of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileFlaw {
    /// It was changed after it had been written.
    #[error("its checksum does not fit its content")]
    Checksum,

    /// It is something else.
    #[error("it is no file of this kind")]
    Foreign,

    /// Another process has it open.
    #[error("it is in use")]
    InUse,

    /// It was cut off, or something was added.
    #[error("it is shorter or longer than it says")]
    Length,

    /// A line of a text says what no such line says.
    #[error("line {number} is not understood")]
    Line {
        /// Counted from 1.
        number: usize,
    },

    /// It says what no such file says.
    #[error("it is not understood")]
    Malformed,

    /// It was written for a session of another size.
    #[error("it is for {found} parties; here are {expected}")]
    Parties {
        /// How many parties it is for.
        found: u64,
        /// How many there are.
        expected: usize,
    },

    /// It was written for another party.
    #[error("it is for party {found}; this is party {expected}")]
    Rank {
        /// Whose it is.
        found: u64,
        /// Who reads it.
        expected: usize,
    },

    /// It was written in a session that shares in another way.
    #[error("its shares are {}; this session's are not", if *replicated { "replicated" } else { "additive" })]
    Sharing {
        /// Whether it is from a replicated session.
        replicated: bool,
    },

    /// It is larger than anything that can be computed with.
    #[error("it holds more than can be computed with")]
    TooLarge,

    /// Its randomness has been spent. Masks that served twice would show what they hid.
    #[error("it has been used before, and masks must not serve twice: deal again")]
    Used,

    /// It was written by another version.
    #[error("its format has version {found}, which is not known here")]
    Version {
        /// The version of the format.
        found: u64,
    },
}
