//! Elementwise algebra with broadcasting: `+ - *` and negation, between tensors and with one word.

use std::ops::{Add, BitXor, Mul, Neg, Sub};

use ndarray::{IxDyn, Zip};

use crate::shape::broadcast_shapes;
use crate::simd::vectorized;
use crate::tensor::RingTensor;

impl RingTensor {
    /// Every word replaced by `f` of it.
    #[must_use]
    pub fn map(&self, f: impl Fn(u64) -> u64) -> Self {
        match self.storage.as_slice() {
            Some(words) => Self::from_vec(
                self.shape(),
                vectorized(
                    #[inline(always)]
                    || words.iter().map(|&word| f(word)).collect(),
                ),
            ),
            None => Self { storage: self.storage.mapv(f).into_shared() },
        }
    }

    /// The tensor of `f` of corresponding words, with broadcasting.
    ///
    /// # Panics
    /// If the shapes do not broadcast.
    #[must_use]
    #[track_caller]
    pub fn zip(&self, other: &Self, operation: &'static str, f: impl Fn(u64, u64) -> u64) -> Self {
        if let (true, Some(left), Some(right)) =
            (self.shape() == other.shape(), self.storage.as_slice(), other.storage.as_slice())
        {
            let words = vectorized(
                #[inline(always)]
                || left.iter().zip(right).map(|(&l, &r)| f(l, r)).collect(),
            );
            return Self::from_vec(self.shape(), words);
        }
        let shape = match broadcast_shapes(operation, self.shape(), other.shape()) {
            Ok(shape) => IxDyn(&shape),
            Err(error) => panic!("{error}"),
        };
        let both = self.storage.broadcast(shape.clone()).zip(other.storage.broadcast(shape));
        let (left, right) = both.expect("both shapes broadcast to the common one");
        Self { storage: Zip::from(left).and(right).map_collect(|&l, &r| f(l, r)).into_shared() }
    }

    /// This tensor plus the elementwise product of two others, with broadcasting of these.
    ///
    /// # Panics
    /// If the shapes do not broadcast to this tensor's.
    #[must_use]
    #[track_caller]
    pub fn add_product(self, left: &Self, right: &Self) -> Self {
        let shape = self.shape().to_vec();
        let fit = "the shapes of a product broadcast to that of the sum";
        let (left, right) = (left.broadcast_to(&shape).expect(fit), right.broadcast_to(&shape).expect(fit));
        let mut words = self.into_words();
        let (left, right) = (left.words(), right.words());
        vectorized(
            #[inline(always)]
            || {
                for ((sum, &l), &r) in words.iter_mut().zip(&*left).zip(&*right) {
                    *sum = sum.wrapping_add(l.wrapping_mul(r));
                }
            },
        );
        Self::from_vec(&shape, words)
    }
}

/// Implements an operator for owned and borrowed tensors and for one word on the right.
macro_rules! operator {
    ($trait:ident, $method:ident, $name:literal, $f:expr) => {
        impl $trait for &RingTensor {
            type Output = RingTensor;

            #[track_caller]
            fn $method(self, other: Self) -> RingTensor {
                self.zip(other, $name, $f)
            }
        }

        impl $trait<u64> for &RingTensor {
            type Output = RingTensor;

            fn $method(self, word: u64) -> RingTensor {
                self.map(|own| $f(own, word))
            }
        }
    };
}

operator!(Add, add, "add", u64::wrapping_add);
operator!(Sub, sub, "sub", u64::wrapping_sub);
operator!(Mul, mul, "mul", u64::wrapping_mul);
operator!(BitXor, bitxor, "xor", |l: u64, r: u64| l ^ r);

impl Neg for &RingTensor {
    type Output = RingTensor;

    fn neg(self) -> RingTensor {
        self.map(u64::wrapping_neg)
    }
}
