//! States in files of the safetensors format, which PyTorch reads and writes: the length of a header, the header in
//! JSON, then the bytes of the tensors, little endian and in row-major order.
//!
//! Source: the format's description at <https://github.com/huggingface/safetensors>. Nothing that a file says of itself
//! is believed: a length is compared with what is left of the file before memory is taken for it, and each byte belongs
//! to one tensor.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crypten_autograd::PlainTensor;
use ndarray::ArrayD;
use safetensors::tensor::{TensorInfo, View, serialize_to_file};
use safetensors::{Dtype, SafeTensorError};
use serde_json::Value;

use super::StateDict;
use super::number::{decoded, encoded};
use crate::error::{Error, FileError, FileFlaw};

/// What a header calls what is no tensor.
const METADATA: &str = "__metadata__";

/// How long the header's length is.
const PREFIX: u64 = 8;

/// The longest header that the format allows, in bytes.
const LONGEST_HEADER: u64 = 100_000_000;

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
            read(&mut file, length)
        };
        open().map_err(|flaw| FileError { path: path.to_owned(), flaw }.into())
    }
}

fn write(state: &StateDict<PlainTensor>, path: &Path, float: FloatType) -> Result<(), FileFlaw> {
    let mut names = HashSet::from([METADATA]);
    if let Some((name, _)) = state.iter().find(|(name, _)| !names.insert(name)) {
        return Err(FileFlaw::Duplicate { tensor: name.to_owned() });
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

/// The state in a file of a known length.
fn read(file: &mut impl Read, length: u64) -> Result<StateDict<PlainTensor>, FileFlaw> {
    let mut prefix = [0; PREFIX as usize];
    let rest = length.checked_sub(PREFIX).ok_or(FileFlaw::Foreign)?;
    file.read_exact(&mut prefix)?;
    let header_length = u64::from_le_bytes(prefix);
    if header_length > rest.min(LONGEST_HEADER) {
        return Err(FileFlaw::Foreign);
    }
    let header: BTreeMap<String, Value> =
        serde_json::from_slice(&bytes(file, header_length)?).map_err(|_| FileFlaw::Foreign)?;

    let tensors = entries(header)?;
    let mut end = 0;
    for (name, info) in &tensors {
        let misplaced = || FileFlaw::Extent { tensor: name.clone() };
        let size = size(info).ok_or_else(misplaced)?;
        if info.data_offsets.0 != end || info.data_offsets.1.checked_sub(end) != Some(size) {
            return Err(misplaced());
        }
        end = info.data_offsets.1;
    }
    if end as u64 != rest - header_length {
        return Err(FileFlaw::Length);
    }
    tensors.into_iter().map(|(name, info)| Ok((name.clone(), tensor(file, name, &info)?))).collect()
}

/// What a header says of each tensor, in the order in which they lie in the file.
fn entries(header: BTreeMap<String, Value>) -> Result<Vec<(String, TensorInfo)>, FileFlaw> {
    let entry = |(name, said): (String, Value)| match serde_json::from_value::<TensorInfo>(said) {
        Ok(info) => Ok((name, info)),
        Err(_) => Err(FileFlaw::Entry { tensor: name }),
    };
    let tensors = header.into_iter().filter(|(name, _)| name != METADATA);
    let mut tensors = tensors.map(entry).collect::<Result<Vec<_>, _>>()?;
    tensors.sort_by_key(|(_, info)| info.data_offsets);
    Ok(tensors)
}

/// How many bytes a tensor takes, if that is a number.
fn size(info: &TensorInfo) -> Option<usize> {
    let elements = info.shape.iter().try_fold(1_usize, |elements, &length| elements.checked_mul(length))?;
    let bits = elements.checked_mul(info.dtype.bitsize())?;
    bits.is_multiple_of(8).then_some(bits / 8)
}

/// The tensor that comes next in a file which is long enough.
fn tensor(file: &mut impl Read, name: String, info: &TensorInfo) -> Result<PlainTensor, FileFlaw> {
    let (begin, end) = info.data_offsets;
    let bytes = bytes(file, (end - begin) as u64)?;
    let Some(numbers) = decoded(&bytes, info.dtype) else {
        return Err(FileFlaw::DataType { tensor: name, data_type: info.dtype.to_string() });
    };
    match ArrayD::from_shape_vec(info.shape.clone(), numbers) {
        Ok(array) => Ok(array.into_shared()),
        Err(_) => Err(FileFlaw::Extent { tensor: name }),
    }
}

/// The next bytes of a file which is long enough, unless it is being changed.
fn bytes(file: &mut impl Read, count: u64) -> Result<Vec<u8>, FileFlaw> {
    let mut bytes = vec![0; usize::try_from(count).map_err(|_| FileFlaw::Length)?];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ENTRY: &str = r#""w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}"#;

    /// A file of a header and so many bytes of data.
    fn file(header: &str, data: usize) -> Vec<u8> {
        let length = (header.len() as u64).to_le_bytes();
        [&length, header.as_bytes(), &vec![1; data]].concat()
    }

    fn parsed(file: &[u8]) -> Result<StateDict<PlainTensor>, FileFlaw> {
        read(&mut &*file, file.len() as u64)
    }

    #[track_caller]
    fn refused(header: &str, data: usize, flaw: FileFlaw) {
        assert_eq!(parsed(&file(header, data)).unwrap_err(), flaw, "{header}");
    }

    #[test]
    fn what_is_no_file_of_tensors_is_refused() {
        let foreign = |file: &[u8]| assert_eq!(parsed(file).unwrap_err(), FileFlaw::Foreign);
        foreign(b"");
        foreign(b"PK\x03\x04");
        foreign(&[255; 100]);
        foreign(&u64::MAX.to_le_bytes());
        let giant = (LONGEST_HEADER + 1).to_le_bytes();
        assert_eq!(read(&mut &giant[..], u64::MAX).unwrap_err(), FileFlaw::Foreign);
        foreign(&file(r#"{"w": "#, 0));
        foreign(&file("[]", 0));
        foreign(&file(&"[".repeat(100_000), 0));
        assert!(parsed(&file("{}", 0)).unwrap().is_empty());
        assert!(parsed(&file(r#"{"__metadata__": {"format": "pt"}}"#, 0)).unwrap().is_empty());
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        let of_w = || FileFlaw::Extent { tensor: "w".to_owned() };
        let entry = |shape: &str, offsets: &str| {
            format!(r#"{{"w": {{"dtype": "F64", "shape": {shape}, "data_offsets": {offsets}}}}}"#)
        };
        refused(&format!("{{{ENTRY}}}"), 7, FileFlaw::Length);
        refused(&format!("{{{ENTRY}}}"), 9, FileFlaw::Length);
        refused(&entry("[2]", "[0, 8]"), 8, of_w());
        refused(&entry("[1]", "[8, 16]"), 16, of_w());
        refused(&entry("[1]", "[8, 0]"), 8, of_w());
        refused(&entry("[144115188075855872]", "[0, 1152921504606846976]"), 8, FileFlaw::Length);
        refused(&entry("[1152921504606846976]", "[0, 9223372036854775808]"), 8, of_w());
        refused(&entry("[2305843009213693952]", "[0, 0]"), 8, of_w());
        refused(&entry("[4294967296, 4294967296]", "[0, 0]"), 8, of_w());
        // No elements, but no shape of an array either.
        refused(&entry("[0, 9223372036854775807, 8]", "[0, 0]"), 0, of_w());
        refused(&entry("[-1]", "[0, 8]"), 8, FileFlaw::Entry { tensor: "w".to_owned() });
        // Tensors whose ends would add up beyond all numbers, as if they fitted the file.
        let end = |tensor: u64| tensor * (1 << 60);
        let giants = (0..16).map(|tensor| {
            let (begin, end) = (end(tensor), if tensor < 15 { end(tensor + 1) } else { u64::MAX });
            format!(
                r#""{tensor:x}": {{"dtype": "U8", "shape": [{}], "data_offsets": [{begin}, {end}]}}"#,
                end - begin
            )
        });
        refused(&format!("{{{}}}", Vec::from_iter(giants).join(", ")), 8, FileFlaw::Length);
        let shared = format!(r#"{{{ENTRY}, "v": {{"dtype": "U8", "shape": [8], "data_offsets": [0, 8]}}}}"#);
        refused(&shared, 8, of_w());
    }

    #[test]
    fn types_that_are_not_read_are_refused_by_name() {
        let entry =
            |kind: &str| format!(r#"{{"w": {{"dtype": "{kind}", "shape": [2], "data_offsets": [0, 2]}}}}"#);
        let data_type = "F8_E4M3".to_owned();
        refused(&entry("F8_E4M3"), 2, FileFlaw::DataType { tensor: "w".to_owned(), data_type });
        refused(&entry("F7"), 2, FileFlaw::Entry { tensor: "w".to_owned() });
    }

    proptest! {
        #[test]
        fn no_file_causes_a_panic(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            length in any::<prop::sample::Index>(),
        ) {
            let second = r#""b": {"dtype": "BOOL", "shape": [3, 1], "data_offsets": [8, 11]}"#;
            let mut bytes = file(&format!("{{{ENTRY}, {second}}}"), 11);
            prop_assert_eq!(parsed(&bytes).unwrap().len(), 2);
            let cut = length.index(bytes.len());
            prop_assert!(parsed(&bytes[..cut]).is_err());
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let _any = parsed(&bytes);
        }
    }
}
