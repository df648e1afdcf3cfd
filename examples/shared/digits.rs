//! Handwritten digits: the 1797 of 8 x 8 pixels that come with the examples (`data/README.md` has their
//! source, licence and format), or MNIST's 70 000 of 28 x 28 from IDX files on disk.
//!
//! An IDX file is a big-endian header and bytes: `00 00 08 d`, where 08 says "unsigned bytes" and d is the
//! number of axes, then d lengths of four bytes each, then one byte an element, the last axis fastest
//! (LeCun, Cortes and Burges, "The MNIST database of handwritten digits").

use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use crypten::ndarray::{Array2, Array4, s};

use crate::shuffled;

/// Images of digits, and which digit each one is.
#[derive(Clone, Debug)]
pub struct Digits {
    /// `[count, 1, height, width]`, from 0 (paper) to 1 (ink).
    pub images: Array4<f64>,
    /// From 0 to 9, as many as images.
    pub labels: Vec<usize>,
    /// Where they come from, for people.
    pub source: String,
}

impl Digits {
    /// How many digits there are.
    pub const CLASSES: usize = 10;

    /// The digits that come with the example, shuffled with a fixed seed: always in the same order.
    ///
    /// # Errors
    /// If the file compiled in is not the one its README describes.
    pub fn uci() -> anyhow::Result<Self> {
        let (records, rest) = UCI.as_chunks::<RECORD>();
        ensure!(
            records.len() == UCI_COUNT && rest.is_empty(),
            "data/digits.bin: {} bytes, expected {UCI_COUNT} records of {RECORD}",
            UCI.len()
        );
        let records: Vec<&[u8; RECORD]> =
            shuffled(UCI_COUNT, SHUFFLE_SEED).into_iter().map(|place| &records[place]).collect();

        let pixels = records.iter().flat_map(|record| unpack(&record[..RECORD - 1])).collect();
        let labels = records.iter().map(|record| usize::from(record[RECORD - 1])).collect();
        Ok(Self {
            images: Array4::from_shape_vec((UCI_COUNT, 1, UCI_SIDE, UCI_SIDE), pixels)?,
            labels,
            source: format!("UCI optical recognition of handwritten digits, {UCI_COUNT} images of 8 x 8"),
        })
    }

    /// MNIST as its authors parted it: the digits to train on (`train-*`) and those to test with (`t10k-*`),
    /// from the four uncompressed IDX files in `directory`.
    ///
    /// # Errors
    /// If a file is missing or is not what its name says; the message names the file.
    pub fn mnist(directory: &Path) -> anyhow::Result<(Self, Self)> {
        let train = Self::idx(directory, "train")?;
        let test = Self::idx(directory, "t10k")?;
        let (train_size, test_size) = (&train.images.shape()[1..], &test.images.shape()[1..]);
        ensure!(
            train_size == test_size,
            "{}: images of {train_size:?} to train on, but of {test_size:?} to test with",
            directory.display()
        );
        Ok((train, test))
    }

    /// The first `train` digits, and the others.
    ///
    /// # Errors
    /// If one of the two parts would be empty.
    pub fn split(self, train: usize) -> anyhow::Result<(Self, Self)> {
        let count = self.labels.len();
        ensure!(
            (1..count).contains(&train),
            "can't part {count} digits after the first {train}: both parts need at least one"
        );
        let part = |range: Range<usize>| Self {
            images: self.images.slice(s![range.clone(), .., .., ..]).to_owned(),
            labels: self.labels[range].to_vec(),
            source: self.source.clone(),
        };
        Ok((part(0..train), part(train..count)))
    }

    /// The first `count` digits, or all if there are no more.
    ///
    /// # Errors
    /// If `count` is 0.
    pub fn first(self, count: usize) -> anyhow::Result<Self> {
        if count >= self.labels.len() { Ok(self) } else { Ok(self.split(count)?.0) }
    }

    /// The labels as rows of ten numbers, 1 at the digit and 0 elsewhere: what a cross entropy compares with.
    #[must_use]
    pub fn one_hot(&self) -> Array2<f64> {
        let bit = |(row, digit)| f64::from(u8::from(self.labels[row] == digit));
        Array2::from_shape_fn((self.labels.len(), Self::CLASSES), bit)
    }

    fn idx(directory: &Path, part: &str) -> anyhow::Result<Self> {
        let (images_path, bytes) = read_idx(directory, &format!("{part}-images"), 3)?;
        let images = parse_images(&bytes).with_context(|| images_path.display().to_string())?;
        let (labels_path, bytes) = read_idx(directory, &format!("{part}-labels"), 1)?;
        let labels = parse_labels(&bytes).with_context(|| labels_path.display().to_string())?;
        let count = images.dim().0;
        ensure!(
            labels.len() == count,
            "{}: {} labels, expected {count}, one for each image of {}",
            labels_path.display(),
            labels.len(),
            images_path.display()
        );
        Ok(Self { images, labels, source: format!("MNIST {part}, {count} images") })
    }
}

static UCI: &[u8] = include_bytes!("../data/digits.bin");
const UCI_COUNT: usize = 1797;
const UCI_SIDE: usize = 8;
/// Eight lines of five bytes, and the label.
const RECORD: usize = 41;
const SHUFFLE_SEED: u64 = 1;

/// The pixels of one image: each five bytes are a line of eight pixels of five bits, leftmost first and
/// most significant bit first, from 0 to 16.
fn unpack(packed: &[u8]) -> impl Iterator<Item = f64> {
    packed.as_chunks::<5>().0.iter().flat_map(|line| {
        let bits = line.iter().fold(0_u64, |bits, &byte| (bits << 8) | u64::from(byte));
        (0..8_u32).map(move |column| ((bits >> (35 - 5 * column)) & 0x1f) as f64 / 16.0)
    })
}

/// The path and content of `{name}-idx{axes}-ubyte`, or of the same name with a dot before `idx`.
fn read_idx(directory: &Path, name: &str, axes: usize) -> anyhow::Result<(PathBuf, Vec<u8>)> {
    let names = ["-", "."].map(|separator| format!("{name}{separator}idx{axes}-ubyte"));
    let Some(path) = names.iter().map(|name| directory.join(name)).find(|path| path.is_file()) else {
        bail!(
            "{}: there is no {} here and no {} (uncompressed: `gunzip` a file that ends in .gz)",
            directory.display(),
            names[0],
            names[1]
        );
    };
    let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
    Ok((path, bytes))
}

fn parse_images(bytes: &[u8]) -> anyhow::Result<Array4<f64>> {
    let ([count, height, width], pixels) = parse_idx::<3>(bytes)?;
    ensure!(
        count >= 1 && height >= 2 && width >= 2,
        "{count} images of {height} x {width} pixels, expected at least one of at least 2 x 2"
    );
    let pixels = pixels.iter().map(|&pixel| f64::from(pixel) / 255.0).collect();
    Ok(Array4::from_shape_vec((count, 1, height, width), pixels)?)
}

fn parse_labels(bytes: &[u8]) -> anyhow::Result<Vec<usize>> {
    let ([_count], labels) = parse_idx::<1>(bytes)?;
    if let Some(label) = labels.iter().find(|&&label| usize::from(label) >= Digits::CLASSES) {
        bail!("a label is {label}, expected 0 to {}", Digits::CLASSES - 1);
    }
    Ok(labels.iter().map(|&label| usize::from(label)).collect())
}

/// The lengths of the axes and the elements of an IDX file of unsigned bytes.
fn parse_idx<const AXES: usize>(bytes: &[u8]) -> anyhow::Result<([usize; AXES], &[u8])> {
    let header = 4 * (1 + AXES);
    ensure!(
        bytes.len() >= header,
        "{} bytes, expected an IDX header of {header} and what follows it",
        bytes.len()
    );
    let (words, _) = bytes[..header].as_chunks::<4>();
    let word = |index: usize| u32::from_be_bytes(words[index]) as usize;

    let magic = 0x0800 + AXES;
    ensure!(word(0) == magic, "starts with {:#010x}, expected {magic:#010x}", word(0));
    let lengths: [usize; AXES] = std::array::from_fn(|axis| word(1 + axis));
    let elements = &bytes[header..];
    let expected = lengths.iter().try_fold(1_usize, |product, &length| product.checked_mul(length));
    ensure!(
        expected == Some(elements.len()),
        "{} bytes after the header, expected the product of {lengths:?}",
        elements.len()
    );
    Ok((lengths, elements))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sums are those of the table that `digits.bin` was made from.
    #[test]
    fn the_packed_digits_are_those_of_the_table() {
        let digits = Digits::uci().expect("the file is whole");
        let ink: f64 = digits.images.iter().map(|&pixel| pixel * 16.0).sum();
        assert_eq!(ink, 561_718.0);
        assert!(digits.images.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
        let counts: Vec<usize> =
            (0..10).map(|digit| digits.labels.iter().filter(|&&label| label == digit).count()).collect();
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    }

    #[test]
    fn a_split_keeps_every_digit_in_order() {
        let whole = Digits::uci().expect("the file is whole");
        let (train, test) = Digits::uci().and_then(|digits| digits.split(1200)).expect("1200 of 1797");
        assert_eq!((train.labels.len(), test.images.dim()), (1200, (597, 1, 8, 8)));
        assert_eq!([train.labels, test.labels].concat(), whole.labels);
        assert_eq!(test.images, whole.images.slice(s![1200.., .., .., ..]));
        assert!(whole.split(1797).is_err());
    }

    #[test]
    fn idx_files_are_read_and_wrong_ones_are_refused() {
        let images: [u8; 20] = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 51, 102, 255];
        let parsed = parse_images(&images).expect("one image of 2 x 2");
        assert_eq!(parsed.iter().copied().collect::<Vec<f64>>(), [0.0, 0.2, 0.4, 1.0]);
        assert!(parse_images(&images[..19]).is_err(), "a pixel is missing");
        assert!(parse_images(&[0, 0, 8, 3]).is_err(), "the header is cut");

        let labels: [u8; 10] = [0, 0, 8, 1, 0, 0, 0, 2, 7, 9];
        assert_eq!(parse_labels(&labels).expect("two labels"), [7, 9]);
        assert!(parse_images(&labels).is_err(), "labels are no images");
        assert!(parse_labels(&[0, 0, 8, 1, 0, 0, 0, 1, 10]).is_err(), "there is no digit 10");
        assert!(parse_labels(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0]).is_err(), "compressed");
    }
}
