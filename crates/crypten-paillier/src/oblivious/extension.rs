//! The matrix of the extension: column `l` is the stream of seed `l`, row `i` belongs to transfer `i`.
//!
//! Streams are expanded column by column and transposed in squares of 64 rows. Source: IKNP, section 3.

use crypten_ring::{Prg, Seed, UNIT, planes_of, vectorized};
use zeroize::Zeroizing;

use super::code::{COLUMNS, Row};

/// Blocks of 64 rows that are expanded at a time, so that columns wait for their transposition in the cache.
const PANEL: usize = 64;

/// One stream for each column.
pub(super) struct Matrix {
    /// Invariant: 256 streams, and what a stream gave is never asked for again.
    columns: Vec<Prg>,
}

impl Matrix {
    /// The matrix of these seeds.
    ///
    /// # Panics
    /// Unless there are 256 seeds.
    pub(super) fn new(seeds: impl Iterator<Item = Seed>) -> Self {
        let columns: Vec<Prg> = seeds.map(|seed| Prg::new(&seed.derive(b"oblivious transfer"), 0)).collect();
        assert_eq!(columns.len(), COLUMNS, "one seed for each column");
        Self { columns }
    }

    /// The next rows; machine words before `first` are zero, and their columns stay where they are.
    ///
    /// Every column that is used advances by `count` bits, rounded up to words of 64.
    pub(super) fn rows(&mut self, first: usize, count: usize) -> Zeroizing<Vec<Row>> {
        // The capacity is never exceeded: a vector that grows would leave rows behind.
        let mut rows = Zeroizing::new(Vec::with_capacity(count.next_multiple_of(64)));
        let mut panel = Zeroizing::new(vec![0; COLUMNS * PANEL.min(count.div_ceil(64))]);
        let mut block = Zeroizing::new([0; UNIT]);
        for start in (0..count.div_ceil(64)).step_by(PANEL) {
            let blocks = PANEL.min(count.div_ceil(64) - start);
            for (column, bits) in self.columns.iter_mut().zip(panel.chunks_exact_mut(blocks)).skip(64 * first)
            {
                column.fill(bits);
            }
            for index in 0..blocks {
                for (word, bits) in block.iter_mut().zip(panel.chunks_exact(blocks)).skip(64 * first) {
                    *word = bits[index];
                }
                let transposed = Zeroizing::new(vectorized(
                    #[inline(always)]
                    || planes_of(&block),
                ));
                rows.extend_from_slice(&*transposed);
            }
        }
        rows.truncate(count);
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix() -> Matrix {
        Matrix::new((0..256).map(|column| Seed::from_words([1, 2, 3, column])))
    }

    #[test]
    fn rows_are_the_transposed_streams() {
        let count = 64 * PANEL + 130;
        let rows = matrix().rows(0, count);
        assert_eq!(rows.len(), count);
        for column in [0, 1, 63, 64, 128, 255] {
            let seed = Seed::from_words([1, 2, 3, column as u64]).derive(b"oblivious transfer");
            let words = Prg::new(&seed, 0).words(count.div_ceil(64));
            for (index, row) in rows.iter().enumerate() {
                assert_eq!(row[column / 64] >> (column % 64) & 1, words[index / 64] >> (index % 64) & 1);
            }
        }
    }

    #[test]
    fn rows_do_not_depend_on_how_blocks_are_cut() {
        let whole = matrix().rows(0, 64 * 200);
        let mut cut = matrix();
        let pieces = [1, 64, 2, 133].map(|blocks| cut.rows(0, 64 * blocks).to_vec()).concat();
        assert_eq!(*whole, pieces);
    }

    #[test]
    fn columns_that_are_left_out_are_zero_and_stay() {
        let mut matrix = matrix();
        let rows = matrix.rows(2, 100);
        assert!(rows.iter().all(|row| row[..2] == [0, 0] && row[2..] != [0, 0]));
        let next = matrix.rows(0, 64);
        let fresh = self::matrix().rows(0, 64 * 3);
        assert!(next.iter().zip(&fresh[..64]).all(|(next, fresh)| next[..2] == fresh[..2]));
        assert!(next.iter().zip(&fresh[128..]).all(|(next, fresh)| next[2..] == fresh[2..]));
    }
}
