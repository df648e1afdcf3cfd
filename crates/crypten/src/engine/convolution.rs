//! Gradients of convolutions, one product each: that of the input is a transposed convolution, that of the kernel a
//! convolution in which the images of the batch are the channels, and step and dilation change places.

use crypten_autograd::Engine;
use crypten_ring::{Conv2d, ConvTranspose2d, Error as RingError};

use super::Value;
use crate::error::Error;
use crate::session::Session;
use crate::tensor::{self, CrypTensor, conv_transpose2d};

pub(super) fn input_gradient(
    gradient: &Value,
    kernel: &Value,
    input: &[usize],
    geometry: Conv2d,
) -> Result<CrypTensor, Error> {
    let transposed = transposed(gradient.shape(), kernel.shape(), input, geometry)?;
    conv_transpose2d(gradient, kernel, None, transposed)
}

pub(super) fn kernel_gradient(
    session: &Session,
    gradient: &Value,
    x: &Value,
    kernel: &[usize],
    geometry: Conv2d,
) -> Result<Value, Error> {
    let (images, kernels, exchanged) = exchanged(session, gradient, x, kernel, geometry)?;
    reached(session, &session.conv2d(&images, &kernels, exchanged)?, kernel)
}

/// Both gradients of secrets, in one round.
pub(super) fn both_gradients(
    session: &Session,
    gradient: &CrypTensor,
    [x, kernel]: [&CrypTensor; 2],
    geometry: Conv2d,
) -> Result<(Value, Value), Error> {
    let gradient = gradient.rescale()?;
    let transposed = transposed(gradient.shape(), kernel.shape(), x.shape(), geometry)?;
    let to_input = tensor::pending_conv_transpose2d(&gradient, kernel, transposed)?;
    let (images, kernels, exchanged) =
        exchanged(session, &gradient.into(), &x.clone().into(), kernel.shape(), geometry)?;
    let (Value::Secret(images), Value::Secret(kernels)) = (images, kernels) else {
        unreachable!("what is made of secrets is secret")
    };
    let to_kernel = tensor::pending_conv2d(&images, &kernels, exchanged)?;
    let [to_input, to_kernel] = tensor::together("conv2d", [to_input, to_kernel])?;
    Ok((to_input.into(), reached(session, &to_kernel.into(), kernel.shape())?))
}

/// The transposed convolution that takes a gradient to the input.
fn transposed(
    gradient: &[usize],
    kernel: &[usize],
    input: &[usize],
    geometry: Conv2d,
) -> Result<ConvTranspose2d, Error> {
    let output = expect(gradient, input, kernel, geometry)?;
    let Conv2d { stride, padding, dilation, groups } = geometry;
    // What the last step of the kernel did not reach.
    let rest = |axis: usize| {
        let reached = (output[2 + axis] - 1) * stride[axis] + dilation[axis] * (kernel[2 + axis] - 1) + 1;
        input[2 + axis] + 2 * padding[axis] - reached
    };
    let output_padding = [rest(0), rest(1)];
    Ok(ConvTranspose2d { stride, padding, output_padding, dilation, groups })
}

/// The images and kernels of the convolution that takes a gradient to the kernel.
fn exchanged(
    session: &Session,
    gradient: &Value,
    x: &Value,
    kernel: &[usize],
    geometry: Conv2d,
) -> Result<(Value, Value, Conv2d), Error> {
    expect(gradient.shape(), x.shape(), kernel, geometry)?;
    let &[n, c, h, w] = x.shape() else { unreachable!("the shape has been checked") };
    let groups = geometry.groups;
    // The channels of a group are the images, and the images its channels.
    let grouped = session.reshape(x, &[n, groups, c / groups, h, w])?;
    let exchanged = session.permute(&grouped, &[2, 1, 0, 3, 4])?;
    let images = session.reshape(&exchanged, &[c / groups, groups * n, h, w])?;
    let kernels = session.permute(gradient, &[1, 0, 2, 3])?;
    Ok((images, kernels, Conv2d { stride: geometry.dilation, dilation: geometry.stride, ..geometry }))
}

/// The gradient of a kernel from that convolution, in which positions that no step of the kernel reached come last.
fn reached(session: &Session, product: &Value, kernel: &[usize]) -> Result<Value, Error> {
    let reached = session.narrow(&session.narrow(product, 2, 0, kernel[2])?, 3, 0, kernel[3])?;
    session.permute(&reached, &[1, 0, 2, 3])
}

/// The shape of a convolution, which its gradient has too.
fn expect(
    gradient: &[usize],
    input: &[usize],
    kernel: &[usize],
    geometry: Conv2d,
) -> Result<[usize; 4], Error> {
    let output = geometry.output_shape(input, kernel)?;
    if gradient == output {
        return Ok(output);
    }
    let (left, right) = (output.to_vec(), gradient.to_vec());
    Err(RingError::ShapeMismatch { operation: "gradient of conv2d", left, right }.into())
}
