//! What can go wrong with a file of tensors.

use std::io;
use std::ops::Range;
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
    #[error("two tensors are called {tensor:?}")]
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
    #[error(
        "tensor {tensor:?} is said to be bytes {found:?}; after the one before it, its type and shape take {expected:?}"
    )]
    Extent {
        /// The tensor.
        tensor: String,
        /// Where the one before it ends, and where its type and shape let it end.
        expected: Range<usize>,
        /// Where the header says that it begins and ends.
        found: Range<usize>,
    },

    /// It is something else.
    #[error("it is no file of tensors in the safetensors format")]
    Foreign,

    /// It was cut off, or something was added.
    #[error("it is {found} bytes long, and its header describes {expected}")]
    Length {
        /// How many bytes the header describes, with itself.
        expected: u64,
        /// How many there are.
        found: u64,
    },

    /// The format uses a name for something else.
    #[error("no tensor can be called {tensor:?}: the format keeps that name for what is no tensor")]
    ReservedName {
        /// The name.
        tensor: String,
    },

    /// What the system says.
    #[error("it cannot be read or written: {0}")]
    System(io::ErrorKind),

    /// More tensors than the format has room for.
    #[error("its header would be larger than the format allows")]
    TooLarge,

    /// More elements than memory can hold.
    #[error("tensor {tensor:?} has more elements than memory can hold: its shape is {shape:?}")]
    TooManyElements {
        /// The tensor.
        tensor: String,
        /// The shape.
        shape: Vec<usize>,
    },
}

impl From<io::Error> for FileFlaw {
    fn from(error: io::Error) -> Self {
        Self::System(error.kind())
    }
}
