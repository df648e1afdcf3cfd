//! Transposed convolutions: what a convolution makes of a gradient of its result. So their own gradients are that
//! convolution, and its gradient of the kernel.

use crypten_ring::{Conv2d, ConvTranspose1d, ConvTranspose2d};

use crate::engine::Engine;
use crate::error::Error;
use crate::operand::Operand;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The transposed convolution over two axes, plus a bias.
    ///
    /// # Shapes
    /// `[n, c, h, w]` by a kernel `[c, o / groups, kh, kw]` makes `[n, o, h', w']`; the bias is `[o]`.
    ///
    /// # Errors
    /// If the shapes do not fit, or the engine fails.
    pub fn conv_transpose2d(
        &self,
        kernel: impl Into<Operand<E>>,
        bias: Option<&Self>,
        geometry: ConvTranspose2d,
    ) -> Result<Self, E::Error> {
        let engine = self.engine();
        let kernel = kernel.into().into_var(engine)?;
        let shape = geometry.output_shape(self.shape(), kernel.shape()).map_err(Error::from)?;
        let ConvTranspose2d { stride, padding, dilation, groups, .. } = geometry;
        // The convolution whose transpose this is; it takes the output to the input.
        let back = Conv2d { stride, padding, dilation, groups };
        let (x, weight) = (self.value(), kernel.value());
        let kernel_shape = kernel.shape().to_vec();
        let output = engine.conv2d_input_gradient(&x, &weight, &shape, back)?;
        let record = self.record("conv_transpose2d", output);
        let record = record.input(self, move |engine, gradient| engine.conv2d(gradient, &weight, back));
        let record = record.input(&kernel, move |engine, gradient| {
            engine.conv2d_kernel_gradient(&x, gradient, &kernel_shape, back)
        });
        record.finish().plus_bias(bias, 2)
    }

    /// The transposed convolution over one axis, plus a bias: of an image with a single row.
    ///
    /// # Shapes
    /// `[n, c, l]` by a kernel `[c, o / groups, k]` makes `[n, o, l']`; the bias is `[o]`.
    ///
    /// # Errors
    /// As [`Var::conv_transpose2d`].
    pub fn conv_transpose1d(
        &self,
        kernel: impl Into<Operand<E>>,
        bias: Option<&Self>,
        geometry: ConvTranspose1d,
    ) -> Result<Self, E::Error> {
        let kernel = kernel.into().into_var(self.engine())?;
        geometry.output_shape(self.shape(), kernel.shape()).map_err(Error::from)?;
        let rows = self.unsqueeze(-2)?.conv_transpose2d(&kernel.unsqueeze(-2)?, None, geometry.into())?;
        rows.squeeze_axis(-2)?.plus_bias(bias, 1)
    }
}

#[cfg(test)]
mod tests {
    use crypten_ring::{ConvTranspose1d, ConvTranspose2d};

    use crate::check::law;

    const UNEVEN: ConvTranspose2d = ConvTranspose2d {
        stride: [2, 3],
        padding: [1, 1],
        output_padding: [1, 2],
        dilation: [2, 1],
        groups: 2,
    };

    law!(transposed_convolutions_have_the_gradient, [&[2, 2, 3, 2], &[2, 3, 2, 3], &[3]], -1.0..1.0, |x| {
        x[0].conv_transpose2d(&x[1], Some(&x[2]), ConvTranspose2d::default())
    });
    law!(all_options_have_the_gradient, [&[1, 4, 3, 2], &[4, 2, 3, 2]], -1.0..1.0, |x| {
        x[0].conv_transpose2d(&x[1], None, UNEVEN)
    });
    law!(transposed_convolutions_of_a_row_have_it, [&[2, 2, 4], &[2, 3, 3], &[3]], -1.0..1.0, |x| {
        let geometry = ConvTranspose1d { stride: 2, output_padding: 1, ..ConvTranspose1d::default() };
        x[0].conv_transpose1d(&x[1], Some(&x[2]), geometry)
    });
}
