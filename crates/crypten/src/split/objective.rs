//! The losses, as functions of logits `z` that are affine in labels `t`.
//!
//! A bit with `p = σ(z)` costs `ln (1 + e^z) - t z`, classes cost `ln Σ e^z - Σ t z`, and the gradient is `p - t` with `p`
//! the sigmoid or softmax. A bit that is taken to be right with probability `α` is 1 with probability
//! `q = α p + (1 - α)(1 - p)` and costs `-ln (1 - q) - t (ln q - ln (1 - q))`, whose gradient is `f (q - t)` with
//! `f = (2α - 1) p (1 - p) / (q (1 - q))`. Source: CrypTen's `RAPPORLoss`, after U. Erlingsson, V. Pihur, A. Korolova,
//! "RAPPOR" (CCS 2014).

use ndarray::{Array1, Array2, ArrayView2, Axis, Zip};

use super::error::SplitError;

/// What one output, or several, are trained to tell.
#[derive(Clone, Copy, Debug)]
pub(super) enum Objective {
    /// A bit.
    Bit,
    /// A bit that is right with this probability.
    Rappor(f64),
    /// One class of several.
    Classes,
}

/// A loss of a batch, for every label that it may have: `Σ (base - Σ t slope)`, with the gradient `factor (predicted - t)`.
pub(super) struct Terms {
    /// `[n]`.
    pub(super) base: Array1<f64>,
    /// `[n, outputs]`.
    pub(super) slope: Array2<f64>,
    /// `[n, outputs]`.
    pub(super) predicted: Array2<f64>,
    /// `[n]`.
    pub(super) factor: Array1<f64>,
}

impl Objective {
    pub(super) fn new(outputs: usize, rappor_prob: Option<f64>) -> Result<Self, SplitError> {
        match (outputs, rappor_prob) {
            (1, None) => Ok(Self::Bit),
            (1, Some(alpha)) => Ok(Self::Rappor(alpha)),
            (_, None) => Ok(Self::Classes),
            (_, Some(_)) => Err(SplitError::RapporOutputs { outputs }),
        }
    }

    /// How far one label may move the gradient of its row, by the factor and the row's length: from one class to another.
    pub(super) fn reach(self) -> f64 {
        match self {
            Self::Bit | Self::Rappor(_) => 1.0,
            Self::Classes => 2.0_f64.sqrt(),
        }
    }

    /// The loss of rows of logits.
    pub(super) fn terms(self, logits: &ArrayView2<'_, f64>) -> Terms {
        let ones = || Array1::ones(logits.nrows());
        match self {
            Self::Bit => Terms {
                base: logits.column(0).mapv(softplus),
                slope: logits.to_owned(),
                predicted: logits.mapv(sigmoid),
                factor: ones(),
            },
            Self::Classes => {
                let most =
                    logits.fold_axis(Axis(1), f64::NEG_INFINITY, |most, &z| most.max(z)).insert_axis(Axis(1));
                let powers = (logits - &most).mapv(f64::exp);
                let sums = powers.sum_axis(Axis(1)).insert_axis(Axis(1));
                Terms {
                    base: (&most + &sums.mapv(f64::ln)).remove_axis(Axis(1)),
                    slope: logits.to_owned(),
                    predicted: powers / sums,
                    factor: ones(),
                }
            }
            Self::Rappor(alpha) => {
                let (p, rest) = (logits.mapv(sigmoid), logits.mapv(|z| sigmoid(-z)));
                let (yes, no) = (&p * alpha + &rest * (1.0 - alpha), &rest * alpha + &p * (1.0 - alpha));
                let steep = Zip::from(&p).and(&rest).and(&yes).and(&no);
                let factor =
                    steep.map_collect(|p, rest, yes, no| (2.0 * alpha - 1.0) * (p * rest) / (yes * no));
                Terms {
                    base: no.column(0).mapv(|no| -no.ln()),
                    slope: yes.mapv(f64::ln) - no.mapv(f64::ln),
                    predicted: yes,
                    factor: factor.remove_axis(Axis(1)),
                }
            }
        }
    }
}

fn sigmoid(z: f64) -> f64 {
    (1.0 + (-z).exp()).recip()
}

fn softplus(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn loss(objective: Objective, logits: &Array2<f64>, targets: &Array2<f64>) -> f64 {
        let terms = objective.terms(&logits.view());
        terms.base.sum() - (&terms.slope * targets).sum()
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let bits = (array![[0.7], [-2.0], [0.0], [3.5]], array![[1.0], [1.0], [0.0], [0.0]]);
        let classes = (array![[0.2, -1.0, 2.0], [5.0, 4.5, -3.0]], array![[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]);
        let all = [
            (Objective::Bit, &bits),
            (Objective::Rappor(0.8), &bits),
            (Objective::Rappor(0.0), &bits),
            (Objective::Classes, &classes),
        ];
        for (objective, (logits, targets)) in all {
            let terms = objective.terms(&logits.view());
            for (place, _) in logits.indexed_iter() {
                let moved = |step: f64| {
                    let mut logits = logits.clone();
                    logits[place] += step;
                    loss(objective, &logits, targets)
                };
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                let found = terms.factor[place.0] * (terms.predicted[place] - targets[place]);
                assert!((found - slope).abs() < 1e-8, "{objective:?} at {place:?}: {found}, not {slope}");
            }
        }
    }

    #[test]
    fn large_logits_stay_finite() {
        for objective in [Objective::Bit, Objective::Rappor(1.0), Objective::Rappor(0.9)] {
            let terms = objective.terms(&array![[300.0], [-300.0]].view());
            let all = [terms.base.sum(), terms.slope.sum(), terms.predicted.sum(), terms.factor.sum()];
            assert!(all.iter().all(|number| number.is_finite()), "{objective:?}: {all:?}");
        }
    }
}
