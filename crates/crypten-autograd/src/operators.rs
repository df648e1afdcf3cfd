//! `+ - * /` and negation between differentiable tensors, plain arrays and numbers, in every order.
//!
//! Numbers are `f64` and `i64`, so that the type of a literal is never in doubt; arrays are of any type that `f64`
//! holds.
//!
//! The result is a `Result`, and may stand on either side of the next operator: `(&a * &b + &c)?`.

use std::ops::{Add, Div, Mul, Neg, Sub};

use ndarray::{ArrayBase, Data, Dimension};

use crate::engine::Engine;
use crate::operand::Operand;
use crate::var::Var;

macro_rules! operator {
    ($($trait:ident $method:ident)*) => {$(
        operator!(@right $trait $method [] &Var<E>, &Var<E>);
        operator!(@right $trait $method [] &Var<E>, Var<E>);
        operator!(@right $trait $method [] Var<E>, &Var<E>);
        operator!(@right $trait $method [] Var<E>, Var<E>);
        operator!(@beside $trait $method [] f64);
        operator!(@beside $trait $method [] i64);
        operator!(@beside $trait $method [T: Copy + Into<f64>, S: Data<Elem = T>, D: Dimension] &ArrayBase<S, D>);
        operator!(@beside $trait $method [T: Copy + Into<f64>, S: Data<Elem = T>, D: Dimension] ArrayBase<S, D>);
        operator!(@result $trait $method &Var<E>);
        operator!(@result $trait $method Var<E>);
    )*};
    (@beside $trait:ident $method:ident [$($generics:tt)*] $other:ty) => {
        operator!(@right $trait $method [$($generics)*] &Var<E>, $other);
        operator!(@right $trait $method [$($generics)*] Var<E>, $other);
        operator!(@left $trait $method [$($generics)*] $other, &Var<E>);
        operator!(@left $trait $method [$($generics)*] $other, Var<E>);
    };
    (@right $trait:ident $method:ident [$($generics:tt)*] $left:ty, $right:ty) => {
        impl<E: Engine, $($generics)*> $trait<$right> for $left {
            type Output = Result<Var<E>, E::Error>;

            fn $method(self, right: $right) -> Self::Output {
                Var::$method(&self, right)
            }
        }
    };
    (@left $trait:ident $method:ident [$($generics:tt)*] $left:ty, $right:ty) => {
        impl<E: Engine, $($generics)*> $trait<$right> for $left {
            type Output = Result<Var<E>, E::Error>;

            fn $method(self, right: $right) -> Self::Output {
                Operand::from(self).into_var(right.engine())?.$method(right)
            }
        }
    };
    (@result $trait:ident $method:ident $tensor:ty) => {
        impl<E: Engine> $trait<$tensor> for Result<Var<E>, E::Error> {
            type Output = Self;

            fn $method(self, right: $tensor) -> Self {
                Var::$method(&self?, right)
            }
        }

        impl<E: Engine> $trait<Result<Var<E>, E::Error>> for $tensor {
            type Output = Result<Var<E>, E::Error>;

            fn $method(self, right: Result<Var<E>, E::Error>) -> Self::Output {
                Var::$method(&self, right?)
            }
        }
    };
}

operator!(Add add Sub sub Mul mul Div div);

impl<E: Engine> Neg for &Var<E> {
    type Output = Result<Var<E>, E::Error>;

    fn neg(self) -> Self::Output {
        Var::neg(self)
    }
}

impl<E: Engine> Neg for Var<E> {
    type Output = Result<Self, E::Error>;

    fn neg(self) -> Self::Output {
        Self::neg(&self)
    }
}
