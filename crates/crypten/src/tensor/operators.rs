//! `+ - * /` and negation between secret tensors, public arrays and numbers, in every order.
//!
//! Numbers beside a secret are `f64` and `i64`, so that the type of a literal is never in doubt; arrays are of any
//! number type. The result is a `Result`, and may stand on the left of the next operator: `(&a * &b + &c)?`.

use std::ops::{Add, Div, Mul, Neg, Sub};

use ndarray::{ArrayBase, Data, Dimension};

use crate::error::Error;
use crate::plain::Element;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{add, div, mul, sub};

/// Implements an operator of a secret tensor beside itself, and beside arrays and numbers on either side; a `Result` of
/// a tensor may stand on either side too.
macro_rules! operator {
    ($tensor:ident, $element:ident, [$($number:ident)*], $trait:ident $method:ident) => {
        operator!(@pair $tensor $trait $method [] &$tensor, &$tensor);
        operator!(@pair $tensor $trait $method [] &$tensor, $tensor);
        operator!(@pair $tensor $trait $method [] $tensor, &$tensor);
        operator!(@pair $tensor $trait $method [] $tensor, $tensor);

        operator!(@array $tensor $trait $method [E: $element, S: Data<Elem = E>, D: Dimension]);
        operator!(@pair $tensor $trait $method [E: $element, S: Data<Elem = E>, D: Dimension] &ArrayBase<S, D>, &$tensor);
        operator!(@pair $tensor $trait $method [E: $element, S: Data<Elem = E>, D: Dimension] ArrayBase<S, D>, &$tensor);
        operator!(@pair $tensor $trait $method [E: $element, S: Data<Elem = E>, D: Dimension] &ArrayBase<S, D>, $tensor);
        operator!(@pair $tensor $trait $method [E: $element, S: Data<Elem = E>, D: Dimension] ArrayBase<S, D>, $tensor);

        $(
            operator!(@number $tensor $trait $method $number);
            operator!(@pair $tensor $trait $method [] $number, &$tensor);
            operator!(@pair $tensor $trait $method [] $number, $tensor);
        )*

        impl $trait<&$tensor> for Result<$tensor, Error> {
            type Output = Self;

            fn $method(self, right: &$tensor) -> Self {
                $method(self?, right)
            }
        }

        impl $trait<$tensor> for Result<$tensor, Error> {
            type Output = Self;

            fn $method(self, right: $tensor) -> Self {
                $method(self?, right)
            }
        }

        impl $trait<Result<$tensor, Error>> for &$tensor {
            type Output = Result<$tensor, Error>;

            fn $method(self, right: Result<$tensor, Error>) -> Self::Output {
                $method(self, right?)
            }
        }

        impl $trait<Result<$tensor, Error>> for $tensor {
            type Output = Result<$tensor, Error>;

            fn $method(self, right: Result<$tensor, Error>) -> Self::Output {
                $method(self, right?)
            }
        }
    };
    (@array $tensor:ident $trait:ident $method:ident [$($generics:tt)*]) => {
        operator!(@pair $tensor $trait $method [$($generics)*] &$tensor, &ArrayBase<S, D>);
        operator!(@pair $tensor $trait $method [$($generics)*] &$tensor, ArrayBase<S, D>);
        operator!(@pair $tensor $trait $method [$($generics)*] $tensor, &ArrayBase<S, D>);
        operator!(@pair $tensor $trait $method [$($generics)*] $tensor, ArrayBase<S, D>);
    };
    (@number $tensor:ident $trait:ident $method:ident $number:ident) => {
        operator!(@pair $tensor $trait $method [] &$tensor, $number);
        operator!(@pair $tensor $trait $method [] $tensor, $number);
    };
    (@pair $tensor:ident $trait:ident $method:ident [$($generics:tt)*] $left:ty, $right:ty) => {
        impl<$($generics)*> $trait<$right> for $left {
            type Output = Result<$tensor, Error>;

            fn $method(self, right: $right) -> Self::Output {
                $method(self, right)
            }
        }
    };
}

pub(crate) use operator;

operator!(CrypTensor, Element, [f64 i64], Add add);
operator!(CrypTensor, Element, [f64 i64], Sub sub);
operator!(CrypTensor, Element, [f64 i64], Mul mul);
operator!(CrypTensor, Element, [f64 i64], Div div);

impl Neg for &CrypTensor {
    type Output = CrypTensor;

    fn neg(self) -> CrypTensor {
        CrypTensor::neg(self)
    }
}

impl Neg for CrypTensor {
    type Output = Self;

    fn neg(self) -> Self {
        Self::neg(&self)
    }
}
