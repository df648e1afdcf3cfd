//! What is public: arrays, views and numbers, and how they become operands of secret tensors.

use crypten_ring::{RingTensor, Scale};
use ndarray::{ArrayBase, ArrayD, Data, Dimension, IxDyn};

use crate::error::Error;
use crate::tensor::CrypTensor;

/// The values of an array, a view or a number, on their way into a computation.
#[derive(Clone)]
pub struct Public {
    values: ArrayD<f64>,
}

impl Public {
    /// The shape.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        self.values.shape()
    }

    pub(crate) fn values(&self) -> &ArrayD<f64> {
        &self.values
    }

    pub(crate) fn negated(&self) -> Self {
        Self { values: -&self.values }
    }

    /// The value, if this is one whole number but zero, below `2^40` in magnitude.
    pub(crate) fn whole_number(&self) -> Option<i64> {
        let limit = 2.0_f64.powi(40);
        match self.values.as_slice() {
            Some(&[value]) if value.fract() == 0.0 && value != 0.0 && value.abs() < limit => {
                (self.values.ndim() == 0).then_some(value as i64)
            }
            _ => None,
        }
    }

    /// The encoding at a scale.
    pub(crate) fn encode(&self, scale: Scale) -> Result<RingTensor, Error> {
        Ok(scale.encode(&self.values.view())?)
    }

    /// The values as ring elements if all are whole numbers below `2^20` in magnitude.
    pub(crate) fn small_integers(&self) -> Option<RingTensor> {
        let whole = self.values.iter().all(|value| value.fract() == 0.0 && value.abs() < f64::from(1 << 20));
        let words = || self.values.iter().map(|&value| (value as i64).cast_unsigned()).collect();
        whole.then(|| RingTensor::from_vec(self.shape(), words()))
    }
}

impl std::fmt::Debug for Public {
    /// What a party encrypts passes through here, so the values do not print.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Public(shape={:?}, ..)", self.shape())
    }
}

/// A number type that tensors are made of. Whole numbers are exact up to `2^53`.
pub trait Element: Copy {
    /// The nearest `f64`.
    fn real(self) -> f64;
}

impl Element for bool {
    fn real(self) -> f64 {
        f64::from(u8::from(self))
    }
}

macro_rules! element {
    ($($number:ty),*) => {$(
        impl Element for $number {
            fn real(self) -> f64 {
                self as f64
            }
        }

        impl Plain for $number {
            fn plain(&self) -> Public {
                Public { values: ArrayD::from_elem(IxDyn(&[]), self.real()) }
            }
        }

        impl Operand for $number {
            fn operand(&self) -> Side<'_> {
                Side::Public(self.plain())
            }
        }
    )*};
}

element!(f32, f64, i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

/// An array, a view or a number: what [`crate::Session::cryptensor`] encrypts and what stands beside secret tensors.
pub trait Plain {
    /// The values.
    fn plain(&self) -> Public;
}

impl<E: Element, S: Data<Elem = E>, D: Dimension> Plain for ArrayBase<S, D> {
    fn plain(&self) -> Public {
        Public { values: self.mapv(Element::real).into_dyn() }
    }
}

impl<P: Plain + ?Sized> Plain for &P {
    fn plain(&self) -> Public {
        (**self).plain()
    }
}

/// One side of an operation: a secret tensor, or anything public.
pub trait Operand {
    /// What it is.
    fn operand(&self) -> Side<'_>;
}

/// A secret or a public operand.
#[derive(Debug)]
pub enum Side<'a> {
    /// A tensor that is shared.
    Secret(&'a CrypTensor),
    /// A tensor that every party knows.
    Public(Public),
}

impl Side<'_> {
    /// The shape.
    pub(crate) fn shape(&self) -> &[usize] {
        match self {
            Self::Secret(tensor) => tensor.shape(),
            Self::Public(public) => public.shape(),
        }
    }
}

impl Operand for CrypTensor {
    fn operand(&self) -> Side<'_> {
        Side::Secret(self)
    }
}

impl<E: Element, S: Data<Elem = E>, D: Dimension> Operand for ArrayBase<S, D> {
    fn operand(&self) -> Side<'_> {
        Side::Public(self.plain())
    }
}

impl<O: Operand + ?Sized> Operand for &O {
    fn operand(&self) -> Side<'_> {
        (**self).operand()
    }
}
