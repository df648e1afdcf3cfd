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

type Outcome = Result<CrypTensor, Error>;

macro_rules! operator {
    ($trait:ident $method:ident) => {
        operator!(@pair $trait $method [] &CrypTensor, &CrypTensor);
        operator!(@pair $trait $method [] &CrypTensor, CrypTensor);
        operator!(@pair $trait $method [] CrypTensor, &CrypTensor);
        operator!(@pair $trait $method [] CrypTensor, CrypTensor);

        operator!(@pair $trait $method [E: Element, S: Data<Elem = E>, D: Dimension] &CrypTensor, &ArrayBase<S, D>);
        operator!(@pair $trait $method [E: Element, S: Data<Elem = E>, D: Dimension] &CrypTensor, ArrayBase<S, D>);
        operator!(@pair $trait $method [E: Element, S: Data<Elem = E>, D: Dimension] CrypTensor, &ArrayBase<S, D>);
        operator!(@pair $trait $method [E: Element, S: Data<Elem = E>, D: Dimension] CrypTensor, ArrayBase<S, D>);
        operator!(@pair $trait $method [E: Element, S: Data<Elem = E>, D: Dimension] &ArrayBase<S, D>, &CrypTensor);
        operator!(@pair $trait $method [E: Element, S: Data<Elem = E>, D: Dimension] ArrayBase<S, D>, &CrypTensor);
        operator!(@pair $trait $method [E: Element, S: Data<Elem = E>, D: Dimension] &ArrayBase<S, D>, CrypTensor);
        operator!(@pair $trait $method [E: Element, S: Data<Elem = E>, D: Dimension] ArrayBase<S, D>, CrypTensor);

        operator!(@scalar $trait $method f64 i64);

        impl $trait<&CrypTensor> for Outcome {
            type Output = Outcome;

            fn $method(self, right: &CrypTensor) -> Outcome {
                $method(self?, right)
            }
        }

        impl $trait<CrypTensor> for Outcome {
            type Output = Outcome;

            fn $method(self, right: CrypTensor) -> Outcome {
                $method(self?, right)
            }
        }

        impl $trait<Outcome> for &CrypTensor {
            type Output = Outcome;

            fn $method(self, right: Outcome) -> Outcome {
                $method(self, right?)
            }
        }

        impl $trait<Outcome> for CrypTensor {
            type Output = Outcome;

            fn $method(self, right: Outcome) -> Outcome {
                $method(self, right?)
            }
        }
    };
    (@scalar $trait:ident $method:ident $($scalar:ty)*) => {$(
        operator!(@pair $trait $method [] &CrypTensor, $scalar);
        operator!(@pair $trait $method [] CrypTensor, $scalar);
        operator!(@pair $trait $method [] $scalar, &CrypTensor);
        operator!(@pair $trait $method [] $scalar, CrypTensor);
    )*};
    (@pair $trait:ident $method:ident [$($generics:tt)*] $left:ty, $right:ty) => {
        impl<$($generics)*> $trait<$right> for $left {
            type Output = Outcome;

            fn $method(self, right: $right) -> Outcome {
                $method(self, right)
            }
        }
    };
}

operator!(Add add);
operator!(Sub sub);
operator!(Mul mul);
operator!(Div div);

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
