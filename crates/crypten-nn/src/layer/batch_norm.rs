//! Normalisation of each channel over a batch: `(x - mean) / √(var + eps) * weight + bias`. In evaluation, mean and
//! variance are those of the batches so far.

use crypten_autograd::{BatchNorm as Options, Engine, Error, Var};

use super::affine::Affine;
use crate::generator::Generator;
use crate::module::{Forward, Mode, Module};

/// Normalisation of channels over a batch and `AXES` axes of space.
///
/// # Shapes
/// `[n, c, ..]`; weight, bias and running statistics are `[c]`.
#[derive(Clone, Debug, Module)]
pub struct BatchNorm<E: Engine, const AXES: usize> {
    #[module(flatten)]
    affine: Affine<E>,
    #[module(buffer)]
    running_mean: Var<E>,
    #[module(buffer)]
    running_var: Var<E>,
    #[module(buffer)]
    num_batches_tracked: Var<E>,
    /// Added to the variance.
    #[module(skip)]
    pub eps: f64,
    /// How much of a batch enters the running statistics.
    #[module(skip)]
    pub momentum: f64,
    mode: Mode,
}

/// Of `[n, c]` or `[n, c, l]`.
pub type BatchNorm1d<E> = BatchNorm<E, 1>;

/// Of `[n, c, h, w]`.
pub type BatchNorm2d<E> = BatchNorm<E, 2>;

/// Of `[n, c, d, h, w]`.
pub type BatchNorm3d<E> = BatchNorm<E, 3>;

impl<E: Engine, const AXES: usize> BatchNorm<E, AXES> {
    /// A normalisation of so many channels, with PyTorch's `eps` and `momentum`.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn new(generator: &Generator<E>, num_features: usize) -> Result<Self, E::Error> {
        let buffer =
            |shape: &[usize], value| Ok::<_, E::Error>(generator.full(shape, value)?.requires_grad(false));
        let Options { eps, momentum, .. } = Options::default();
        Ok(Self {
            affine: Affine::new(generator, &[num_features])?,
            running_mean: buffer(&[num_features], 0.0)?,
            running_var: buffer(&[num_features], 1.0)?,
            num_batches_tracked: buffer(&[], 0.0)?,
            eps,
            momentum,
            mode: Mode::default(),
        })
    }

    /// The same without weight and bias.
    #[must_use]
    pub fn without_affine(self) -> Self {
        Self { affine: Affine::none(), ..self }
    }
}

impl<E: Engine, const AXES: usize> Forward<E> for BatchNorm<E, AXES> {
    /// In training, the batch enters the running statistics.
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        let axes = if AXES == 1 { 2..=3 } else { AXES + 2..=AXES + 2 };
        if !axes.contains(&input.ndim()) {
            return Err(Error::axis_count("batch_norm", input.shape(), axes).into());
        }
        let training = self.mode.is_training();
        let options = Options { training, eps: self.eps, momentum: self.momentum };
        let (mean, var) = (Some(&self.running_mean), Some(&self.running_var));
        let (output, running) =
            input.batchnorm(self.affine.weight(), self.affine.bias(), mean, var, options)?;
        if let Some(running) = running {
            self.running_mean.set_value(running.mean.value())?;
            self.running_var.set_value(running.var.value())?;
            let tracked = input.engine().add_number(&self.num_batches_tracked.value(), 1.0)?;
            self.num_batches_tracked.set_value(tracked)?;
        }
        Ok(output)
    }
}
