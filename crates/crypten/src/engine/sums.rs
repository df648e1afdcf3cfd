//! Sums of public and secret tensors that are each multiplied by a number: the public ones are added up in the clear.

use std::slice;

use crypten_autograd::{Engine, Plain, PlainTensor};

use super::Value;
use crate::error::Error;
use crate::tensor::{self, CrypTensor};

/// Terms of a sum.
type Terms<'a, T> = Vec<(f64, &'a T)>;

/// A sum is public if all its tensors are.
pub(super) fn weighted_sums(clear: &Plain, sums: &[Terms<'_, Value>]) -> Result<Vec<Value>, Error> {
    let parted = Vec::from_iter(sums.iter().map(parted));
    let secret = parted.iter().map(|(_, secret)| secret.clone()).filter(|terms| !terms.is_empty());
    let mut secret_sums = tensor::weighted_sums(&Vec::from_iter(secret))?.into_iter();
    let mut sum = |(public, secret): &(Terms<'_, PlainTensor>, Terms<'_, CrypTensor>)| {
        let secret = if secret.is_empty() { None } else { secret_sums.next() };
        let public = match (public.is_empty(), &secret) {
            (true, Some(_)) => None,
            _ => clear.weighted_sums(slice::from_ref(public))?.pop(),
        };
        match (public, secret) {
            (Some(public), Some(secret)) => Ok(tensor::add(secret, Value::from(public))?.into()),
            (Some(public), None) => Ok(public.into()),
            (None, Some(secret)) => Ok(secret.into()),
            (None, None) => Err(Error::NothingSecret),
        }
    };
    parted.iter().map(&mut sum).collect()
}

/// The public and the secret terms.
fn parted<'a>(terms: &Terms<'a, Value>) -> (Terms<'a, PlainTensor>, Terms<'a, CrypTensor>) {
    let (mut public, mut secret) = (Vec::new(), Vec::new());
    for &(number, x) in terms {
        match x {
            Value::Public(x) => public.push((number, x)),
            Value::Secret(x) => secret.push((number, x)),
        }
    }
    (public, secret)
}
