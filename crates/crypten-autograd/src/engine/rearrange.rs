//! Padding, elements at positions, and running sums, by selecting and adding along one axis.

use ndarray::{ArrayD, Dimension, IxDyn};

use super::Engine;

pub(super) fn pad<E: Engine>(
    engine: &E,
    x: &E::Tensor,
    widths: &[(usize, usize)],
    value: f64,
) -> Result<E::Tensor, E::Error> {
    let mut padded = x.clone();
    for (axis, &(before, after)) in widths.iter().enumerate() {
        let part = |length: usize| {
            let mut shape = engine.shape(&padded).to_vec();
            shape[axis] = length;
            engine.constant(ArrayD::from_elem(shape, value))
        };
        if (before, after) != (0, 0) {
            padded = engine.cat(&[&part(before)?, &padded, &part(after)?], axis)?;
        }
    }
    Ok(padded)
}

pub(super) fn gather<E: Engine>(
    engine: &E,
    x: &E::Tensor,
    axis: usize,
    index: &ArrayD<usize>,
) -> Result<E::Tensor, E::Error> {
    let shape = engine.shape(x).to_vec();
    let flat = engine.reshape(x, &[shape.iter().product()])?;
    let taken = engine.index_select(&flat, 0, &row_major(&shape, axis, index))?;
    engine.reshape(&taken, index.shape())
}

pub(super) fn scatter_add<E: Engine>(
    engine: &E,
    x: &E::Tensor,
    axis: usize,
    index: &ArrayD<usize>,
    source: &E::Tensor,
) -> Result<E::Tensor, E::Error> {
    let shape = engine.shape(x).to_vec();
    let flat = engine.reshape(x, &[shape.iter().product()])?;
    let source = engine.reshape(source, &[index.len()])?;
    let sum = engine.index_add(&flat, 0, &row_major(&shape, axis, index), &source)?;
    engine.reshape(&sum, &shape)
}

/// By a product with the triangle of ones.
pub(super) fn cumsum<E: Engine>(engine: &E, x: &E::Tensor, axis: usize) -> Result<E::Tensor, E::Error> {
    let shape = engine.shape(x).to_vec();
    let triangle = ArrayD::from_shape_fn(IxDyn(&[shape[axis]; 2]), |at| f64::from(u8::from(at[1] <= at[0])));
    let (outer, inner) = (shape[..axis].iter().product(), shape[axis + 1..].iter().product());
    let lines = engine.reshape(x, &[outer, shape[axis], inner])?;
    engine.reshape(&engine.matmul(&engine.constant(triangle)?, &lines)?, &shape)
}

/// The positions, in row-major order, of the elements that an index along an axis names.
pub(crate) fn row_major(shape: &[usize], axis: usize, index: &ArrayD<usize>) -> Vec<usize> {
    let position = |(place, &chosen): (IxDyn, &usize)| {
        let place = place.as_array_view();
        let counted =
            shape.iter().enumerate().map(|(i, &length)| (length, if i == axis { chosen } else { place[i] }));
        counted.fold(0, |position, (length, at)| position * length + at)
    };
    index.indexed_iter().map(position).collect()
}
