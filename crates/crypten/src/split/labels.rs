//! Labels as shares: rows of 0 and 1, one column a class, flipped once and then used as often as one likes.

use std::collections::HashMap;

use ndarray::Array2;

use crate::error::Error;
use crate::tensor::CrypTensor;

use super::DPSplitModel;
use super::error::SplitError;
use super::flips::Flips;

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
        let flipped = match self.flips {
            Some(flips) => flips.flipped(one_hot)?,
            None => one_hot.clone(),
        };
        let targets = match self.head.outputs {
            1 => flipped.narrow(1, 1, 1)?,
            _ => flipped,
        };
        Ok(SplitLabels { targets, copies: 1, epsilon: self.flips.map(Flips::epsilon) })
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

    /// What the flips alone promise to each label, whatever is computed of it; nothing if none are flipped.
    ///
    /// It is that of the chances as they are drawn, in whole units of the precision, so not always what
    /// [`randomized_response_epsilon`](crate::randomized_response_epsilon) says of the probability that was asked for.
    #[must_use]
    pub fn epsilon(&self) -> Option<f64> {
        self.epsilon
    }
}
