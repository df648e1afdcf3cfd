//! The pieces of the network: where its weights begin, the patches a convolution multiplies, ReLU with the
//! maximum of 2 x 2 and the way back through it, and the loss. Feature maps are `[kernels, n, h, w]`.

use ndarray::{Array, Array2, Array3, Array4, ArrayView4, Axis, ShapeBuilder, Zip, s};

use super::super::xorshift::Xorshift;
use super::{SIDE, TAPS};

/// Uniform within `±√(6 / inputs)`, whose variance is `2 / inputs`.
pub(super) fn he_uniform<Shape: ShapeBuilder>(
    shape: Shape,
    inputs: usize,
    random: &mut Xorshift,
) -> Array<f32, Shape::Dim> {
    let limit = (6.0 / inputs as f32).sqrt();
    Array::from_shape_simple_fn(shape, || limit * (2.0 * random.unit() - 1.0))
}

/// The 3 x 3 patch around every pixel, `[9, n·h·w]`, with zeros beyond the edge.
pub(super) fn patches(images: ArrayView4<'_, f32>) -> Array2<f32> {
    let (count, _, height, width) = images.dim();
    let mut padded = Array3::<f32>::zeros((count, height + 2, width + 2));
    padded.slice_mut(s![.., 1..=height, 1..=width]).assign(&images.index_axis(Axis(1), 0));

    let mut patches = Array4::<f32>::zeros((TAPS, count, height, width));
    for (tap, mut pixels) in patches.outer_iter_mut().enumerate() {
        let (row, column) = (tap / SIDE, tap % SIDE);
        pixels.assign(&padded.slice(s![.., row..row + height, column..column + width]));
    }
    patches.into_shape_with_order((TAPS, count * height * width)).expect("the same elements")
}

/// The rows and columns within a 2 x 2 window; its winner is one of these by number, or none.
const CORNERS: [(usize, usize); 4] = [(0, 0), (0, 1), (1, 0), (1, 1)];
const NO_CORNER: u8 = u8::MAX;

/// ReLU and the maximum of each 2 x 2 window at once, and which corner was the largest: none where none is
/// positive, for there ReLU stops the gradient. An odd last row or column is left out.
pub(super) fn rectify_and_pool(maps: &Array4<f32>) -> (Array4<f32>, Array4<u8>) {
    let (kernels, count, height, width) = maps.dim();
    let (rows, columns) = (height / 2, width / 2);
    let mut largest = Array4::<f32>::zeros((kernels, count, rows, columns));
    let mut winners = Array4::from_elem((kernels, count, rows, columns), NO_CORNER);
    for (corner, (row, column)) in (0_u8..).zip(CORNERS) {
        let values = maps.slice(s![.., .., row..2 * rows; 2, column..2 * columns; 2]);
        Zip::from(&mut largest).and(&mut winners).and(values).for_each(|largest, winner, &value| {
            if value > *largest {
                (*largest, *winner) = (value, corner);
            }
        });
    }
    (largest, winners)
}

/// The way back through [`rectify_and_pool`]: each slope goes to its winner. From `[n, features]` to
/// `[8, n·h·w]`.
pub(super) fn unpool(slopes: Array2<f32>, winners: &Array4<u8>, height: usize, width: usize) -> Array2<f32> {
    let (kernels, count, rows, columns) = winners.dim();
    let by_image = slopes.into_shape_with_order((count, kernels, rows, columns)).expect("the same elements");
    let slopes = by_image.permuted_axes([1, 0, 2, 3]);
    let mut maps = Array4::<f32>::zeros((kernels, count, height, width));
    for (corner, (row, column)) in (0_u8..).zip(CORNERS) {
        let values = maps.slice_mut(s![.., .., row..2 * rows; 2, column..2 * columns; 2]);
        Zip::from(values).and(&slopes).and(winners).for_each(|value, &slope, &winner| {
            if winner == corner {
                *value = slope;
            }
        });
    }
    maps.into_shape_with_order((kernels, count * height * width)).expect("the same elements")
}

/// The mean of `ln Σ exp(scores) - score[label]`, and its gradient `(softmax - one hot) / n`.
pub(super) fn softmax_cross_entropy(mut scores: Array2<f32>, labels: &[usize]) -> (f32, Array2<f32>) {
    let count = labels.len() as f32;
    let mut loss = 0.0;
    for (mut scores, &label) in scores.outer_iter_mut().zip(labels) {
        let largest = scores.fold(f32::NEG_INFINITY, |largest, &score| largest.max(score));
        scores.mapv_inplace(|score| score - largest);
        let right = scores[label];
        scores.mapv_inplace(f32::exp);
        let total = scores.sum();
        loss += total.ln() - right;
        scores /= total;
        scores[label] -= 1.0;
    }
    scores /= count;
    (loss / count, scores)
}
