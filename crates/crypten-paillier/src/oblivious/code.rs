//! The Walsh-Hadamard code: bit `l` of the word `c(j)` is the inner product `<j', l>` mod 2, for `l` in `0..256`.
//!
//! `j'` is `j` with its eight bits reversed. Two different words differ at 128 places: `<j' + h', l>` is one for
//! half of all `l`. Source: KK13, section 4, where the code takes the place of IKNP's repetition code.
//!
//! With `k` bits of `j` all words are zero at the first `2^(8-k)` places, since `j'` has its bits on top. Those
//! places protect nothing, so whole machine words of them are left out: `k = 1` has 128 columns, and its words are
//! all zeros and all ones (this is IKNP); `k = 2` has 192 columns, and any other `k` has 256.

use crypten_ring::Plane;

/// Columns of a row before any is left out: the length of the code.
pub(super) const COLUMNS: usize = 256;

/// One bit for each column.
pub(super) type Row = Plane;

/// Words of the code for single bits: bit `l` of number `b` is bit `b` of `l`.
const BASIS: [Row; 8] = basis();

/// The code for choices of so many bits.
#[derive(Clone, Copy)]
pub(super) struct Code {
    /// Invariant: from 1 to 8.
    bits: u32,
}

impl Code {
    /// The code for choices below `2^bits`.
    ///
    /// # Panics
    /// Unless `bits` is from 1 to 8.
    pub(super) fn new(bits: u32) -> Self {
        assert!((1..=8).contains(&bits), "a table has 2 to 256 entries");
        Self { bits }
    }

    /// How many choices there are.
    pub(super) fn entries(self) -> usize {
        1 << self.bits
    }

    /// The first machine word of a row that is used.
    pub(super) fn first(self) -> usize {
        4 >> self.bits
    }

    /// Machine words of a row that are used.
    pub(super) fn words(self) -> usize {
        4 - self.first()
    }

    /// The word for this choice; takes the same steps for every choice.
    pub(super) fn word(self, choice: u8) -> Row {
        let reversed = choice.reverse_bits();
        let mut word = [0; 4];
        for (place, basis) in BASIS.iter().enumerate() {
            let mask = u64::from(reversed >> place & 1).wrapping_neg();
            for (word, basis) in word.iter_mut().zip(basis) {
                *word ^= basis & mask;
            }
        }
        word
    }
}

const fn basis() -> [Row; 8] {
    let mut basis = [[0; 4]; 8];
    let mut place = 0;
    while place < COLUMNS {
        let mut bit = 0;
        while bit < 8 {
            basis[bit][place / 64] |= (place as u64 >> bit & 1) << (place % 64);
            bit += 1;
        }
        place += 1;
    }
    basis
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(words: &[u64]) -> u32 {
        words.iter().map(|word| word.count_ones()).sum()
    }

    #[test]
    fn any_two_words_differ_at_128_places_that_are_used() {
        for bits in 1..=8 {
            let code = Code::new(bits);
            let words: Vec<Row> = (0..code.entries()).map(|j| code.word(j as u8)).collect();
            for (i, a) in words.iter().enumerate() {
                assert!(a[..code.first()].iter().all(|&word| word == 0));
                for b in &words[..i] {
                    let sum: Row = std::array::from_fn(|w| a[w] ^ b[w]);
                    assert_eq!(weight(&sum[code.first()..]), 128);
                }
            }
        }
    }

    #[test]
    fn one_bit_has_the_repetition_code() {
        let code = Code::new(1);
        assert_eq!((code.first(), code.words()), (2, 2));
        assert_eq!([code.word(0), code.word(1)], [[0; 4], [0, 0, u64::MAX, u64::MAX]]);
    }

    #[test]
    fn a_bit_of_a_word_is_an_inner_product() {
        for choice in 0..=255_u8 {
            let word = Code::new(8).word(choice);
            for place in 0..=255_u8 {
                let product = (choice.reverse_bits() & place).count_ones() & 1;
                assert_eq!(word[usize::from(place / 64)] >> (place % 64) & 1, u64::from(product));
            }
        }
    }
}
