//! Arrays in NumPy's format `.npy`: a heading, a Python dictionary that says what the numbers are, and the numbers.
//!
//! Source: NEP 1 and `numpy.lib.format`, versions 1 to 3. Read are floating-point numbers of 32 and 64 bits, whole
//! numbers of 8 to 64 bits and truth values, in either order of bytes and of axes; written are 64-bit floating-point
//! numbers in row-major order. The length of the numbers is that of the file, or the file is refused.

use std::io::{self, Write};
use std::path::Path;

use crypten_shares::{FileError, FileFlaw};
use ndarray::{ArrayD, IxDyn, ShapeBuilder};

use crate::error::Error;
use crate::storage::bounded_shape;

const HEADING: &[u8; 6] = b"\x93NUMPY";

/// Reads an array.
pub(super) fn read(path: &Path) -> Result<ArrayD<f64>, Error> {
    let bytes = std::fs::read(path).map_err(FileError::at(path))?;
    parse(&bytes).map_err(|trouble| match trouble {
        Trouble::File(flaw) => FileError::flawed(path, flaw).into(),
        Trouble::Numbers(numbers) => Error::UnknownNumbers { path: path.to_path_buf(), numbers },
    })
}

/// Writes an array.
pub(super) fn write(out: &mut impl Write, array: &ArrayD<f64>) -> io::Result<()> {
    let lengths: Vec<String> = array.shape().iter().map(ToString::to_string).collect();
    let comma = if lengths.len() == 1 { "," } else { "" };
    let shape = format!("({}{comma})", lengths.join(", "));
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
    // The numbers begin at a multiple of 64 bytes; before them come blanks and the end of a line.
    let before = HEADING.len() + 4;
    let length = (before + header.len() + 1).next_multiple_of(64) - before;
    let short = u16::try_from(length).map_err(|_| io::ErrorKind::InvalidInput)?;
    out.write_all(HEADING)?;
    out.write_all(&[1, 0])?;
    out.write_all(&short.to_le_bytes())?;
    writeln!(out, "{header:<width$}", width = length - 1)?;
    array.iter().try_for_each(|number| out.write_all(&number.to_le_bytes()))
}

/// Why a file cannot be read.
#[derive(Debug, PartialEq)]
enum Trouble {
    File(FileFlaw),
    /// It holds numbers of this type.
    Numbers(String),
}

impl From<FileFlaw> for Trouble {
    fn from(flaw: FileFlaw) -> Self {
        Self::File(flaw)
    }
}

fn parse(bytes: &[u8]) -> Result<ArrayD<f64>, Trouble> {
    let rest = bytes.strip_prefix(HEADING).ok_or(FileFlaw::Foreign)?;
    let [major, _, rest @ ..] = rest else {
        return Err(FileFlaw::Length.into());
    };
    let width = match major {
        1 => 2,
        2 | 3 => 4,
        _ => return Err(FileFlaw::Version { found: u64::from(*major) }.into()),
    };
    let (length, rest) = rest.split_at_checked(width).ok_or(FileFlaw::Length)?;
    let length = length.iter().rev().fold(0, |length, &byte| (length << 8) | usize::from(byte));
    let (header, data) = rest.split_at_checked(length).ok_or(FileFlaw::Length)?;
    let header = std::str::from_utf8(header).map_err(|_| FileFlaw::Malformed)?;

    let numbers = Numbers::parse(value(header, "descr")?)?;
    let columns_first = match value(header, "fortran_order")? {
        text if text.starts_with("True") => true,
        text if text.starts_with("False") => false,
        _ => return Err(FileFlaw::Malformed.into()),
    };
    let shape = shape(value(header, "shape")?)?;
    // Neither overflows: the shape is bounded, and a number has at most 8 bytes.
    if data.len() != shape.iter().product::<usize>() * numbers.width {
        return Err(FileFlaw::Length.into());
    }
    let values = data.chunks_exact(numbers.width).map(|bytes| numbers.value(bytes)).collect();
    let array = if columns_first {
        ArrayD::from_shape_vec(IxDyn(&shape).f(), values)
    } else {
        ArrayD::from_shape_vec(IxDyn(&shape), values)
    };
    array.map_err(|_| FileFlaw::Malformed.into())
}

/// What follows a key of the dictionary.
fn value<'a>(header: &'a str, key: &str) -> Result<&'a str, FileFlaw> {
    let (_, value) = header.split_once(&format!("'{key}':")).ok_or(FileFlaw::Malformed)?;
    Ok(value.trim_start())
}

/// The lengths of the axes, from `(3, 4)`.
fn shape(text: &str) -> Result<Vec<usize>, FileFlaw> {
    let inside = text.strip_prefix('(').and_then(|rest| rest.split_once(')')).ok_or(FileFlaw::Malformed)?.0;
    let lengths = inside.split(',').map(str::trim).filter(|length| !length.is_empty());
    let lengths: Result<Vec<u64>, _> = lengths.map(str::parse).collect();
    bounded_shape(&lengths.map_err(|_| FileFlaw::Malformed)?).ok_or(FileFlaw::TooLarge)
}

/// The type of the numbers.
struct Numbers {
    /// Whether the most significant byte comes first.
    big_endian: bool,
    kind: Kind,
    /// Bytes of a number: 1, 2, 4 or 8.
    width: usize,
}

#[derive(Clone, Copy)]
enum Kind {
    Float,
    Signed,
    Unsigned,
}

impl Numbers {
    /// From `'<f8'`.
    fn parse(text: &str) -> Result<Self, Trouble> {
        let name = text.strip_prefix('\'').and_then(|rest| rest.split_once('\'')).map(|(name, _)| name);
        let unknown = || Trouble::Numbers(name.unwrap_or("a structure").to_owned());
        let [order @ (b'<' | b'>' | b'|'), kind, width] = name.unwrap_or_default().as_bytes() else {
            return Err(unknown());
        };
        let (kind, width) = match (kind, width) {
            (b'f', b'4' | b'8') => (Kind::Float, width - b'0'),
            (b'i', b'1' | b'2' | b'4' | b'8') => (Kind::Signed, width - b'0'),
            (b'u', b'1' | b'2' | b'4' | b'8') | (b'b', b'1') => (Kind::Unsigned, width - b'0'),
            _ => return Err(unknown()),
        };
        Ok(Self { big_endian: *order == b'>', kind, width: usize::from(width) })
    }

    fn value(&self, bytes: &[u8]) -> f64 {
        let mut word = [0; 8];
        word[..self.width].copy_from_slice(bytes);
        if self.big_endian {
            word[..self.width].reverse();
        }
        let spare = 64 - 8 * self.width;
        match self.kind {
            Kind::Float if self.width == 4 => {
                f64::from(f32::from_le_bytes([word[0], word[1], word[2], word[3]]))
            }
            Kind::Float => f64::from_le_bytes(word),
            Kind::Signed => ((i64::from_le_bytes(word) << spare) >> spare) as f64,
            Kind::Unsigned => u64::from_le_bytes(word) as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Dimension, array};

    /// A file with this dictionary and these numbers.
    fn file(dictionary: &str, numbers: &[u8]) -> Vec<u8> {
        let length = u16::try_from(dictionary.len()).unwrap().to_le_bytes();
        [&HEADING[..], &[1, 0], &length, dictionary.as_bytes(), numbers].concat()
    }

    fn described(numbers: &str, order: &str, shape: &str) -> String {
        format!("{{'descr': '{numbers}', 'fortran_order': {order}, 'shape': {shape}, }}\n")
    }

    #[test]
    fn an_array_survives_its_file() {
        let shapes: [&[usize]; 5] = [&[], &[3], &[2, 3], &[0, 4], &[1, 2, 1, 3]];
        for shape in shapes {
            let array = ArrayD::from_shape_fn(IxDyn(shape), |i| i.slice().iter().sum::<usize>() as f64 - 1.5);
            let mut bytes = Vec::new();
            write(&mut bytes, &array).unwrap();
            assert_eq!((bytes.len() - 8 * array.len()) % 64, 0);
            assert_eq!(parse(&bytes), Ok(array));
        }
    }

    #[test]
    fn numbers_of_every_type_and_order_are_read() {
        let expected = array![[1.0, 2.0], [3.0, -4.0]].into_dyn();
        let rows = |numbers: &str, data: &[u8]| parse(&file(&described(numbers, "False", "(2, 2)"), data));
        assert_eq!(
            rows("<f4", &[1.0_f32, 2.0, 3.0, -4.0].map(f32::to_le_bytes).concat()),
            Ok(expected.clone())
        );
        assert_eq!(
            rows("<f8", &[1.0_f64, 2.0, 3.0, -4.0].map(f64::to_le_bytes).concat()),
            Ok(expected.clone())
        );
        assert_eq!(
            rows(">f8", &[1.0_f64, 2.0, 3.0, -4.0].map(f64::to_be_bytes).concat()),
            Ok(expected.clone())
        );
        assert_eq!(rows("|i1", &[1_i8, 2, 3, -4].map(i8::to_le_bytes).concat()), Ok(expected.clone()));
        assert_eq!(rows(">i2", &[1_i16, 2, 3, -4].map(i16::to_be_bytes).concat()), Ok(expected.clone()));
        assert_eq!(rows("<i8", &[1_i64, 2, 3, -4].map(i64::to_le_bytes).concat()), Ok(expected.clone()));
        assert_eq!(
            rows("<u2", &[1, 0, 2, 0, 3, 0, 255, 255]),
            Ok(array![[1.0, 2.0], [3.0, 65535.0]].into_dyn())
        );
        assert_eq!(rows("|b1", &[1, 0, 0, 1]), Ok(array![[1.0, 0.0], [0.0, 1.0]].into_dyn()));
        let columns = file(&described("|i1", "True", "(2, 2)"), &[1, 3, 2, 0xfc]);
        assert_eq!(parse(&columns), Ok(expected));
    }

    #[test]
    fn what_is_no_array_is_refused() {
        let good = file(&described("|i1", "False", "(2, 2)"), &[1, 2, 3, 4]);
        assert!(parse(&good).is_ok());
        for (length, flaw) in [(3, FileFlaw::Foreign), (7, FileFlaw::Length), (9, FileFlaw::Length)] {
            assert_eq!(parse(&good[..length]), Err(flaw.into()));
        }
        assert_eq!(parse(&good[..good.len() - 1]), Err(FileFlaw::Length.into()));
        let refused = |dictionary: &str| parse(&file(dictionary, &[1, 2, 3, 4])).unwrap_err();
        assert_eq!(refused(&described("<c16", "False", "(2, 2)")), Trouble::Numbers("<c16".to_owned()));
        assert_eq!(refused(&described("<f2", "False", "(2,)")), Trouble::Numbers("<f2".to_owned()));
        assert_eq!(refused(&described("|i1", "No", "(2, 2)")), FileFlaw::Malformed.into());
        assert_eq!(refused(&described("|i1", "False", "(2, x)")), FileFlaw::Malformed.into());
        assert_eq!(refused(&described("|i1", "False", "(5,)")), FileFlaw::Length.into());
        for shape in ["(0, 18446744073709551615)", "(4294967296, 4294967296)"] {
            assert_eq!(refused(&described("|i1", "False", shape)), FileFlaw::TooLarge.into());
        }
        assert_eq!(refused("{}"), FileFlaw::Malformed.into());
    }
}
