//! Rows of numbers modulo less than `2^64`: what is needed of a number is all that is dealt of it.
//!
//! A row has a number for each of the 256 elements of a unit: the lower 32 bits of all, then the bits above of all.
//! Shares are uniform modulo `2^bits`, as those of whole words are modulo `2^64`. A sum of products by public factors is
//! right modulo `2^bits`, and `2^(64 - bits)` times that modulo `2^64`.

use crypten_ring::UNIT;

/// Words of the lower halves of a row.
const LOWER: usize = UNIT / 2;

/// How many bits of a number are dealt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Width {
    /// 40, five bytes.
    Bits40,
    /// 48, six bytes.
    Bits48,
    /// A whole word.
    Bits64,
}

impl Width {
    const ALL: [Self; 3] = [Self::Bits40, Self::Bits48, Self::Bits64];

    /// How many bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::Bits40 => 40,
            Self::Bits48 => 48,
            Self::Bits64 => 64,
        }
    }

    /// The next one, if there is one.
    pub(crate) const fn wider(self) -> Self {
        match self {
            Self::Bits40 => Self::Bits48,
            Self::Bits48 | Self::Bits64 => Self::Bits64,
        }
    }

    /// The width of so many bits, if there is one.
    pub(super) fn from_bits(bits: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|width| u64::from(width.bits()) == bits)
    }

    /// Words of a row.
    pub(crate) const fn row_words(self) -> usize {
        UNIT * self.bits() as usize / 64
    }

    /// The numbers of a row, below `2^bits`.
    #[inline(always)]
    pub(crate) fn unpack(self, row: &[u64]) -> [u64; UNIT] {
        let mut numbers = [0; UNIT];
        if self == Self::Bits64 {
            numbers.copy_from_slice(row);
            return numbers;
        }
        let (lower, upper) = row.split_at(LOWER);
        let lower: &[u32] = bytemuck::cast_slice(lower);
        numbers.iter_mut().zip(lower).for_each(|(number, &lower)| *number = u64::from(lower));
        let put = |(number, upper): (&mut u64, u64)| *number |= upper << 32;
        match self {
            Self::Bits40 => {
                let upper: &[u8] = bytemuck::cast_slice(upper);
                numbers.iter_mut().zip(upper.iter().map(|&upper| u64::from(upper))).for_each(put);
            }
            _ => {
                let upper: &[u16] = bytemuck::cast_slice(upper);
                numbers.iter_mut().zip(upper.iter().map(|&upper| u64::from(upper))).for_each(put);
            }
        }
        numbers
    }

    /// Writes a row of numbers modulo `2^bits`.
    #[inline(always)]
    pub(crate) fn pack(self, numbers: &[u64; UNIT], row: &mut [u64]) {
        if self == Self::Bits64 {
            row.copy_from_slice(numbers);
            return;
        }
        let (lower, upper) = row.split_at_mut(LOWER);
        let lower: &mut [u32] = bytemuck::cast_slice_mut(lower);
        lower.iter_mut().zip(numbers).for_each(|(lower, &number)| *lower = number as u32);
        match self {
            Self::Bits40 => {
                let upper: &mut [u8] = bytemuck::cast_slice_mut(upper);
                upper.iter_mut().zip(numbers).for_each(|(upper, &number)| *upper = (number >> 32) as u8);
            }
            _ => {
                let upper: &mut [u16] = bytemuck::cast_slice_mut(upper);
                upper.iter_mut().zip(numbers).for_each(|(upper, &number)| *upper = (number >> 32) as u16);
            }
        }
    }

    /// Writes to rows what `f` makes of their numbers and those of other rows.
    #[inline(always)]
    pub(super) fn combine(self, rows: &mut [u64], others: &[u64], f: impl Fn(u64, u64) -> u64) {
        let words = self.row_words();
        for (row, other) in rows.chunks_exact_mut(words).zip(others.chunks_exact(words)) {
            let (mut numbers, other) = (self.unpack(row), self.unpack(other));
            numbers.iter_mut().zip(&other).for_each(|(number, &other)| *number = f(*number, other));
            self.pack(&numbers, row);
        }
    }
}

#[cfg(test)]
mod tests {
    use crypten_ring::{Prg, Seed};

    use super::*;
    use crate::correlation::Algebra;

    #[test]
    fn a_packed_number_keeps_its_lowest_bits() {
        let mut prg = Prg::new(&Seed::from_words([3; 4]), 0);
        let mut numbers: [u64; UNIT] = std::array::from_fn(|_| prg.words(1)[0]);
        numbers[..4].copy_from_slice(&[0, u64::MAX, 1 << 39, (1 << 40) - 1]);
        for width in Width::ALL {
            let mut row = vec![7; width.row_words()];
            width.pack(&numbers, &mut row);
            let kept = numbers.map(|number| number & u64::MAX >> (64 - width.bits()));
            assert_eq!(width.unpack(&row), kept, "{width:?}");
        }
    }

    /// Carries and borrows pass from the lower part to the upper one, and none to a neighbour.
    #[test]
    fn packed_rows_add_up_modulo_their_width() {
        let mut prg = Prg::new(&Seed::from_words([4; 4]), 0);
        for width in [Width::Bits40, Width::Bits48] {
            let (a, b) = (prg.words(2 * width.row_words()), prg.words(2 * width.row_words()));
            let algebra = Algebra::Modulo(width);
            let mut sum = a.clone();
            algebra.accumulate(&mut sum, &b);
            let rows = |words: &[u64]| -> Vec<u64> {
                words.chunks_exact(width.row_words()).flat_map(|row| width.unpack(row)).collect()
            };
            let mask = u64::MAX >> (64 - width.bits());
            for ((sum, a), b) in rows(&sum).iter().zip(rows(&a)).zip(rows(&b)) {
                assert_eq!(*sum, a.wrapping_add(b) & mask);
            }
            algebra.remove(&mut sum, &b);
            assert_eq!(sum, a);
        }
    }
}
