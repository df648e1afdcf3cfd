//! A party's shares in a file of words, under one checksum:
//!
//! ```text
//! kind, version, identity (4), parties, rank, replicated, precision, number of tensors
//! scale, axes, bytes of the name, shape, name, words                        for every tensor
//! checksum (4)
//! ```

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use crypten_ring::{RingTensor, Scale};
use crypten_shares::sealed::{SealedReader, SealedWriter, digest};
use crypten_shares::{ArithmeticShare, FileError, FileFlaw};

use crate::error::Error;
use crate::session::Session;
use crate::storage::bounded_shape;
use crate::tensor::CrypTensor;

const KIND: [u8; 8] = *b"CRYPTENS";
const VERSION: u64 = 1;

/// What a file holds.
pub(super) struct Saved {
    /// The same in all files of one save.
    identity: [u64; 4],
    pub(super) tensors: Vec<(String, Scale, ArithmeticShare)>,
}

impl Saved {
    /// What the files of one save have in common: the identity, and the digest of names, scales and shapes.
    pub(super) fn signature(&self) -> [u64; 8] {
        let described =
            self.tensors.iter().flat_map(|(name, scale, share)| describe(name, *scale, share.shape()));
        let common = digest(&described.collect::<Vec<_>>());
        std::array::from_fn(|i| if i < 4 { self.identity[i] } else { common[i - 4] })
    }
}

/// Writes this party's shares.
pub(super) fn write(
    out: impl Write,
    session: &Session,
    identity: [u64; 4],
    tensors: &[(&str, &CrypTensor)],
) -> io::Result<()> {
    let mut file = SealedWriter::begin(out, KIND, VERSION)?;
    file.words(&identity)?;
    file.words(&[session.parties() as u64, session.rank() as u64, u64::from(session.is_replicated())])?;
    file.words(&[u64::from(session.scale().bits()), tensors.len() as u64])?;
    for (name, tensor) in tensors {
        file.words(&describe(name, tensor.scale(), tensor.shape()))?;
        file.words(&tensor.exact().own().words())?;
    }
    file.seal()?;
    file.finish().map(drop)
}

/// Reads this party's shares.
pub(super) fn read(path: &Path, session: &Session) -> Result<Saved, Error> {
    let file = File::open(path).map_err(FileError::at(path))?;
    let mut file = SealedReader::begin(path, file, KIND, VERSION)?;
    let identity: [u64; 4] = file.array()?;
    let [parties, rank, replicated, bits, count] = file.array::<5>()?;
    let mut tensors = Vec::new();
    for _ in 0..count {
        tensors.push(tensor(&mut file, bits)?);
    }
    file.check()?;
    if file.left() != 0 {
        return Err(file.flawed(FileFlaw::Length).into());
    }
    if parties != session.parties() as u64 {
        return Err(file.flawed(FileFlaw::Parties { found: parties, expected: session.parties() }).into());
    }
    if rank != session.rank() as u64 {
        return Err(file.flawed(FileFlaw::Rank { found: rank, expected: session.rank() }).into());
    }
    if replicated != u64::from(session.is_replicated()) {
        return Err(file.flawed(FileFlaw::Sharing { replicated: !session.is_replicated() }).into());
    }
    if bits != u64::from(session.scale().bits()) {
        let (path, expected) = (path.to_path_buf(), session.scale().bits());
        return Err(Error::OtherPrecision { path, found: bits, expected });
    }
    Ok(Saved { identity, tensors })
}

/// The next tensor of a file of this precision.
fn tensor(file: &mut SealedReader, precision: u64) -> Result<(String, Scale, ArithmeticShare), FileError> {
    let [bits, axes, length] = file.array::<3>()?;
    let (shape, name) = (file.words(axes)?, file.words(length.div_ceil(8))?);
    let bytes = name.iter().flat_map(|word| word.to_le_bytes()).take(length as usize).collect();
    let understood = (String::from_utf8(bytes).ok(), scale_of(bits, precision), bounded_shape(&shape));
    let (Some(name), Some(scale), Some(shape)) = understood else {
        return Err(file.flawed(FileFlaw::Malformed));
    };
    let words = file.words(shape.iter().product::<usize>() as u64)?;
    Ok((name, scale, ArithmeticShare::new(RingTensor::from_vec(&shape, words))))
}

/// What stands in a file before a tensor's words.
fn describe(name: &str, scale: Scale, shape: &[usize]) -> Vec<u64> {
    let mut words = vec![u64::from(scale.bits()), shape.len() as u64, name.len() as u64];
    words.extend(shape.iter().map(|&n| n as u64));
    words.extend(name.as_bytes().chunks(8).map(|bytes| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(word)
    }));
    words
}

/// The scale of so many bits: at most that of a product at the precision.
fn scale_of(bits: u64, precision: u64) -> Option<Scale> {
    let bits = u32::try_from(bits).ok().filter(|&bits| u64::from(bits) <= precision.saturating_mul(2))?;
    match bits {
        0 => Some(Scale::INTEGER),
        1..=Scale::MAX_BITS => Scale::new(bits).ok(),
        _ => Some(Scale::new(bits / 2).ok()? + Scale::new(bits - bits / 2).ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scale_up_to_a_products_is_understood() {
        for bits in 0..=80 {
            assert_eq!(scale_of(bits, 40).map(|scale| u64::from(scale.bits())), Some(bits));
        }
        for (bits, precision) in [(81, 40), (33, 16), (u64::MAX, u64::MAX), (90, u64::MAX)] {
            assert_eq!(scale_of(bits, precision), None, "{bits} bits at precision {precision}");
        }
    }
}
