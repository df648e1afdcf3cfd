//! Bits packed 64 to a word, and the transposition that turns words into planes of bits.
//!
//! Protocols work on units of [`UNIT`] = 256 elements. A [`Plane`] holds one bit of each: element `e` of the unit
//! is bit `e mod 64` of word `e / 64`, so planes in sequence are simply the packed bits in element order.

use std::ops::{BitAnd, BitXor, Not};

use crate::error::Error;

/// Words in a plane.
pub const LANES: usize = 4;

/// Elements in a unit: one bit of each makes a plane.
pub const UNIT: usize = 64 * LANES;

/// One bit of each element of a unit.
pub type Plane = [u64; LANES];

/// The 64 bit planes of a unit of words, least significant first.
///
/// A transposition of `LANES` bit matrices of 64 by 64 side by side: six levels of masked swaps
/// (H. S. Warren, Hacker's Delight, section 7-3).
#[must_use]
#[inline(always)]
pub fn planes_of(words: &[u64; UNIT]) -> [Plane; 64] {
    let mut rows: [Plane; 64] = std::array::from_fn(|i| std::array::from_fn(|lane| words[64 * lane + i]));
    swap_blocks::<32>(&mut rows);
    swap_blocks::<16>(&mut rows);
    swap_blocks::<8>(&mut rows);
    swap_blocks::<4>(&mut rows);
    swap_blocks::<2>(&mut rows);
    swap_blocks::<1>(&mut rows);
    rows
}

/// One level: exchanges the off-diagonal blocks of `WIDTH` by `WIDTH` bits.
#[inline(always)]
fn swap_blocks<const WIDTH: usize>(rows: &mut [Plane; 64]) {
    let mask = u64::MAX / ((1 << WIDTH) + 1);
    for pair in rows.chunks_exact_mut(2 * WIDTH) {
        let (upper, lower) = pair.split_at_mut(WIDTH);
        for (upper, lower) in upper.iter_mut().zip(lower) {
            for lane in 0..LANES {
                let swap = ((upper[lane] >> WIDTH) ^ lower[lane]) & mask;
                upper[lane] ^= swap << WIDTH;
                lower[lane] ^= swap;
            }
        }
    }
}

/// A tensor of bits in row-major order, 64 to a word.
#[derive(Clone, PartialEq, Eq)]
pub struct BitTensor {
    shape: Vec<usize>,
    /// Invariant: as many words as the bits need; bits past the last element are zero.
    words: Vec<u64>,
}

impl BitTensor {
    /// A tensor from packed words; bits past the last element are cleared.
    ///
    /// # Panics
    /// If the number of words is not the number of elements divided by 64, rounded up.
    #[must_use]
    #[track_caller]
    pub fn from_words(shape: &[usize], mut words: Vec<u64>) -> Self {
        let bits = shape.iter().product::<usize>();
        assert_eq!(words.len(), bits.div_ceil(64), "words for the {bits} bits of shape {shape:?}");
        if let (Some(last), used @ 1..) = (words.last_mut(), bits & 63) {
            *last &= (1 << used) - 1;
        }
        Self { shape: shape.to_vec(), words }
    }

    /// A tensor from one `bool` an element.
    ///
    /// # Panics
    /// If there are not as many bits as the shape has elements.
    #[must_use]
    #[track_caller]
    pub fn from_bits(shape: &[usize], bits: &[bool]) -> Self {
        assert_eq!(bits.len(), shape.iter().product::<usize>(), "bits for shape {shape:?}");
        let pack = |chunk: &[bool]| chunk.iter().rev().fold(0, |word, &bit| word << 1 | u64::from(bit));
        Self::from_words(shape, bits.chunks(64).map(pack).collect())
    }

    /// Zeros.
    #[must_use]
    pub fn zeros(shape: &[usize]) -> Self {
        Self::from_words(shape, vec![0; shape.iter().product::<usize>().div_ceil(64)])
    }

    /// The shape.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// How many bits there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are no bits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The packed words.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The bit at a row-major position.
    ///
    /// # Panics
    /// Past the end.
    #[must_use]
    #[track_caller]
    pub fn bit(&self, position: usize) -> bool {
        assert!(position < self.len(), "bit {position} of {}", self.len());
        self.words[position >> 6] >> (position & 63) & 1 == 1
    }

    /// The bits in row-major order.
    pub fn bits(&self) -> impl Iterator<Item = bool> + '_ {
        (0..self.len()).map(|position| self.bit(position))
    }

    /// The same bits in another shape.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if the number of elements differs.
    pub fn reshape(&self, shape: &[usize]) -> Result<Self, Error> {
        if shape.iter().product::<usize>() != self.len() {
            let (left, right) = (self.shape.clone(), shape.to_vec());
            return Err(Error::ShapeMismatch { operation: "reshape", left, right });
        }
        Ok(Self { shape: shape.to_vec(), words: self.words.clone() })
    }

    #[track_caller]
    fn zip(&self, other: &Self, operation: &str, f: impl Fn(u64, u64) -> u64) -> Self {
        assert_eq!(self.shape, other.shape, "{operation} of bit tensors of different shapes");
        let words = self.words.iter().zip(&other.words).map(|(&a, &b)| f(a, b)).collect();
        Self { shape: self.shape.clone(), words }
    }
}

impl std::fmt::Debug for BitTensor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BitTensor(shape={:?}, ..)", self.shape)
    }
}

impl BitXor for &BitTensor {
    type Output = BitTensor;

    #[track_caller]
    fn bitxor(self, other: Self) -> BitTensor {
        self.zip(other, "xor", |a, b| a ^ b)
    }
}

impl BitAnd for &BitTensor {
    type Output = BitTensor;

    #[track_caller]
    fn bitand(self, other: Self) -> BitTensor {
        self.zip(other, "and", |a, b| a & b)
    }
}

impl Not for &BitTensor {
    type Output = BitTensor;

    fn not(self) -> BitTensor {
        BitTensor::from_words(&self.shape, self.words.iter().map(|word| !word).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prg::{Prg, Seed};

    #[test]
    fn planes_hold_the_bits_of_the_words() {
        let words: [u64; UNIT] = Prg::new(&Seed::from_words([9; 4]), 0).words(UNIT).try_into().unwrap();
        let planes = planes_of(&words);
        for (element, word) in words.iter().enumerate() {
            for (bit, plane) in planes.iter().enumerate() {
                assert_eq!(
                    word >> bit & 1,
                    plane[element / 64] >> (element % 64) & 1,
                    "bit {bit} of {element}"
                );
            }
        }
    }

    #[test]
    fn negation_keeps_the_bits_past_the_end_clear() {
        let bits = BitTensor::from_bits(&[3], &[true, false, true]);
        assert_eq!((!&bits).words(), [0b010]);
        assert_eq!(bits.bits().collect::<Vec<_>>(), [true, false, true]);
    }
}
