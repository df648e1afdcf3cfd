//! Labels as shares: rows of 0 and 1, one column a class, flipped once and then used as often as one likes.
//!
//! A flip replaces a class by the one `s` further on, round about, with probability `p / (k - 1)` for each `s` from 1 to
//! `k - 1`. With a uniform `u` that nobody knows and `b_s = [u < s p / (k - 1)]`, the shift is `s` where
//! `b_s - b_(s-1) = 1`, so that one comparison and one product flip all labels. Source of randomized response: S. Warner
//! (1965); for several classes, P. Kairouz, S. Oh, P. Viswanath (NIPS 2014).

use std::collections::HashMap;

use ndarray::{Array1, Array2};

use crate::error::Error;
use crate::tensor::{CrypTensor, lt, mul, stack, sub};

use super::DPSplitModel;
use super::error::SplitError;
use super::privacy::randomized_response_epsilon;

/// Labels that no party can see, in the order of their owner.
#[derive(Clone, Debug)]
pub struct SplitLabels {
    /// `[n, outputs]`: rows of 0 and 1; for one output, whether the class is 1.
    pub(super) targets: CrypTensor,
    /// How often one label may be among them.
    pub(super) copies: usize,
    epsilon: Option<f64>,
}

impl DPSplitModel {
    /// Shares the labels of the label party: classes counted from 0. Every party passes something; elsewhere, only the
    /// number of labels counts. If the options say so, each label is flipped at random, once.
    ///
    /// Labels are shared once for a whole training, and [`SplitLabels::select`] makes batches of them: flipped anew for
    /// each step, they would tell a little more each time.
    ///
    /// # Rounds
    /// None without flips; with them that of a comparison and of a product.
    ///
    /// # Security
    /// Nothing is opened; nobody knows which labels were flipped.
    ///
    /// # Errors
    /// [`SplitError::ClassOutOfRange`] at the label party, and if a peer or the network fails.
    pub fn labels(&self, classes: &[usize]) -> Result<SplitLabels, Error> {
        if !self.is_label_src() {
            return self.labels_of(classes.len());
        }
        let count = self.head.classes();
        if let Some(&label) = classes.iter().find(|&&label| label >= count) {
            return Err(SplitError::ClassOutOfRange { label, classes: count }.into());
        }
        let shape = (classes.len(), count);
        let rows = Array2::from_shape_fn(shape, |(row, class)| f64::from(u8::from(classes[row] == class)));
        self.encrypted_labels(&self.session.cryptensor(rows, self.label_src)?)
    }

    /// The part of [`DPSplitModel::labels`] of a party that knows only how many labels there are.
    ///
    /// # Errors
    /// If this is the label party, and if a peer or the network fails.
    pub fn labels_of(&self, count: usize) -> Result<SplitLabels, Error> {
        let shape = [count, self.head.classes()];
        self.encrypted_labels(&self.session.cryptensor_of(&shape, self.label_src)?)
    }

    /// As [`DPSplitModel::labels`] for labels that are secret already: `[n, classes]`, 1 at each class and 0 elsewhere;
    /// one output has two classes.
    ///
    /// # Rounds
    /// As [`DPSplitModel::labels`].
    ///
    /// # Errors
    /// [`SplitError::LabelShape`], and if a peer or the network fails.
    pub fn encrypted_labels(&self, one_hot: &CrypTensor) -> Result<SplitLabels, Error> {
        let classes = self.head.classes();
        if !matches!(one_hot.shape(), &[_, columns] if columns == classes) {
            return Err(SplitError::LabelShape { shape: one_hot.shape().to_vec(), classes }.into());
        }
        let prob = self.options.randomized_response_prob;
        let flipped = match prob {
            Some(prob) => flipped(one_hot, classes, prob)?,
            None => one_hot.clone(),
        };
        let targets = match self.head.outputs {
            1 => flipped.narrow(1, 1, 1)?,
            _ => flipped,
        };
        // Probabilities are on the grid of the precision.
        let unit = self.session.unit();
        let epsilon = prob.map(|prob| randomized_response_epsilon((prob / unit).round() * unit, classes));
        Ok(SplitLabels { targets, copies: 1, epsilon })
    }
}

impl SplitLabels {
    /// The labels at public positions: a batch.
    ///
    /// # Rounds
    /// None.
    ///
    /// # Errors
    /// If there is no such label.
    pub fn select(&self, positions: &[usize]) -> Result<Self, Error> {
        let mut times: HashMap<usize, usize> = HashMap::new();
        positions.iter().for_each(|&position| *times.entry(position).or_default() += 1);
        let copies = self.copies * times.into_values().max().unwrap_or(1);
        let targets = self.targets.index_select(0, positions)?;
        Ok(Self { targets, copies, epsilon: self.epsilon })
    }

    /// How many labels there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.targets.shape()[0]
    }

    /// What the flips alone promise to each label, whatever is computed of it; nothing if none are flipped. See
    /// [`randomized_response_epsilon`].
    #[must_use]
    pub fn epsilon(&self) -> Option<f64> {
        self.epsilon
    }
}

/// Each row shifted at random.
fn flipped(one_hot: &CrypTensor, classes: usize, prob: f64) -> Result<CrypTensor, Error> {
    let ends = Array1::from_shape_fn(classes - 1, |shift| prob * (shift + 1) as f64 / (classes - 1) as f64);
    let below = lt(one_hot.session().rand(&[one_hot.shape()[0], 1])?, ends)?;
    // A shift by `classes` is none: it comes last.
    let shifts = sub(below.pad(&[(0, 1)], 1.0)?, below.pad(&[(1, 0)], 0.0)?)?;
    let turned = (1..=classes.cast_signed())
        .map(|shift| one_hot.roll(&[shift], &[1]))
        .collect::<Result<Vec<_>, _>>()?;
    mul(stack(&turned.iter().collect::<Vec<_>>(), 1)?, shifts.unsqueeze(2)?)?.sum(1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

    use super::*;
    use crate::ProviderKind;
    use ndarray::Axis;

    /// How often a label of class 0 becomes each class.
    fn shares(parties: usize, classes: usize, prob: f64) -> Vec<f64> {
        const COUNT: usize = 6000;
        let opened = crate::local(parties, ProviderKind::InsecureFirstParty, |session| {
            let zeros = Array2::from_shape_fn((COUNT, classes), |(_, class)| f64::from(u8::from(class == 0)));
            let secret = session.cryptensor(zeros, 0)?;
            flipped(&secret, classes, prob)?.get_plain_text()
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
