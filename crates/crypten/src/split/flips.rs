//! Flipped labels: randomized response, on chances that are whole numbers of units.
//!
//! A flip replaces a class by the one `s` further on, round about. Of the `2^f` multiples of a unit from 0 up to 1,
//! each shift `s` from 1 to `k - 1` has the same number `c`, the nearest to `2^f p / (k - 1)`, and no shift has what is
//! left. With a uniform `u` that nobody knows and `b_s = [u < s c]`, the shift is `s` where `b_s - b_(s-1) = 1`, so
//! that one comparison and one product flip all labels. All wrong classes are equally likely, to the last unit, and
//! what a label is promised is `ε = ln ((2^f - (k - 1) c) / c)` exactly. Source of randomized response: S. Warner
//! (1965); for several classes, P. Kairouz, S. Oh, P. Viswanath (NIPS 2014).

use crypten_ring::Scale;
use ndarray::Array1;

use crate::error::Error;
use crate::tensor::{CrypTensor, lt, mul, stack, sub};

use super::error::SplitError;

/// With which chances a label becomes which class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Flips {
    classes: usize,
    scale: Scale,
    /// The chances of each wrong class, in units; above 0, and below `kept`.
    each: u64,
    /// The chances of the right one: what is left of all.
    kept: u64,
}

impl Flips {
    /// Flips with a probability that the chances of each class are rounded from.
    ///
    /// # Errors
    /// [`SplitError::Flips`] if no wrong class has a chance, or the right one not the best.
    pub(super) fn new(probability: f64, classes: usize, scale: Scale) -> Result<Self, SplitError> {
        let all = 1_u64 << scale.bits();
        let others = classes as u64 - 1;
        // What is no number, or below 0, becomes 0; what is too large stays it.
        let each = (probability * all as f64 / others as f64).round() as u64;
        let kept = each.checked_mul(others).and_then(|taken| all.checked_sub(taken));
        match kept {
            Some(kept) if (1..kept).contains(&each) => Ok(Self { classes, scale, each, kept }),
            _ => Err(SplitError::Flips { probability, classes, bits: scale.bits() }),
        }
    }

    /// What a label is promised, whatever is computed of it.
    pub(super) fn epsilon(self) -> f64 {
        (self.kept as f64 / self.each as f64).ln()
    }

    /// Each row shifted at random.
    pub(super) fn flipped(self, one_hot: &CrypTensor) -> Result<CrypTensor, Error> {
        let below = lt(one_hot.session().rand(&[one_hot.shape()[0], 1])?, self.ends())?;
        // A shift by `classes` is none: it comes last.
        let shifts = sub(below.pad(&[(0, 1)], 1.0)?, below.pad(&[(1, 0)], 0.0)?)?;
        let turned = (1..=self.classes.cast_signed())
            .map(|shift| one_hot.roll(&[shift], &[1]))
            .collect::<Result<Vec<_>, _>>()?;
        mul(stack(&turned.iter().collect::<Vec<_>>(), 1)?, shifts.unsqueeze(2)?)?.sum(1)
    }

    /// Below which number a draw shifts by at most 1, 2 and so on: on the grid, so that sharing them rounds nothing.
    fn ends(self) -> Array1<f64> {
        (1..self.classes as u64).map(|shift| self.scale.decode_scalar(shift * self.each)).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

    use super::*;
    use crate::ProviderKind;
    use ndarray::{Array2, Axis};

    /// How many of all draws lead to each shift, by the comparisons that are made of them.
    fn counted(flips: Flips) -> Vec<u64> {
        let ends = flips.scale.encode(&flips.ends().view()).unwrap().words().into_owned();
        let mut counts = vec![0; flips.classes];
        for draw in 0..1_u64 << flips.scale.bits() {
            counts[ends.iter().filter(|&&end| draw >= end).count()] += 1;
        }
        counts
    }

    #[test]
    fn epsilon_is_that_of_all_draws() {
        let unit = Scale::default().decode_scalar(1);
        let settings = [(11, 1e-4), (100, 0.01), (2, 2.5 * unit), (3, 0.666_666), (2, 0.2), (5, 4.0 * unit)];
        for (classes, probability) in settings {
            let flips = Flips::new(probability, classes, Scale::default()).unwrap();
            let counts = counted(flips);
            let (least, most) = (*counts.iter().min().unwrap() as f64, *counts.iter().max().unwrap() as f64);
            assert!(least > 0.0, "a class without a chance tells what a label is not: {counts:?}");
            let (stated, true_one) = (flips.epsilon(), (most / least).ln());
            assert!((stated - true_one).abs() < 1e-12, "{stated}, not {true_one}: {classes}, {probability}");
            let off = counts[0] as f64 * unit - probability / (classes as f64 - 1.0);
            assert!(off.abs() <= unit / 2.0, "a chance is off by {off}: {classes}, {probability}");
        }
    }

    #[test]
    fn flips_that_never_come_or_always_are_refused() {
        let refused = |probability: f64, classes: usize| {
            let found = Flips::new(probability, classes, Scale::default());
            assert!(matches!(found, Err(SplitError::Flips { .. })), "{probability} of {classes}: {found:?}");
        };
        for probability in [0.0, -0.1, 1e-6, 0.499_999, 0.5, 0.9, 1.5, f64::INFINITY, f64::NAN] {
            refused(probability, 2);
        }
        refused(1e-4, 100);
        refused(0.7, 3);
        refused(0.5, 1 << 17);
    }

    /// How often a label of class 0 becomes each class.
    fn shares(parties: usize, classes: usize, prob: f64) -> Vec<f64> {
        const COUNT: usize = 6000;
        let opened = crate::local(parties, ProviderKind::InsecureFirstParty, |session| {
            let zeros = Array2::from_shape_fn((COUNT, classes), |(_, class)| f64::from(u8::from(class == 0)));
            let secret = session.cryptensor(zeros, 0)?;
            Flips::new(prob, classes, session.scale())?.flipped(&secret)?.get_plain_text()
        });
        let opened = opened.unwrap().swap_remove(0);
        assert!(opened.sum_axis(Axis(1)).iter().all(|&sum| sum == 1.0), "each label is one class");
        assert!(opened.iter().all(|&bit| bit == 0.0 || bit == 1.0));
        opened.mean_axis(Axis(0)).unwrap().iter().copied().collect()
    }

    #[test]
    fn randomized_response_flips_the_expected_share() {
        for (parties, classes, prob) in [(2, 2, 0.2), (3, 2, 0.4), (2, 4, 0.3)] {
            for (class, share) in shares(parties, classes, prob).into_iter().enumerate() {
                let expected = if class == 0 { 1.0 - prob } else { prob / (classes as f64 - 1.0) };
                // Six standard errors at most.
                assert!((share - expected).abs() < 0.04, "{share} of class {class}, not {expected}");
            }
        }
    }
}
