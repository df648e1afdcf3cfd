//! What can go wrong with a file of tensors.

use std::io;
use std::path::PathBuf;

/// A file of tensors that cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {flaw}")]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub flaw: FileFlaw,
}

/// What is wrong with a file of tensors.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileFlaw {
    /// Numbers of a type that is not read.
    #[error("tensor {tensor:?} is of type {data_type}, which is not read")]
    DataType {
        /// The tensor.
        tensor: String,
        /// The name that the format has for the type.
        data_type: String,
    },

    /// Two tensors of one name.
    #[error("a second tensor, or what is none, is called {tensor:?}")]
    Duplicate {
        /// The name.
        tensor: String,
    },

    /// The header says of a tensor what is not understood.
    #[error("what the header says of tensor {tensor:?} is not understood")]
    Entry {
        /// The tensor.
        tensor: String,
    },

    /// A tensor has more or fewer bytes than its type and shape take, or does not begin where the one before it ends.
    #[error("the place of tensor {tensor:?} does not fit its type and shape")]
    Extent {
        /// The tensor.
        tensor: String,
    },

    /// It is something else.
    #[error("it is no file of tensors in the safetensors format")]
    Foreign,

    /// It was cut off, or something was added.
    #[error("it is shorter or longer than its header says")]
    Length,

    /// What the system says.
    #[error("it cannot be read or written: {0}")]
    System(io::ErrorKind),

    /// More tensors than the format has room for.
    #[error("its header would be larger than the format allows")]
    TooLarge,
}

impl From<io::Error> for FileFlaw {
    fn from(error: io::Error) -> Self {
        Self::System(error.kind())
    }
}
