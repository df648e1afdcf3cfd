//! Normalisation: `(x - mean) / √(var + eps) * weight + bias`, with the mean and the variance of a batch, of a layer or
//! of a group of channels.
//!
//! With `d = x - mean`, `r = 1 / √(var + eps)` and the gradient `g` of `d r`, that of `x` is
//! `r (g - mean(g) - d r² mean(g d))`. Sources: S. Ioffe and C. Szegedy, "Batch normalization" (2015); J. L. Ba, J. R.
//! Kiros and G. E. Hinton, "Layer normalization" (2016); Y. Wu and K. He, "Group normalization" (2018).

use crate::axes::count;
use crate::engine::{Engine, Moments};
use crate::error::Error;
use crate::tape::sum_to;
use crate::var::Var;

/// How [`Var::batchnorm`] normalises.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm {
    /// Whether the batch's own mean and variance are used, and enter the running ones.
    pub training: bool,
    /// Added to the variance.
    pub eps: f64,
    /// How much of the batch enters the running statistics.
    pub momentum: f64,
}

impl Default for BatchNorm {
    /// Evaluation, with PyTorch's `eps` and `momentum`.
    fn default() -> Self {
        Self { training: false, eps: 1e-5, momentum: 0.1 }
    }
}

/// Means and variances of channels over the batches so far, `[c]` each.
#[derive(Clone, Debug)]
pub struct RunningStatistics<E: Engine> {
    /// The means.
    pub mean: Var<E>,
    /// The unbiased variances.
    pub var: Var<E>,
}

impl<E: Engine> Var<E> {
    /// Normalises every channel of `[n, c]`, `[n, c, l]`, `[n, c, h, w]` or more axes: over the batch in training or
    /// without running statistics, else by the running mean and variance. Weight, bias and both statistics have shape
    /// `[c]`. In training, the new running statistics come with the result; they have no gradient.
    ///
    /// # Errors
    /// If the shapes do not fit, a channel has a single number in training, or the engine fails.
    pub fn batchnorm(
        &self,
        weight: Option<&Self>,
        bias: Option<&Self>,
        running_mean: Option<&Self>,
        running_var: Option<&Self>,
        options: BatchNorm,
    ) -> Result<(Self, Option<RunningStatistics<E>>), E::Error> {
        let operation = "batchnorm";
        let &[batch, channels, ref places @ ..] = self.shape() else {
            return Err(Error::axis_count(operation, self.shape(), 2..=usize::MAX).into());
        };
        let column = [&[channels][..], &vec![1; places.len()]].concat();
        let shaped = |var: Option<&Self>| {
            let fits = |var: &Self| match var.shape() {
                &[length] if length == channels => var.reshaped(&column),
                shape => Err(Error::mismatch(operation, self.shape(), shape).into()),
            };
            var.map(fits).transpose()
        };
        let (weight, bias) = (shaped(weight)?, shaped(bias)?);
        let running = match (shaped(running_mean)?, shaped(running_var)?) {
            (Some(mean), Some(var)) => Some((mean, var)),
            (None, None) => None,
            // One of the two alone.
            _ => return Err(Error::mismatch(operation, &[channels], &[]).into()),
        };
        if let (false, Some((mean, var))) = (options.training, &running) {
            let root = var.detach().add(options.eps)?.inv_sqrt()?;
            let factor = weight.map_or(Ok(root.clone()), |weight| weight.mul(&root))?;
            let output = self.sub(mean.detach())?.mul(&factor)?;
            return Ok((output.plus(bias.as_ref())?, None));
        }
        let elements = batch * places.iter().product::<usize>();
        if options.training && elements < 2 {
            return Err(Error::TooFewElements { operation, elements, needed: 2 }.into());
        }
        let axes: Vec<usize> = (0..self.ndim()).filter(|&axis| axis != 1).collect();
        let moments = self.engine().moments(&self.value(), &axes)?;
        let output = self.normalized(operation, &moments, weight.as_ref(), &axes, options.eps)?;
        let running = running.filter(|_| options.training).map(|(mean, var)| {
            let unbiased = elements as f64 / (elements as f64 - 1.0);
            let mean = mean.entered(&moments.mean, options.momentum, 1.0)?;
            let var = var.entered(&moments.var, options.momentum, unbiased)?;
            Ok::<_, E::Error>(RunningStatistics { mean, var })
        });
        Ok((output.plus(bias.as_ref())?, running.transpose()?))
    }

    /// Normalises over the last axes, which are `normalized_shape`; weight and bias have that shape too.
    ///
    /// # Errors
    /// If the shapes do not fit, or the engine fails.
    pub fn layer_norm(
        &self,
        normalized_shape: &[usize],
        weight: Option<&Self>,
        bias: Option<&Self>,
        eps: f64,
    ) -> Result<Self, E::Error> {
        if normalized_shape.is_empty() || !self.shape().ends_with(normalized_shape) {
            return Err(Error::mismatch("layer_norm", self.shape(), normalized_shape).into());
        }
        let axes: Vec<usize> = (self.ndim() - normalized_shape.len()..self.ndim()).collect();
        let moments = self.engine().moments(&self.value(), &axes)?;
        let normal = self.normalized("layer_norm", &moments, None, &axes, eps)?;
        normal.scaled("layer_norm", weight, bias, normalized_shape, normalized_shape)
    }

    /// Normalises over groups of neighbouring channels of `[n, c, ..]`, each image by itself; weight and bias have
    /// shape `[c]`.
    ///
    /// # Errors
    /// If the shapes do not fit, the groups do not divide the channels, or the engine fails.
    pub fn group_norm(
        &self,
        num_groups: usize,
        weight: Option<&Self>,
        bias: Option<&Self>,
        eps: f64,
    ) -> Result<Self, E::Error> {
        self.normalized_by_groups("group_norm", num_groups, weight, bias, eps)
    }

    /// Normalises every channel of `[n, c, ..]`, each image by itself; weight and bias have shape `[c]`.
    ///
    /// # Errors
    /// If the shapes do not fit, or the engine fails.
    pub fn instance_norm(
        &self,
        weight: Option<&Self>,
        bias: Option<&Self>,
        eps: f64,
    ) -> Result<Self, E::Error> {
        let channels = self.shape().get(1).copied().unwrap_or(0);
        self.normalized_by_groups("instance_norm", channels, weight, bias, eps)
    }

    fn normalized_by_groups(
        &self,
        operation: &'static str,
        groups: usize,
        weight: Option<&Self>,
        bias: Option<&Self>,
        eps: f64,
    ) -> Result<Self, E::Error> {
        let &[batch, channels, ref places @ ..] = self.shape() else {
            return Err(Error::axis_count(operation, self.shape(), 2..=usize::MAX).into());
        };
        let width = Error::divided(operation, channels, groups)?;
        let places: usize = places.iter().product();
        let grouped = self.reshaped(&[batch, groups, width * places])?;
        let moments = grouped.engine().moments(&grouped.value(), &[2])?;
        let normal = grouped.normalized(operation, &moments, None, &[2], eps)?;
        let normal = normal.reshaped(&[batch, channels, places])?;
        normal.scaled(operation, weight, bias, &[channels], &[channels, 1])?.reshaped(self.shape())
    }

    /// The differences from the mean, divided by the deviation, times a weight that is the same along the axes.
    fn normalized(
        &self,
        operation: &'static str,
        moments: &Moments<E::Tensor>,
        weight: Option<&Self>,
        axes: &[usize],
        eps: f64,
    ) -> Result<Self, E::Error> {
        let engine = self.engine();
        let inverse = engine.inv_sqrt(&engine.add_number(&moments.var, eps)?)?;
        // The root and the weight make one small factor, so that the large tensor is multiplied once.
        let factor = match weight {
            Some(weight) => engine.mul(&inverse, &weight.value())?,
            None => inverse.clone(),
        };
        let centered = moments.centered.clone();
        let output = engine.mul(&centered, &factor)?;
        let (elements, axes) = (count(self.shape(), axes) as f64, axes.to_vec());
        let to_x = self.is_recorded();
        let weight_shape = weight.filter(|weight| weight.is_recorded()).map(|weight| weight.shape().to_vec());
        let inputs: Vec<&Self> = [self].into_iter().chain(weight).collect();
        let with_weight = weight.is_some();
        let pullback = move |engine: &E, gradient: &E::Tensor| {
            let sum = engine.sum_keepdim(&engine.mul(gradient, &centered)?, &axes)?;
            let mut gradients = vec![None];
            if to_x {
                let slope = engine.div_number(&engine.mul(&sum, &engine.square(&inverse)?)?, elements)?;
                let level = engine.sub(gradient, &engine.mean_keepdim(gradient, &axes)?)?;
                let flat = engine.sub(&level, &engine.mul(&centered, &slope)?)?;
                gradients[0] = Some(engine.mul(&flat, &factor)?);
            }
            if with_weight {
                let to_weight = |shape: &Vec<usize>| sum_to(engine, &engine.mul(&sum, &inverse)?, shape);
                gradients.push(weight_shape.as_ref().map(to_weight).transpose()?);
            }
            Ok(gradients)
        };
        Ok(self.record(operation, output).joint(&inputs, pullback))
    }

    /// A running statistic after that of a batch, times a correction, has entered with a momentum.
    fn entered(&self, batch: &E::Tensor, momentum: f64, correction: f64) -> Result<Self, E::Error> {
        let batch = Self::new(self.engine(), batch.clone()).reshaped(self.shape())?;
        let sum = self.detach().mul(1.0 - momentum)?.add(batch.mul(momentum * correction)?)?;
        sum.reshaped(&[self.numel()])
    }

    fn plus(self, bias: Option<&Self>) -> Result<Self, E::Error> {
        match bias {
            Some(bias) => self.add(bias),
            None => Ok(self),
        }
    }

    /// The tensor times a weight plus a bias, which broadcast in the shape `column`.
    fn scaled(
        &self,
        operation: &'static str,
        weight: Option<&Self>,
        bias: Option<&Self>,
        expected: &[usize],
        column: &[usize],
    ) -> Result<Self, E::Error> {
        let shaped = |var: &Self| match var.shape() {
            shape if shape == expected => var.reshaped(column),
            shape => Err(Error::mismatch(operation, self.shape(), shape).into()),
        };
        let product = weight.map_or(Ok(self.clone()), |weight| self.mul(&shaped(weight)?))?;
        product.plus(bias.map(shaped).transpose()?.as_ref())
    }
}

#[cfg(test)]
mod tests;
