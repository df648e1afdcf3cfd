//! Convolutions: linear in the input and in the kernel, so each gradient is one product like the convolution itself.

use crypten_ring::{Conv1d, Conv2d};

use crate::engine::Engine;
use crate::error::Error;
use crate::operand::Operand;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The convolution over two axes, plus a bias.
    ///
    /// # Shapes
    /// `[n, c, h, w]` by a kernel `[o, c / groups, kh, kw]` makes `[n, o, h', w']`; the bias is `[o]`.
    ///
    /// # Errors
    /// If the shapes do not fit, or the engine fails.
    ///
    /// # Examples
    /// ```
    /// use crypten_autograd::{Conv2d, Plain, Var};
    /// use ndarray::Array4;
    ///
    /// # fn main() -> Result<(), crypten_autograd::Error> {
    /// let image = Var::constant(&Plain::default(), Array4::ones((1, 1, 5, 5)))?;
    /// let features = image.conv2d(&Array4::<f64>::ones((2, 1, 3, 3)), None, Conv2d::padded(1))?;
    /// assert_eq!(features.shape(), [1, 2, 5, 5]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn conv2d(
        &self,
        kernel: impl Into<Operand<E>>,
        bias: Option<&Self>,
        geometry: Conv2d,
    ) -> Result<Self, E::Error> {
        let engine = self.engine();
        let kernel = kernel.into().into_var(engine)?;
        geometry.output_shape(self.shape(), kernel.shape()).map_err(Error::from)?;
        let (x, weight) = (self.value(), kernel.weight());
        let (input_shape, kernel_shape) = (self.shape().to_vec(), kernel.shape().to_vec());
        let (image, filter) = (x.clone(), weight.clone());
        let product = self.record("conv2d", engine.conv2d(&x, &weight, geometry)?).factors(
            [self, &kernel],
            move |engine, gradient| engine.conv2d_input_gradient(gradient, &weight, &input_shape, geometry),
            move |engine, gradient| engine.conv2d_kernel_gradient(gradient, &x, &kernel_shape, geometry),
            move |engine, gradient| engine.both_gradients(gradient, [&image, &filter], Some(geometry)),
        );
        product.plus_bias(bias, 2)
    }

    /// The convolution over one axis, plus a bias: of an image with a single row.
    ///
    /// # Shapes
    /// `[n, c, l]` by a kernel `[o, c / groups, k]` makes `[n, o, l']`; the bias is `[o]`.
    ///
    /// # Errors
    /// As [`Var::conv2d`].
    pub fn conv1d(
        &self,
        kernel: impl Into<Operand<E>>,
        bias: Option<&Self>,
        geometry: Conv1d,
    ) -> Result<Self, E::Error> {
        let kernel = kernel.into().into_var(self.engine())?;
        geometry.output_shape(self.shape(), kernel.shape()).map_err(Error::from)?;
        let rows = self.unsqueeze(-2)?.conv2d(&kernel.unsqueeze(-2)?, None, geometry.into())?;
        rows.squeeze_axis(-2)?.plus_bias(bias, 1)
    }

    /// A bias for each channel, which `places` axes follow.
    pub(super) fn plus_bias(self, bias: Option<&Self>, places: usize) -> Result<Self, E::Error> {
        let Some(bias) = bias else { return Ok(self) };
        let bias = bias.reshaped(&[bias.shape(), &vec![1; places]].concat())?;
        let sum = self.engine().add_bias(&self.value(), &bias.value())?;
        let record = self.record("bias", sum).broadcast_input(&self, |_, gradient| Ok(gradient.clone()));
        Ok(record.broadcast_input(&bias, |_, gradient| Ok(gradient.clone())).finish())
    }
}

#[cfg(test)]
mod tests {
    use crypten_ring::{Conv1d, Conv2d};

    use crate::check::law;

    law!(convolutions_have_the_gradient, [&[2, 2, 4, 5], &[3, 2, 2, 3], &[3]], -1.0..1.0, |x| {
        x[0].conv2d(&x[1], Some(&x[2]), Conv2d::default())
    });
    law!(strides_padding_and_dilation_have_the_gradient, [&[1, 2, 6, 7], &[2, 2, 3, 2]], -1.0..1.0, |x| {
        x[0].conv2d(&x[1], None, Conv2d { stride: [2, 3], padding: [2, 1], dilation: [1, 2], groups: 1 })
    });
    law!(groups_have_the_gradient, [&[2, 4, 3, 3], &[6, 2, 2, 2]], -1.0..1.0, |x| {
        x[0].conv2d(&x[1], None, Conv2d { groups: 2, ..Conv2d::padded(1) })
    });
    law!(convolutions_of_a_row_have_the_gradient, [&[2, 2, 7], &[4, 1, 3], &[4]], -1.0..1.0, |x| {
        x[0].conv1d(&x[1], Some(&x[2]), Conv1d { stride: 2, padding: 1, dilation: 2, groups: 2 })
    });
}
