//! The engine in the clear: `f64` on ndarray. The oracle of all others, and fast enough to train small networks.

mod convolution; // unfolded images times kernels
mod elementwise; // numbers by numbers, with broadcasting
mod extremes; // the largest element and where it stands
mod generator; // random numbers from a seed
mod matmul; // products of matrices, batch by batch
mod pooling; // windows, one after the other
mod rearrange; // shapes, positions, sums

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};
use std::sync::Arc;

use crypten_ring::Conv2d;
use ndarray::{ArcArray, ArrayD, Axis, IxDyn, arr0};

use crate::engine::{Engine, Pooling};
use crate::error::Error;

use elementwise::{map, zip};
use generator::Generator;

/// A tensor in the clear. Cloning copies no elements.
pub type PlainTensor = ArcArray<f64, IxDyn>;

type Pair = (PlainTensor, PlainTensor);

/// The engine in the clear.
///
/// # Examples
/// ```
/// use crypten_autograd::{Engine, Plain};
/// use ndarray::array;
///
/// # fn main() -> Result<(), crypten_autograd::Error> {
/// let engine = Plain::default();
/// let x = engine.constant(array![[1.0, 2.0], [3.0, 4.0]].into_dyn())?;
/// assert_eq!(engine.matmul(&x, &x)?, array![[7.0, 10.0], [15.0, 22.0]].into_dyn());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Plain {
    generator: Arc<Generator>,
}

impl Plain {
    /// An engine whose random numbers follow from a seed; its clones go on with the same stream.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { generator: Arc::new(Generator::new(seed)) }
    }
}

impl Default for Plain {
    /// The engine of seed 0.
    fn default() -> Self {
        Self::new(0)
    }
}

impl Engine for Plain {
    type Tensor = PlainTensor;
    type Error = Error;

    fn shape<'a>(&self, x: &'a PlainTensor) -> &'a [usize] {
        x.shape()
    }

    fn constant(&self, values: ArrayD<f64>) -> Result<PlainTensor, Error> {
        Ok(values.into_shared())
    }

    fn add(&self, x: &PlainTensor, y: &PlainTensor) -> Result<PlainTensor, Error> {
        zip("add", x, y, |x, y| x + y)
    }

    fn sub(&self, x: &PlainTensor, y: &PlainTensor) -> Result<PlainTensor, Error> {
        zip("sub", x, y, |x, y| x - y)
    }

    fn mul(&self, x: &PlainTensor, y: &PlainTensor) -> Result<PlainTensor, Error> {
        zip("mul", x, y, |x, y| x * y)
    }

    fn div_with_reciprocal(&self, x: &PlainTensor, y: &PlainTensor) -> Result<Pair, Error> {
        Ok((zip("div", x, y, |x, y| x / y)?, map(y, f64::recip)))
    }

    fn neg(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        Ok(map(x, |x| -x))
    }

    fn add_number(&self, x: &PlainTensor, number: f64) -> Result<PlainTensor, Error> {
        Ok(map(x, |x| x + number))
    }

    fn mul_number(&self, x: &PlainTensor, number: f64) -> Result<PlainTensor, Error> {
        Ok(map(x, |x| x * number))
    }

    fn div_number(&self, x: &PlainTensor, number: f64) -> Result<PlainTensor, Error> {
        Ok(map(x, |x| x / number))
    }

    fn square(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        Ok(map(x, |x| x * x))
    }

    fn matmul(&self, x: &PlainTensor, y: &PlainTensor) -> Result<PlainTensor, Error> {
        matmul::matmul(x, y)
    }

    fn sum_keepdim(&self, x: &PlainTensor, axes: &[usize]) -> Result<PlainTensor, Error> {
        Ok(rearrange::sum_keepdim(x, axes))
    }

    fn cumsum(&self, x: &PlainTensor, axis: usize) -> Result<PlainTensor, Error> {
        let mut sums = x.to_owned();
        sums.accumulate_axis_inplace(Axis(axis), |&before, sum| *sum += before);
        Ok(sums.into_shared())
    }

    fn max_with_one_hot(&self, x: &PlainTensor, axis: usize) -> Result<Pair, Error> {
        Ok(extremes::max_with_one_hot(x, axis))
    }

    fn reshape(&self, x: &PlainTensor, shape: &[usize]) -> Result<PlainTensor, Error> {
        rearrange::reshape(x, shape)
    }

    fn permute(&self, x: &PlainTensor, axes: &[usize]) -> Result<PlainTensor, Error> {
        Ok(x.clone().permuted_axes(axes))
    }

    fn expand(&self, x: &PlainTensor, shape: &[usize]) -> Result<PlainTensor, Error> {
        let expanded = x.broadcast(shape).ok_or_else(|| Error::mismatch("expand", x.shape(), shape))?;
        Ok(expanded.to_shared())
    }

    fn index_select(&self, x: &PlainTensor, axis: usize, positions: &[usize]) -> Result<PlainTensor, Error> {
        Ok(x.select(Axis(axis), positions).into_shared())
    }

    fn index_add(
        &self,
        x: &PlainTensor,
        axis: usize,
        positions: &[usize],
        source: &PlainTensor,
    ) -> Result<PlainTensor, Error> {
        rearrange::index_add(x, axis, positions, source)
    }

    fn narrow(
        &self,
        x: &PlainTensor,
        axis: usize,
        start: usize,
        length: usize,
    ) -> Result<PlainTensor, Error> {
        let mut part = x.clone();
        part.slice_axis_inplace(Axis(axis), (start..start + length).into());
        Ok(part)
    }

    fn flip(&self, x: &PlainTensor, axis: usize) -> Result<PlainTensor, Error> {
        let mut flipped = x.clone();
        flipped.invert_axis(Axis(axis));
        Ok(flipped)
    }

    fn pad(&self, x: &PlainTensor, widths: &[(usize, usize)], value: f64) -> Result<PlainTensor, Error> {
        Ok(rearrange::pad(x, widths, value))
    }

    fn gather(&self, x: &PlainTensor, axis: usize, index: &ArrayD<usize>) -> Result<PlainTensor, Error> {
        Ok(rearrange::gather(x, axis, index))
    }

    fn scatter_add(
        &self,
        x: &PlainTensor,
        axis: usize,
        index: &ArrayD<usize>,
        source: &PlainTensor,
    ) -> Result<PlainTensor, Error> {
        rearrange::scatter_add(x, axis, index, source)
    }

    fn cat(&self, tensors: &[&PlainTensor], axis: usize) -> Result<PlainTensor, Error> {
        rearrange::cat(tensors, axis)
    }

    fn conv2d(&self, x: &PlainTensor, kernel: &PlainTensor, geometry: Conv2d) -> Result<PlainTensor, Error> {
        convolution::conv2d(x, kernel, geometry)
    }

    fn conv2d_input_gradient(
        &self,
        gradient: &PlainTensor,
        kernel: &PlainTensor,
        input: &[usize],
        geometry: Conv2d,
    ) -> Result<PlainTensor, Error> {
        convolution::input_gradient(gradient, kernel, input, geometry)
    }

    fn conv2d_kernel_gradient(
        &self,
        gradient: &PlainTensor,
        x: &PlainTensor,
        kernel: &[usize],
        geometry: Conv2d,
    ) -> Result<PlainTensor, Error> {
        convolution::kernel_gradient(gradient, x, kernel, geometry)
    }

    fn avg_pool2d(&self, x: &PlainTensor, pooling: Pooling) -> Result<PlainTensor, Error> {
        pooling::average(x, pooling)
    }

    fn avg_pool2d_gradient(
        &self,
        gradient: &PlainTensor,
        input: &[usize],
        pooling: Pooling,
    ) -> Result<PlainTensor, Error> {
        pooling::average_gradient(gradient, input, pooling)
    }

    fn max_pool2d_with_selection(&self, x: &PlainTensor, pooling: Pooling) -> Result<Pair, Error> {
        pooling::max_with_selection(x, pooling)
    }

    fn max_pool2d_gradient(
        &self,
        gradient: &PlainTensor,
        selection: &PlainTensor,
        input: &[usize],
        pooling: Pooling,
    ) -> Result<PlainTensor, Error> {
        pooling::max_gradient(gradient, selection, input, pooling)
    }

    fn lt(&self, x: &PlainTensor, y: &PlainTensor) -> Result<PlainTensor, Error> {
        zip("lt", x, y, |x, y| bit(x < y))
    }

    fn le(&self, x: &PlainTensor, y: &PlainTensor) -> Result<PlainTensor, Error> {
        zip("le", x, y, |x, y| bit(x <= y))
    }

    fn ge(&self, x: &PlainTensor, y: &PlainTensor) -> Result<PlainTensor, Error> {
        zip("ge", x, y, |x, y| bit(x >= y))
    }

    fn eq(&self, x: &PlainTensor, y: &PlainTensor) -> Result<PlainTensor, Error> {
        zip("eq", x, y, |x, y| bit(x == y))
    }

    fn where_cond(
        &self,
        condition: &PlainTensor,
        x: &PlainTensor,
        y: &PlainTensor,
    ) -> Result<PlainTensor, Error> {
        elementwise::where_cond(condition, x, y)
    }

    fn relu_with_mask(&self, x: &PlainTensor) -> Result<Pair, Error> {
        Ok((map(x, |x| x.max(0.0)), map(x, |x| bit(x > 0.0))))
    }

    fn clamp_with_mask(&self, x: &PlainTensor, min: f64, max: f64) -> Result<Pair, Error> {
        let min = min.min(max);
        Ok((map(x, |x| x.max(min).min(max)), map(x, |x| bit(x >= min && x <= max))))
    }

    fn sign(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        Ok(map(x, |x| bit(x > 0.0) - bit(x < 0.0)))
    }

    fn abs(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        Ok(map(x, f64::abs))
    }

    fn exp(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        Ok(map(x, f64::exp))
    }

    fn log(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        Ok(map(x, f64::ln))
    }

    fn reciprocal(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        Ok(map(x, f64::recip))
    }

    fn sqrt(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        Ok(map(x, f64::sqrt))
    }

    fn inv_sqrt(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        Ok(map(x, |x| x.sqrt().recip()))
    }

    fn sqrt_with_inverse(&self, x: &PlainTensor) -> Result<Pair, Error> {
        Ok((self.sqrt(x)?, self.inv_sqrt(x)?))
    }

    fn cos(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        Ok(map(x, f64::cos))
    }

    fn sin(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        Ok(map(x, f64::sin))
    }

    fn sigmoid(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        Ok(map(x, |x| (1.0 + (-x).exp()).recip()))
    }

    fn tanh(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        Ok(map(x, f64::tanh))
    }

    fn erf(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        Ok(map(x, libm::erf))
    }

    fn gelu_with_slope(&self, x: &PlainTensor) -> Result<Pair, Error> {
        let distribution = |x: f64| libm::erfc(-x * FRAC_1_SQRT_2) / 2.0;
        let density = |x: f64| (-x * x / 2.0).exp() * FRAC_2_SQRT_PI * FRAC_1_SQRT_2 / 2.0;
        Ok((map(x, |x| x * distribution(x)), map(x, |x| distribution(x) + x * density(x))))
    }

    fn softplus(&self, x: &PlainTensor) -> Result<PlainTensor, Error> {
        Ok(map(x, |x| x.max(0.0) + (-x.abs()).exp().ln_1p()))
    }

    fn uniform(&self, shape: &[usize]) -> Result<PlainTensor, Error> {
        Ok(self.generator.uniform(shape))
    }

    fn bernoulli(&self, shape: &[usize], p: f64) -> Result<PlainTensor, Error> {
        self.lt(&self.uniform(shape)?, &arr0(p).into_dyn().into_shared())
    }
}

fn bit(is: bool) -> f64 {
    f64::from(u8::from(is))
}
