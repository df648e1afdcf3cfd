//! The largest element of each line, the first of equals.

use ndarray::{ArrayD, Axis};

use super::PlainTensor;

/// The maxima, and 1 where the first stands.
///
/// # Panics
/// If a line is empty.
pub(super) fn max_with_one_hot(x: &PlainTensor, axis: usize) -> (PlainTensor, PlainTensor) {
    let mut one_hot = ArrayD::zeros(x.shape());
    let mut shape = x.shape().to_vec();
    shape[axis] = 1;
    let mut max = ArrayD::zeros(shape);
    let lines = x.lanes(Axis(axis)).into_iter().zip(one_hot.lanes_mut(Axis(axis)));
    for ((line, mut hot), mut max) in lines.zip(max.lanes_mut(Axis(axis))) {
        let mut best = 0;
        for (position, &element) in line.iter().enumerate() {
            if element > line[best] {
                best = position;
            }
        }
        hot[best] = 1.0;
        max[0] = line[best];
    }
    (max.into_shared(), one_hot.into_shared())
}
