//! The engine: the eighteen methods that every engine has, and five for which it has something better than the defaults.
//!
//! What a method computes on words it also computes in `f64` where it could overflow, and compares that with the range.

use std::sync::Arc;

use crypten_autograd::{Computed, Engine, Plain, PlainTensor};
use crypten_ring::{RingTensor, Scale, broadcast_shapes, matmul_shape};
use ndarray::ArrayD;

use crate::error::Error;
use crate::rounding::{Rounder, Rounding};
use crate::tensor::FixedTensor;

/// An arithmetic of fixed-point numbers, as a session has it.
///
/// # Examples
/// ```
/// use crypten_autograd::{Engine, Var};
/// use crypten_fixed_engine::{Error, Fixed};
/// use ndarray::array;
///
/// # fn main() -> Result<(), Error> {
/// let x = Var::constant(&Fixed::default(), array![3.0, -0.5])?.requires_grad(true);
/// x.square()?.sum_all()?.backward()?;
/// assert_eq!(x.gradient()?.numbers(), array![6.0, -1.0].into_dyn());
///
/// let large = Var::constant(&Fixed::default(), array![40_000.0])?;
/// let message = large.square().unwrap_err().to_string();
/// assert_eq!(message, "mul gives 1600000000, which is not below 1073741824 in magnitude");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Fixed {
    scale: Scale,
    rounder: Arc<Rounder>,
    /// Computes beside the words what they should be, and how shapes are broadcast.
    plain: Plain,
}

impl Fixed {
    /// An arithmetic of a scale and a rule of rounding; what is random follows from the seed.
    #[must_use]
    pub fn new(scale: Scale, rounding: Rounding, seed: u64) -> Self {
        Self { scale, rounder: Arc::new(Rounder::new(rounding, seed)), plain: Plain::default() }
    }

    /// The scale of its numbers.
    #[must_use]
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// Products at the sum of their factors' scales, as they are or rounded.
    fn product(
        &self,
        operation: &'static str,
        words: RingTensor,
        scales: [Scale; 2],
        expected: &PlainTensor,
    ) -> Result<FixedTensor, Error> {
        let scale = scales[0] + scales[1];
        in_range(operation, expected, scale.limit())?;
        if scale <= self.scale {
            return Ok(FixedTensor { words, scale });
        }
        Ok(FixedTensor { words: self.rounder.truncated(&words, self.scale), scale: self.scale })
    }

    /// A sum, at its own scale.
    fn sum(
        &self,
        operation: &'static str,
        words: RingTensor,
        scale: Scale,
        expected: &PlainTensor,
    ) -> Result<FixedTensor, Error> {
        in_range(operation, expected, scale.limit())?;
        Ok(FixedTensor { words, scale })
    }

    /// A function of each number.
    fn function(
        &self,
        operation: &'static str,
        x: &FixedTensor,
        function: impl Fn(f64) -> f64,
    ) -> Computed<Self> {
        self.rounded(operation, &x.numbers().mapv(function).into_shared())
    }

    /// Real numbers on the grid.
    fn rounded(&self, operation: &'static str, values: &PlainTensor) -> Computed<Self> {
        in_range(operation, values, self.scale.limit())?;
        Ok(FixedTensor { words: self.rounder.encoded(values, self.scale)?, scale: self.scale })
    }
}

impl Default for Fixed {
    /// 16 fractional bits, rounded as a session rounds.
    fn default() -> Self {
        Self::new(Scale::default(), Rounding::default(), 0)
    }
}

impl Engine for Fixed {
    type Tensor = FixedTensor;
    type Error = Error;

    fn shape<'a>(&self, x: &'a FixedTensor) -> &'a [usize] {
        x.words.shape()
    }

    fn constant(&self, values: ArrayD<f64>) -> Computed<Self> {
        let values = values.into_shared();
        in_range("constant", &values, self.scale.limit())?;
        Ok(FixedTensor { words: self.scale.encode(&values.view())?, scale: self.scale })
    }

    fn add(&self, x: &FixedTensor, y: &FixedTensor) -> Computed<Self> {
        let expected = self.plain.add(&x.numbers(), &y.numbers())?;
        let scale = x.scale.max(y.scale);
        self.sum("add", &x.words_at(scale) + &y.words_at(scale), scale, &expected)
    }

    fn mul(&self, x: &FixedTensor, y: &FixedTensor) -> Computed<Self> {
        let expected = self.plain.mul(&x.numbers(), &y.numbers())?;
        self.product("mul", &x.words * &y.words, [x.scale, y.scale], &expected)
    }

    fn matmul(&self, x: &FixedTensor, y: &FixedTensor) -> Computed<Self> {
        matmul_shape(self.shape(x), self.shape(y))?;
        let expected = self.plain.matmul(&x.numbers(), &y.numbers())?;
        self.product("matmul", x.words.matmul(&y.words), [x.scale, y.scale], &expected)
    }

    fn sum_keepdim(&self, x: &FixedTensor, axes: &[usize]) -> Computed<Self> {
        let expected = self.plain.sum_keepdim(&x.numbers(), axes)?;
        let mut ascending = axes.to_vec();
        ascending.sort_unstable();
        let words = x.words.sum_axes(&ascending).reshape(expected.shape())?;
        self.sum("sum", words, x.scale, &expected)
    }

    fn reshape(&self, x: &FixedTensor, shape: &[usize]) -> Computed<Self> {
        Ok(x.with(x.words.reshape(shape)?))
    }

    fn permute(&self, x: &FixedTensor, axes: &[usize]) -> Computed<Self> {
        Ok(x.with(x.words.permute(axes)?))
    }

    fn index_select(&self, x: &FixedTensor, axis: usize, positions: &[usize]) -> Computed<Self> {
        Ok(x.with(x.words.select(axis, positions)?))
    }

    fn index_add(
        &self,
        x: &FixedTensor,
        axis: usize,
        positions: &[usize],
        source: &FixedTensor,
    ) -> Computed<Self> {
        let expected = self.plain.index_add(&x.numbers(), axis, positions, &source.numbers())?;
        let scale = x.scale.max(source.scale);
        let words = x.words_at(scale).index_add(axis, positions, &source.words_at(scale))?;
        self.sum("index_add", words, scale, &expected)
    }

    fn cat(&self, tensors: &[&FixedTensor], axis: usize) -> Computed<Self> {
        let scale = tensors.iter().map(|tensor| tensor.scale).max().unwrap_or(self.scale);
        let parts = Vec::from_iter(tensors.iter().map(|tensor| tensor.words_at(scale)));
        Ok(FixedTensor { words: RingTensor::concatenate(axis, &Vec::from_iter(&parts))?, scale })
    }

    fn lt(&self, x: &FixedTensor, y: &FixedTensor) -> Computed<Self> {
        broadcast_shapes("lt", self.shape(x), self.shape(y))?;
        let scale = x.scale.max(y.scale);
        let less = |x: u64, y: u64| u64::from(x.cast_signed() < y.cast_signed());
        let words = x.words_at(scale).zip(&y.words_at(scale), "lt", less);
        Ok(FixedTensor { words, scale: Scale::INTEGER })
    }

    fn exp(&self, x: &FixedTensor) -> Computed<Self> {
        self.function("exp", x, f64::exp)
    }

    fn log(&self, x: &FixedTensor) -> Computed<Self> {
        self.function("log", x, f64::ln)
    }

    fn reciprocal(&self, x: &FixedTensor) -> Computed<Self> {
        self.function("reciprocal", x, f64::recip)
    }

    fn cos(&self, x: &FixedTensor) -> Computed<Self> {
        self.function("cos", x, f64::cos)
    }

    fn erf(&self, x: &FixedTensor) -> Computed<Self> {
        self.rounded("erf", &self.plain.erf(&x.numbers())?)
    }

    fn uniform(&self, shape: &[usize]) -> Computed<Self> {
        Ok(FixedTensor { words: self.rounder.words(shape, self.scale.bits()), scale: self.scale })
    }

    fn unit(&self) -> f64 {
        self.scale.decode_scalar(1)
    }

    // What would be rounded twice, or is rounded for nothing, by the defaults.

    fn neg(&self, x: &FixedTensor) -> Computed<Self> {
        Ok(x.with(-&x.words))
    }

    /// A session gives the number more fractional bits the smaller it is.
    fn mul_number(&self, x: &FixedTensor, number: f64) -> Computed<Self> {
        self.function("mul", x, |x| x * number)
    }

    /// A session divides by whole numbers without their reciprocals.
    fn div_number(&self, x: &FixedTensor, number: f64) -> Computed<Self> {
        self.function("div", x, |x| x / number)
    }

    /// Of positive numbers; the default goes by way of a logarithm, and has none for zero.
    fn sqrt(&self, x: &FixedTensor) -> Computed<Self> {
        self.function("sqrt", x, f64::sqrt)
    }
}

/// Refuses numbers that are too large, infinite or none.
fn in_range(operation: &'static str, values: &PlainTensor, limit: f64) -> Result<(), Error> {
    match values.iter().find(|value| value.is_nan() || value.abs() >= limit) {
        Some(&value) => Err(Error::OutOfRange { operation, value, limit }),
        None => Ok(()),
    }
}
