//! Convolutions and transposed convolutions over one axis and over two.
//!
//! All four are the one product of `crypten-shares`: a row is an image of height 1, and a transposed convolution is
//! an ordinary one over an input with zeros in between, by the kernel turned around; see
//! [`ConvTranspose2d`].

use crypten_ring::{Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d, RingTensor};
use ndarray::s;

use crate::error::Error;
use crate::plain::{Operand, Side};
use crate::tensor::CrypTensor;
use crate::tensor::fixed;
use crate::tensor::linear::{local, plus_bias};
use crate::tensor::together::{Pending, together};

/// The 1-d convolution of `[n, c, l]` by a kernel `[o, c / groups, k]`, plus a bias `[o]`; any of them may be public.
/// The bias is added before rounding.
///
/// # Rounds
/// As [`conv2d`].
///
/// # Domain
/// As [`conv2d`].
///
/// # Errors
/// As [`conv2d`].
pub fn conv1d(
    input: impl Operand,
    kernel: impl Operand,
    bias: Option<&dyn Operand>,
    geometry: Conv1d,
) -> Result<CrypTensor, Error> {
    let (input, kernel) = (input.operand(), kernel.operand());
    geometry.output_shape(input.shape(), kernel.shape())?;
    let row = |own: &RingTensor| own.insert_axis(2);
    let product = convolution(&input, &kernel, geometry.into(), row, row)?;
    plus_bias(product.squeeze_axis(2)?, bias, &[1])
}

/// The 2-d convolution of `[n, c, h, w]` by a kernel `[o, c / groups, kh, kw]`, plus a bias `[o]`; any of them may be
/// public. The bias is added before rounding.
///
/// # Rounds
/// One, 8 bytes for each word of both operands, if both are secret, else none. The result is rounded (one more, of 8
/// bytes for each of its words) when that is needed. Beside anything but public whole numbers, an operand that is a
/// product itself is rounded first: 8 bytes for each of its words.
///
/// # Domain
/// As [`matmul`](crate::matmul): sums of products stay below `2^(62 - 2f)`, beyond they are meaningless; off by
/// less than a unit once they are rounded, and with 16 fractional bits by `2^-17 |x|` more for each term `x y` in
/// which `y` is public and the public operand not whole. A public bias is off by at most half a unit.
///
/// # Errors
/// If the shapes do not fit, nothing is secret, a public number does not fit the precision, or a peer or the network
/// fails.
pub fn conv2d(
    input: impl Operand,
    kernel: impl Operand,
    bias: Option<&dyn Operand>,
    geometry: Conv2d,
) -> Result<CrypTensor, Error> {
    let (input, kernel) = (input.operand(), kernel.operand());
    geometry.output_shape(input.shape(), kernel.shape())?;
    let fixed = match (&input, &kernel) {
        (Side::Secret(x), Side::Secret(k)) => fixed::conv2d(x, k, geometry)?,
        _ => None,
    };
    let product = match fixed {
        Some(product) => product,
        None => convolution(&input, &kernel, geometry, RingTensor::clone, RingTensor::clone)?,
    };
    plus_bias(product, bias, &[1, 1])
}

/// The transposed 1-d convolution of `[n, c, l]` by a kernel `[c, o / groups, k]`, plus a bias `[o]`; any of them may
/// be public. The bias is added before rounding.
///
/// # Rounds
/// As [`conv_transpose2d`].
///
/// # Domain
/// As [`conv2d`].
///
/// # Errors
/// As [`conv2d`].
pub fn conv_transpose1d(
    input: impl Operand,
    kernel: impl Operand,
    bias: Option<&dyn Operand>,
    geometry: ConvTranspose1d,
) -> Result<CrypTensor, Error> {
    let (input, kernel) = (input.operand(), kernel.operand());
    geometry.output_shape(input.shape(), kernel.shape())?;
    let (size, geometry) = ([1, kernel.shape()[2]], ConvTranspose2d::from(geometry));
    let spread = |own: &RingTensor| spread(&own.insert_axis(2), size, geometry);
    let turn = |own: &RingTensor| turned(&own.insert_axis(2), geometry.groups);
    let product = convolution(&input, &kernel, geometry.direct(size), spread, turn)?;
    plus_bias(product.squeeze_axis(2)?, bias, &[1])
}

/// The transposed 2-d convolution of `[n, c, h, w]` by a kernel `[c, o / groups, kh, kw]`, plus a bias `[o]`; any of
/// them may be public. The bias is added before rounding.
///
/// # Rounds
/// As [`conv2d`], where the input counts with the `stride - 1` zeros that stand between its elements.
///
/// # Domain
/// As [`conv2d`].
///
/// # Errors
/// As [`conv2d`].
pub fn conv_transpose2d(
    input: impl Operand,
    kernel: impl Operand,
    bias: Option<&dyn Operand>,
    geometry: ConvTranspose2d,
) -> Result<CrypTensor, Error> {
    let (input, kernel) = (input.operand(), kernel.operand());
    geometry.output_shape(input.shape(), kernel.shape())?;
    let size = [kernel.shape()[2], kernel.shape()[3]];
    let spread = |own: &RingTensor| spread(own, size, geometry);
    let turn = |own: &RingTensor| turned(own, geometry.groups);
    let product = convolution(&input, &kernel, geometry.direct(size), spread, turn)?;
    plus_bias(product, bias, &[1, 1])
}

impl CrypTensor {
    /// A 1-d convolution; see [`conv1d`](crate::conv1d).
    ///
    /// # Errors
    /// As [`conv1d`](crate::conv1d).
    pub fn conv1d(
        &self,
        kernel: impl Operand,
        bias: Option<&dyn Operand>,
        geometry: Conv1d,
    ) -> Result<Self, Error> {
        conv1d(self, kernel, bias, geometry)
    }

    /// A 2-d convolution; see [`conv2d`](crate::conv2d).
    ///
    /// # Errors
    /// As [`conv2d`](crate::conv2d).
    pub fn conv2d(
        &self,
        kernel: impl Operand,
        bias: Option<&dyn Operand>,
        geometry: Conv2d,
    ) -> Result<Self, Error> {
        conv2d(self, kernel, bias, geometry)
    }

    /// A transposed 1-d convolution; see [`conv_transpose1d`](crate::conv_transpose1d).
    ///
    /// # Errors
    /// As [`conv_transpose1d`](crate::conv_transpose1d).
    pub fn conv_transpose1d(
        &self,
        kernel: impl Operand,
        bias: Option<&dyn Operand>,
        geometry: ConvTranspose1d,
    ) -> Result<Self, Error> {
        conv_transpose1d(self, kernel, bias, geometry)
    }

    /// A transposed 2-d convolution; see [`conv_transpose2d`](crate::conv_transpose2d).
    ///
    /// # Errors
    /// As [`conv_transpose2d`](crate::conv_transpose2d).
    pub fn conv_transpose2d(
        &self,
        kernel: impl Operand,
        bias: Option<&dyn Operand>,
        geometry: ConvTranspose2d,
    ) -> Result<Self, Error> {
        conv_transpose2d(self, kernel, bias, geometry)
    }
}

/// The convolution of secrets, to be computed beside other products.
pub(crate) fn pending_conv2d(
    input: &CrypTensor,
    kernel: &CrypTensor,
    geometry: Conv2d,
) -> Result<Pending, Error> {
    geometry.output_shape(input.shape(), kernel.shape())?;
    Pending::conv2d(input, kernel, geometry, RingTensor::clone, RingTensor::clone)
}

/// The transposed convolution of secrets, to be computed beside other products.
pub(crate) fn pending_conv_transpose2d(
    input: &CrypTensor,
    kernel: &CrypTensor,
    geometry: ConvTranspose2d,
) -> Result<Pending, Error> {
    geometry.output_shape(input.shape(), kernel.shape())?;
    let size = [kernel.shape()[2], kernel.shape()[3]];
    let spread = |own: &RingTensor| spread(own, size, geometry);
    Pending::conv2d(input, kernel, geometry.direct(size), spread, |own| turned(own, geometry.groups))
}

/// The convolution of rearranged operands, whose shapes have been checked.
fn convolution(
    input: &Side<'_>,
    kernel: &Side<'_>,
    geometry: Conv2d,
    spread: impl Fn(&RingTensor) -> RingTensor,
    turn: impl Fn(&RingTensor) -> RingTensor,
) -> Result<CrypTensor, Error> {
    match (input, kernel) {
        (Side::Secret(x), Side::Secret(k)) => {
            let [product] = together("conv2d", [Pending::conv2d(x, k, geometry, spread, turn)?])?;
            Ok(product)
        }
        (Side::Secret(x), Side::Public(k)) => local(x, k, |x, k| spread(x).conv2d(&turn(k), geometry)),
        (Side::Public(x), Side::Secret(k)) => local(k, x, |k, x| spread(x).conv2d(&turn(k), geometry)),
        (Side::Public(_), Side::Public(_)) => Err(Error::NothingSecret),
    }
}

/// The input of the direct convolution: elements at steps of the stride, zeros elsewhere.
fn spread(input: &RingTensor, kernel: [usize; 2], geometry: ConvTranspose2d) -> RingTensor {
    (0..2).fold(input.clone(), |image, axis| {
        let (first, length) = geometry.line(axis, image.shape()[2 + axis], kernel[axis]);
        image.spread_axis(2 + axis, first, geometry.stride[axis], length)
    })
}

/// The kernel `[c, o / groups, kh, kw]` as the direct convolution wants it: `[o, c / groups, kh, kw]`, and backwards
/// along both axes.
fn turned(kernel: &RingTensor, groups: usize) -> RingTensor {
    let &[inputs, outputs, rows, columns] = kernel.shape() else {
        unreachable!("the shape has been checked");
    };
    kernel
        .reshape(&[groups, inputs / groups, outputs, rows, columns])
        .and_then(|kernel| kernel.permute(&[0, 2, 1, 3, 4]))
        .and_then(|kernel| kernel.reshape(&[groups * outputs, inputs / groups, rows, columns]))
        .and_then(|kernel| kernel.slice(s![.., .., ..;-1, ..;-1]))
        .expect("the groups divide the channels")
}
