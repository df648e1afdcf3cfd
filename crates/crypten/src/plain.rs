//! What is public: arrays, views and numbers, and how they become operands of secret tensors.

use crypten_ring::{RingTensor, Scale};
use ndarray::{ArrayBase, ArrayD, Data, Dimension, IxDyn};

use crate::error::Error;
use crate::tensor::CrypTensor;

/// A public tensor on its way into a computation.
#[derive(Clone, Debug)]
pub struct Public {
    values: ArrayD<f64>,
    /// The same values where the element type is a whole number that `f64` may not hold.
    integers: Option<ArrayD<i64>>,
}

impl Public {
    /// The shape.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        self.values.shape()
    }

    /// The values.
    pub(crate) fn values(&self) -> &ArrayD<f64> {
        &self.values
    }

    /// The encoding at a scale.
    pub(crate) fn encode(&self, scale: Scale) -> Result<RingTensor, Error> {
        let encoded = scale.encode(&self.values.view())?;
        Ok(match &self.integers {
            // Exact where f64 is not; the range has been checked.
            Some(integers) => {
                let words = integers
                    .iter()
                    .map(|&i| i.cast_unsigned() << scale.bits())
                    .collect();
                RingTensor::from_vec(integers.shape(), words)
            }
            None => encoded,
        })
    }

    /// The values as ring elements if all are whole numbers below `2^20` in magnitude.
    pub(crate) fn small_integers(&self) -> Option<RingTensor> {
        let whole = self
            .values
            .iter()
            .all(|value| value.fract() == 0.0 && value.abs() < f64::from(1 << 20));
        let words = || {
            self.values
                .iter()
                .map(|&value| (value as i64).cast_unsigned())
                .collect()
        };
        whole.then(|| RingTensor::from_vec(self.shape(), words()))
    }
}

/// A number type that public tensors are made of.
pub trait Element: Copy {
    /// The nearest `f64`.
    fn real(self) -> f64;

    /// The value, if it is of a whole type.
    fn whole(self) -> Option<i64>;
}

macro_rules! element {
    (real: $($real:ty),*; whole: $($whole:ty),*) => {
        $(impl Element for $real {
            fn real(self) -> f64 { f64::from(self) }
            fn whole(self) -> Option<i64> { None }
        })*
        $(impl Element for $whole {
            fn real(self) -> f64 { self as f64 }
            fn whole(self) -> Option<i64> { i64::try_from(self).ok() }
        })*
        $(impl_scalar!($real);)*
        $(impl_scalar!($whole);)*
    };
}

macro_rules! impl_scalar {
    ($scalar:ty) => {
        impl Plain for $scalar {
            fn plain(&self) -> Public {
                public(IxDyn(&[]), std::iter::once(*self))
            }
        }

        impl Operand for $scalar {
            fn operand(&self) -> Side<'_> {
                Side::Public(self.plain())
            }
        }
    };
}

element!(real: f32, f64; whole: i8, i16, i32, i64, u8, u16, u32);

/// An array, a view or a number: what [`crate::Session::cryptensor`] encrypts and what stands beside secret tensors.
pub trait Plain {
    /// The values.
    fn plain(&self) -> Public;
}

impl<E: Element, S: Data<Elem = E>, D: Dimension> Plain for ArrayBase<S, D> {
    fn plain(&self) -> Public {
        public(IxDyn(self.shape()), self.iter().copied())
    }
}

impl<P: Plain + ?Sized> Plain for &P {
    fn plain(&self) -> Public {
        (**self).plain()
    }
}

fn public<E: Element>(shape: IxDyn, values: impl Iterator<Item = E> + Clone) -> Public {
    let integers = values.clone().map(Element::whole).collect::<Option<Vec<_>>>();
    let array =
        |values: Vec<f64>| ArrayD::from_shape_vec(shape.clone(), values).expect("as many values as elements");
    Public {
        values: array(values.map(Element::real).collect()),
        integers: integers.filter(|integers| !integers.is_empty()).map(|integers| {
            ArrayD::from_shape_vec(shape.clone(), integers).expect("as many values as elements")
        }),
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
