//! `+ - *` of encrypted tensors, plain arrays and numbers on either side, and the negative. All but it return a
//! `Result`.

use std::ops::{Add, Mul, Neg, Sub};

use ndarray::{ArrayBase, Data, Dimension, arr0};

use crate::error::Error;
use crate::plain::Number;
use crate::tensor::EncryptedTensor;

type Output = Result<EncryptedTensor, Error>;

impl Add for &EncryptedTensor {
    type Output = Output;

    fn add(self, other: Self) -> Output {
        EncryptedTensor::add(self, other)
    }
}

impl Sub for &EncryptedTensor {
    type Output = Output;

    fn sub(self, other: Self) -> Output {
        EncryptedTensor::sub(self, other)
    }
}

impl Neg for &EncryptedTensor {
    type Output = EncryptedTensor;

    fn neg(self) -> EncryptedTensor {
        EncryptedTensor::neg(self)
    }
}

impl<N: Number + Sync, S: Data<Elem = N>, D: Dimension> Add<&ArrayBase<S, D>> for &EncryptedTensor {
    type Output = Output;

    fn add(self, numbers: &ArrayBase<S, D>) -> Output {
        self.add_plain(numbers)
    }
}

impl<N: Number + Sync, S: Data<Elem = N>, D: Dimension> Add<&EncryptedTensor> for &ArrayBase<S, D> {
    type Output = Output;

    fn add(self, tensor: &EncryptedTensor) -> Output {
        tensor.add_plain(self)
    }
}

impl<N: Number + Sync, S: Data<Elem = N>, D: Dimension> Sub<&ArrayBase<S, D>> for &EncryptedTensor {
    type Output = Output;

    fn sub(self, numbers: &ArrayBase<S, D>) -> Output {
        self.sub_plain(numbers)
    }
}

impl<N: Number + Sync, S: Data<Elem = N>, D: Dimension> Sub<&EncryptedTensor> for &ArrayBase<S, D> {
    type Output = Output;

    fn sub(self, tensor: &EncryptedTensor) -> Output {
        EncryptedTensor::neg(tensor).add_plain(self)
    }
}

impl<N: Number + Sync, S: Data<Elem = N>, D: Dimension> Mul<&ArrayBase<S, D>> for &EncryptedTensor {
    type Output = Output;

    fn mul(self, numbers: &ArrayBase<S, D>) -> Output {
        self.mul_plain(numbers)
    }
}

impl<N: Number + Sync, S: Data<Elem = N>, D: Dimension> Mul<&EncryptedTensor> for &ArrayBase<S, D> {
    type Output = Output;

    fn mul(self, tensor: &EncryptedTensor) -> Output {
        tensor.mul_plain(self)
    }
}

macro_rules! with_numbers {
    ($($number:ty),*) => {$(
        impl Add<$number> for &EncryptedTensor {
            type Output = Output;

            fn add(self, number: $number) -> Output {
                self.add_plain(&arr0(number))
            }
        }

        impl Add<&EncryptedTensor> for $number {
            type Output = Output;

            fn add(self, tensor: &EncryptedTensor) -> Output {
                tensor.add_plain(&arr0(self))
            }
        }

        impl Sub<$number> for &EncryptedTensor {
            type Output = Output;

            fn sub(self, number: $number) -> Output {
                self.sub_plain(&arr0(number))
            }
        }

        impl Sub<&EncryptedTensor> for $number {
            type Output = Output;

            fn sub(self, tensor: &EncryptedTensor) -> Output {
                EncryptedTensor::neg(tensor).add_plain(&arr0(self))
            }
        }

        impl Mul<$number> for &EncryptedTensor {
            type Output = Output;

            fn mul(self, number: $number) -> Output {
                self.mul_plain(&arr0(number))
            }
        }

        impl Mul<&EncryptedTensor> for $number {
            type Output = Output;

            fn mul(self, tensor: &EncryptedTensor) -> Output {
                tensor.mul_plain(&arr0(self))
            }
        }
    )*};
}

// One type of whole and one of real numbers, so that a literal has one meaning.
with_numbers!(i64, f64);
