//! Averages and maxima of windows over the last two axes.
//!
//! An average sums by products with matrices of 0 and 1, `R x C`, and divides by how much a window holds; its gradient
//! goes back through the transposed matrices. A maximum runs along an axis on which each window lays out its elements.

use crypten_ring::{Pool2d, Window, adaptive_windows};
use ndarray::Array2;

use super::Engine;
use crate::error::Error;

/// Which windows are pooled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// As many windows as asked for along each axis, of whatever size that needs; `None` keeps a length.
    Adaptive([Option<usize>; 2]),
    /// Windows of one size, at equal steps.
    Windows(Pool2d),
}

impl Pooling {
    /// The windows along the last axis but one, and along the last.
    ///
    /// # Errors
    /// If the windows do not fit.
    pub fn windows(&self, input: &[usize]) -> Result<[Vec<Window>; 2], Error> {
        Ok(match self {
            Self::Adaptive(output) => adaptive_windows(input, *output)?,
            Self::Windows(geometry) => geometry.windows(input)?,
        })
    }

    /// The windows, none of which is all padding: what has a maximum.
    ///
    /// # Errors
    /// If the windows do not fit, or one is all padding.
    pub fn full_windows(&self, input: &[usize]) -> Result<[Vec<Window>; 2], Error> {
        let windows = self.windows(input)?;
        if windows.iter().flatten().any(|window| window.count == 0) {
            let (input, rule) = (input.to_vec(), "no window is all padding");
            return Err(crypten_ring::Error::PoolingMisfit { input, rule }.into());
        }
        Ok(windows)
    }
}

/// How many positions the average of each window divides by.
pub(crate) fn divisors([rows, columns]: &[Vec<Window>; 2]) -> Array2<f64> {
    Array2::from_shape_fn((rows.len(), columns.len()), |(row, column)| {
        (rows[row].padded_count * columns[column].padded_count) as f64
    })
}

pub(super) fn average<E: Engine>(engine: &E, x: &E::Tensor, pooling: Pooling) -> Result<E::Tensor, E::Error> {
    let shape = engine.shape(x).to_vec();
    let windows = pooling.windows(&shape)?;
    let [rows, columns] = matrices(&windows, &shape);
    let lines = engine.matmul(&engine.constant(rows.into_dyn())?, x)?;
    let sums = engine.matmul(&lines, &engine.constant(columns.reversed_axes().into_dyn())?)?;
    divided(engine, &sums, &divisors(&windows))
}

pub(super) fn average_gradient<E: Engine>(
    engine: &E,
    gradient: &E::Tensor,
    input: &[usize],
    pooling: Pooling,
) -> Result<E::Tensor, E::Error> {
    let windows = pooling.windows(input)?;
    let [rows, columns] = matrices(&windows, input);
    let gradient = divided(engine, gradient, &divisors(&windows))?;
    let lines = engine.matmul(&engine.constant(rows.reversed_axes().into_dyn())?, &gradient)?;
    engine.matmul(&lines, &engine.constant(columns.into_dyn())?)
}

pub(super) fn max_with_selection<E: Engine>(
    engine: &E,
    x: &E::Tensor,
    pooling: Pooling,
) -> Result<(E::Tensor, E::Tensor), E::Error> {
    let shape = engine.shape(x).to_vec();
    let Slots { images, pixels, windows, positions } = Slots::new(&shape, pooling)?;
    let laid_out = engine.index_select(&engine.reshape(x, &[images, pixels])?, 1, &positions)?;
    let count = windows[0] * windows[1];
    let laid_out = engine.reshape(&laid_out, &[images, count, positions.len() / count])?;
    let (max, selection) = engine.max_with_one_hot(&laid_out, 2)?;
    let output = [&shape[..shape.len() - 2], &windows].concat();
    Ok((engine.reshape(&max, &output)?, selection))
}

pub(super) fn max_gradient<E: Engine>(
    engine: &E,
    gradient: &E::Tensor,
    selection: &E::Tensor,
    input: &[usize],
    pooling: Pooling,
) -> Result<E::Tensor, E::Error> {
    let Slots { images, pixels, windows, positions } = Slots::new(input, pooling)?;
    let gradient = engine.reshape(gradient, &[images, windows[0] * windows[1], 1])?;
    let routed = engine.reshape(&engine.mul_mask(&gradient, selection)?, &[images, positions.len()])?;
    let zeros = engine.constant(ndarray::ArrayD::zeros(&[images, pixels][..]))?;
    engine.reshape(&engine.index_add(&zeros, 1, &positions, &routed)?, input)
}

/// Where the elements of the windows stand in an image.
struct Slots {
    images: usize,
    pixels: usize,
    windows: [usize; 2],
    /// Window by window, all with as many; a shorter window has its last row or column several times, which changes
    /// no maximum, and is not selected since the first of equals is.
    positions: Vec<usize>,
}

impl Slots {
    fn new(input: &[usize], pooling: Pooling) -> Result<Self, Error> {
        let [rows, columns] = pooling.full_windows(input)?;
        let (lead, width) = (input.len() - 2, input[input.len() - 1]);
        let longest = |windows: &[Window]| windows.iter().map(|window| window.count).max().unwrap_or(0);
        let (tall, wide) = (longest(&rows), longest(&columns));
        let at = |window: &Window, slot: usize| window.start + window.step * slot.min(window.count - 1);
        let mut positions = Vec::with_capacity(rows.len() * columns.len() * tall * wide);
        for (row, column) in rows.iter().flat_map(|row| columns.iter().map(move |column| (row, column))) {
            for (y, x) in (0..tall).flat_map(|y| (0..wide).map(move |x| (y, x))) {
                positions.push(at(row, y) * width + at(column, x));
            }
        }
        let (images, pixels) = (input[..lead].iter().product(), input[lead..].iter().product());
        Ok(Self { images, pixels, windows: [rows.len(), columns.len()], positions })
    }
}

/// For each axis, a row for each window: 1 where it covers a position.
fn matrices(windows: &[Vec<Window>; 2], input: &[usize]) -> [Array2<f64>; 2] {
    [0, 1].map(|axis| {
        let (windows, length) = (&windows[axis], input[input.len() - 2 + axis]);
        let mut matrix = Array2::zeros((windows.len(), length));
        for (row, window) in windows.iter().enumerate() {
            for slot in 0..window.count {
                matrix[(row, window.start + window.step * slot)] = 1.0;
            }
        }
        matrix
    })
}

fn divided<E: Engine>(engine: &E, sums: &E::Tensor, divisors: &Array2<f64>) -> Result<E::Tensor, E::Error> {
    match divisors.first() {
        Some(&first) if divisors.iter().all(|&other| other == first) => engine.div_number(sums, first),
        _ => engine.mul(sums, &engine.constant(divisors.mapv(f64::recip).into_dyn())?),
    }
}
