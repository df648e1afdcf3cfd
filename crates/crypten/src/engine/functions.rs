//! Functions of secret tensors that come with what their gradients need.

use crate::error::Error;
use crate::tensor::{CrypTensor, add, mul, sub};

/// The square root and its reciprocal `y`. The product `s = x y` is off by what `y` is off times `x`; one step of
/// Newton's, `s + y (x - s^2) / 2`, makes good for that.
///
/// Those of [`CrypTensor::inv_sqrt`] and six rounds, while both roots one after the other take 22.
pub(super) fn sqrt_with_inverse(x: &CrypTensor) -> Result<(CrypTensor, CrypTensor), Error> {
    let inverse = x.inv_sqrt()?;
    let root = mul(x, &inverse)?;
    let correction = mul(&inverse, sub(x, root.square()?)?)?;
    // Half of it has one bit more.
    Ok((add(root, correction.div(2)?)?, inverse))
}

/// The logarithm of the softmax, and its exponential.
pub(super) fn log_softmax_with_softmax(
    x: &CrypTensor,
    axis: isize,
) -> Result<(CrypTensor, CrypTensor), Error> {
    let logarithm = x.log_softmax(axis)?;
    let softmax = logarithm.exp()?;
    Ok((logarithm, softmax))
}
