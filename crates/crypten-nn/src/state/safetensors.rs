//! States in files of the safetensors format, which PyTorch reads and writes: the length of a header, the header in
//! JSON, then the bytes of the tensors, little endian and in row-major order.
//!
//! Source: the format's description at <https://github.com/huggingface/safetensors>.

mod read; // believing nothing that a file says of itself

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::Path;

use crypten_autograd::PlainTensor;
use safetensors::tensor::{View, serialize_to_file};
use safetensors::{Dtype, SafeTensorError};

use super::StateDict;
use super::number::encoded;
use crate::error::{Error, FileError, FileFlaw};

/// What a header calls what is no tensor.
const METADATA: &str = "__metadata__";

/// The type of the numbers in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FloatType {
    /// 32 bits, PyTorch's own: numbers are rounded to the nearest.
    #[default]
    F32,
    /// 64 bits: numbers stay as they are.
    F64,
}

impl StateDict<PlainTensor> {
    /// Writes the tensors to a file, whole or not at all; what was there before is replaced. Its owner alone may read
    /// it.
    ///
    /// PyTorch reads it by `model.load_state_dict(safetensors.torch.load_file(path))`.
    ///
    /// # Errors
    /// [`Error::File`] if two tensors have one name, or the system refuses.
    ///
    /// # Examples
    /// ```
    /// use crypten_autograd::Plain;
    /// use crypten_nn::{FloatType, Generator, Linear, Module, StateDict};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("model.safetensors");
    /// let trained = Linear::new(&Generator::new(&Plain::default(), 1), 2, 3)?;
    /// trained.state_dict().save_safetensors(&path, FloatType::F64)?;
    ///
    /// let served = Linear::new(&Generator::new(&Plain::default(), 2), 2, 3)?;
    /// served.load_state_dict(&StateDict::load_safetensors(&path)?)?;
    /// assert_eq!(served.weight().value(), trained.weight().value());
    /// # Ok(())
    /// # }
    /// ```
    pub fn save_safetensors(&self, path: impl AsRef<Path>, float: FloatType) -> Result<(), Error> {
        let path = path.as_ref();
        write(self, path, float).map_err(|flaw| FileError { path: path.to_owned(), flaw }.into())
    }

    /// Reads the tensors of a file, in the order in which they lie there. Floating-point numbers of 16, 32 and 64 bits,
    /// integers and truth values are read; integers beyond 2^53 are rounded.
    ///
    /// PyTorch writes such a file by `safetensors.torch.save_file(model.state_dict(), path)`. Its own checkpoints
    /// become one by `save_file(torch.load("model.pt", weights_only=True), "model.safetensors")`.
    ///
    /// # Security
    /// A file from anywhere can be read: it is checked as a whole, and what it can cause is an error.
    ///
    /// # Errors
    /// [`Error::File`] with the file and the tensor that is at fault.
    pub fn load_safetensors(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let open = || {
            let mut file = File::open(path)?;
            let length = file.metadata()?.len();
            read::read(&mut file, length)
        };
        open().map_err(|flaw| FileError { path: path.to_owned(), flaw }.into())
    }
}

fn write(state: &StateDict<PlainTensor>, path: &Path, float: FloatType) -> Result<(), FileFlaw> {
    let mut names = HashSet::new();
    for (name, _) in state.iter() {
        let tensor = || name.to_owned();
        if name == METADATA {
            return Err(FileFlaw::ReservedName { tensor: tensor() });
        }
        if !names.insert(name) {
            return Err(FileFlaw::Duplicate { tensor: tensor() });
        }
    }
    let tensors = state.iter().map(|(name, tensor)| (name, Stored { tensor, float }));
    // Libraries around PyTorch take a file only if it says so.
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    serialize_to_file(tensors, Some(metadata), path).map_err(|error| match error {
        SafeTensorError::IoError(error) => error.into(),
        _ => FileFlaw::TooLarge,
    })
}

/// A tensor on its way into a file.
struct Stored<'a> {
    tensor: &'a PlainTensor,
    float: FloatType,
}

impl View for Stored<'_> {
    fn dtype(&self) -> Dtype {
        match self.float {
            FloatType::F32 => Dtype::F32,
            FloatType::F64 => Dtype::F64,
        }
    }

    fn shape(&self) -> &[usize] {
        self.tensor.shape()
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(encoded(self.tensor.iter().copied(), self.float))
    }

    fn data_len(&self) -> usize {
        self.tensor.len() * self.dtype().bitsize() / 8
    }
}
