//! The secret engine: differentiation over the tensors of a session, public ones among the secret.
//!
//! Public with public is computed in the clear by every party. As soon as one operand is secret, the facade's operation
//! runs, and what is public stands beside it as it is: nothing public is encrypted, and a gradient that begins as a
//! public one stays public until it meets a secret.
//! What the engine does not override, it composes as the trait does.
//! The file is long because it is the trait's one list.

mod value; // what a graph holds
mod joining; // public and secret numbers in one tensor
mod linear; // gradients of linear layers
mod convolution; // gradients of convolutions
mod functions; // functions with what gradients need
mod sums; // tensors times numbers, added up

use crypten_autograd::{Computed, ComputedPair, Engine, Plain, PlainTensor, Pooling};
use crypten_ring::{Conv2d, Scale};
use ndarray::{ArrayD, IxDyn};

use crate::error::Error;
use crate::plain::Operand;
use crate::session::Session;
use crate::tensor::{self, CrypTensor};

pub use value::{PlainText, Value};

/// A result in the clear.
type Clear<T> = Result<T, crypten_autograd::Error>;

/// Functions of one tensor that plain and secret tensors have under the same name.
macro_rules! functions {
    ($($name:ident)*) => {$(
        fn $name(&self, x: &Value) -> Computed<Self> {
            self.each(x, |x| self.clear().$name(x), CrypTensor::$name)
        }
    )*};
}

/// Functions of two tensors that plain and secret tensors have under the same name.
macro_rules! pairs {
    ($($name:ident)*) => {$(
        fn $name(&self, x: &Value, y: &Value) -> Computed<Self> {
            self.both(x, y, Plain::$name, || tensor::$name(x, y))
        }
    )*};
}

/// Functions with what their gradient needs.
macro_rules! functions_with {
    ($($name:ident = $secret:path;)*) => {$(
        fn $name(&self, x: &Value) -> ComputedPair<Self> {
            self.two(x, |x| self.clear().$name(x), |x| $secret(x))
        }
    )*};
}

/// The engine of secret tensors. Random numbers are secret: nobody knows the mask of a dropout.
impl Engine for Session {
    type Tensor = Value;
    type Error = Error;

    fn shape<'a>(&self, x: &'a Value) -> &'a [usize] {
        x.shape()
    }

    fn is_secret(&self, x: &Value) -> bool {
        matches!(x, Value::Secret(_))
    }

    fn unit(&self) -> f64 {
        Self::unit(self)
    }

    fn constant(&self, values: ArrayD<f64>) -> Computed<Self> {
        Ok(self.clear().constant(values)?.into())
    }

    pairs! { add sub mul matmul lt eq }

    functions! {
        square exp log reciprocal reciprocal_of_positive sqrt inv_sqrt sin cos sigmoid tanh erf gelu silu relu abs sign
    }

    functions_with! {
        relu_with_mask = CrypTensor::relu_with_mask;
        abs_with_sign = CrypTensor::abs_with_sign;
        cossin = CrypTensor::cossin;
        sqrt_with_inverse = functions::sqrt_with_inverse;
    }

    fn neg(&self, x: &Value) -> Computed<Self> {
        self.each(x, |x| self.clear().neg(x), |x| Ok(x.settled().neg()))
    }

    fn not(&self, mask: &Value) -> Computed<Self> {
        self.each(mask, |mask| self.clear().not(mask), |mask| Ok(mask.settled().not()))
    }

    fn add_number(&self, x: &Value, number: f64) -> Computed<Self> {
        self.each(x, |x| self.clear().add_number(x, number), |x| x.settled().add(number))
    }

    fn mul_number(&self, x: &Value, number: f64) -> Computed<Self> {
        self.each(x, |x| self.clear().mul_number(x, number), |x| x.settled().mul(number))
    }

    fn div_number(&self, x: &Value, number: f64) -> Computed<Self> {
        self.each(x, |x| self.clear().div_number(x, number), |x| x.settled().div(number))
    }

    fn weighted_sums(&self, sums: &[Vec<(f64, &Value)>]) -> Result<Vec<Value>, Error> {
        sums::weighted_sums(self.clear(), sums)
    }

    fn add_bias(&self, product: &Value, bias: &Value) -> Computed<Self> {
        match product {
            Value::Secret(product) => {
                Ok(tensor::plus_shaped(&product.settled(), &bias.operand(), bias.shape())?.into())
            }
            Value::Public(_) => self.add(product, bias),
        }
    }

    fn fixed(&self, weight: &Value) -> Value {
        match weight {
            Value::Secret(weight) => weight.fixed().into(),
            Value::Public(_) => weight.clone(),
        }
    }

    fn linear(&self, x: &Value, weight: &Value) -> Computed<Self> {
        self.both(x, weight, Plain::linear, || tensor::linear(x, weight, None))
    }

    fn mul_mask(&self, x: &Value, mask: &Value) -> Computed<Self> {
        match (x, mask) {
            (Value::Secret(x), Value::Secret(mask)) if mask.scale() == Scale::INTEGER => {
                Ok(x.masked(mask)?.into())
            }
            _ => self.mul(x, mask),
        }
    }

    fn div_with_reciprocal(&self, x: &Value, y: &Value) -> ComputedPair<Self> {
        let reciprocal = self.reciprocal(y)?;
        let quotient = match y {
            Value::Public(_) => {
                self.both(x, y, |clear, x, y| Ok(clear.div_with_reciprocal(x, y)?.0), || tensor::div(x, y))?
            }
            Value::Secret(_) => self.mul(x, &reciprocal)?,
        };
        Ok((quotient, reciprocal))
    }

    fn sum_keepdim(&self, x: &Value, axes: &[usize]) -> Computed<Self> {
        self.each(
            x,
            |x| self.clear().sum_keepdim(x, axes),
            |x| Ok(x.settled().summed_keepdim(&ascending(axes))),
        )
    }

    fn mean_keepdim(&self, x: &Value, axes: &[usize]) -> Computed<Self> {
        self.each(
            x,
            |x| self.clear().mean_keepdim(x, axes),
            |x| x.settled().averaged_keepdim(&ascending(axes)),
        )
    }

    fn cumsum(&self, x: &Value, axis: usize) -> Computed<Self> {
        self.each(x, |x| self.clear().cumsum(x, axis), |x| x.settled().cumsum(axis.cast_signed()))
    }

    fn max_keepdim(&self, x: &Value, axis: usize) -> Computed<Self> {
        self.each(x, |x| self.clear().max_keepdim(x, axis), |x| x.settled().max_keepdim(axis.cast_signed()))
    }

    fn max_with_one_hot(&self, x: &Value, axis: usize) -> ComputedPair<Self> {
        match x {
            // The only one is the largest.
            Value::Secret(_) if x.shape()[axis] == 1 => {
                Ok((x.clone(), self.constant(ArrayD::ones(x.shape()))?))
            }
            _ => self.two(
                x,
                |x| self.clear().max_with_one_hot(x, axis),
                |x| x.settled().max_with_one_hot(axis.cast_signed()),
            ),
        }
    }

    fn argmax_keepdim(&self, x: &Value, axis: usize) -> Computed<Self> {
        let axis_at = axis.cast_signed();
        self.each(
            x,
            |x| self.clear().argmax_keepdim(x, axis),
            |x| x.settled().argmax(axis_at)?.unsqueeze(axis_at),
        )
    }

    fn reshape(&self, x: &Value, shape: &[usize]) -> Computed<Self> {
        self.each(x, |x| self.clear().reshape(x, shape), |x| x.settled().reshaped(shape))
    }

    fn permute(&self, x: &Value, axes: &[usize]) -> Computed<Self> {
        self.each(x, |x| self.clear().permute(x, axes), |x| x.settled().permute(axes))
    }

    fn expand(&self, x: &Value, shape: &[usize]) -> Computed<Self> {
        let lengths: Vec<isize> = shape.iter().map(|length| length.cast_signed()).collect();
        self.each(x, |x| self.clear().expand(x, shape), |x| x.settled().expand(&lengths))
    }

    fn narrow(&self, x: &Value, axis: usize, start: usize, length: usize) -> Computed<Self> {
        self.each(
            x,
            |x| self.clear().narrow(x, axis, start, length),
            |x| x.settled().narrow(axis.cast_signed(), start, length),
        )
    }

    fn flip(&self, x: &Value, axis: usize) -> Computed<Self> {
        self.each(x, |x| self.clear().flip(x, axis), |x| x.settled().flip(axis.cast_signed()))
    }

    fn pad(&self, x: &Value, widths: &[(usize, usize)], value: f64) -> Computed<Self> {
        // PyTorch counts from the last axis.
        let last_first: Vec<(usize, usize)> = widths.iter().rev().copied().collect();
        self.each(x, |x| self.clear().pad(x, widths, value), |x| x.settled().pad(&last_first, value))
    }

    fn cat(&self, tensors: &[&Value], axis: usize) -> Computed<Self> {
        let public = |tensor: &&Value| match tensor {
            Value::Public(x) => Some(x.clone()),
            Value::Secret(_) => None,
        };
        match tensors.iter().map(public).collect::<Option<Vec<PlainTensor>>>() {
            Some(parts) => Ok(self.clear().cat(&parts.iter().collect::<Vec<_>>(), axis)?.into()),
            None => Ok(joining::cat(tensors, axis)?.into()),
        }
    }

    fn index_select(&self, x: &Value, axis: usize, positions: &[usize]) -> Computed<Self> {
        self.each(
            x,
            |x| self.clear().index_select(x, axis, positions),
            |x| x.settled().index_select(axis.cast_signed(), positions),
        )
    }

    fn index_add(&self, x: &Value, axis: usize, positions: &[usize], source: &Value) -> Computed<Self> {
        let public = |clear: &Plain, x: &_, source: &_| clear.index_add(x, axis, positions, source);
        self.both(x, source, public, || {
            let (x, source) = joining::pair(x, source)?;
            x.index_add(axis.cast_signed(), positions, source)
        })
    }

    fn gather(&self, x: &Value, axis: usize, index: &ArrayD<usize>) -> Computed<Self> {
        self.each(
            x,
            |x| self.clear().gather(x, axis, index),
            |x| x.settled().gather(axis.cast_signed(), index),
        )
    }

    fn scatter_add(&self, x: &Value, axis: usize, index: &ArrayD<usize>, source: &Value) -> Computed<Self> {
        let public = |clear: &Plain, x: &_, source: &_| clear.scatter_add(x, axis, index, source);
        self.both(x, source, public, || {
            let (x, source) = joining::pair(x, source)?;
            x.scatter_add(axis.cast_signed(), index, source)
        })
    }

    fn conv2d(&self, x: &Value, kernel: &Value, geometry: Conv2d) -> Computed<Self> {
        let public = |clear: &Plain, x: &_, kernel: &_| clear.conv2d(x, kernel, geometry);
        self.both(x, kernel, public, || tensor::conv2d(x, kernel, None, geometry))
    }

    fn conv2d_input_gradient(
        &self,
        gradient: &Value,
        kernel: &Value,
        input: &[usize],
        geometry: Conv2d,
    ) -> Computed<Self> {
        let public =
            |clear: &Plain, x: &_, kernel: &_| clear.conv2d_input_gradient(x, kernel, input, geometry);
        self.both(gradient, kernel, public, || convolution::input_gradient(gradient, kernel, input, geometry))
    }

    fn conv2d_kernel_gradient(
        &self,
        gradient: &Value,
        x: &Value,
        kernel: &[usize],
        geometry: Conv2d,
    ) -> Computed<Self> {
        match (gradient, x) {
            (Value::Public(gradient), Value::Public(x)) => {
                Ok(self.clear().conv2d_kernel_gradient(gradient, x, kernel, geometry)?.into())
            }
            _ => convolution::kernel_gradient(self, gradient, x, kernel, geometry),
        }
    }

    fn both_gradients(
        &self,
        gradient: &Value,
        operands: [&Value; 2],
        geometry: Option<Conv2d>,
    ) -> Option<ComputedPair<Self>> {
        // Beside what is public, at most one of the products sends anything.
        let (Value::Secret(gradient), [Value::Secret(x), Value::Secret(weight)]) = (gradient, operands)
        else {
            return None;
        };
        Some(match geometry {
            None => linear::both_gradients(gradient, [x, weight]),
            Some(geometry) => convolution::both_gradients(self, gradient, [x, weight], geometry),
        })
    }

    fn avg_pool2d(&self, x: &Value, pooling: Pooling) -> Computed<Self> {
        self.each(
            x,
            |x| self.clear().avg_pool2d(x, pooling),
            |x| match pooling {
                Pooling::Adaptive(output) => x.settled().adaptive_avg_pool2d(output),
                Pooling::Windows(geometry) => x.settled().avg_pool2d(geometry),
            },
        )
    }

    fn max_pool2d(&self, x: &Value, pooling: Pooling) -> Computed<Self> {
        self.each(
            x,
            |x| self.clear().max_pool2d(x, pooling),
            |x| match pooling {
                Pooling::Adaptive(output) => x.settled().adaptive_max_pool2d(output),
                Pooling::Windows(geometry) => x.settled().max_pool2d(geometry),
            },
        )
    }

    fn clamp(&self, x: &Value, min: f64, max: f64) -> Computed<Self> {
        self.each(x, |x| self.clear().clamp(x, min, max), |x| x.settled().clamp(min, max))
    }

    fn clamp_with_mask(&self, x: &Value, min: f64, max: f64) -> ComputedPair<Self> {
        self.two(x, |x| self.clear().clamp_with_mask(x, min, max), |x| x.clamp_with_mask(min, max))
    }

    fn softmax(&self, x: &Value, axis: usize) -> Computed<Self> {
        self.each(x, |x| self.clear().softmax(x, axis), |x| x.softmax(axis.cast_signed()))
    }

    fn log_softmax(&self, x: &Value, axis: usize) -> Computed<Self> {
        self.each(x, |x| self.clear().log_softmax(x, axis), |x| x.log_softmax(axis.cast_signed()))
    }

    fn log_softmax_with_softmax(&self, x: &Value, axis: usize) -> ComputedPair<Self> {
        self.two(
            x,
            |x| self.clear().log_softmax_with_softmax(x, axis),
            |x| functions::log_softmax_with_softmax(x, axis.cast_signed()),
        )
    }

    fn uniform(&self, shape: &[usize]) -> Computed<Self> {
        Ok(self.rand(shape)?.into())
    }

    fn normal(&self, shape: &[usize]) -> Computed<Self> {
        Ok(self.randn(shape)?.into())
    }

    fn bernoulli(&self, shape: &[usize], p: f64) -> Computed<Self> {
        Ok(Self::bernoulli(self, ArrayD::from_elem(IxDyn(shape), p))?.into())
    }
}

impl Session {
    /// A function of one tensor.
    fn each(
        &self,
        x: &Value,
        public: impl FnOnce(&PlainTensor) -> Clear<PlainTensor>,
        secret: impl FnOnce(&CrypTensor) -> Result<CrypTensor, Error>,
    ) -> Result<Value, Error> {
        Ok(match x {
            Value::Public(x) => public(x)?.into(),
            Value::Secret(x) => secret(x)?.into(),
        })
    }

    /// A function of one tensor with two results.
    fn two(
        &self,
        x: &Value,
        public: impl FnOnce(&PlainTensor) -> Clear<(PlainTensor, PlainTensor)>,
        secret: impl FnOnce(&CrypTensor) -> Result<(CrypTensor, CrypTensor), Error>,
    ) -> Result<(Value, Value), Error> {
        Ok(match x {
            Value::Public(x) => public(x).map(|(value, other)| (value.into(), other.into()))?,
            Value::Secret(x) => secret(x).map(|(value, other)| (value.into(), other.into()))?,
        })
    }

    /// A function of two tensors: in the clear if both are public.
    fn both(
        &self,
        x: &Value,
        y: &Value,
        public: impl FnOnce(&Plain, &PlainTensor, &PlainTensor) -> Clear<PlainTensor>,
        secret: impl FnOnce() -> Result<CrypTensor, Error>,
    ) -> Result<Value, Error> {
        Ok(match (x, y) {
            (Value::Public(x), Value::Public(y)) => public(self.clear(), x, y)?.into(),
            _ => secret()?.into(),
        })
    }
}

fn ascending(axes: &[usize]) -> Vec<usize> {
    let mut axes = axes.to_vec();
    axes.sort_unstable();
    axes
}
