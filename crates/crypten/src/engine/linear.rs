//! Gradients of linear layers: with `y = x Wᵀ` and a gradient `G` of it, `G W` and `Gᵀ x`.

use super::Value;
use crate::error::Error;
use crate::tensor::{CrypTensor, Pending, together};

/// Both gradients of secrets, in one round.
pub(super) fn both_gradients(
    gradient: &CrypTensor,
    [x, weight]: [&CrypTensor; 2],
) -> Result<(Value, Value), Error> {
    let gradient = gradient.rescale()?;
    let pending = [Pending::matmul(&gradient, weight)?, Pending::matmul(&gradient.t()?, x)?];
    let [to_input, to_weight] = together("matmul", pending)?;
    Ok((to_input.into(), to_weight.into()))
}
