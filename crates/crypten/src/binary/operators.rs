//! `& | ^ + -` between binary tensors, integer arrays and numbers, in every order; `!`, and shifts by public numbers.
//!
//! Numbers beside a secret are `i64`; arrays are of any integer type. The result is a `Result`, and may stand on the
//! left of the next operator.

use std::ops::{Add, BitAnd, BitOr, BitXor, Not, Shl, Shr, Sub};

use ndarray::{ArrayBase, Data, Dimension};

use crate::binary::arithmetic::{add, bitand, bitor, bitxor, shl, shr, sub};
use crate::binary::{BinaryTensor, Integer};
use crate::error::Error;
use crate::tensor::operator;

operator!(BinaryTensor, Integer, [i64], BitAnd bitand);
operator!(BinaryTensor, Integer, [i64], BitOr bitor);
operator!(BinaryTensor, Integer, [i64], BitXor bitxor);
operator!(BinaryTensor, Integer, [i64], Add add);
operator!(BinaryTensor, Integer, [i64], Sub sub);

/// Shifts by what is public.
macro_rules! shift {
    ($trait:ident $method:ident) => {
        operator!(@array BinaryTensor $trait $method [E: Integer, S: Data<Elem = E>, D: Dimension]);
        operator!(@number BinaryTensor $trait $method i64);
    };
}

shift!(Shl shl);
shift!(Shr shr);

impl Not for &BinaryTensor {
    type Output = BinaryTensor;

    fn not(self) -> BinaryTensor {
        self.bitwise_not()
    }
}

impl Not for BinaryTensor {
    type Output = Self;

    fn not(self) -> Self {
        self.bitwise_not()
    }
}
