//! Public and secret numbers in one tensor: the public ones become shares that hide nothing, which sends no message.

use super::Value;
use crate::error::Error;
use crate::tensor::{self, CrypTensor};

/// Tensors one after the other, of which at least one is secret.
pub(super) fn cat(tensors: &[&Value], axis: usize) -> Result<CrypTensor, Error> {
    // Secrets of several scales are all rounded, so public numbers take the smallest.
    let secrets = tensors.iter().filter_map(|tensor| match tensor {
        Value::Secret(x) => Some(x.settled()),
        Value::Public(_) => None,
    });
    let beside = secrets.min_by_key(CrypTensor::scale).ok_or(Error::NothingSecret)?;
    let shared = |tensor: &&Value| match tensor {
        Value::Secret(x) => Ok(x.settled()),
        Value::Public(x) => beside.beside(x),
    };
    let parts = tensors.iter().map(shared).collect::<Result<Vec<CrypTensor>, Error>>()?;
    tensor::cat(&parts.iter().collect::<Vec<_>>(), axis.cast_signed())
}

/// A tensor and what is added to parts of it, of which at least one is secret.
pub(super) fn pair(x: &Value, source: &Value) -> Result<(CrypTensor, Value), Error> {
    match (x, source) {
        (Value::Secret(x), source) => Ok((x.settled(), source.clone())),
        (Value::Public(x), Value::Secret(source)) => {
            let source = source.settled();
            Ok((source.beside(x)?, source.into()))
        }
        (Value::Public(_), Value::Public(_)) => Err(Error::NothingSecret),
    }
}
