//! Pooling, window by window. A selection holds, for each window, the position of its maximum in the image.

use crypten_ring::Window;
use ndarray::ArrayD;

use super::PlainTensor;
use crate::engine::{Pooling, divisors};
use crate::error::Error;

pub(super) fn average(x: &PlainTensor, pooling: Pooling) -> Result<PlainTensor, Error> {
    let plan = Plan::new(x.shape(), pooling.windows(x.shape())?);
    let divisors = divisors(&plan.windows);
    let mut means = Vec::new();
    for image in x.as_standard_layout().as_slice().expect("it is in standard layout").chunks(plan.pixels()) {
        for ((row, column), divisor) in divisors.indexed_iter() {
            let mut sum = 0.0;
            plan.visit(row, column, |position| sum += image[position]);
            means.push(sum / divisor);
        }
    }
    Ok(plan.pooled(means))
}

pub(super) fn average_gradient(
    gradient: &PlainTensor,
    input: &[usize],
    pooling: Pooling,
) -> Result<PlainTensor, Error> {
    let plan = Plan::new(input, pooling.windows(input)?);
    plan.expect_pooled("avg_pool2d", gradient)?;
    let divisors = divisors(&plan.windows);
    let mut sums = vec![0.0; input.iter().product()];
    let mut gradients = gradient.iter();
    for image in sums.chunks_mut(plan.pixels()) {
        for (((row, column), divisor), gradient) in divisors.indexed_iter().zip(&mut gradients) {
            plan.visit(row, column, |position| image[position] += gradient / divisor);
        }
    }
    Ok(plan.unpooled(sums))
}

pub(super) fn max_with_selection(
    x: &PlainTensor,
    pooling: Pooling,
) -> Result<(PlainTensor, PlainTensor), Error> {
    let plan = Plan::new(x.shape(), pooling.full_windows(x.shape())?);
    let (mut maxima, mut selection) = (Vec::new(), Vec::new());
    for image in x.as_standard_layout().as_slice().expect("it is in standard layout").chunks(plan.pixels()) {
        for row in 0..plan.windows[0].len() {
            for column in 0..plan.windows[1].len() {
                let mut best = (f64::NEG_INFINITY, 0);
                plan.visit(row, column, |position| {
                    if image[position] > best.0 {
                        best = (image[position], position);
                    }
                });
                maxima.push(best.0);
                selection.push(best.1 as f64);
            }
        }
    }
    Ok((plan.pooled(maxima), plan.pooled(selection)))
}

pub(super) fn max_gradient(
    gradient: &PlainTensor,
    selection: &PlainTensor,
    input: &[usize],
    pooling: Pooling,
) -> Result<PlainTensor, Error> {
    let plan = Plan::new(input, pooling.full_windows(input)?);
    plan.expect_pooled("max_pool2d", gradient)?;
    let mut sums = vec![0.0; input.iter().product()];
    let mut routed = gradient.iter().zip(selection);
    for image in sums.chunks_mut(plan.pixels()) {
        for (gradient, &position) in routed.by_ref().take(plan.count()) {
            image[position as usize] += gradient;
        }
    }
    Ok(plan.unpooled(sums))
}

/// The windows of one pooling, on images that are all the same size.
struct Plan<'a> {
    /// Invariant: has at least two axes, the last two of which are not empty.
    input: &'a [usize],
    windows: [Vec<Window>; 2],
}

impl<'a> Plan<'a> {
    fn new(input: &'a [usize], windows: [Vec<Window>; 2]) -> Self {
        Self { input, windows }
    }

    /// Elements of an image.
    fn pixels(&self) -> usize {
        self.input[self.input.len() - 2..].iter().product()
    }

    /// Windows of an image.
    fn count(&self) -> usize {
        self.windows.iter().map(Vec::len).product()
    }

    /// The positions that a window covers.
    fn visit(&self, row: usize, column: usize, mut visit: impl FnMut(usize)) {
        let (rows, columns) = (self.windows[0][row], self.windows[1][column]);
        let width = self.input[self.input.len() - 1];
        for y in 0..rows.count {
            let line = (rows.start + y * rows.step) * width + columns.start;
            for x in 0..columns.count {
                visit(line + x * columns.step);
            }
        }
    }

    /// A number for each window.
    fn pooled(&self, numbers: Vec<f64>) -> PlainTensor {
        tensor(self.pooled_shape(), numbers)
    }

    /// A number for each pixel.
    fn unpooled(&self, numbers: Vec<f64>) -> PlainTensor {
        tensor(self.input.to_vec(), numbers)
    }

    fn expect_pooled(&self, operation: &'static str, gradient: &PlainTensor) -> Result<(), Error> {
        let expected = self.pooled_shape();
        if gradient.shape() == expected {
            return Ok(());
        }
        Err(Error::mismatch(operation, gradient.shape(), &expected))
    }

    fn pooled_shape(&self) -> Vec<usize> {
        let counts = [self.windows[0].len(), self.windows[1].len()];
        [&self.input[..self.input.len() - 2], &counts].concat()
    }
}

fn tensor(shape: Vec<usize>, numbers: Vec<f64>) -> PlainTensor {
    ArrayD::from_shape_vec(shape, numbers).expect("one number for each element").into_shared()
}
