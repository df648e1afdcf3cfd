//! Gradients of convolutions, one product each: that of the input is a transposed convolution, that of the kernel a
//! convolution in which the images of the batch are the channels, and step and dilation change places.

use crypten_autograd::Engine;
use crypten_ring::{Conv2d, ConvTranspose2d, Error as RingError};

use super::Value;
use crate::error::Error;
use crate::session::Session;
use crate::tensor::{CrypTensor, conv_transpose2d};

pub(super) fn input_gradient(
    gradient: &Value,
    kernel: &Value,
    input: &[usize],
    geometry: Conv2d,
) -> Result<CrypTensor, Error> {
    let size = kernel.shape();
    let output = expect(gradient, input, size, geometry)?;
    let Conv2d { stride, padding, dilation, groups } = geometry;
    // What the last step of the kernel did not reach.
    let rest = |axis: usize| {
        let reached = (output[2 + axis] - 1) * stride[axis] + dilation[axis] * (size[2 + axis] - 1) + 1;
        input[2 + axis] + 2 * padding[axis] - reached
    };
    let output_padding = [rest(0), rest(1)];
    let transposed = ConvTranspose2d { stride, padding, output_padding, dilation, groups };
    conv_transpose2d(gradient, kernel, None, transposed)
}

pub(super) fn kernel_gradient(
    session: &Session,
    gradient: &Value,
    x: &Value,
    kernel: &[usize],
    geometry: Conv2d,
) -> Result<Value, Error> {
    expect(gradient, x.shape(), kernel, geometry)?;
    let &[n, c, h, w] = x.shape() else { unreachable!("the shape has been checked") };
    let groups = geometry.groups;
    // The channels of a group are the images, and the images its channels.
    let grouped = session.reshape(x, &[n, groups, c / groups, h, w])?;
    let exchanged = session.permute(&grouped, &[2, 1, 0, 3, 4])?;
    let images = session.reshape(&exchanged, &[c / groups, groups * n, h, w])?;
    let kernels = session.permute(gradient, &[1, 0, 2, 3])?;
    let geometry = Conv2d { stride: geometry.dilation, dilation: geometry.stride, ..geometry };
    let product = session.conv2d(&images, &kernels, geometry)?;
    // Positions that no step of the kernel reached come last.
    let reached = session.narrow(&session.narrow(&product, 2, 0, kernel[2])?, 3, 0, kernel[3])?;
    session.permute(&reached, &[1, 0, 2, 3])
}

/// The shape of a convolution, which its gradient has too.
fn expect(
    gradient: &Value,
    input: &[usize],
    kernel: &[usize],
    geometry: Conv2d,
) -> Result<[usize; 4], Error> {
    let output = geometry.output_shape(input, kernel)?;
    if gradient.shape() == output {
        return Ok(output);
    }
    let (left, right) = (output.to_vec(), gradient.shape().to_vec());
    Err(RingError::ShapeMismatch { operation: "gradient of conv2d", left, right }.into())
}
