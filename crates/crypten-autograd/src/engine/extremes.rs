//! The largest element along an axis, found by one comparison after the other.

use ndarray::ArrayD;

use super::Engine;

pub(super) fn max_with_one_hot<E: Engine>(
    engine: &E,
    x: &E::Tensor,
    axis: usize,
) -> Result<(E::Tensor, E::Tensor), E::Error> {
    let length = engine.shape(x)[axis];
    let mut max = engine.narrow(x, axis, 0, 1)?;
    let mut one_hot = engine.ge(&max, &max)?;
    for position in 1..length {
        let candidate = engine.narrow(x, axis, position, 1)?;
        let larger = engine.gt(&candidate, &max)?;
        max = engine.where_cond(&larger, &candidate, &max)?;
        let before = engine.mul_mask(&one_hot, &engine.not(&larger)?)?;
        one_hot = engine.cat(&[&before, &larger], axis)?;
    }
    Ok((max, one_hot))
}

/// The one-hot of the largest element, weighted by the positions.
pub(super) fn argmax_keepdim<E: Engine>(
    engine: &E,
    x: &E::Tensor,
    axis: usize,
) -> Result<E::Tensor, E::Error> {
    let one_hot = engine.max_with_one_hot(x, axis)?.1;
    let mut shape = vec![1; engine.shape(x).len()];
    shape[axis] = engine.shape(x)[axis];
    let positions = ArrayD::from_shape_fn(shape, |index| index[axis] as f64);
    engine.sum_keepdim(&engine.mul(&one_hot, &engine.constant(positions)?)?, &[axis])
}
