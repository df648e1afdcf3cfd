//! Geometry of pooling: which positions of an axis each window covers, by PyTorch's rules.
//!
//! On an axis of `n` positions with `p` more on both sides, window `i` covers `i s - p + j d` for `0 <= j < k`. There
//! are `(n + 2 p - d (k - 1) - 1) / s + 1` windows; the quotient is rounded down, or with `ceil_mode` up as long as
//! the last window starts on the axis or before it. Adaptive window `i` of `m` covers `i n / m`, rounded down, to
//! `(i + 1) n / m`, rounded up.

use crate::error::Error;

/// Kernel, stride, padding and dilation of a pooling over the last two axes, heights before widths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pool2d {
    /// Positions of a window.
    pub kernel: [usize; 2],
    /// Step between windows.
    pub stride: [usize; 2],
    /// Positions added on both sides of each axis.
    pub padding: [usize; 2],
    /// Step between positions of a window.
    pub dilation: [usize; 2],
    /// Whether a last window may reach past the padding.
    pub ceil_mode: bool,
}

impl Pool2d {
    /// Windows beside each other, without padding: PyTorch's defaults.
    #[must_use]
    pub fn new(kernel: [usize; 2]) -> Self {
        Self { kernel, stride: kernel, padding: [0, 0], dilation: [1, 1], ceil_mode: false }
    }

    /// Windows of `kernel` by `kernel` beside each other.
    #[must_use]
    pub fn square(kernel: usize) -> Self {
        Self::new([kernel; 2])
    }

    /// The shape that pooling over the last two axes gives.
    ///
    /// # Errors
    /// [`Error::PoolingMisfit`] naming the rule that is broken.
    pub fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Error> {
        let [rows, columns] = self.windows(input)?;
        Ok([&input[..input.len() - 2], &[rows.len(), columns.len()]].concat())
    }

    /// The windows along the last axis but one, and along the last.
    ///
    /// # Errors
    /// [`Error::PoolingMisfit`] naming the rule that is broken.
    pub fn windows(&self, input: &[usize]) -> Result<[Vec<Window>; 2], Error> {
        let broken = |rule| Error::PoolingMisfit { input: input.to_vec(), rule };
        let sizes = last_two(input)?;
        let line = |axis: usize| Line {
            size: sizes[axis],
            kernel: self.kernel[axis],
            stride: self.stride[axis],
            padding: self.padding[axis],
            dilation: self.dilation[axis],
            ceil_mode: self.ceil_mode,
        };
        Ok([line(0).windows().map_err(broken)?, line(1).windows().map_err(broken)?])
    }
}

/// Kernel, stride, padding and dilation of a pooling over the last axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pool1d {
    /// Positions of a window.
    pub kernel: usize,
    /// Step between windows.
    pub stride: usize,
    /// Positions added on both sides.
    pub padding: usize,
    /// Step between positions of a window.
    pub dilation: usize,
    /// Whether a last window may reach past the padding.
    pub ceil_mode: bool,
}

impl Pool1d {
    /// Windows beside each other, without padding: PyTorch's defaults.
    #[must_use]
    pub fn new(kernel: usize) -> Self {
        Self { kernel, stride: kernel, padding: 0, dilation: 1, ceil_mode: false }
    }
}

impl From<Pool1d> for Pool2d {
    /// The pooling of a single row.
    fn from(pool: Pool1d) -> Self {
        let Pool1d { kernel, stride, padding, dilation, ceil_mode } = pool;
        Self {
            kernel: [1, kernel],
            stride: [1, stride],
            padding: [0, padding],
            dilation: [1, dilation],
            ceil_mode,
        }
    }
}

/// What one window covers of an axis: `start`, `start + step`, ..., `count` positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// Its first position on the axis.
    pub start: usize,
    /// Step between its positions.
    pub step: usize,
    /// Its positions on the axis.
    pub count: usize,
    /// Its positions on the axis and on the padding: what an average divides by.
    pub padded_count: usize,
}

/// The windows of an adaptive pooling along the last axis but one, and along the last; `None` keeps a length.
///
/// # Errors
/// [`Error::PoolingMisfit`] if there are fewer than two axes, or no position on either side of one.
pub fn adaptive_windows(input: &[usize], output: [Option<usize>; 2]) -> Result<[Vec<Window>; 2], Error> {
    let sizes = last_two(input)?;
    let windows = |axis: usize| {
        let (size, count) = (sizes[axis], output[axis].unwrap_or(sizes[axis]));
        let window = |i: usize| {
            let start = i * size / count;
            let covered = ((i + 1) * size).div_ceil(count) - start;
            Window { start, step: 1, count: covered, padded_count: covered }
        };
        (0..count).map(window).collect::<Vec<_>>()
    };
    if output.contains(&Some(0)) {
        return Err(Error::PoolingMisfit { input: input.to_vec(), rule: "there is an output position" });
    }
    Ok([windows(0), windows(1)])
}

/// The lengths of the last two axes, if there is something to pool.
fn last_two(input: &[usize]) -> Result<[usize; 2], Error> {
    match *input {
        [.., rows, columns] if rows > 0 && columns > 0 => Ok([rows, columns]),
        _ => Err(Error::PoolingMisfit {
            input: input.to_vec(),
            rule: "the pooled axes exist and are not empty",
        }),
    }
}

/// A pooling along one axis.
struct Line {
    size: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
    ceil_mode: bool,
}

impl Line {
    fn windows(&self) -> Result<Vec<Window>, &'static str> {
        if self.kernel == 0 || self.stride == 0 || self.dilation == 0 {
            return Err("kernel, stride and dilation are at least 1");
        }
        let span = self.dilation * (self.kernel - 1) + 1;
        if self.padding > span / 2 {
            return Err("the padding is at most half of what a window spans");
        }
        let more = if self.ceil_mode { self.stride - 1 } else { 0 };
        let free = (self.size + 2 * self.padding + more).checked_sub(span);
        let mut count = free.ok_or("a window is no larger than the padded input")? / self.stride + 1;
        if self.ceil_mode && (count - 1) * self.stride >= self.size + self.padding {
            count -= 1;
        }
        Ok((0..count).map(|i| self.window(i)).collect())
    }

    /// Positions are counted from the start of the padding here.
    fn window(&self, index: usize) -> Window {
        let begin = index * self.stride;
        let below = |end: usize| end.saturating_sub(begin).div_ceil(self.dilation).min(self.kernel);
        let before = below(self.padding);
        let count = below(self.padding + self.size) - before;
        Window {
            start: if count == 0 { 0 } else { begin + before * self.dilation - self.padding },
            step: self.dilation,
            count,
            padded_count: below(self.size + 2 * self.padding),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(pool: Pool1d, size: usize) -> Vec<(usize, usize, usize)> {
        let [_, columns] = Pool2d::from(pool).windows(&[1, size]).unwrap();
        columns.iter().map(|window| (window.start, window.count, window.padded_count)).collect()
    }

    #[test]
    fn windows_are_cut_at_the_ends() {
        let pool = Pool1d { stride: 2, padding: 1, ..Pool1d::new(3) };
        assert_eq!(windows(pool, 5), [(0, 2, 3), (1, 3, 3), (3, 2, 3)]);
        assert_eq!(
            windows(Pool1d { dilation: 2, stride: 1, padding: 2, ..pool }, 3),
            [(0, 2, 3), (1, 1, 3), (0, 2, 3)]
        );
    }

    #[test]
    fn a_last_window_may_reach_past_the_end_in_ceil_mode() {
        let pool = Pool1d { ceil_mode: true, ..Pool1d::new(2) };
        assert_eq!(windows(pool, 5), [(0, 2, 2), (2, 2, 2), (4, 1, 1)]);
        // It would start in the padding behind the axis.
        let padded = Pool1d { stride: 3, padding: 1, ..pool };
        assert_eq!(windows(padded, 5), [(0, 1, 2), (2, 2, 2)]);
    }

    #[test]
    fn adaptive_windows_overlap_where_lengths_do_not_divide() {
        let [rows, columns] = adaptive_windows(&[7, 4, 5], [Some(3), None]).unwrap();
        let spans = |windows: &[Window]| windows.iter().map(|w| (w.start, w.count)).collect::<Vec<_>>();
        assert_eq!(spans(&rows), [(0, 2), (1, 2), (2, 2)]);
        assert_eq!(spans(&columns), [(0, 1), (1, 1), (2, 1), (3, 1), (4, 1)]);
        assert!(adaptive_windows(&[7, 4, 5], [Some(0), None]).is_err());
    }

    #[test]
    fn a_pooling_that_does_not_fit_names_the_rule() {
        let sentence = |pool: Pool2d, input: &[usize]| pool.output_shape(input).unwrap_err().to_string();
        assert_eq!(
            sentence(Pool2d::square(3), &[1, 1, 2, 5]),
            "pooling of shape [1, 1, 2, 5]: a window is no larger than the padded input"
        );
        assert!(sentence(Pool2d { padding: [2, 0], ..Pool2d::square(3) }, &[4, 4]).contains("at most half"));
        assert!(sentence(Pool2d { stride: [0, 1], ..Pool2d::square(3) }, &[4, 4]).contains("at least 1"));
        assert!(sentence(Pool2d::square(1), &[4]).contains("the pooled axes exist"));
        assert_eq!(Pool2d::new([2, 3]).output_shape(&[5, 4, 7]), Ok(vec![5, 2, 2]));
    }
}
