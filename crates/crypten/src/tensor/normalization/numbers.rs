//! Statistics, weights and biases, each public or secret.

use ndarray::{ArrayD, IxDyn};

use crate::error::Error;
use crate::plain::{Operand, Side};
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{add, mul};
use crate::tensor::normalization::misfit;

/// Numbers that are public or secret.
pub(super) enum Numbers {
    Public(ArrayD<f64>),
    Secret(CrypTensor),
}

impl Operand for Numbers {
    fn operand(&self) -> Side<'_> {
        match self {
            Self::Public(values) => values.operand(),
            Self::Secret(tensor) => tensor.operand(),
        }
    }
}

impl Numbers {
    /// An operand of shape `expected` under another shape of as many elements.
    pub(super) fn read(
        operation: &'static str,
        operand: Option<&dyn Operand>,
        expected: &[usize],
        shape: &[usize],
    ) -> Result<Option<Self>, Error> {
        let Some(operand) = operand else { return Ok(None) };
        let numbers = match operand.operand() {
            Side::Public(public) if public.shape() == expected => {
                let values = public.values().to_shape(IxDyn(shape)).expect("as many elements as before");
                Self::Public(values.into_owned())
            }
            Side::Secret(secret) if secret.shape() == expected => Self::Secret(secret.reshaped(shape)?),
            Side::Public(public) => return Err(misfit(operation, expected, public.shape())),
            Side::Secret(secret) => return Err(misfit(operation, expected, secret.shape())),
        };
        Ok(Some(numbers))
    }

    pub(super) fn shape(&self) -> &[usize] {
        match self {
            Self::Public(values) => values.shape(),
            Self::Secret(tensor) => tensor.shape(),
        }
    }

    /// `1 / sqrt(x + eps)`.
    pub(super) fn inverse_root(&self, eps: f64) -> Result<Self, Error> {
        match self {
            Self::Public(values) => Ok(Self::Public(values.mapv(|value| (value + eps).sqrt().recip()))),
            Self::Secret(tensor) => {
                let unit = tensor.session.unit();
                Ok(Self::Secret(add(tensor, eps.max(unit))?.inv_sqrt()?))
            }
        }
    }

    pub(super) fn times(&self, other: &Self) -> Result<Self, Error> {
        match (self, other) {
            (Self::Public(x), Self::Public(y)) => Ok(Self::Public(x * y)),
            _ => Ok(Self::Secret(mul(self, other)?)),
        }
    }

    /// The numbers as a secret vector in the session of another one of that length.
    pub(super) fn encrypted_like(self, other: &CrypTensor) -> Result<CrypTensor, Error> {
        match self {
            Self::Public(values) => {
                let values = values.to_shape(IxDyn(other.shape())).expect("a number a channel").into_owned();
                add(mul(other, 0)?, values)
            }
            Self::Secret(tensor) => tensor.reshape(&[-1]),
        }
    }
}
