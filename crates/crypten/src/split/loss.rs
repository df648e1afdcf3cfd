//! The loss of a batch, and the way back: a gradient on shares, noise, and what the feature party makes of it.

use crypten_autograd::{Plain, PlainTensor, Var};
use ndarray::{Array1, Array2, Axis, Ix2, arr0, concatenate};

use crate::error::Error;
use crate::tensor::{CrypTensor, add, div, mul, sub};

use super::labels::SplitLabels;
use super::objective::Terms;
use super::privacy::GaussianPrivacy;
use super::{DPSplitModel, Forwarded, estimate, noise};

/// The loss of a prediction, which nobody sees; from it gradients go back. It prints as skipped if it is.
pub struct SplitLoss<'a> {
    model: &'a DPSplitModel,
    owned: Option<Owned>,
    /// `[n, outputs]`.
    predicted: CrypTensor,
    labels: SplitLabels,
    value: Option<CrypTensor>,
}

/// What the feature party keeps for the way back.
struct Owned {
    logits: Var<Plain>,
    /// By which each row's gradient is more than the difference of prediction and label.
    factor: Array1<f64>,
    /// `[n, inputs]`: the factor times what the last layer got, and 1 for its bias; none longer than the bound.
    rows: Array2<f64>,
}

impl SplitLoss<'_> {
    /// The mean loss; nothing if the options skip it.
    #[must_use]
    pub fn value(&self) -> Option<&CrypTensor> {
        self.value.as_ref()
    }

    /// Opens the gradient of the last layer, with noise, to the feature party, which goes back through its network with
    /// what it estimates from it: as `backward` does, every parameter there gets a gradient added to its own.
    ///
    /// The estimate of `p - t` is as good as the rows that entered the gradient: exact but for noise and rounding if they
    /// are independent, so at most as many as the last layer has inputs and a bias. With more rows, the gradient of the
    /// last layer is as good, and that of the layers before it is of the part of `p - t` that the rows span.
    ///
    /// # Rounds
    /// Three: a product of matrices, its rounding, and the opening of as many numbers as the last layer has. 24 more if
    /// all parties draw the noise together.
    ///
    /// # Security
    /// The feature party learns the sum over the batch of `(p - t)ᵀ [h 1]`, with noise; it stands in the ledger. What that
    /// promises to labels, [`DPSplitModel::privacy`] states. Nobody else learns anything.
    ///
    /// # Errors
    /// If a number does not fit the precision, the prediction was made without recording, or a peer or the network of
    /// parties fails.
    #[track_caller]
    pub fn backward_with_reveal(self) -> Result<(), Error> {
        let Self { model, owned, predicted, labels, .. } = self;
        let (session, head, options) = (&model.session, model.head, &model.options);
        let count = labels.count();
        let rows = match &owned {
            Some(owned) => session.cryptensor(&owned.rows, model.feature_src)?,
            None => session.cryptensor_of(&[count, head.inputs], model.feature_src)?,
        };
        let mut sums = sub(&predicted, &labels.targets)?.t()?.matmul(&rows)?;
        // The options speak of the mean over the batch.
        let deviation = options.noise_magnitude * count as f64;
        if deviation > 0.0 {
            let drawn = noise::normal(session, &[head.outputs, head.inputs], deviation, options.noise_src)?;
            sums = add(sums, drawn)?;
        }
        // Sums over no rows are of no label, and cost nothing.
        if count > 0 {
            model.spend(deviation, labels.copies);
        }
        let opened = sums.get_plain_text_to(model.feature_src)?;
        let (Some(owned), Some(sums)) = (owned, opened) else { return Ok(()) };
        let sums = sums.into_dimensionality::<Ix2>().expect("a product of matrices is a matrix");
        // Each number is rounded when it is opened, and what it sums when it is shared.
        let rounding = session.unit() * (1.0 + count as f64).sqrt();
        let differences = estimate::summed(&owned.rows.view(), &sums.view(), deviation.hypot(rounding));
        let gradient = differences * owned.factor.insert_axis(Axis(1)) / count.max(1) as f64;
        Ok(owned.logits.backward_with(&PlainTensor::from(gradient.into_dyn()))?)
    }
}

impl<'a> SplitLoss<'a> {
    pub(super) fn new(
        model: &'a DPSplitModel,
        prediction: Option<(Forwarded, Terms)>,
        labels: &SplitLabels,
    ) -> Result<Self, Error> {
        let (session, src) = (&model.session, model.feature_src);
        let shape = [labels.count(), model.head.outputs];
        let shared = |numbers: Option<&Array2<f64>>| match numbers {
            Some(numbers) => session.cryptensor(numbers, src),
            None => session.cryptensor_of(&shape, src),
        };
        let terms = prediction.as_ref().map(|(_, terms)| terms);
        let predicted = shared(terms.map(|terms| &terms.predicted))?;
        let value = if model.options.skip_forward {
            None
        } else {
            let base = session.cryptensor(arr0(terms.map_or(0.0, |terms| terms.base.sum())), src)?;
            let gain = mul(shared(terms.map(|terms| &terms.slope))?, &labels.targets)?.sum_all();
            Some(div(sub(base, gain)?, labels.count().max(1))?)
        };
        let owned = prediction.map(|(forwarded, terms)| model.kept(forwarded, terms.factor));
        Ok(Self { model, owned, predicted, labels: labels.clone(), value })
    }
}

impl DPSplitModel {
    fn kept(&self, forwarded: Forwarded, factor: Array1<f64>) -> Owned {
        let Forwarded { hidden, logits } = forwarded;
        let hidden = hidden.value().into_dimensionality::<Ix2>().expect("it has two axes").into_owned();
        let ones = Array2::ones((hidden.nrows(), self.head.inputs - hidden.ncols()));
        let mut rows = concatenate![Axis(1), hidden, ones] * factor.view().insert_axis(Axis(1));
        if let Some(most) = self.options.max_row_norm {
            for mut row in rows.rows_mut() {
                let length = row.dot(&row).sqrt();
                if length > most {
                    row *= most / length;
                }
            }
        }
        Owned { logits, factor, rows }
    }

    /// Accounts for an opening. A label moves the difference of prediction and label in its row by at most the
    /// objective's reach, and so the sum by that times the row. Rounding of rows when they are shared, and of the sum
    /// before noise is added, is on top of it.
    fn spend(&self, deviation: f64, copies: usize) {
        let (unit, head) = (self.session.unit(), self.head);
        let step = self.options.max_row_norm.filter(|_| self.options.noise_src.is_some() && deviation > 0.0);
        let step = step.map(|most| {
            let longest = most + unit / 2.0 * (head.inputs as f64).sqrt();
            let rounding = unit * ((head.outputs * head.inputs) as f64).sqrt();
            GaussianPrivacy::of(copies as f64 * self.objective.reach() * longest + rounding, deviation)
        });
        let mut spent = self.spent();
        *spent = spent.zip(step).map(|(before, step)| before.and(step));
    }
}

impl std::fmt::Debug for SplitLoss<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.value {
            Some(value) => write!(f, "SplitLoss({value:?})"),
            None => f.write_str("SplitLoss(skipped)"),
        }
    }
}
