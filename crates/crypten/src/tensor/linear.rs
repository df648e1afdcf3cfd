//! Matrix products, linear layers, convolutions, pooling.

use crypten_ring::{Conv2d, RingTensor, Scale, matmul_shape};
use crypten_shares::{ArithmeticShare, maximum, product};
use ndarray::linalg::Dot;
use ndarray::{ArrayRef, Ix1, Ix2};

use crate::error::Error;
use crate::plain::{Element, Operand, Public, Side};
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{raised, same_session};

/// The matrix product as in `torch.matmul`; either side may be public.
///
/// # Rounds
/// One, 8 bytes for each word of both operands, if both are secret, else none. Rounding costs another, of 8 bytes for
/// each word of the result, when it is needed.
///
/// # Errors
/// If the shapes do not go together, nothing is secret, or a peer or the network fails.
pub fn matmul(left: &(impl Operand + ?Sized), right: &(impl Operand + ?Sized)) -> Result<CrypTensor, Error> {
    match (left.operand(), right.operand()) {
        (Side::Secret(x), Side::Secret(y)) => {
            same_session(x, y)?;
            matmul_shape(x.shape(), y.shape())?;
            let ((l, l_scale), (r, r_scale)) = (x.rounded()?, y.rounded()?);
            let product = x
                .session
                .run(async |party| product::matmul(party, l, r, None).await)?;
            Ok(CrypTensor::new(&x.session, product, l_scale + r_scale))
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
    Ok(CrypTensor::new(
        &secret.session,
        share,
        scale + secret.session.scale(),
    ))
}

impl CrypTensor {
    /// The matrix product; see [`matmul`](crate::matmul).
    ///
    /// # Errors
    /// As [`matmul`](crate::matmul).
    pub fn matmul(&self, other: &(impl Operand + ?Sized)) -> Result<Self, Error> {
        matmul(self, other)
    }

    /// The matrix product under ndarray's name.
    ///
    /// # Errors
    /// As [`matmul`](crate::matmul).
    pub fn dot(&self, other: &(impl Operand + ?Sized)) -> Result<Self, Error> {
        matmul(self, other)
    }

    /// A linear layer, `x W^T + b`, with `W` of shape `[out, in]`. The bias is added before rounding.
    ///
    /// # Rounds
    /// As [`matmul`](crate::matmul).
    ///
    /// # Errors
    /// As [`matmul`](crate::matmul), and if the bias does not fit.
    pub fn linear(
        &self,
        weight: &(impl Operand + ?Sized),
        bias: Option<&dyn Operand>,
    ) -> Result<Self, Error> {
        let product = match weight.operand() {
            Side::Secret(weight) => matmul(self, &weight.t()?)?,
            Side::Public(weight) => matmul(self, &weight.values().t())?,
        };
        match bias {
            Some(bias) => product.plus_bias(bias, &[]),
            None => Ok(product),
        }
    }

    /// The 2-d convolution of `[n, c, h, w]` by a kernel `[o, c / groups, kh, kw]`, plus a bias `[o]`, which is added
    /// before rounding.
    ///
    /// # Rounds
    /// One, 8 bytes for each word of both operands, if both are secret, else none. Rounding costs another, of 8 bytes
    /// for each word of the result, when it is needed.
    ///
    /// # Errors
    /// If the shapes do not fit, or a peer or the network fails.
    pub fn conv2d(
        &self,
        kernel: &(impl Operand + ?Sized),
        bias: Option<&dyn Operand>,
        geometry: Conv2d,
    ) -> Result<Self, Error> {
        let product = match kernel.operand() {
            Side::Secret(kernel) => {
                same_session(self, kernel)?;
                geometry.output_shape(self.shape(), kernel.shape())?;
                let ((x, x_scale), (k, k_scale)) = (self.rounded()?, kernel.rounded()?);
                let product = self
                    .session
                    .run(async |party| product::conv2d(party, x, k, geometry, None).await)?;
                Self::new(&self.session, product, x_scale + k_scale)
            }
            Side::Public(kernel) => {
                geometry.output_shape(self.shape(), kernel.shape())?;
                local(self, &kernel, |x, kernel| x.conv2d(kernel, geometry))?
            }
        };
        match bias {
            Some(bias) => product.plus_bias(bias, &[1, 1]),
            None => Ok(product),
        }
    }

    /// The largest element of each window of `kernel` by `kernel`, moved by `stride`, over `[n, c, h, w]`.
    ///
    /// # Rounds
    /// Four for each factor of 4 in the window: a 2 by 2 window costs four rounds.
    ///
    /// # Errors
    /// If the tensor has not four axes or is smaller than the window, or a peer or the network fails.
    pub fn max_pool2d(&self, kernel: usize, stride: usize) -> Result<Self, Error> {
        let window = Conv2d {
            stride: [stride; 2],
            ..Conv2d::default()
        };
        let channels = self.shape().get(1).copied().unwrap_or(0);
        let [_, _, rows, columns] =
            window.output_shape(self.shape(), &[channels, channels, kernel, kernel])?;
        let candidates: Vec<ArithmeticShare> = (0..kernel * kernel)
            .map(|i| {
                let (y, x) = (i / kernel, i % kernel);
                self.exact().linear(|own| {
                    own.stride_axis(2, y, stride, rows)
                        .stride_axis(3, x, stride, columns)
                })
            })
            .collect();
        let stacked = ArithmeticShare::stack(0, &candidates.iter().collect::<Vec<_>>())?;
        let max = self
            .session
            .run(async |party| maximum::maximum(party, &stacked, 0).await)?;
        Ok(self.with(max))
    }

    /// Adds a bias of one axis, followed by `tail`, at this tensor's own scale.
    fn plus_bias(&self, bias: &dyn Operand, tail: &[usize]) -> Result<Self, Error> {
        let shaped = |shape: &[usize]| [shape, tail].concat();
        match bias.operand() {
            Side::Public(bias) => {
                let shape = shaped(bias.shape());
                let values = bias.values().to_shape(shape).expect("as many elements as before");
                self.add(&values)
            }
            Side::Secret(bias) => {
                same_session(self, bias)?;
                let (share, scale) = bias.rounded()?;
                let shape = shaped(share.shape());
                let share = share.try_linear(|own| own.reshape(&shape))?;
                crypten_ring::broadcast_shapes("bias", self.shape(), share.shape())?;
                let common: Scale = self.scale().max(scale);
                let sum = &raised(self.exact(), self.scale(), common) + &raised(&share, scale, common);
                Ok(Self::new(&self.session, sum, common))
            }
        }
    }
}

/// `array.dot(&secret)`: a public matrix on the left.
impl<E: Element> Dot<CrypTensor> for ArrayRef<E, Ix2> {
    type Output = Result<CrypTensor, Error>;

    fn dot(&self, right: &CrypTensor) -> Self::Output {
        matmul(&self.view(), right)
    }
}

/// `array.dot(&secret)`: a public vector on the left.
impl<E: Element> Dot<CrypTensor> for ArrayRef<E, Ix1> {
    type Output = Result<CrypTensor, Error>;

    fn dot(&self, right: &CrypTensor) -> Self::Output {
        matmul(&self.view(), right)
    }
}
