//! ReLU, clamping and the sign, by comparisons whose results serve as masks.

use ndarray::arr0;

use super::Engine;

pub(super) fn relu_with_mask<E: Engine>(
    engine: &E,
    x: &E::Tensor,
) -> Result<(E::Tensor, E::Tensor), E::Error> {
    let mask = engine.gt(x, &engine.constant(arr0(0.0).into_dyn())?)?;
    Ok((engine.mul_mask(x, &mask)?, mask))
}

pub(super) fn clamp_with_mask<E: Engine>(
    engine: &E,
    x: &E::Tensor,
    min: f64,
    max: f64,
) -> Result<(E::Tensor, E::Tensor), E::Error> {
    // PyTorch's rule: everywhere the upper bound if the lower one is larger.
    let min = min.min(max);
    let [lowest, highest] = [min, max].map(|bound| engine.constant(arr0(bound).into_dyn()));
    let (below, above) = (engine.lt(x, &lowest?)?, engine.gt(x, &highest?)?);
    let outside = engine.add(&below, &above)?;
    let mask = engine.not(&outside)?;
    let bounds = engine.add(&engine.mul_number(&below, min)?, &engine.mul_number(&above, max)?)?;
    Ok((engine.add(&engine.mul_mask(x, &mask)?, &bounds)?, mask))
}

pub(super) fn sign<E: Engine>(engine: &E, x: &E::Tensor) -> Result<E::Tensor, E::Error> {
    let zero = engine.constant(arr0(0.0).into_dyn())?;
    engine.sub(&engine.gt(x, &zero)?, &engine.lt(x, &zero)?)
}
