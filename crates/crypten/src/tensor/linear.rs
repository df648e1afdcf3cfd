//! Matrix products and linear layers.

use crypten_ring::{RingTensor, broadcast_shapes, matmul_shape};
use ndarray::linalg::Dot;
use ndarray::{ArrayRef, Dimension, IxDyn};

use crate::error::Error;
use crate::plain::{Element, Operand, Public, Side};
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{product_scale, same_session, sum_at_common_scale};
use crate::tensor::fixed;
use crate::tensor::together::{Pending, together};

/// The matrix product as in `torch.matmul`; either side may be public.
///
/// # Rounds
/// One, 8 bytes for each word of both operands, if both are secret, else none. Rounding costs another, of 8 bytes for
/// each word of the result, when it is needed. Beside anything but public whole numbers, an operand that is a product
/// itself is rounded first: 8 bytes for each of its words.
///
/// # Domain
/// The sums of products stay below `2^(62 - 2f)` in magnitude, beyond they are meaningless; off by less than a unit
/// once they are rounded. If the public operand holds whole numbers below `2^20` in magnitude only, it is exact and
/// nothing needs rounding. Otherwise it is encoded at the session's precision, unlike in [`mul`](crate::mul): with
/// 16 fractional bits each term `x y` with a public `y` is off by up to `2^-17 |x|` more.
///
/// # Errors
/// If the shapes do not go together, nothing is secret, a public number does not fit the precision, or a peer or the
/// network fails.
pub fn matmul(left: impl Operand, right: impl Operand) -> Result<CrypTensor, Error> {
    match (left.operand(), right.operand()) {
        (Side::Secret(x), Side::Secret(y)) => {
            same_session(x, y)?;
            matmul_shape(x.shape(), y.shape())?;
            if let Some(product) = fixed::matmul(x, y, false)? {
                return Ok(product);
            }
            let [product] = together("matmul", [Pending::matmul(x, y)?])?;
            Ok(product)
        }
        (Side::Secret(x), Side::Public(y)) => {
            matmul_shape(x.shape(), y.shape())?;
            local(x, &y, |x, y| x.matmul(y))
        }
        (Side::Public(x), Side::Secret(y)) => {
            matmul_shape(x.shape(), y.shape())?;
            local(y, &x, |y, x| x.matmul(y))
        }
        (Side::Public(_), Side::Public(_)) => Err(Error::NothingSecret),
    }
}

/// A linear layer, `x W^T + b`, with `W` of shape `[out, in]` and `b` of shape `[out]`; any of them may be public. The
/// bias is added before rounding.
///
/// # Rounds
/// As [`matmul`]. A bias that is a product itself is rounded first.
///
/// # Domain
/// As [`matmul`]. A public bias is off by at most half a unit.
///
/// # Errors
/// As [`matmul`], and if the bias does not fit.
pub fn linear(
    x: impl Operand,
    weight: impl Operand,
    bias: Option<&dyn Operand>,
) -> Result<CrypTensor, Error> {
    let product = match weight.operand() {
        Side::Secret(weight) => {
            let turned = weight.t()?;
            let fixed = match x.operand() {
                Side::Secret(x) => {
                    matmul_shape(x.shape(), turned.shape())?;
                    fixed::matmul(x, weight, true)?
                }
                Side::Public(_) => None,
            };
            match fixed {
                Some(product) => product,
                None => matmul(x, turned)?,
            }
        }
        Side::Public(weight) => matmul(x, weight.values().t())?,
    };
    plus_bias(product, bias, &[])
}

/// Adds a bias of one axis, followed by `tail`, at the product's own scale.
pub(super) fn plus_bias(
    product: CrypTensor,
    bias: Option<&dyn Operand>,
    tail: &[usize],
) -> Result<CrypTensor, Error> {
    let Some(bias) = bias else { return Ok(product) };
    let side = bias.operand();
    let found = match &side {
        Side::Secret(bias) => bias.shape(),
        Side::Public(bias) => bias.shape(),
    };
    let channels = product.ndim().checked_sub(1 + tail.len()).map(|axis| product.shape()[axis]);
    if found.len() != 1 || found.first().copied() != channels {
        let (left, right) = (product.shape().to_vec(), found.to_vec());
        return Err(crypten_ring::Error::ShapeMismatch { operation: "bias", left, right }.into());
    }
    plus_shaped(&product, &side, &[found, tail].concat())
}

/// The sum with what a side holds under another shape of as many elements, at the product's own scale.
pub(crate) fn plus_shaped(
    product: &CrypTensor,
    addend: &Side<'_>,
    shape: &[usize],
) -> Result<CrypTensor, Error> {
    match addend {
        Side::Public(addend) => {
            product.add(addend.values().to_shape(IxDyn(shape)).expect("as many elements as before"))
        }
        Side::Secret(addend) => {
            same_session(product, addend)?;
            let (share, scale) = addend.rounded()?;
            let share = share.try_linear(|own| own.reshape(shape))?;
            broadcast_shapes("bias", product.shape(), share.shape())?;
            let (sum, scale) = sum_at_common_scale((product.exact(), product.scale()), (&share, scale));
            Ok(CrypTensor::new(&product.session, sum, scale))
        }
    }
}

/// A product with a public operand, which every party computes on its share.
pub(super) fn local(
    secret: &CrypTensor,
    public: &Public,
    product: impl Fn(&RingTensor, &RingTensor) -> RingTensor,
) -> Result<CrypTensor, Error> {
    if let Some(integers) = public.small_integers() {
        return Ok(secret.with(secret.exact().linear(|own| product(own, &integers))));
    }
    let (share, scale) = secret.rounded()?;
    let factor = public.encode(secret.session.scale())?;
    let share = share.linear(|own| product(own, &factor));
    Ok(CrypTensor::new(&secret.session, share, product_scale(scale, secret.session.scale())?))
}

impl CrypTensor {
    /// The matrix product; see [`matmul`](crate::matmul).
    ///
    /// # Errors
    /// As [`matmul`](crate::matmul).
    pub fn matmul(&self, other: impl Operand) -> Result<Self, Error> {
        matmul(self, other)
    }

    /// The matrix product under ndarray's name.
    ///
    /// # Errors
    /// As [`matmul`](crate::matmul).
    pub fn dot(&self, other: impl Operand) -> Result<Self, Error> {
        matmul(self, other)
    }

    /// A linear layer; see [`linear`](crate::linear).
    ///
    /// # Errors
    /// As [`linear`](crate::linear).
    pub fn linear(&self, weight: impl Operand, bias: Option<&dyn Operand>) -> Result<Self, Error> {
        linear(self, weight, bias)
    }
}

/// `array.dot(&secret)`: a public array on the left.
impl<E: Element, D: Dimension> Dot<CrypTensor> for ArrayRef<E, D> {
    type Output = Result<CrypTensor, Error>;

    fn dot(&self, right: &CrypTensor) -> Self::Output {
        matmul(self.view(), right)
    }
}
