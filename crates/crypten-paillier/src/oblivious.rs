//! Oblivious lookups, 1 out of `2^k`: one party learns the entry `x_{i, r_i}` of table `i`, the other learns nothing.
//!
//! ```text
//! row i, chooser:  t_i, t'_i from both seeds of each column;  sends u_i = t_i + t'_i + c(r_i)
//! row i, offerer:  q_i = (its seeds' row) + (s and u_i) = t_i + (s and c(r_i))
//! entry j, sent:   y_{i,j} = x_{i,j} + H(i, q_i + (s and c(j)));   chooser:  x_{i,r} = y_{i,r} + H(i, t_i)
//! ```
//!
//! `+` is the exclusive or, `c` the Walsh-Hadamard code, `s` the offerer's choices in 256 base transfers, in which
//! the roles are exchanged. Sources: V. Kolesnikov, R. Kumaresan, "Improved OT Extension for Transferring Short
//! Secrets", CRYPTO 2013 (KK13); for `k = 1` this is Y. Ishai, J. Kilian, K. Nissim, E. Petrank, "Extending
//! Oblivious Transfers Efficiently", CRYPTO 2003 (IKNP), with 128 columns.
//!
//! # Rounds
//! Two messages. The chooser sends 32 bytes a lookup, 24 for `k = 2` and 16 for `k = 1`; the offerer answers with
//! `2^k * width` bits a lookup.
//!
//! # Security
//! Against parties that are honest but curious. To the offerer, `u_i` is masked at each column by the stream of the
//! seed that it does not hold, so it looks uniform for any choices. The chooser can compute the pad of entry `r_i`.
//! The pad of another entry `j` is `H(i, t_i + (s and (c(r_i) + c(j))))`, which takes 128 unknown bits of `s`: the
//! two words differ at 128 places. That all these pads look uniform together is the assumption: SHA-256 is
//! correlation robust for the code (KK13, section 3). Each `i` occurs once in the life of a pair.
//!
//! # Law
//! Both sides count transfers. A call for `count` lookups of `k` bits advances the counter by `count`, and each of
//! the columns that `k` uses by `count` bits, rounded up to 64. So the two sides stay together if, and only if, the
//! same calls, in `k` and `count`, come in the same order on both. Pads and streams are never used twice. A pair
//! lasts for `2^41` transfers, the end of its streams.

mod chooser; // learns one entry
mod offerer; // has the tables
mod code; // words at distance 128
mod extension; // rows
mod hash; // pads
mod packed; // values of a few bits

pub(crate) use chooser::Chooser;
pub(crate) use offerer::Offerer;

use code::Code;

/// Words of the chooser's message.
///
/// # Panics
/// Unless `bits` is from 1 to 8.
pub(crate) fn message_words(bits: u32, count: usize) -> usize {
    Code::new(bits).words() * count
}

/// Words of the offerer's answer.
///
/// # Panics
/// Unless `bits` is from 1 to 8 and `width` from 1 to 64.
pub(crate) fn answer_words(bits: u32, width: u32, count: usize) -> usize {
    assert!((1..=64).contains(&width), "an entry has 1 to 64 bits");
    packed::words(Code::new(bits).entries() * count, width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypten_ring::{Prg, Seed};

    const CASES: [u32; 6] = [1, 7, 16, 22, 33, 64];

    fn prg(stream: u64) -> Prg {
        Prg::new(&Seed::from_words([8, 6, 4, 2]), stream)
    }

    /// The two sides after 256 base transfers.
    fn sides() -> (Chooser, Offerer) {
        let mut prg = prg(0);
        let mut seed = || Seed::from_words(std::array::from_fn(|_| prg.words(1)[0]));
        let s = seed().to_words();
        let pairs: Vec<[Seed; 2]> = (0..256).map(|_| [seed(), seed()]).collect();
        let held =
            pairs.iter().enumerate().map(|(l, pair)| pair[(s[l / 64] >> (l % 64) & 1) as usize].clone());
        let held = held.collect();
        (Chooser::new(pairs), Offerer::new(s, held))
    }

    fn choices(bits: u32, count: usize) -> Vec<u8> {
        prg(1).words(count).iter().map(|word| (word >> (64 - bits)) as u8).collect()
    }

    /// Entry `j` of table `i`: all bits depend on both.
    fn entry(table: usize, j: usize) -> u64 {
        (257 * table as u64 + j as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    fn look_up(sides: &mut (Chooser, Offerer), bits: u32, width: u32, choices: &[u8]) -> Vec<u64> {
        let (message, chosen) = sides.0.choose(bits, choices);
        assert_eq!(message.len(), message_words(bits, choices.len()));
        let answer = sides.1.answer(bits, width, choices.len(), &message, &entry).expect("a message");
        chosen.finish(width, &answer).expect("an answer")
    }

    fn expected(width: u32, choices: &[u8]) -> Vec<u64> {
        let entries = choices.iter().enumerate();
        entries.map(|(table, &choice)| entry(table, choice.into()) & packed::mask(width)).collect()
    }

    #[test]
    fn a_lookup_gives_the_chosen_entry() {
        // One pair of sides for all: calls of all sizes follow each other.
        let mut sides = sides();
        for bits in 1..=8 {
            for width in CASES {
                for count in [0, 1, 63, 64, 65, 300] {
                    let choices = choices(bits, count);
                    assert_eq!(look_up(&mut sides, bits, width, &choices), expected(width, &choices));
                }
            }
        }
    }

    #[test]
    fn many_lookups_on_several_threads_give_the_chosen_entries() {
        let choices = choices(5, 5000);
        assert_eq!(look_up(&mut sides(), 5, 22, &choices), expected(22, &choices));
    }

    #[test]
    fn a_lookup_costs_what_is_declared() {
        assert_eq!([1, 2, 3, 5, 8].map(|bits| 8 * message_words(bits, 1)), [16, 24, 32, 32, 32]);
        assert_eq!(8 * answer_words(5, 16, 1), 64);
        assert_eq!(8 * answer_words(1, 64, 3), 48);
        assert_eq!(answer_words(1, 1, 65), 3);
    }

    #[test]
    fn an_entry_that_was_not_chosen_stays_masked() {
        let (bits, count) = (5, 4096);
        let choices = choices(bits, count);
        for width in [1, 7, 16] {
            let (mut chooser, mut offerer) = sides();
            let (message, mut chosen) = chooser.choose(bits, &choices);
            let answer = offerer.answer(bits, width, count, &message, &entry).expect("a message");
            chosen.mistake();
            let opened = chosen.finish(width, &answer).expect("an answer");
            let others: Vec<u8> = choices.iter().map(|choice| choice ^ 1).collect();
            let truth = expected(width, &others);
            let hits = opened.iter().zip(&truth).filter(|(a, b)| a == b).count() as f64;
            let mean = count as f64 / f64::from(1 << width);
            assert!((hits - mean).abs() <= 5.0 * mean.sqrt() + 1.0, "{hits} hits, {mean} by chance");
        }
    }

    #[test]
    fn messages_are_balanced_for_any_choices() {
        let count = 4096;
        for bits in 1..=8 {
            for choices in [vec![0; count], choices(bits, count)] {
                let (message, _) = sides().0.choose(bits, &choices);
                let words = message_words(bits, 1);
                for column in 0..64 * words {
                    let row = |row: &[u64]| row[column / 64] >> (column % 64) & 1;
                    let ones: u64 = message.chunks_exact(words).map(row).sum();
                    // Six standard deviations, 32 each.
                    assert!(ones.abs_diff(count as u64 / 2) < 6 * 32, "{ones} ones in column {column}");
                }
            }
        }
    }

    #[test]
    fn equal_calls_share_no_message_and_no_pad() {
        let (mut chooser, mut offerer) = sides();
        let mut call = || {
            let message = chooser.choose(3, &[5; 64]).0;
            let answer = offerer.answer(3, 64, 64, &message, &|_, _| 0).expect("a message");
            [message, answer].concat()
        };
        let mut words = [call(), call(), call()].concat();
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count);
    }

    #[test]
    fn a_message_of_the_wrong_length_is_refused_and_advances_nothing() {
        let (mut chooser, mut offerer) = sides();
        let choices = choices(3, 65);
        for length in [0, 259, 261] {
            assert!(offerer.answer(3, 7, 65, &vec![0; length], &entry).is_none());
        }
        let answer_words = answer_words(3, 7, 65);
        for length in [0, answer_words - 1, answer_words + 1] {
            let (mut chooser, _) = sides();
            assert!(chooser.choose(3, &choices).1.finish(7, &vec![0; length]).is_none());
        }
        let (message, chosen) = chooser.choose(3, &choices);
        let answer = offerer.answer(3, 7, 65, &message, &entry).expect("a message");
        assert_eq!(chosen.finish(7, &answer), Some(expected(7, &choices)));
    }
}
