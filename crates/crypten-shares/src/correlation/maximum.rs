//! The correlation of a tournament among four candidates `x_0 .. x_3`.
//!
//! The six differences `x_i - x_j`, `i < j`, are compared with zero by six sign units. The winner's indicator is
//! a product of three of the outcomes, `w_1 = s_01 not s_12 not s_13`, `w_2 = s_02 s_12 not s_23`,
//! `w_3 = s_03 s_13 s_23`, where `s_ij = [x_i < x_j]`; the lowest index wins a tie. Each outcome is opened masked
//! by a bit `b_ij`, so dealt are, modulo 2^64, all products of two or three of the bits of one winner, and all
//! products of its bits with the mask `r_0i` of the difference `x_0 - x_i`.

use crypten_ring::UNIT;

use crate::correlation::Algebra::Additive;
use crate::correlation::planes::Runs;
use crate::correlation::{SignUnit, SignUse};

/// The pairs of candidates in the order of their sign units.
pub(crate) const PAIRS: [(usize, usize); 6] = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)];

/// For the winners 1, 2 and 3: the three outcomes whose product is the indicator, and which of them are negated.
/// The first is the outcome against candidate 0.
pub(crate) const TRIPLES: [[(usize, bool); 3]; 3] = [
    [(0, false), (3, true), (4, true)],
    [(1, false), (3, false), (5, true)],
    [(2, false), (4, false), (5, false)],
];

/// Rows of additive words a winner: products of the bits over the subsets 3, 5, 6, 7, then of `r_0i` with the bits
/// over the subsets 1 to 7.
pub(crate) const EXTRA_WORDS: usize = 11 * UNIT;

pub(super) fn runs() -> Runs {
    let (independent, dependent) = SignUnit::runs(SignUse::Bit);
    let six = |runs: Vec<_>| std::iter::repeat_n(runs, PAIRS.len()).flatten().collect::<Vec<_>>();
    let mut dependent = six(dependent);
    dependent.push((Additive, TRIPLES.len() * EXTRA_WORDS));
    (six(independent), dependent)
}

#[inline(always)]
pub(super) fn complete(independent: &[u64], dependent: &mut [u64]) {
    let (signs, extra) = dependent.split_at_mut(PAIRS.len() * SignUnit::DEPENDENT);
    let mut bits = [[0; UNIT]; PAIRS.len()];
    let parts = independent.chunks(SignUnit::INDEPENDENT).zip(signs.chunks_mut(SignUnit::DEPENDENT));
    for ((independent, dependent), bits) in parts.zip(&mut bits) {
        SignUnit::complete(SignUse::Bit, independent, dependent);
        *bits = *SignUnit { independent, dependent }.arithmetic_bit();
    }
    for (winner, extra) in extra.chunks_mut(EXTRA_WORDS).enumerate() {
        let r = &independent[winner * SignUnit::INDEPENDENT..][..UNIT];
        let [a, b, c] = TRIPLES[winner].map(|(pair, _)| &bits[pair]);
        for i in 0..UNIT {
            let products = [a[i] & b[i], a[i] & c[i], b[i] & c[i], a[i] & b[i] & c[i]];
            for (row, product) in products.into_iter().enumerate() {
                extra[UNIT * row + i] = product;
            }
            let all = [a[i], b[i], products[0], c[i], products[1], products[2], products[3]];
            for (row, product) in all.into_iter().enumerate() {
                extra[UNIT * (4 + row) + i] = product.wrapping_neg() & r[i];
            }
        }
    }
}
