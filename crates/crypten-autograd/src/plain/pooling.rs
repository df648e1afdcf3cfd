//! Pooling, window by window. A selection holds, for each window, the position of its maximum in the image.

use crypten_ring::Window;
use ndarray::{Array3, CowArray, Ix3};

use super::PlainTensor;
use crate::engine::{Pooling, divisors};
use crate::error::Error;

pub(super) fn average(x: &PlainTensor, pooling: Pooling) -> Result<PlainTensor, Error> {
    let windows = pooling.windows(x.shape())?;
    let divisors = divisors(&windows);
    let images = images(x);
    let mean = Array3::from_shape_fn(
        (images.dim().0, divisors.nrows(), divisors.ncols()),
        |(image, row, column)| {
            let sum: f64 = cells(&windows, row, column).map(|(y, x)| images[(image, y, x)]).sum();
            sum / divisors[(row, column)]
        },
    );
    Ok(shaped(mean, x.shape()))
}

pub(super) fn average_gradient(
    gradient: &PlainTensor,
    input: &[usize],
    pooling: Pooling,
) -> Result<PlainTensor, Error> {
    let windows = pooling.windows(input)?;
    let divisors = divisors(&windows);
    let mut sum = blank(input);
    for ((image, row, column), gradient) in images(gradient).indexed_iter() {
        for (y, x) in cells(&windows, row, column) {
            sum[(image, y, x)] += gradient / divisors[(row, column)];
        }
    }
    Ok(shaped(sum, input))
}

pub(super) fn max_with_selection(
    x: &PlainTensor,
    pooling: Pooling,
) -> Result<(PlainTensor, PlainTensor), Error> {
    let windows = pooling.full_windows(x.shape())?;
    let images = images(x);
    let (count, _, width) = images.dim();
    let mut max = Array3::zeros((count, windows[0].len(), windows[1].len()));
    let mut selection = max.clone();
    for ((image, row, column), max) in max.indexed_iter_mut() {
        *max = f64::NEG_INFINITY;
        for (y, x) in cells(&windows, row, column) {
            if images[(image, y, x)] > *max {
                *max = images[(image, y, x)];
                selection[(image, row, column)] = (y * width + x) as f64;
            }
        }
    }
    Ok((shaped(max, x.shape()), shaped(selection, x.shape())))
}

pub(super) fn max_gradient(
    gradient: &PlainTensor,
    selection: &PlainTensor,
    input: &[usize],
    pooling: Pooling,
) -> Result<PlainTensor, Error> {
    pooling.full_windows(input)?;
    let mut sum = blank(input);
    let width = input[input.len() - 1];
    let selection = images(selection);
    for (place, gradient) in images(gradient).indexed_iter() {
        let position = selection[place] as usize;
        sum[(place.0, position / width, position % width)] += gradient;
    }
    Ok(shaped(sum, input))
}

/// What a window covers.
fn cells(
    [rows, columns]: &[Vec<Window>; 2],
    row: usize,
    column: usize,
) -> impl Iterator<Item = (usize, usize)> {
    let (row, column) = (rows[row], columns[column]);
    let line = |window: Window| (0..window.count).map(move |slot| window.start + slot * window.step);
    line(row).flat_map(move |y| line(column).map(move |x| (y, x)))
}

/// All axes but the last two as one.
fn images(x: &PlainTensor) -> CowArray<'_, f64, Ix3> {
    x.to_shape(joined(x.shape())).expect("as many elements as before")
}

/// Zeros shaped like the images of an input.
fn blank(input: &[usize]) -> Array3<f64> {
    Array3::zeros(joined(input))
}

/// The axes before the last two as they were.
fn shaped(images: Array3<f64>, input: &[usize]) -> PlainTensor {
    let (_, rows, columns) = images.dim();
    let shape = [&input[..input.len() - 2], &[rows, columns]].concat();
    images.into_shape_with_order(shape).expect("as many elements as before").into_shared()
}

fn joined(shape: &[usize]) -> (usize, usize, usize) {
    let lead = shape.len() - 2;
    (shape[..lead].iter().product(), shape[lead], shape[lead + 1])
}
