//! What stands beside binary tensors: arrays, views and numbers of integers, as words in two's complement.

use crypten_ring::RingTensor;
use ndarray::{ArrayBase, Data, Dimension};

use crate::binary::BinaryTensor;

/// An integer type that arrays beside binary tensors are made of.
pub trait Integer: Copy {
    /// The word of 64 bits that stands for it, in two's complement.
    fn word(self) -> u64;
}

impl Integer for bool {
    fn word(self) -> u64 {
        u64::from(self)
    }
}

macro_rules! integer {
    ($($number:ty),*) => {$(
        impl Integer for $number {
            fn word(self) -> u64 {
                self as u64
            }
        }
    )*};
}

integer!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

/// An array, a view or a number: what [`crate::Session::binary`] encrypts.
pub trait Integers {
    /// The values as words.
    fn words(&self) -> RingTensor;
}

impl Integers for i64 {
    fn words(&self) -> RingTensor {
        RingTensor::scalar(self.word())
    }
}

impl<E: Integer, S: Data<Elem = E>, D: Dimension> Integers for ArrayBase<S, D> {
    fn words(&self) -> RingTensor {
        RingTensor::from_vec(self.shape(), self.iter().map(|&value| value.word()).collect())
    }
}

impl<I: Integers + ?Sized> Integers for &I {
    fn words(&self) -> RingTensor {
        (**self).words()
    }
}

/// One side of an operation: a secret tensor of words, or public integers.
pub trait BinaryOperand {
    /// What it is.
    fn side(&self) -> BinarySide<'_>;
}

/// A secret or a public operand.
#[derive(Clone, Debug)]
pub enum BinarySide<'a> {
    /// A tensor that is shared.
    Secret(&'a BinaryTensor),
    /// Words that every party knows.
    Public(RingTensor),
}

impl BinaryOperand for BinarySide<'_> {
    fn side(&self) -> BinarySide<'_> {
        self.clone()
    }
}

impl BinaryOperand for BinaryTensor {
    fn side(&self) -> BinarySide<'_> {
        BinarySide::Secret(self)
    }
}

impl BinaryOperand for i64 {
    fn side(&self) -> BinarySide<'_> {
        BinarySide::Public(self.words())
    }
}

impl<E: Integer, S: Data<Elem = E>, D: Dimension> BinaryOperand for ArrayBase<S, D> {
    fn side(&self) -> BinarySide<'_> {
        BinarySide::Public(self.words())
    }
}

impl<O: BinaryOperand + ?Sized> BinaryOperand for &O {
    fn side(&self) -> BinarySide<'_> {
        (**self).side()
    }
}
