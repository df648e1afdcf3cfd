//! What a tensor type must compute so that it can be differentiated: the port to arithmetic.
//!
//! Eighteen methods have no default; they are the ones that nothing else can be made of. The others are made of them,
//! and an engine overrides those that it has something better for. The file is long because it is this one list.

mod computed; // what methods return
mod convolution; // products of images and kernels, by unfolding
mod extremes; // the largest element, one comparison after the other
mod functions; // sigmoid and its family, softmax, normal numbers
mod moments; // means and variances
mod piecewise; // ReLU, clamping, sign
mod pooling; // averages and maxima of windows
mod power; // powers by squaring
mod rearrange; // padding, positions, running sums
mod sums; // tensors times numbers, added up

use crypten_ring::Conv2d;
use ndarray::{ArrayD, arr0};

use crate::error::Error;

pub use computed::{Computed, ComputedPair};
pub use moments::Moments;
pub use pooling::Pooling;
pub(crate) use pooling::divisors;
pub(crate) use rearrange::row_major;

/// An arithmetic over tensors of real numbers: in the clear, secret, or any other.
///
/// A value of the type is a handle, cheap to clone, like a session; so is a tensor. Axes and positions are counted from
/// the front and have been checked against [`Engine::shape`]; whether shapes fit each other is for the engine to check.
/// What is random is the engine's: two tensors drawn one after the other are independent.
///
/// # Errors
/// Every method fails where shapes do not fit, and where the engine fails: a secret one if a peer or the network does.
///
/// # Laws
/// - Each method with a default agrees with it, up to the precision of the engine.
/// - `index_add` is adjoint to `index_select`, and so are the gradients to what they are the gradients of.
#[expect(clippy::missing_errors_doc, reason = "all methods fail for the reasons that the trait names")]
pub trait Engine: Clone + Send + Sync + 'static {
    /// A tensor. Cloning copies no elements.
    type Tensor: Clone + Send + Sync + 'static;

    /// What can go wrong, mistakes in the use of a graph among it.
    type Error: std::error::Error + From<Error> + Send + Sync + 'static;

    // What every engine computes.

    /// The lengths of the axes.
    fn shape<'a>(&self, x: &'a Self::Tensor) -> &'a [usize];

    /// A public tensor of these numbers.
    fn constant(&self, values: ArrayD<f64>) -> Computed<Self>;

    /// `x + y`, with broadcasting.
    fn add(&self, x: &Self::Tensor, y: &Self::Tensor) -> Computed<Self>;

    /// `x * y`, with broadcasting.
    fn mul(&self, x: &Self::Tensor, y: &Self::Tensor) -> Computed<Self>;

    /// The matrix product as in `torch.matmul` of operands with at least two axes; batch axes broadcast.
    fn matmul(&self, x: &Self::Tensor, y: &Self::Tensor) -> Computed<Self>;

    /// The sum over axes, which stay with length 1.
    fn sum_keepdim(&self, x: &Self::Tensor, axes: &[usize]) -> Computed<Self>;

    /// The same elements, in row-major order, in another shape.
    fn reshape(&self, x: &Self::Tensor, shape: &[usize]) -> Computed<Self>;

    /// The axes in another order: axis `i` of the result is axis `axes[i]`.
    fn permute(&self, x: &Self::Tensor, axes: &[usize]) -> Computed<Self>;

    /// The given positions of an axis, in the given order.
    fn index_select(&self, x: &Self::Tensor, axis: usize, positions: &[usize]) -> Computed<Self>;

    /// `x` with the parts of `source` along an axis added at the given positions, also where they repeat.
    fn index_add(&self, x: &Self::Tensor, axis: usize, at: &[usize], source: &Self::Tensor)
    -> Computed<Self>;

    /// Tensors one after the other along an axis; there is at least one.
    fn cat(&self, tensors: &[&Self::Tensor], axis: usize) -> Computed<Self>;

    /// 1 where `x < y`, else 0, with broadcasting.
    fn lt(&self, x: &Self::Tensor, y: &Self::Tensor) -> Computed<Self>;

    /// `e^x`.
    fn exp(&self, x: &Self::Tensor) -> Computed<Self>;

    /// The natural logarithm.
    fn log(&self, x: &Self::Tensor) -> Computed<Self>;

    /// `1 / x`.
    fn reciprocal(&self, x: &Self::Tensor) -> Computed<Self>;

    /// The cosine.
    fn cos(&self, x: &Self::Tensor) -> Computed<Self>;

    /// The error function.
    fn erf(&self, x: &Self::Tensor) -> Computed<Self>;

    /// Random numbers, uniform from 0 to 1.
    fn uniform(&self, shape: &[usize]) -> Computed<Self>;

    /// Whether a tensor is hidden from whoever computes with it. What is computed of hidden tensors may cost rounds of
    /// messages, whatever their length, so that it pays to lay several end to end.
    fn is_secret(&self, _x: &Self::Tensor) -> bool {
        false
    }

    // Arithmetic.

    /// `-x`.
    fn neg(&self, x: &Self::Tensor) -> Computed<Self> {
        self.mul_number(x, -1.0)
    }

    /// `x - y`, with broadcasting.
    fn sub(&self, x: &Self::Tensor, y: &Self::Tensor) -> Computed<Self> {
        self.add(x, &self.neg(y)?)
    }

    /// `x + number`.
    fn add_number(&self, x: &Self::Tensor, number: f64) -> Computed<Self> {
        self.add(x, &self.constant(arr0(number).into_dyn())?)
    }

    /// `x * number`.
    fn mul_number(&self, x: &Self::Tensor, number: f64) -> Computed<Self> {
        self.mul(x, &self.constant(arr0(number).into_dyn())?)
    }

    /// `x / number`.
    fn div_number(&self, x: &Self::Tensor, number: f64) -> Computed<Self> {
        self.mul_number(x, number.recip())
    }

    /// For each list of at least one the sum of its tensors, each times its number. An engine of fixed-point numbers
    /// rounds all of them together.
    fn weighted_sums(&self, sums: &[Vec<(f64, &Self::Tensor)>]) -> Result<Vec<Self::Tensor>, Self::Error> {
        sums.iter().map(|terms| sums::weighted_sum(self, terms)).collect()
    }

    /// `x^2`.
    fn square(&self, x: &Self::Tensor) -> Computed<Self> {
        self.mul(x, x)
    }

    /// `x` times a tensor of whole numbers, mostly 0 and 1: an engine of fixed-point numbers need not round it.
    fn mul_mask(&self, x: &Self::Tensor, mask: &Self::Tensor) -> Computed<Self> {
        self.mul(x, mask)
    }

    /// `x + bias`, with broadcasting: an engine of fixed-point numbers adds a bias before it rounds the product `x`.
    fn add_bias(&self, x: &Self::Tensor, bias: &Self::Tensor) -> Computed<Self> {
        self.add(x, bias)
    }

    /// The same tensor, a weight that nothing trains: an engine that hides what it multiplies may hide it only once.
    fn fixed(&self, weight: &Self::Tensor) -> Self::Tensor {
        weight.clone()
    }

    /// `x Wᵀ` of operands with two axes.
    fn linear(&self, x: &Self::Tensor, weight: &Self::Tensor) -> Computed<Self> {
        self.matmul(x, &self.permute(weight, &[1, 0])?)
    }

    /// `x / y` and `1 / y`, which the gradient needs.
    fn div_with_reciprocal(&self, x: &Self::Tensor, y: &Self::Tensor) -> ComputedPair<Self> {
        let reciprocal = self.reciprocal(y)?;
        Ok((self.mul(x, &reciprocal)?, reciprocal))
    }

    /// `x^n`, for `n` of 1 or above.
    fn pow(&self, x: &Self::Tensor, n: u64) -> Computed<Self> {
        power::pow(self, x, n)
    }

    // Reductions.

    /// The mean over axes, which stay with length 1.
    fn mean_keepdim(&self, x: &Self::Tensor, axes: &[usize]) -> Computed<Self> {
        self.div_number(&self.sum_keepdim(x, axes)?, crate::axes::count(self.shape(x), axes) as f64)
    }

    /// Mean and variance over axes, which stay with length 1, and what differs from the mean, of whose squares the
    /// variance is the mean.
    fn moments(&self, x: &Self::Tensor, axes: &[usize]) -> Result<Moments<Self::Tensor>, Self::Error> {
        moments::moments(self, x, axes)
    }

    /// The running sum along an axis.
    fn cumsum(&self, x: &Self::Tensor, axis: usize) -> Computed<Self> {
        rearrange::cumsum(self, x, axis)
    }

    /// The largest element along an axis, which stays with length 1.
    fn max_keepdim(&self, x: &Self::Tensor, axis: usize) -> Computed<Self> {
        Ok(self.max_with_one_hot(x, axis)?.0)
    }

    /// The largest element along an axis, which stays with length 1; and 1 where the first such stands, 0 elsewhere.
    fn max_with_one_hot(&self, x: &Self::Tensor, axis: usize) -> ComputedPair<Self> {
        extremes::max_with_one_hot(self, x, axis)
    }

    /// The position of the largest element along an axis, which stays with length 1; the first one wins.
    fn argmax_keepdim(&self, x: &Self::Tensor, axis: usize) -> Computed<Self> {
        extremes::argmax_keepdim(self, x, axis)
    }

    // Shapes and positions.

    /// Axes of length 1 repeated, and new axes in front, until the shape is this one.
    fn expand(&self, x: &Self::Tensor, shape: &[usize]) -> Computed<Self> {
        self.add(x, &self.constant(ArrayD::zeros(shape))?)
    }

    /// `length` positions of an axis from `start` on.
    fn narrow(&self, x: &Self::Tensor, axis: usize, start: usize, length: usize) -> Computed<Self> {
        self.index_select(x, axis, &Vec::from_iter(start..start + length))
    }

    /// An axis run through backwards.
    fn flip(&self, x: &Self::Tensor, axis: usize) -> Computed<Self> {
        self.index_select(x, axis, &Vec::from_iter((0..self.shape(x)[axis]).rev()))
    }

    /// Copies of a number before and after, a pair of counts for each axis.
    fn pad(&self, x: &Self::Tensor, widths: &[(usize, usize)], value: f64) -> Computed<Self> {
        rearrange::pad(self, x, widths, value)
    }

    /// One element along an axis for each position: `out[i, j] = x[index[i, j], j]` along axis 0.
    fn gather(&self, x: &Self::Tensor, axis: usize, index: &ArrayD<usize>) -> Computed<Self> {
        rearrange::gather(self, x, axis, index)
    }

    /// `out[index[i, j], j] += source[i, j]` along axis 0; the source has the shape of the index.
    fn scatter_add(
        &self,
        x: &Self::Tensor,
        axis: usize,
        index: &ArrayD<usize>,
        source: &Self::Tensor,
    ) -> Computed<Self> {
        rearrange::scatter_add(self, x, axis, index, source)
    }

    // Convolutions. The gradients are linear in both operands, like the convolution itself: one product each.

    /// The convolution of `[n, c, h, w]` by a kernel `[o, c / groups, kh, kw]`.
    fn conv2d(&self, x: &Self::Tensor, kernel: &Self::Tensor, geometry: Conv2d) -> Computed<Self> {
        convolution::conv2d(self, x, kernel, geometry)
    }

    /// What a gradient of the result makes of the input, whose shape is given: the transposed convolution.
    fn conv2d_input_gradient(
        &self,
        gradient: &Self::Tensor,
        kernel: &Self::Tensor,
        input: &[usize],
        geometry: Conv2d,
    ) -> Computed<Self> {
        convolution::input_gradient(self, gradient, kernel, input, geometry)
    }

    /// What a gradient of the result makes of the kernel, whose shape is given.
    fn conv2d_kernel_gradient(
        &self,
        gradient: &Self::Tensor,
        x: &Self::Tensor,
        kernel: &[usize],
        geometry: Conv2d,
    ) -> Computed<Self> {
        convolution::kernel_gradient(self, gradient, x, kernel, geometry)
    }

    /// Both gradients of [`Engine::linear`], or with a geometry of [`Engine::conv2d`], if together they cost less.
    fn both_gradients(
        &self,
        _gradient: &Self::Tensor,
        _operands: [&Self::Tensor; 2],
        _geometry: Option<Conv2d>,
    ) -> Option<ComputedPair<Self>> {
        None
    }

    // Pooling over the last two axes.

    /// The mean of each window.
    fn avg_pool2d(&self, x: &Self::Tensor, pooling: Pooling) -> Computed<Self> {
        pooling::average(self, x, pooling)
    }

    /// What a gradient of the means makes of the operand, whose shape is given.
    fn avg_pool2d_gradient(&self, gradient: &Self::Tensor, of: &[usize], pooling: Pooling) -> Computed<Self> {
        pooling::average_gradient(self, gradient, of, pooling)
    }

    /// The largest element of each window.
    fn max_pool2d(&self, x: &Self::Tensor, pooling: Pooling) -> Computed<Self> {
        Ok(self.max_pool2d_with_selection(x, pooling)?.0)
    }

    /// The largest element of each window, and which one that is, in a form that only the engine reads.
    fn max_pool2d_with_selection(&self, x: &Self::Tensor, pooling: Pooling) -> ComputedPair<Self> {
        pooling::max_with_selection(self, x, pooling)
    }

    /// What a gradient of the maxima makes of the operand, whose shape is given: it goes where the selection says.
    fn max_pool2d_gradient(
        &self,
        gradient: &Self::Tensor,
        selection: &Self::Tensor,
        input: &[usize],
        pooling: Pooling,
    ) -> Computed<Self> {
        pooling::max_gradient(self, gradient, selection, input, pooling)
    }

    // Comparisons and selection. What is compared gives 0 or 1.

    /// `1 - mask`.
    fn not(&self, mask: &Self::Tensor) -> Computed<Self> {
        self.add_number(&self.neg(mask)?, 1.0)
    }

    /// Whether `x > y`.
    fn gt(&self, x: &Self::Tensor, y: &Self::Tensor) -> Computed<Self> {
        self.lt(y, x)
    }

    /// Whether `x <= y`.
    fn le(&self, x: &Self::Tensor, y: &Self::Tensor) -> Computed<Self> {
        self.not(&self.lt(y, x)?)
    }

    /// Whether `x >= y`.
    fn ge(&self, x: &Self::Tensor, y: &Self::Tensor) -> Computed<Self> {
        self.not(&self.lt(x, y)?)
    }

    /// Whether `x == y`.
    fn eq(&self, x: &Self::Tensor, y: &Self::Tensor) -> Computed<Self> {
        self.not(&self.add(&self.lt(x, y)?, &self.lt(y, x)?)?)
    }

    /// Whether `x != y`.
    fn ne(&self, x: &Self::Tensor, y: &Self::Tensor) -> Computed<Self> {
        self.not(&self.eq(x, y)?)
    }

    /// `x` where the condition is 1, `y` where it is 0, with broadcasting.
    fn where_cond(&self, condition: &Self::Tensor, x: &Self::Tensor, y: &Self::Tensor) -> Computed<Self> {
        self.add(&self.mul_mask(&self.sub(x, y)?, condition)?, y)
    }

    // Functions that are linear between breakpoints, with the mask that their gradient needs.

    /// `max(x, 0)`.
    fn relu(&self, x: &Self::Tensor) -> Computed<Self> {
        Ok(self.relu_with_mask(x)?.0)
    }

    /// `max(x, 0)`, and whether `x > 0`.
    fn relu_with_mask(&self, x: &Self::Tensor) -> ComputedPair<Self> {
        piecewise::relu_with_mask(self, x)
    }

    /// `x`, but at least `min` and at most `max`.
    fn clamp(&self, x: &Self::Tensor, min: f64, max: f64) -> Computed<Self> {
        Ok(self.clamp_with_mask(x, min, max)?.0)
    }

    /// `x`, but at least `min` and at most `max`; and whether it was between.
    fn clamp_with_mask(&self, x: &Self::Tensor, min: f64, max: f64) -> ComputedPair<Self> {
        piecewise::clamp_with_mask(self, x, min, max)
    }

    /// -1, 0 or 1.
    fn sign(&self, x: &Self::Tensor) -> Computed<Self> {
        piecewise::sign(self, x)
    }

    /// `|x|`.
    fn abs(&self, x: &Self::Tensor) -> Computed<Self> {
        Ok(self.abs_with_sign(x)?.0)
    }

    /// `|x|`, and the sign of `x`.
    fn abs_with_sign(&self, x: &Self::Tensor) -> ComputedPair<Self> {
        let sign = self.sign(x)?;
        Ok((self.mul_mask(x, &sign)?, sign))
    }

    // Functions of real numbers, with the slope that their gradient needs where both together are cheaper.

    /// `1 / x`, for `x > 0`.
    fn reciprocal_of_positive(&self, x: &Self::Tensor) -> Computed<Self> {
        self.reciprocal(x)
    }

    /// The square root.
    fn sqrt(&self, x: &Self::Tensor) -> Computed<Self> {
        self.exp(&self.mul_number(&self.log(x)?, 0.5)?)
    }

    /// The reciprocal of the square root.
    fn inv_sqrt(&self, x: &Self::Tensor) -> Computed<Self> {
        self.exp(&self.mul_number(&self.log(x)?, -0.5)?)
    }

    /// The square root and its reciprocal.
    fn sqrt_with_inverse(&self, x: &Self::Tensor) -> ComputedPair<Self> {
        let inverse = self.inv_sqrt(x)?;
        Ok((self.mul(x, &inverse)?, inverse))
    }

    /// The sine.
    fn sin(&self, x: &Self::Tensor) -> Computed<Self> {
        self.cos(&self.add_number(x, -std::f64::consts::FRAC_PI_2)?)
    }

    /// The cosine and the sine.
    fn cossin(&self, x: &Self::Tensor) -> ComputedPair<Self> {
        Ok((self.cos(x)?, self.sin(x)?))
    }

    /// `1 / (1 + e^-x)`.
    fn sigmoid(&self, x: &Self::Tensor) -> Computed<Self> {
        functions::sigmoid(self, x)
    }

    /// The hyperbolic tangent.
    fn tanh(&self, x: &Self::Tensor) -> Computed<Self> {
        functions::tanh(self, x)
    }

    /// The error function and its slope.
    fn erf_with_slope(&self, x: &Self::Tensor) -> ComputedPair<Self> {
        functions::erf_with_slope(self, x)
    }

    /// `x` times the normal distribution function at `x`.
    fn gelu(&self, x: &Self::Tensor) -> Computed<Self> {
        functions::gelu(self, x)
    }

    /// [`Engine::gelu`] and its slope.
    fn gelu_with_slope(&self, x: &Self::Tensor) -> ComputedPair<Self> {
        functions::gelu_with_slope(self, x)
    }

    /// `x` times its sigmoid.
    fn silu(&self, x: &Self::Tensor) -> Computed<Self> {
        self.mul(x, &self.sigmoid(x)?)
    }

    /// [`Engine::silu`] and its slope.
    fn silu_with_slope(&self, x: &Self::Tensor) -> ComputedPair<Self> {
        functions::silu_with_slope(self, x)
    }

    /// `ln (1 + e^x)`.
    fn softplus(&self, x: &Self::Tensor) -> Computed<Self> {
        functions::softplus(self, x)
    }

    /// [`Engine::softplus`] and its slope, the sigmoid.
    fn softplus_with_sigmoid(&self, x: &Self::Tensor) -> ComputedPair<Self> {
        Ok((self.softplus(x)?, self.sigmoid(x)?))
    }

    /// `e^x` divided by its sum along an axis.
    fn softmax(&self, x: &Self::Tensor, axis: usize) -> Computed<Self> {
        functions::softmax(self, x, axis)
    }

    /// The logarithm of [`Engine::softmax`].
    fn log_softmax(&self, x: &Self::Tensor, axis: usize) -> Computed<Self> {
        functions::log_softmax(self, x, axis)
    }

    /// The logarithm of [`Engine::softmax`], and itself.
    fn log_softmax_with_softmax(&self, x: &Self::Tensor, axis: usize) -> ComputedPair<Self> {
        functions::log_softmax_with_softmax(self, x, axis)
    }

    /// Random numbers, normal with mean 0 and variance 1.
    fn normal(&self, shape: &[usize]) -> Computed<Self> {
        functions::normal(self, shape)
    }

    /// 1 with probability `p`, else 0.
    fn bernoulli(&self, shape: &[usize], p: f64) -> Computed<Self> {
        self.lt(&self.uniform(shape)?, &self.constant(arr0(p).into_dyn())?)
    }
}
