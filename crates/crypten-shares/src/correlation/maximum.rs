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
use crate::correlation::{SignRow, SignUse};

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

/// The six signs.
pub(crate) fn signs() -> SignRow {
    SignRow::separate(PAIRS.len())
}

pub(super) fn runs() -> Runs {
    let (independent, mut dependent) = signs().runs();
    dependent.push((Additive, TRIPLES.len() * EXTRA_WORDS));
    (independent, dependent)
}

#[inline(always)]
pub(super) fn complete(independent: &[u64], dependent: &mut [u64]) {
    let row = signs();
    let (signs, extra) = dependent.split_at_mut(row.dependent());
    row.complete(SignUse::Bit, independent, signs);
    let bits: [_; 6] = std::array::from_fn(|pair| row.sign(pair, independent, signs).arithmetic_bit());
    for (winner, extra) in extra.chunks_mut(EXTRA_WORDS).enumerate() {
        let r = row.sign(winner, independent, signs).mask();
        let [a, b, c] = TRIPLES[winner].map(|(pair, _)| bits[pair]);
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
