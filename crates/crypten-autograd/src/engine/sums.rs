//! Sums of tensors that are each multiplied by a number.

use crate::engine::{Computed, Engine};
use crate::error::Error;

/// The sum of at least one tensor; nothing is multiplied by one.
pub(super) fn weighted_sum<E: Engine>(engine: &E, terms: &[(f64, &E::Tensor)]) -> Computed<E> {
    let times = |&(number, x): &(f64, &E::Tensor)| {
        if number == 1.0 { Ok(x.clone()) } else { engine.mul_number(x, number) }
    };
    let [first, rest @ ..] = terms else {
        return Err(Error::mismatch("weighted_sums", &[], &[]).into());
    };
    rest.iter().try_fold(times(first)?, |sum, term| engine.add(&sum, &times(term)?))
}
