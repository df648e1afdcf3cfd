//! The side that learns one entry of each table: `u_i = t_i + t'_i + c(r_i)`, `x_{i,r} = y_{i,r} + H(i, t_i)`.
//!
//! Letters as in [`super`], from KK13: `t` and `t'` are rows of the two matrices, `r` the choices, `+` exclusive or.

use crypten_ring::Seed;
use zeroize::Zeroizing;

use super::code::Code;
use super::extension::Matrix;
use super::hash::Pads;
use super::packed::{mask, take};
use super::{answer_words, message_words};

/// The side that learns one entry of each table. It has both seeds of each base transfer.
pub(crate) struct Chooser {
    /// `t`: the streams of the first seeds.
    first: Matrix,
    /// `t'`: the streams of the second seeds.
    second: Matrix,
    /// Transfers so far, which is the tweak of the next.
    transfers: u64,
}

impl Chooser {
    /// The side that sent these pairs of seeds in the base transfers.
    ///
    /// # Panics
    /// Unless there are 256 pairs.
    pub(crate) fn new(pairs: Vec<[Seed; 2]>) -> Self {
        let (first, second): (Vec<Seed>, Vec<Seed>) = pairs.into_iter().map(|[a, b]| (a, b)).unzip();
        Self { first: Matrix::new(first.into_iter()), second: Matrix::new(second.into_iter()), transfers: 0 }
    }

    /// Chooses an entry of each table: the message for the offerer, and what opens its answer.
    ///
    /// # Security
    /// The message looks uniform to the offerer. Choices steer no branch and no address.
    ///
    /// # Panics
    /// Unless `bits` is from 1 to 8 and all choices are below `2^bits`.
    pub(crate) fn choose(&mut self, bits: u32, choices: &[u8]) -> (Vec<u64>, Chosen) {
        let code = Code::new(bits);
        let all = choices.iter().fold(0, |all, choice| all | choice);
        assert!(usize::from(all) < code.entries(), "a choice is below 2^bits");
        let first = self.first.rows(code.first(), choices.len());
        let second = self.second.rows(code.first(), choices.len());
        let mut message = Vec::with_capacity(message_words(bits, choices.len()));
        for ((&choice, t), u) in choices.iter().zip(first.iter()).zip(second.iter()) {
            let word = code.word(choice);
            message.extend((code.first()..4).map(|w| t[w] ^ u[w] ^ word[w]));
        }
        let mut pads = Zeroizing::new(Vec::with_capacity(choices.len()));
        let input = |transfer: usize| (self.transfers + transfer as u64, first[transfer]);
        Pads::new().pads(choices.len(), input, |_, pad| pads.push(pad));
        self.transfers += choices.len() as u64;
        (message, Chosen { code, choices: Zeroizing::new(choices.to_vec()), pads })
    }
}

/// Choices that wait for their answer. Zeroized when dropped.
pub(crate) struct Chosen {
    code: Code,
    choices: Zeroizing<Vec<u8>>,
    /// Invariant: one for each choice, the pad of the chosen entry.
    pads: Zeroizing<Vec<u64>>,
}

impl Chosen {
    /// The chosen entries of `width` bits; `None` if the answer has the wrong length.
    ///
    /// # Security
    /// Every entry is read and all but one are masked out, so that choices steer no address.
    ///
    /// # Panics
    /// Unless `width` is from 1 to 64.
    pub(crate) fn finish(self, width: u32, answer: &[u64]) -> Option<Vec<u64>> {
        let entries = self.code.entries();
        if answer.len() != answer_words(entries.ilog2(), width, self.choices.len()) {
            return None;
        }
        let lookups = self.choices.iter().zip(self.pads.iter()).enumerate();
        let opened = lookups.map(|(table, (&choice, &pad))| {
            let masked = (0..entries).fold(0, |chosen, j| {
                chosen | take(answer, table * entries + j, width) & equal(j as u64, u64::from(choice))
            });
            masked ^ pad & mask(width)
        });
        Some(opened.collect())
    }
}

#[cfg(test)]
impl Chosen {
    /// Takes every choice for its neighbour, with the pad of the right one.
    pub(super) fn mistake(&mut self) {
        self.choices.iter_mut().for_each(|choice| *choice ^= 1);
    }
}

/// All ones if two small numbers are equal, and zero otherwise.
fn equal(a: u64, b: u64) -> u64 {
    ((a ^ b).wrapping_sub(1) >> 63).wrapping_neg()
}
