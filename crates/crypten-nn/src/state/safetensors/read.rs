//! What is read from a file. Nothing that it says of itself is believed: a length is compared with what is left of the
//! file before memory is taken for it, and each byte belongs to one tensor.

use std::collections::BTreeMap;
use std::io::Read;

use crypten_autograd::PlainTensor;
use ndarray::ArrayD;
use safetensors::tensor::TensorInfo;
use serde_json::Value;

use super::METADATA;
use crate::error::FileFlaw;
use crate::state::StateDict;
use crate::state::number::decoded;

/// How long the header's length is.
const PREFIX: u64 = 8;

/// The longest header that the format allows, in bytes.
const LONGEST_HEADER: u64 = 100_000_000;

/// The state in a file of a known length.
pub(super) fn read(file: &mut impl Read, length: u64) -> Result<StateDict<PlainTensor>, FileFlaw> {
    let mut prefix = [0; PREFIX as usize];
    let rest = length.checked_sub(PREFIX).ok_or(FileFlaw::Foreign)?;
    file.read_exact(&mut prefix)?;
    let header_length = u64::from_le_bytes(prefix);
    if header_length > rest.min(LONGEST_HEADER) {
        return Err(FileFlaw::Foreign);
    }
    let header = bytes(file, header_length as usize)?;
    let tensors = entries(serde_json::from_slice(&header).map_err(|_| FileFlaw::Foreign)?)?;

    let mut end = 0;
    for (name, info) in &tensors {
        let found = info.data_offsets.0..info.data_offsets.1;
        let too_many = || FileFlaw::TooManyElements { tensor: name.clone(), shape: info.shape.clone() };
        let expected = end..size(info).and_then(|size| size.checked_add(end)).ok_or_else(too_many)?;
        if found != expected {
            return Err(FileFlaw::Extent { tensor: name.clone(), expected, found });
        }
        end = found.end;
    }
    let before = PREFIX + header_length;
    if end as u64 != length - before {
        return Err(FileFlaw::Length { expected: before.saturating_add(end as u64), found: length });
    }
    tensors.into_iter().map(|(name, info)| Ok((name.clone(), tensor(file, name, info)?))).collect()
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

/// How many bytes a tensor takes, the last one begun, if that is a number.
fn size(info: &TensorInfo) -> Option<usize> {
    let elements = info.shape.iter().try_fold(1_usize, |elements, &length| elements.checked_mul(length))?;
    Some(elements.checked_mul(info.dtype.bitsize())?.div_ceil(8))
}

/// The tensor that comes next in a file which is long enough.
fn tensor(file: &mut impl Read, name: String, info: TensorInfo) -> Result<PlainTensor, FileFlaw> {
    let (begin, end) = info.data_offsets;
    let Some(numbers) = decoded(&bytes(file, end - begin)?, info.dtype) else {
        return Err(FileFlaw::DataType { tensor: name, data_type: info.dtype.to_string() });
    };
    match ArrayD::from_shape_vec(info.shape.clone(), numbers) {
        Ok(array) => Ok(array.into_shared()),
        Err(_) => Err(FileFlaw::TooManyElements { tensor: name, shape: info.shape }),
    }
}

/// The next bytes of a file which is long enough, unless it is being changed.
fn bytes(file: &mut impl Read, count: usize) -> Result<Vec<u8>, FileFlaw> {
    let mut bytes = vec![0; count];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

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
        let entry = |shape: &str, offsets: &str| {
            format!(r#"{{"w": {{"dtype": "F64", "shape": {shape}, "data_offsets": {offsets}}}}}"#)
        };
        let misplaced = |shape: &str, found: Range<usize>, data: usize, expected: Range<usize>| {
            let header = entry(shape, &format!("[{}, {}]", found.start, found.end));
            refused(&header, data, FileFlaw::Extent { tensor: "w".to_owned(), expected, found });
        };
        let giant = |lengths: &[usize], offsets: &str| {
            let flaw = FileFlaw::TooManyElements { tensor: "w".to_owned(), shape: lengths.to_vec() };
            refused(&entry(&format!("{lengths:?}"), offsets), 0, flaw);
        };
        let cut = |header: &str, data: usize, described: u64| {
            let before = PREFIX + header.len() as u64;
            let (expected, found) = (before.saturating_add(described), before + data as u64);
            refused(header, data, FileFlaw::Length { expected, found });
        };
        cut(&format!("{{{ENTRY}}}"), 7, 8);
        cut(&format!("{{{ENTRY}}}"), 9, 8);
        misplaced("[2]", 0..8, 8, 0..16);
        misplaced("[1]", 8..16, 16, 0..8);
        misplaced("[1]", Range { start: 8, end: 0 }, 8, 0..8);
        cut(&entry("[144115188075855872]", "[0, 1152921504606846976]"), 8, 1 << 60);
        giant(&[1 << 60], "[0, 9223372036854775808]");
        giant(&[1 << 61], "[0, 0]");
        giant(&[1 << 32, 1 << 32], "[0, 0]");
        // No elements, but no shape of an array either.
        giant(&[0, usize::MAX / 2, 8], "[0, 0]");
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
        cut(&format!("{{{}}}", Vec::from_iter(giants).join(", ")), 8, u64::MAX);
        let shared = format!(r#"{{{ENTRY}, "v": {{"dtype": "U8", "shape": [8], "data_offsets": [0, 8]}}}}"#);
        let (expected, found) = (8..16, 0..8);
        refused(&shared, 8, FileFlaw::Extent { tensor: "w".to_owned(), expected, found });
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
