//! `+ - *` of ciphertexts and plain numbers on either side, and the negative. All but it return a `Result`.

use std::ops::{Add, Mul, Neg, Sub};

use num_bigint::BigInt;

use crate::ciphertext::Ciphertext;
use crate::error::Error;

macro_rules! between_ciphertexts {
    ($($operator:ident $symbol:ident),*) => {$(
        between_ciphertexts!($operator $symbol, Ciphertext, Ciphertext);
        between_ciphertexts!($operator $symbol, Ciphertext, &Ciphertext);
        between_ciphertexts!($operator $symbol, &Ciphertext, Ciphertext);
        between_ciphertexts!($operator $symbol, &Ciphertext, &Ciphertext);
    )*};
    ($operator:ident $symbol:ident, $left:ty, $right:ty) => {
        impl $operator<$right> for $left {
            type Output = Result<Ciphertext, Error>;

            fn $symbol(self, other: $right) -> Self::Output {
                Ciphertext::$symbol(&self, &other)
            }
        }
    };
}

between_ciphertexts!(Add add, Sub sub);

macro_rules! with_numbers {
    ($($number:ty),*) => {$(
        with_numbers!($number => Ciphertext);
        with_numbers!($number => &Ciphertext);
    )*};
    ($number:ty => $ciphertext:ty) => {
        impl Add<$number> for $ciphertext {
            type Output = Result<Ciphertext, Error>;

            fn add(self, number: $number) -> Self::Output {
                self.add_plain(number)
            }
        }

        impl Add<$ciphertext> for $number {
            type Output = Result<Ciphertext, Error>;

            fn add(self, ciphertext: $ciphertext) -> Self::Output {
                ciphertext.add_plain(self)
            }
        }

        impl Sub<$number> for $ciphertext {
            type Output = Result<Ciphertext, Error>;

            fn sub(self, number: $number) -> Self::Output {
                self.sub_plain(number)
            }
        }

        impl Sub<$ciphertext> for $number {
            type Output = Result<Ciphertext, Error>;

            fn sub(self, ciphertext: $ciphertext) -> Self::Output {
                ciphertext.neg().add_plain(self)
            }
        }

        impl Mul<$number> for $ciphertext {
            type Output = Result<Ciphertext, Error>;

            fn mul(self, number: $number) -> Self::Output {
                self.mul_plain(number)
            }
        }

        impl Mul<$ciphertext> for $number {
            type Output = Result<Ciphertext, Error>;

            fn mul(self, ciphertext: $ciphertext) -> Self::Output {
                ciphertext.mul_plain(self)
            }
        }
    };
}

// One type of whole and one of real numbers, so that a literal has one meaning.
with_numbers!(i64, BigInt, f64);

impl Neg for Ciphertext {
    type Output = Self;

    fn neg(self) -> Self {
        Self::neg(&self)
    }
}

impl Neg for &Ciphertext {
    type Output = Ciphertext;

    fn neg(self) -> Ciphertext {
        Ciphertext::neg(self)
    }
}
