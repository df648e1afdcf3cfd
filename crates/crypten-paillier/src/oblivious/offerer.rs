//! The side that offers tables: `q_i = (its row) + (s and u_i)`, `y_{i,j} = x_{i,j} + H(i, q_i + (s and c(j)))`.
//!
//! Letters as in [`super`], from KK13: `s` are the choices in the base transfers, `+` is the exclusive or.

use std::{num::NonZero, thread};

use crypten_ring::Seed;
use zeroize::Zeroizing;

use super::code::{Code, Row};
use super::extension::Matrix;
use super::hash::Pads;
use super::packed::{self, mask};
use super::{answer_words, message_words};

/// Hashes below which one thread is enough, about half a millisecond of work.
const FEW_HASHES: usize = 1 << 13;

/// The side that offers tables. It chose one seed of each base transfer.
pub(crate) struct Offerer {
    /// `s`: which of the seeds it has.
    choices: Zeroizing<Row>,
    matrix: Matrix,
    /// Transfers so far, which is the tweak of the next.
    transfers: u64,
}

impl Offerer {
    /// The side that received these seeds: seed `l` is number `s_l` of its pair, bit `l % 64` of word `l / 64`.
    ///
    /// # Panics
    /// Unless there are 256 seeds.
    pub(crate) fn new(choices: [u64; 4], seeds: Vec<Seed>) -> Self {
        Self { choices: Zeroizing::new(choices), matrix: Matrix::new(seeds.into_iter()), transfers: 0 }
    }

    /// Masks the entries of `count` tables, `entry(table, j)` of `width` bits each; higher bits are dropped.
    ///
    /// `None` if the message has the wrong length; then nothing has advanced. Large tables are masked on several
    /// threads, with the same result.
    ///
    /// # Security
    /// The answer lets the chooser open one entry of each table; the others look uniform to it.
    ///
    /// # Panics
    /// Unless `bits` is from 1 to 8 and `width` from 1 to 64.
    pub(crate) fn answer(
        &mut self,
        bits: u32,
        width: u32,
        count: usize,
        message: &[u64],
        entry: &(dyn Fn(usize, usize) -> u64 + Sync),
    ) -> Option<Vec<u64>> {
        let code = Code::new(bits);
        let mut answer = vec![0; answer_words(bits, width, count)];
        if message.len() != message_words(bits, count) {
            return None;
        }
        let mut rows = self.matrix.rows(code.first(), count);
        for (row, sent) in rows.iter_mut().zip(message.chunks_exact(code.words())) {
            for ((q, s), u) in row.iter_mut().zip(*self.choices).skip(code.first()).zip(sent) {
                *q ^= s & u;
            }
        }
        let offsets: Vec<Row> =
            (0..=u8::MAX).take(code.entries()).map(|j| self.offset(code.word(j))).collect();
        let offsets = Zeroizing::new(offsets);
        let tables = Tables { offsets: &offsets, width, entry };
        tables.mask_all(self.transfers, &rows, &mut answer);
        self.transfers += count as u64;
        Some(answer)
    }

    /// `s and c(j)`: how far the row of entry `j` is from `q`.
    fn offset(&self, word: Row) -> Row {
        std::array::from_fn(|w| self.choices[w] & word[w])
    }
}

/// What is the same for all tables of an answer.
struct Tables<'a> {
    /// One for each entry of a table.
    offsets: &'a [Row],
    width: u32,
    entry: &'a (dyn Fn(usize, usize) -> u64 + Sync),
}

impl Tables<'_> {
    /// Masks all tables. Threads take pieces of 64 tables, which end at the end of a word.
    fn mask_all(&self, tweak: u64, rows: &[Row], answer: &mut [u64]) {
        let hashes = rows.len() * self.offsets.len();
        let threads =
            if hashes < FEW_HASHES { 1 } else { thread::available_parallelism().map_or(1, NonZero::get) };
        if threads == 1 {
            return self.mask(tweak, 0, rows, answer);
        }
        let piece = rows.len().div_ceil(threads).next_multiple_of(64);
        let words = packed::words(piece * self.offsets.len(), self.width);
        thread::scope(|scope| {
            for (index, (rows, answer)) in rows.chunks(piece).zip(answer.chunks_mut(words)).enumerate() {
                scope.spawn(move || self.mask(tweak, index * piece, rows, answer));
            }
        });
    }

    /// Masks the tables from number `first` on; `tweak` is that of number 0.
    fn mask(&self, tweak: u64, first: usize, rows: &[Row], answer: &mut [u64]) {
        // A power of two: a shift, where a division would cost a third of the hash.
        let bits = self.offsets.len().ilog2();
        let split = |place: usize| (place >> bits, place & (self.offsets.len() - 1));
        let input = |place| {
            let (table, j) = split(place);
            let row = std::array::from_fn(|w| rows[table][w] ^ self.offsets[j][w]);
            (tweak + (first + table) as u64, row)
        };
        Pads::new().pads(rows.len() << bits, input, |place, pad| {
            let (table, j) = split(place);
            let masked = (self.entry)(first + table, j) ^ pad;
            packed::put(answer, place, self.width, masked & mask(self.width));
        });
    }
}
