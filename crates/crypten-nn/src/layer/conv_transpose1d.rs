//! A transposed convolution over one axis, plus a bias.

use crypten_autograd::{ConvTranspose1d as Geometry, Engine, Var};

use super::kernel::Channels;
use crate::generator::Generator;
use crate::module::{Forward, Module};

/// The transposed convolution of channels over one axis by a trained kernel, plus a trained bias.
///
/// # Shapes
/// `[n, c, l]` becomes `[n, o, l']`, with a weight `[c, o / groups, k]` and a bias `[o]`.
#[derive(Clone, Debug, Module)]
pub struct ConvTranspose1d<E: Engine> {
    #[module(parameter)]
    weight: Var<E>,
    #[module(parameter)]
    bias: Option<Var<E>>,
    #[module(skip)]
    geometry: Geometry,
}

impl<E: Engine> ConvTranspose1d<E> {
    /// A transposed convolution with a bias; `Default::default()` is the geometry without stride, padding and groups.
    ///
    /// # Errors
    /// If the groups do not divide the channels, or the engine fails.
    pub fn new(
        generator: &Generator<E>,
        in_channels: usize,
        out_channels: usize,
        kernel_size: usize,
        geometry: Geometry,
    ) -> Result<Self, E::Error> {
        let channels = Channels { inputs: in_channels, outputs: out_channels, groups: geometry.groups };
        let (weight, bias) = channels.transposed_kernel("conv_transpose1d", generator, &[kernel_size])?;
        Ok(Self { weight, bias: Some(bias), geometry })
    }

    /// The same without a bias.
    #[must_use]
    pub fn without_bias(self) -> Self {
        Self { bias: None, ..self }
    }

    /// The kernel.
    #[must_use]
    pub fn weight(&self) -> &Var<E> {
        &self.weight
    }

    /// The bias, if there is one.
    #[must_use]
    pub fn bias(&self) -> Option<&Var<E>> {
        self.bias.as_ref()
    }
}

impl<E: Engine> Forward<E> for ConvTranspose1d<E> {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.conv_transpose1d(&self.weight, self.bias(), self.geometry)
    }
}
