//! Pooling: averages and maxima of windows along the last two axes, or the last one.
//!
//! Axes before those stay as they are, so `[n, c, h, w]` and `[c, h, w]` are pooled alike.

use crypten_ring::{Error as RingError, Pool1d, Pool2d, RingTensor, Window, adaptive_windows};
use crypten_shares::{ArithmeticShare, maximum};
use ndarray::Array2;

use crate::error::Error;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{divided, mul};

/// Stands in windows where the tensor has nothing. Numbers in the ring stay above it, whatever their scale, and the
/// difference to any of them has the right sign.
const LEAST: u64 = (1_u64 << 62).wrapping_neg();

impl CrypTensor {
    /// The mean of each window. Padding counts as zeros, what a window of `ceil_mode` lacks does not count.
    ///
    /// # Shapes
    /// `[.., h, w]` becomes `[.., h', w']`; see [`Pool2d`].
    ///
    /// # Rounds
    /// None if windows have a power of two of positions and all the same; else one, of 8 bytes for each element of the
    /// result, and one more, of 8 bytes, for products that are not rounded yet.
    ///
    /// # Domain
    /// The sum of a window stays below `2^(42 - f)` in magnitude; off as in [`CrypTensor::mean`], or where windows
    /// differ by `2^-20` of the sum divided by the fewest positions. Windows that all have `2^k` positions add `k`
    /// bits to the scale instead, and are off by less than a unit once they are rounded; until then numbers stay
    /// below `2^(62 - f - k)`, and what was a product not rounded yet below `2^(62 - 2f - k)`, with 16 fractional
    /// bits `2^(30 - k)`. There `k` counts the bits of all such poolings in a row. Beyond, results are meaningless.
    ///
    /// # Errors
    /// If the windows do not fit the tensor, or a peer or the network fails.
    pub fn avg_pool2d(&self, geometry: Pool2d) -> Result<Self, Error> {
        self.averages(&geometry.windows(self.shape())?)
    }

    /// The mean of each window along the last axis; see [`CrypTensor::avg_pool2d`].
    ///
    /// # Rounds
    /// As [`CrypTensor::avg_pool2d`].
    ///
    /// # Domain
    /// As [`CrypTensor::avg_pool2d`].
    ///
    /// # Errors
    /// As [`CrypTensor::avg_pool2d`].
    pub fn avg_pool1d(&self, geometry: Pool1d) -> Result<Self, Error> {
        self.unsqueeze(-2)?.avg_pool2d(geometry.into())?.squeeze_axis(-2)
    }

    /// The mean of each of `output` windows that cover both axes; `None` keeps the length of an axis.
    ///
    /// # Shapes
    /// `[.., h, w]` becomes `[.., h', w']` with `output` for `h'` and `w'`.
    ///
    /// # Rounds
    /// As [`CrypTensor::avg_pool2d`].
    ///
    /// # Domain
    /// As [`CrypTensor::avg_pool2d`].
    ///
    /// # Errors
    /// If there are fewer than two axes, one is empty or to become so, or a peer or the network fails.
    pub fn adaptive_avg_pool2d(&self, output: [Option<usize>; 2]) -> Result<Self, Error> {
        self.averages(&adaptive_windows(self.shape(), output)?)
    }

    /// The largest element of each window. Padding, and what a window of `ceil_mode` lacks, never is.
    ///
    /// # Shapes
    /// `[.., h, w]` becomes `[.., h', w']`; see [`Pool2d`].
    ///
    /// # Rounds
    /// Four for each factor of 4 in the window: a 2 by 2 window costs four rounds, of 73.5 bytes. Bytes as in
    /// [`CrypTensor::max`] of the positions of each window.
    ///
    /// # Domain
    /// Every number in range; exact.
    ///
    /// # Errors
    /// If the windows do not fit the tensor or one of them is all padding, or a peer or the network fails.
    pub fn max_pool2d(&self, geometry: Pool2d) -> Result<Self, Error> {
        self.candidates(geometry)?.max(0)
    }

    /// The largest element of each window along the last axis; see [`CrypTensor::max_pool2d`].
    ///
    /// # Rounds
    /// As [`CrypTensor::max_pool2d`].
    ///
    /// # Domain
    /// As [`CrypTensor::max_pool2d`].
    ///
    /// # Errors
    /// As [`CrypTensor::max_pool2d`].
    pub fn max_pool1d(&self, geometry: Pool1d) -> Result<Self, Error> {
        self.unsqueeze(-2)?.max_pool2d(geometry.into())?.squeeze_axis(-2)
    }

    /// The largest element of each window, and where it stands in its window: 1 there, the first one if there are
    /// several, 0 at the window's other positions, which are counted row by row and make a last axis.
    ///
    /// # Shapes
    /// `[.., h, w]` becomes `[.., h', w']` and `[.., h', w', kh kw]`.
    ///
    /// # Rounds
    /// As [`CrypTensor::argmax_one_hot`] of the window.
    ///
    /// # Domain
    /// As [`CrypTensor::max_pool2d`].
    ///
    /// # Errors
    /// As [`CrypTensor::max_pool2d`].
    pub fn max_pool2d_with_indices(&self, geometry: Pool2d) -> Result<(Self, Self), Error> {
        let (values, one_hot) = self.candidates(geometry)?.max_with_one_hot(0)?;
        let mut order: Vec<usize> = (1..one_hot.ndim()).collect();
        order.push(0);
        Ok((values.squeeze_axis(0)?, one_hot.permute(&order)?))
    }

    /// The largest element of each of `output` windows that cover both axes; `None` keeps the length of an axis.
    ///
    /// # Shapes
    /// `[.., h, w]` becomes `[.., h', w']` with `output` for `h'` and `w'`.
    ///
    /// # Rounds
    /// As [`CrypTensor::max_pool2d`], all windows with as many candidates as the largest.
    ///
    /// # Domain
    /// As [`CrypTensor::max_pool2d`].
    ///
    /// # Errors
    /// As [`CrypTensor::adaptive_avg_pool2d`].
    pub fn adaptive_max_pool2d(&self, output: [Option<usize>; 2]) -> Result<Self, Error> {
        let [rows, columns] = adaptive_windows(self.shape(), output)?.map(|windows| slots(&windows));
        let axis = self.ndim() - 2;
        let mut candidates = Vec::with_capacity(rows.len() * columns.len());
        for row in &rows {
            let lines = self.exact().try_linear(|own| own.select(axis, row))?;
            for column in &columns {
                candidates.push(lines.try_linear(|own| own.select(axis + 1, column))?);
            }
        }
        let stacked = ArithmeticShare::stack(0, &candidates.iter().collect::<Vec<_>>())?;
        let max = self.session.perform("max", async |party| maximum::maximum(party, &stacked, 0).await)?;
        Ok(self.with(max))
    }

    fn averages(&self, [rows, columns]: &[Vec<Window>; 2]) -> Result<Self, Error> {
        let axis = self.ndim() - 2;
        let sum = self.exact().try_linear(|own| sums(&sums(own, axis, rows)?, axis + 1, columns))?;
        let counts = Array2::from_shape_fn((rows.len(), columns.len()), |(row, column)| {
            rows[row].padded_count * columns[column].padded_count
        });
        match counts.first() {
            Some(&count) if counts.iter().all(|&other| other == count) => {
                divided(&self.with(sum), count as u64)
            }
            _ => mul(self.with(sum), counts.mapv(|count| (count as f64).recip())),
        }
    }

    /// What stands in the windows: their positions along a new first axis, then the axes of the result.
    fn candidates(&self, geometry: Pool2d) -> Result<Self, Error> {
        let windows = geometry.windows(self.shape())?;
        if windows.iter().flatten().any(|window| window.count == 0) {
            let (input, rule) = (self.shape().to_vec(), "no window is all padding");
            return Err(RingError::PoolingMisfit { input, rule }.into());
        }
        let Pool2d { kernel, stride, padding, dilation, .. } = geometry;
        let (axis, counts) = (self.ndim() - 2, windows.map(|windows| windows.len()));
        let mut widths = vec![(0, 0); self.ndim()];
        for i in 0..2 {
            let end = (counts[i] - 1) * stride[i] + dilation[i] * (kernel[i] - 1) + 1;
            widths[axis + i] = (padding[i], end.saturating_sub(padding[i] + self.shape()[axis + i]));
        }
        let filler = if self.session.place().is_first() { LEAST } else { 0 };
        let padded = if widths.iter().all(|&width| width == (0, 0)) {
            self.exact().clone()
        } else {
            self.exact().linear(|own| own.pad(&widths, filler))
        };
        let candidate = |position: usize| {
            let (y, x) = (position / kernel[1] * dilation[0], position % kernel[1] * dilation[1]);
            padded.linear(|own| {
                own.stride_axis(axis, y, stride[0], counts[0]).stride_axis(axis + 1, x, stride[1], counts[1])
            })
        };
        let candidates: Vec<ArithmeticShare> = (0..kernel[0] * kernel[1]).map(candidate).collect();
        Ok(self.with(ArithmeticShare::stack(0, &candidates.iter().collect::<Vec<_>>())?))
    }
}

/// The sum over each window along one axis.
fn sums(own: &RingTensor, axis: usize, windows: &[Window]) -> Result<RingTensor, RingError> {
    let sum = |window: &Window| own.stride_axis(axis, window.start, window.step, window.count).sum_axis(axis);
    let sums: Vec<RingTensor> = windows.iter().map(sum).collect();
    RingTensor::stack(axis, &sums.iter().collect::<Vec<_>>())
}

/// For each position in a window, where all windows have it; a shorter window has its last one several times, which
/// changes no maximum.
fn slots(windows: &[Window]) -> Vec<Vec<usize>> {
    let longest = windows.iter().map(|window| window.count).max().unwrap_or(0);
    let slot = |position: usize| {
        windows.iter().map(|window| window.start + position.min(window.count - 1)).collect()
    };
    (0..longest).map(slot).collect()
}
