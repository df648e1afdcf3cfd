//! Matrix products, linear layers, convolutions, pooling.

use crypten_ring::{Conv2d, RingTensor, broadcast_shapes, matmul_shape};
use crypten_shares::{ArithmeticShare, Party, maximum, product};
use ndarray::linalg::Dot;
use ndarray::{ArrayRef, Dimension};

use crate::error::Error;
use crate::plain::{Element, Operand, Public, Side};
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{product_scale, same_session, sum_at_common_scale};

/// The matrix product as in `torch.matmul`; either side may be public.
///
/// # Rounds
/// One, 8 bytes for each word of both operands, if both are secret, else none. Rounding costs another, of 8 bytes for
/// each word of the result, when it is needed.
///
/// # Errors
/// If the shapes do not go together, nothing is secret, or a peer or the network fails.
pub fn matmul(left: impl Operand, right: impl Operand) -> Result<CrypTensor, Error> {
    match (left.operand(), right.operand()) {
        (Side::Secret(x), Side::Secret(y)) => {
            same_session(x, y)?;
            matmul_shape(x.shape(), y.shape())?;
            let ((l, l_scale), (r, r_scale)) = (x.rounded()?, y.rounded()?);
            let product = x.session.run(async |party| product::matmul(party, l, r, None).await)?;
            Ok(CrypTensor::new(&x.session, product, product_scale(l_scale, r_scale)?))
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
/// As [`matmul`].
///
/// # Errors
/// As [`matmul`], and if the bias does not fit.
pub fn linear(
    x: impl Operand,
    weight: impl Operand,
    bias: Option<&dyn Operand>,
) -> Result<CrypTensor, Error> {
    let product = match weight.operand() {
        Side::Secret(weight) => matmul(x, weight.t()?)?,
        Side::Public(weight) => matmul(x, weight.values().t())?,
    };
    plus_bias(product, bias, &[])
}

/// The 2-d convolution of `[n, c, h, w]` by a kernel `[o, c / groups, kh, kw]`, plus a bias `[o]`; any of them may be
/// public. The bias is added before rounding.
///
/// # Rounds
/// One, 8 bytes for each word of both operands, if both are secret, else none. The result is rounded (one more, of 8
/// bytes for each of its words) when that is needed.
///
/// # Errors
/// If the shapes do not fit, nothing is secret, or a peer or the network fails.
pub fn conv2d(
    input: impl Operand,
    kernel: impl Operand,
    bias: Option<&dyn Operand>,
    geometry: Conv2d,
) -> Result<CrypTensor, Error> {
    let product = match (input.operand(), kernel.operand()) {
        (Side::Secret(x), Side::Secret(k)) => {
            same_session(x, k)?;
            geometry.output_shape(x.shape(), k.shape())?;
            let ((x_share, x_scale), (k_share, k_scale)) = (x.rounded()?, k.rounded()?);
            let scale = product_scale(x_scale, k_scale)?;
            let run =
                async |party: &mut Party| product::conv2d(party, x_share, k_share, geometry, None).await;
            CrypTensor::new(&x.session, x.session.run(run)?, scale)
        }
        (Side::Secret(x), Side::Public(k)) => {
            geometry.output_shape(x.shape(), k.shape())?;
            local(x, &k, |x, k| x.conv2d(k, geometry))?
        }
        (Side::Public(x), Side::Secret(k)) => {
            geometry.output_shape(x.shape(), k.shape())?;
            local(k, &x, |k, x| x.conv2d(k, geometry))?
        }
        (Side::Public(_), Side::Public(_)) => return Err(Error::NothingSecret),
    };
    plus_bias(product, bias, &[1, 1])
}

/// Adds a bias of one axis, followed by `tail`, at the product's own scale.
fn plus_bias(product: CrypTensor, bias: Option<&dyn Operand>, tail: &[usize]) -> Result<CrypTensor, Error> {
    let Some(bias) = bias else { return Ok(product) };
    let one_axis = |shape: &[usize]| match *shape {
        [channels] => Ok([&[channels], tail].concat()),
        _ => {
            let (left, right) = (product.shape().to_vec(), shape.to_vec());
            Err(crypten_ring::Error::ShapeMismatch { operation: "bias", left, right })
        }
    };
    match bias.operand() {
        Side::Public(bias) => {
            let shape = one_axis(bias.shape())?;
            product.add(bias.values().to_shape(shape).expect("as many elements as before"))
        }
        Side::Secret(bias) => {
            same_session(&product, bias)?;
            let (share, scale) = bias.rounded()?;
            let shape = one_axis(share.shape())?;
            let share = share.try_linear(|own| own.reshape(&shape))?;
            broadcast_shapes("bias", product.shape(), share.shape())?;
            let (sum, scale) = sum_at_common_scale((product.exact(), product.scale()), (&share, scale));
            Ok(CrypTensor::new(&product.session, sum, scale))
        }
    }
}

/// A product with a public operand, which every party computes on its share.
fn local(
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

    /// The largest element of each window of `kernel` by `kernel`, moved by `stride`, over `[n, c, h, w]`.
    ///
    /// # Rounds
    /// Four for each factor of 4 in the window: a 2 by 2 window costs four rounds.
    ///
    /// # Errors
    /// If the tensor has not four axes or is smaller than the window, or a peer or the network fails.
    pub fn max_pool2d(&self, kernel: usize, stride: usize) -> Result<Self, Error> {
        let window = Conv2d { stride: [stride; 2], ..Conv2d::default() };
        let channels = self.shape().get(1).copied().unwrap_or(0);
        let [_, _, rows, columns] =
            window.output_shape(self.shape(), &[channels, channels, kernel, kernel])?;
        let candidates: Vec<ArithmeticShare> = (0..kernel * kernel)
            .map(|i| {
                let (y, x) = (i / kernel, i % kernel);
                self.exact()
                    .linear(|own| own.stride_axis(2, y, stride, rows).stride_axis(3, x, stride, columns))
            })
            .collect();
        let stacked = ArithmeticShare::stack(0, &candidates.iter().collect::<Vec<_>>())?;
        let max = self.session.run(async |party| maximum::maximum(party, &stacked, 0).await)?;
        Ok(self.with(max))
    }
}

/// `array.dot(&secret)`: a public array on the left.
impl<E: Element, D: Dimension> Dot<CrypTensor> for ArrayRef<E, D> {
    type Output = Result<CrypTensor, Error>;

    fn dot(&self, right: &CrypTensor) -> Self::Output {
        matmul(self.view(), right)
    }
}
