//! Normalisation: `(x - mean) / sqrt(var + eps) * weight + bias`, with the mean and the variance of a batch, of a layer
//! or of a group of channels.
//!
//! The root and the weight make one small factor, so that a large tensor is multiplied once. Sources: S. Ioffe and
//! C. Szegedy, "Batch normalization" (2015); J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization" (2016);
//! D. Ulyanov, A. Vedaldi and V. Lempitsky, "Instance normalization" (2016); Y. Wu and K. He, "Group normalization"
//! (2018).

mod numbers; // parameters that may be public

use crypten_autograd::BatchNorm;
use crypten_ring::Error as RingError;
use ndarray::{array, s};

use crate::error::Error;
use crate::plain::Operand;
use crate::tensor::arithmetic::{divided, mul, sub};
use crate::tensor::linear::plus_shaped;
use crate::tensor::{CrypTensor, stack};

use numbers::Numbers;

/// Means and variances of channels over the batches so far, `[c]` each.
#[derive(Clone, Debug)]
pub struct RunningStatistics {
    /// The means.
    pub mean: CrypTensor,
    /// The unbiased variances.
    pub var: CrypTensor,
}

impl CrypTensor {
    /// Normalises every channel of `[n, c]`, `[n, c, l]`, `[n, c, h, w]` or more axes: over the batch in training or
    /// without running statistics, else by the running mean and variance. Weight, bias and both statistics have shape
    /// `[c]`, and each may be public. In training, the new running statistics come with the result.
    ///
    /// # Rounds
    /// By public statistics one, a product with fractions of 8 bytes an element; with a secret weight two, of 8
    /// bytes a channel and 16 an element. By secret statistics 12: [`CrypTensor::inv_sqrt`], of 80.25 bytes a
    /// channel, and a product, of 16 bytes an element, whose rounding waits. Over the batch 15 or 16: before these
    /// a mean, a square and another mean, of at most 24 bytes a channel and 8 an element. There a weight costs one
    /// more, of 8 bytes a channel if it is public, or two, of 24, if it is secret; new running statistics cost one,
    /// of 32 bytes a channel. One more, of 8 bytes, for each operand that is a product not rounded yet.
    ///
    /// # Domain
    /// Over the batch, the sum of a channel and that of its squares stay below `2^(42 - f)`, its variance within that
    /// of [`CrypTensor::inv_sqrt`]; `eps` counts as at least one unit of the precision there. Beyond, results are
    /// meaningless. With `d` for the difference from the mean, `s` for the root of variance and `eps`, and `w` for the
    /// weight, the result is off by at most
    ///
    /// - `5e-5` of itself or `2 |d w|` units, whichever is larger, for the reciprocal of the root,
    /// - `2 / s^2` units of itself for the variance, and `|w| / s` times two units and `2^-20` of the mean for the
    ///   mean, unless both are given,
    /// - `|d|` units for the product of root and weight, and a unit.
    ///
    /// By a public variance it is off by a unit and `2^-20` of the largest factor times `|d|`, with a secret weight
    /// by `|d|` units more. New running statistics are off by two units and by `2^-20` of the old ones and the
    /// batch's together, beside what those of the batch are: as [`CrypTensor::mean`] and [`CrypTensor::var`].
    ///
    /// # Errors
    /// If the shapes do not fit, a channel has a single number in training, the precision has more than 22 bits, or a
    /// peer or the network fails.
    pub fn batchnorm(
        &self,
        weight: Option<&dyn Operand>,
        bias: Option<&dyn Operand>,
        running_mean: Option<&dyn Operand>,
        running_var: Option<&dyn Operand>,
        options: BatchNorm,
    ) -> Result<(Self, Option<RunningStatistics>), Error> {
        let &[batch, channels, ref places @ ..] = self.shape() else {
            return Err(misfit("batchnorm", self.shape(), &[]));
        };
        let shape = [&[channels][..], &vec![1; places.len()]].concat();
        let read = |operand: Option<&dyn Operand>| Numbers::read("batchnorm", operand, &[channels], &shape);
        let (weight, bias) = (read(weight)?, read(bias)?);
        let running = match (read(running_mean)?, read(running_var)?) {
            (Some(mean), Some(var)) => Some([mean, var]),
            (None, None) => None,
            // One of the two alone.
            _ => return Err(misfit("batchnorm", &[channels], &[])),
        };
        if let (false, Some([mean, var])) = (options.training, &running) {
            let output = finished(&sub(self, mean)?, var.inverse_root(options.eps)?, weight, bias)?;
            return Ok((output, None));
        }
        let elements = batch * places.iter().product::<usize>();
        if options.training && elements < 2 {
            return Err(Error::TooFewElements { operation: "batchnorm", elements, needed: 2 });
        }
        let axes: Vec<usize> = (0..self.ndim()).filter(|&axis| axis != 1).collect();
        let moments = Moments::of(self, &axes)?;
        let inverse = Numbers::Secret(moments.var.clone()).inverse_root(options.eps)?;
        let output = finished(&moments.centered, inverse, weight, bias)?;
        let running = running.filter(|_| options.training);
        let running = running.map(|running| moments.entered(running, options.momentum, elements));
        Ok((output, running.transpose()?))
    }

    /// Normalises over the last axes, which are `normalized_shape`; weight and bias have that shape too, and each may
    /// be public.
    ///
    /// # Rounds
    /// 15 or 16: a mean, a square, another mean, [`CrypTensor::inv_sqrt`], and a product, of 24 bytes an element
    /// and at most 104.25 for each layer; the rounding waits. A public weight costs one more, of 8 bytes an
    /// element, a secret one two, of 24.
    ///
    /// # Domain
    /// As [`CrypTensor::batchnorm`] over the batch.
    ///
    /// # Errors
    /// If the shapes do not fit, the precision has more than 22 bits, or a peer or the network fails.
    pub fn layer_norm(
        &self,
        normalized_shape: &[usize],
        weight: Option<&dyn Operand>,
        bias: Option<&dyn Operand>,
        eps: f64,
    ) -> Result<Self, Error> {
        if normalized_shape.is_empty() || !self.shape().ends_with(normalized_shape) {
            return Err(misfit("layer_norm", self.shape(), normalized_shape));
        }
        let read = |operand| Numbers::read("layer_norm", operand, normalized_shape, normalized_shape);
        let (weight, bias) = (read(weight)?, read(bias)?);
        let axes: Vec<usize> = (self.ndim() - normalized_shape.len()..self.ndim()).collect();
        let moments = Moments::of(self, &axes)?;
        let inverse = Numbers::Secret(moments.var).inverse_root(eps)?;
        finished(&moments.centered, inverse, weight, bias)
    }

    /// Normalises over groups of neighbouring channels of `[n, c, ..]`, each image by itself; weight and bias have
    /// shape `[c]`, and each may be public.
    ///
    /// # Rounds
    /// As [`CrypTensor::layer_norm`], but a weight costs as many bytes for each channel of an image, not for each
    /// element.
    ///
    /// # Domain
    /// As [`CrypTensor::batchnorm`] over the batch.
    ///
    /// # Errors
    /// If the shapes do not fit, the groups do not divide the channels, the precision has more than 22 bits, or a peer
    /// or the network fails.
    pub fn group_norm(
        &self,
        num_groups: usize,
        weight: Option<&dyn Operand>,
        bias: Option<&dyn Operand>,
        eps: f64,
    ) -> Result<Self, Error> {
        self.normalized_by_groups("group_norm", num_groups, weight, bias, eps)
    }

    /// Normalises every channel of `[n, c, ..]`, each image by itself; weight and bias have shape `[c]`, and each may
    /// be public.
    ///
    /// # Rounds
    /// As [`CrypTensor::group_norm`].
    ///
    /// # Domain
    /// As [`CrypTensor::batchnorm`] over the batch.
    ///
    /// # Errors
    /// As [`CrypTensor::group_norm`].
    pub fn instance_norm(
        &self,
        weight: Option<&dyn Operand>,
        bias: Option<&dyn Operand>,
        eps: f64,
    ) -> Result<Self, Error> {
        let channels = self.shape().get(1).copied().unwrap_or(0);
        self.normalized_by_groups("instance_norm", channels, weight, bias, eps)
    }

    fn normalized_by_groups(
        &self,
        operation: &'static str,
        groups: usize,
        weight: Option<&dyn Operand>,
        bias: Option<&dyn Operand>,
        eps: f64,
    ) -> Result<Self, Error> {
        let &[batch, channels, ref places @ ..] = self.shape() else {
            return Err(misfit(operation, self.shape(), &[groups]));
        };
        if groups == 0 || !channels.is_multiple_of(groups) {
            return Err(misfit(operation, self.shape(), &[groups]));
        }
        let shape = [groups, channels / groups, 1];
        let read = |operand| Numbers::read(operation, operand, &[channels], &shape);
        let (weight, bias) = (read(weight)?, read(bias)?);
        let grouped = self.reshaped(&[batch, groups, channels / groups, places.iter().product()])?;
        let moments = Moments::of(&grouped, &[2, 3])?;
        let inverse = Numbers::Secret(moments.var).inverse_root(eps)?;
        finished(&moments.centered, inverse, weight, bias)?.reshaped(self.shape())
    }
}

/// Mean and variance over some axes, which stay with length 1, and what differs from the mean.
struct Moments {
    mean: CrypTensor,
    var: CrypTensor,
    centered: CrypTensor,
}

impl Moments {
    fn of(x: &CrypTensor, axes: &[usize]) -> Result<Self, Error> {
        let count = axes.iter().map(|&axis| x.shape()[axis] as u64).product();
        // Rounded once here, rather than the sum and the tensor each.
        let x = x.rescale()?;
        let mean = divided(&x.summed_keepdim(axes), count)?.rescale()?;
        let centered = sub(&x, &mean)?;
        let var = divided(&centered.square()?.summed_keepdim(axes), count)?.rescale()?;
        Ok(Self { mean, var, centered })
    }

    /// The running statistics after a batch of so many numbers a channel.
    fn entered(
        &self,
        [mean, var]: [Numbers; 2],
        momentum: f64,
        elements: usize,
    ) -> Result<RunningStatistics, Error> {
        let [batch_mean, batch_var] = [self.mean.reshape(&[-1])?, self.var.reshape(&[-1])?];
        let (mean, var) = (mean.encrypted_like(&batch_mean)?, var.encrypted_like(&batch_var)?);
        let rows = stack(&[&batch_mean, &batch_var, &mean, &var], 0)?;
        let unbiased = elements as f64 / (elements as f64 - 1.0);
        let kept = 1.0 - momentum;
        let parts = mul(rows, array![[momentum], [momentum * unbiased], [kept], [kept]])?;
        let sums = parts.reshape(&[2, 2, -1])?.sum(0)?;
        Ok(RunningStatistics { mean: sums.slice(s![0, ..])?, var: sums.slice(s![1, ..])? })
    }
}

/// `centered * inverse * weight + bias`; the bias is added before rounding.
fn finished(
    centered: &CrypTensor,
    inverse: Numbers,
    weight: Option<Numbers>,
    bias: Option<Numbers>,
) -> Result<CrypTensor, Error> {
    let factor = match weight {
        Some(weight) => inverse.times(&weight)?,
        None => inverse,
    };
    let product = mul(centered, &factor)?;
    match bias {
        Some(bias) => plus_shaped(&product, &bias.operand(), bias.shape()),
        None => Ok(product),
    }
}

fn misfit(operation: &'static str, left: &[usize], right: &[usize]) -> Error {
    RingError::ShapeMismatch { operation, left: left.to_vec(), right: right.to_vec() }.into()
}
