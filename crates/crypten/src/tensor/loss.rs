//! Losses: the mean of what a prediction costs beside its target, which may be public.
//!
//! With `l(p) = ln p` and `m(p) = ln (1 - p)` the cross entropy of a probability is `-(t l + (1 - t) m)`, computed as
//! `-(m + t (l - m))`; of a logit `x` it is `max(x, 0) - x t + ln (1 + e^-|x|)`, which loses nothing where a probability
//! would round to 0 or 1.

use crypten_ring::Error as RingError;

use crate::error::Error;
use crate::plain::Operand;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{add, divided, mul, sub};
use crate::tensor::join::stack;

impl CrypTensor {
    /// The mean cross entropy of probabilities and targets between 0 and 1: `F.binary_cross_entropy`.
    ///
    /// # Shapes
    /// The target has the shape of this tensor; the result has no axes.
    ///
    /// # Rounds
    /// Those of [`CrypTensor::log`], both logarithms at once, a product with the target, and the mean: at most 12.
    ///
    /// # Domain
    /// Probabilities from 0 to 1. Off by at most `1.5e-4` and two units beside the loss of what the tensor holds; a
    /// probability that is held as zero counts as half a unit.
    ///
    /// # Errors
    /// If the shapes differ, the precision has more than 22 bits, or a peer or the network fails.
    pub fn binary_cross_entropy(&self, target: impl Operand) -> Result<Self, Error> {
        self.check_target("binary_cross_entropy", &target, self.shape())?;
        let logarithms = stack(&[self, &sub(1, self)?], 0)?.log()?.unbind(0)?;
        let (positive, negative) = (&logarithms[0], &logarithms[1]);
        let gain = add(negative, mul(sub(positive, negative)?, target)?)?;
        Ok(gain.mean_all()?.neg())
    }

    /// The mean cross entropy of logits and targets between 0 and 1: `F.binary_cross_entropy_with_logits`.
    ///
    /// # Shapes
    /// The target has the shape of this tensor; the result has no axes.
    ///
    /// # Rounds
    /// Those of [`CrypTensor::relu`], [`CrypTensor::exp`] and [`CrypTensor::log`], a product with the target, and the
    /// mean: at most 23.
    ///
    /// # Domain
    /// Logits below 1000 in magnitude. Off by at most `2e-4` and three units.
    ///
    /// # Errors
    /// As [`CrypTensor::binary_cross_entropy`].
    pub fn binary_cross_entropy_with_logits(&self, target: impl Operand) -> Result<Self, Error> {
        self.check_target("binary_cross_entropy_with_logits", &target, self.shape())?;
        let above = self.relu()?;
        let power = sub(self, mul(&above, 2)?)?.exp()?;
        let loss = add(sub(&above, mul(self, target)?)?, add(power, 1)?.log()?)?;
        loss.mean_all()
    }

    /// The mean cross entropy of logits along the second axis and the probabilities of the classes, one-hot or smooth:
    /// `F.cross_entropy`.
    ///
    /// # Shapes
    /// `[n, classes, ..]`; the target has the same shape, the result no axes.
    ///
    /// # Rounds
    /// Those of [`CrypTensor::log_softmax`], a product with the target, and the mean.
    ///
    /// # Domain
    /// As [`CrypTensor::log_softmax`], whose error it has, and two units.
    ///
    /// # Errors
    /// If the shapes differ, there are fewer than two axes, the precision has more than 22 bits, or a peer or the network
    /// fails.
    pub fn cross_entropy(&self, target: impl Operand) -> Result<Self, Error> {
        self.check_target("cross_entropy", &target, self.shape())?;
        let gain = mul(self.log_softmax(1)?, target)?.sum_all();
        let rows = self.numel() / self.shape()[1].max(1);
        Ok(divided(&gain, rows as u64)?.neg())
    }

    /// The mean cross entropy of logits and targets that were flipped at random before they were given away: with the
    /// probability `p` of a logit, that of the target is `alpha p + beta (1 - p)`; without `beta`, `1 - alpha`.
    /// Source: U. Erlingsson, V. Pihur, A. Korolova, "RAPPOR", CCS '14.
    ///
    /// # Shapes
    /// The target has the shape of this tensor; the result has no axes.
    ///
    /// # Rounds
    /// Those of [`CrypTensor::sigmoid`] and of [`CrypTensor::binary_cross_entropy`], and one.
    ///
    /// # Domain
    /// Every logit, `alpha` and `beta` from 0 to 1. Off by at most `3e-4` where the probabilities of targets stay from 0.1
    /// to 0.9; ten times as much down to 0.01.
    ///
    /// # Errors
    /// As [`CrypTensor::binary_cross_entropy`].
    pub fn rappor_loss(&self, target: impl Operand, alpha: f64, beta: Option<f64>) -> Result<Self, Error> {
        let beta = beta.unwrap_or(1.0 - alpha);
        let probability = add(mul(self.sigmoid()?, alpha - beta)?, beta)?;
        probability.binary_cross_entropy(target)
    }

    fn check_target(
        &self,
        operation: &'static str,
        target: &impl Operand,
        expected: &[usize],
    ) -> Result<(), Error> {
        let target = target.operand();
        if target.shape() == expected {
            return Ok(());
        }
        let (left, right) = (expected.to_vec(), target.shape().to_vec());
        Err(RingError::ShapeMismatch { operation, left, right }.into())
    }
}
