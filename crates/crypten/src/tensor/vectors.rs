//! Products of vectors: weighted inner products, outer products, and cosines of angles.

use crypten_ring::{Error as RingError, broadcast_shapes, normalize_axis};
use ndarray::{ArrayD, ArrayView1, Axis, IxDyn};

use crate::error::Error;
use crate::plain::{Operand, Public, Side};
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{mul, same_session};
use crate::tensor::join::stack;
use crate::tensor::linear::matmul;

impl CrypTensor {
    /// The sum of the products of three vectors: an inner product in which each term has a weight.
    ///
    /// # Shapes
    /// Three vectors of one length give a tensor without axes.
    ///
    /// # Rounds
    /// Three if both other operands are secret: a product of 16 bytes an element, its rounding of 8, and a product
    /// of 16. At most two, of 24 bytes, if one of them is public; none if both are. The result is rounded (one
    /// more, of 8 bytes in all) when that is needed; one more, of 8 bytes an element, for each operand that is a
    /// product not rounded yet.
    ///
    /// # Domain
    /// Products and their sum stay below `2^(62 - 2f)` in magnitude, beyond they are meaningless. The product with
    /// the weights is rounded as in [`mul`](crate::mul), so each term is off by less than a unit times the other
    /// element, and the sum by less than one more. Public fractions in the other vector are encoded as in
    /// [`matmul`](crate::matmul). If both are public, their products are, off by `2^-17` each with 16 fractional
    /// bits, and nothing is rounded between.
    ///
    /// # Errors
    /// If the shapes are others, or a peer or the network fails.
    pub fn weighted_dot(&self, other: impl Operand, weights: impl Operand) -> Result<Self, Error> {
        for side in [other.operand(), weights.operand()] {
            if self.ndim() != 1 || side.shape() != self.shape() {
                return Err(misfit("dot", self, &side));
            }
        }
        if let (Side::Public(other), Side::Public(weights)) = (other.operand(), weights.operand()) {
            return matmul(self, other.values() * weights.values());
        }
        matmul(mul(self, weights)?, other)
    }

    /// All products of an element of this vector and one of the other: `out[i, j] = self[i] other[j]`.
    ///
    /// # Shapes
    /// Vectors of lengths `m` and `n` give `[m, n]`.
    ///
    /// # Rounds
    /// One, of 8 bytes for each word of both vectors, if both are secret; as [`mul`](crate::mul) with a public one.
    ///
    /// # Domain
    /// As [`mul`](crate::mul).
    ///
    /// # Errors
    /// If one of them is no vector, or a peer or the network fails.
    pub fn outer(&self, other: impl Operand) -> Result<Self, Error> {
        let other = other.operand();
        if self.ndim() != 1 || other.shape().len() != 1 {
            return Err(misfit("outer", self, &other));
        }
        match other {
            Side::Secret(other) => matmul(self.unsqueeze(1)?, other.unsqueeze(0)?),
            Side::Public(other) => mul(self.unsqueeze(1)?, other.values()),
        }
    }

    /// The same as [`CrypTensor::outer`].
    ///
    /// # Errors
    /// As [`CrypTensor::outer`].
    pub fn ger(&self, other: impl Operand) -> Result<Self, Error> {
        self.outer(other)
    }

    /// The cosine of the angle between this tensor and another along an axis, which disappears: the inner product
    /// of both divided by the norms of both. Zero where one of them is zero.
    ///
    /// # Shapes
    /// Both broadcast, and the axis is one of the common shape.
    ///
    /// # Rounds
    /// With a secret operand 16: a product of 48 bytes an element; its rounding, reciprocals of square roots, two
    /// products and the rounding between them, of 224.5 bytes a line along the axis. With a public one 15: a
    /// product with fractions and a square, of 16 bytes an element; its rounding, a reciprocal of a square root and
    /// a product, of 104.25 a line. One more each, of 8 bytes, for operands that are products and not rounded yet.
    ///
    /// # Domain
    /// The sum of the squares of a secret operand stays below `2^(40 - f)`, beyond results are meaningless. For
    /// each secret operand, of norm `s`, the cosine is off by `5e-5` or `2 s` units, whichever is larger, and by
    /// `0.5 / s^2` units for the rounding of the sum. Rounding adds a unit for the result and, divided by the
    /// secret norms, one for the inner product; divided by the norm of `other`, one between the products. Beside a
    /// public operand that is one for each term instead, and `2^-20` of the element. A norm below `2^-8` may count
    /// as zero.
    ///
    /// # Errors
    /// If the shapes do not broadcast, there is no such axis, the precision has more than 22 bits, or a peer or the
    /// network fails.
    pub fn cosine_similarity(&self, other: impl Operand, axis: isize) -> Result<Self, Error> {
        let other = other.operand();
        let shape = broadcast_shapes("cosine_similarity", self.shape(), other.shape())?;
        let axis = normalize_axis(axis, shape.len())?;
        let (along, x) = (axis.cast_signed(), self.broadcast(&shape)?);
        match other {
            Side::Public(other) => {
                let parts = mul(&x, directions(&other, &shape, axis))?.sum(along)?;
                mul(parts, x.square()?.sum(along)?.inv_sqrt()?)
            }
            Side::Secret(other) => {
                same_session(self, other)?;
                let (x, y) = (x.rescale()?, other.broadcast(&shape)?.rescale()?);
                let products = mul(stack(&[&x, &x, &y], 0)?, stack(&[&y, &x, &y], 0)?)?;
                let sums = products.sum(along + 1)?.rescale()?;
                let inverse = sums.narrow(0, 1, 2)?.inv_sqrt()?;
                let cosines = mul(sums.narrow(0, 0, 1)?, inverse.narrow(0, 0, 1)?)?;
                let cosines = mul(cosines, inverse.narrow(0, 1, 1)?)?;
                cosines.reshaped(&cosines.shape()[1..])
            }
        }
    }

    fn broadcast(&self, shape: &[usize]) -> Result<Self, Error> {
        Ok(self.with(self.exact().try_linear(|own| own.broadcast_to(shape))?))
    }
}

/// Public numbers in a shape, divided by their norm along an axis.
fn directions(public: &Public, shape: &[usize], axis: usize) -> ArrayD<f64> {
    let values = public.values().broadcast(IxDyn(shape)).expect("the shapes broadcast");
    let norm = |line: ArrayView1<'_, f64>| line.fold(0.0_f64, |sum, x| sum + x * x).sqrt();
    let norms = values.map_axis(Axis(axis), norm).insert_axis(Axis(axis));
    &values / &norms.mapv(|norm| if norm > 0.0 { norm } else { 1.0 })
}

fn misfit(operation: &'static str, left: &CrypTensor, right: &Side<'_>) -> Error {
    let (left, right) = (left.shape().to_vec(), right.shape().to_vec());
    RingError::ShapeMismatch { operation, left, right }.into()
}
