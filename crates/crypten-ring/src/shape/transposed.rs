//! Geometry of transposed convolutions, which are ordinary ones of stride 1 over a spread input.
//!
//! The convolution of stride `s`, padding `p` and dilation `d` takes position `i s - p + j d` to `i` with weight `j`;
//! the transposed one takes `i` to `i s - p + j d`. So output `y` collects `x_i k_j` over `y = i s - p + j d`: the
//! convolution, by the kernel turned around, of zeros on which `x_i` stands at `d (k - 1) - p + i s`. Source:
//! V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning" (2016).

use crate::error::Error;
use crate::shape::{Conv2d, misfit};

/// Stride, padding, dilation and groups of a transposed 2-d convolution, heights before widths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConvTranspose2d {
    /// Step between what neighbouring inputs are taken to.
    pub stride: [usize; 2],
    /// Positions of the result left out on both sides of each axis.
    pub padding: [usize; 2],
    /// Positions of the result added at the end of each axis; less than the stride or the dilation.
    pub output_padding: [usize; 2],
    /// Step between kernel elements.
    pub dilation: [usize; 2],
    /// Into how many independent groups the channels fall.
    pub groups: usize,
}

impl Default for ConvTranspose2d {
    fn default() -> Self {
        Self { stride: [1, 1], padding: [0, 0], output_padding: [0, 0], dilation: [1, 1], groups: 1 }
    }
}

impl ConvTranspose2d {
    /// The shape `[n, o, h', w']` that `[n, c, h, w]` gives under a kernel `[c, o / groups, kh, kw]`.
    ///
    /// # Errors
    /// [`Error::ConvolutionMisfit`] naming the rule that is broken.
    pub fn output_shape(&self, input: &[usize], kernel: &[usize]) -> Result<[usize; 4], Error> {
        let broken = |rule| misfit("conv_transpose2d", input, kernel, rule);
        let (&[n, c, h, w], &[i, o, kh, kw]) = (input, kernel) else {
            return Err(broken("input is [n, c, h, w] and kernel [c, o / groups, kh, kw]"));
        };
        self.fit([n, c, h, w], [i, o, kh, kw]).map_err(broken)
    }

    /// The ordinary convolution that computes this one; see [`ConvTranspose2d::line`] for its input.
    #[must_use]
    pub fn direct(&self, kernel: [usize; 2]) -> Conv2d {
        let padding = |axis: usize| self.margin(axis, kernel[axis]).max(0).unsigned_abs();
        Conv2d {
            stride: [1, 1],
            padding: [padding(0), padding(1)],
            dilation: self.dilation,
            groups: self.groups,
        }
    }

    /// Where the first of `size` elements stands in the input of [`ConvTranspose2d::direct`], and how many positions
    /// there are; the others follow at steps of the stride, and what falls outside is dropped.
    ///
    /// # Panics
    /// If [`ConvTranspose2d::output_shape`] refuses these sizes.
    #[must_use]
    #[track_caller]
    pub fn line(&self, axis: usize, size: usize, kernel: usize) -> (isize, usize) {
        let first = self.margin(axis, kernel).min(0);
        let whole = (size - 1) * self.stride[axis] + 1 + self.output_padding[axis];
        (first, whole - 2 * first.unsigned_abs())
    }

    /// Zeros before the first element; negative if it is left out.
    fn margin(&self, axis: usize, kernel: usize) -> isize {
        (self.dilation[axis] * (kernel - 1)).cast_signed() - self.padding[axis].cast_signed()
    }

    fn fit(&self, [n, c, h, w]: [usize; 4], kernel: [usize; 4]) -> Result<[usize; 4], &'static str> {
        let [inputs, per_group, kh, kw] = kernel;
        if self.groups == 0 || c != inputs || !c.is_multiple_of(self.groups) {
            return Err("the groups divide the channels, and the kernel has as many as the input");
        }
        if self.stride.contains(&0) || self.dilation.contains(&0) || [kh, kw, h, w].contains(&0) {
            return Err("stride, dilation, kernel and input are at least 1");
        }
        if (0..2).any(|axis| self.output_padding[axis] >= self.stride[axis].max(self.dilation[axis])) {
            return Err("the output padding is less than the stride or the dilation");
        }
        let reach = |size: usize, k: usize, axis: usize| {
            let spread = (size - 1) * self.stride[axis] + self.dilation[axis] * (k - 1) + 1;
            let whole = spread + self.output_padding[axis];
            whole.checked_sub(2 * self.padding[axis]).filter(|&length| length > 0)
        };
        match (reach(h, kh, 0), reach(w, kw, 1)) {
            (Some(rows), Some(columns)) => Ok([n, per_group * self.groups, rows, columns]),
            _ => Err("the padding leaves something of the result"),
        }
    }
}

/// Stride, padding, dilation and groups of a transposed 1-d convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConvTranspose1d {
    /// Step between what neighbouring inputs are taken to.
    pub stride: usize,
    /// Positions of the result left out on both sides.
    pub padding: usize,
    /// Positions of the result added at the end; less than the stride or the dilation.
    pub output_padding: usize,
    /// Step between kernel elements.
    pub dilation: usize,
    /// Into how many independent groups the channels fall.
    pub groups: usize,
}

impl Default for ConvTranspose1d {
    fn default() -> Self {
        Self { stride: 1, padding: 0, output_padding: 0, dilation: 1, groups: 1 }
    }
}

impl ConvTranspose1d {
    /// The shape `[n, o, l']` that `[n, c, l]` gives under a kernel `[c, o / groups, k]`.
    ///
    /// # Errors
    /// [`Error::ConvolutionMisfit`] naming the rule that is broken.
    pub fn output_shape(&self, input: &[usize], kernel: &[usize]) -> Result<[usize; 3], Error> {
        let broken = |rule| misfit("conv_transpose1d", input, kernel, rule);
        let (&[n, c, l], &[i, o, k]) = (input, kernel) else {
            return Err(broken("input is [n, c, l] and kernel [c, o / groups, k]"));
        };
        let fit = ConvTranspose2d::from(*self).fit([n, c, 1, l], [i, o, 1, k]);
        fit.map(|[n, o, _, length]| [n, o, length]).map_err(broken)
    }
}

impl From<ConvTranspose1d> for ConvTranspose2d {
    /// The convolution of a single row.
    fn from(geometry: ConvTranspose1d) -> Self {
        let ConvTranspose1d { stride, padding, output_padding, dilation, groups } = geometry;
        Self {
            stride: [1, stride],
            padding: [0, padding],
            output_padding: [0, output_padding],
            dilation: [1, dilation],
            groups,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transposed_convolution_has_the_shape_that_the_direct_one_takes() {
        for (stride, padding, dilation, k) in [(1, 0, 1, 1), (2, 1, 1, 3), (3, 2, 2, 2), (2, 3, 1, 2)] {
            let there =
                Conv2d { stride: [stride; 2], padding: [padding; 2], dilation: [dilation; 2], groups: 2 };
            for size in 1..12 {
                let Ok([n, _, h, w]) = there.output_shape(&[3, 4, size, 9], &[6, 2, k, 3]) else { continue };
                let missing = [size, 9].map(|size| size + 2 * padding);
                let rest = |axis: usize, k: usize| (missing[axis] - dilation * (k - 1) - 1) % stride;
                let back = ConvTranspose2d {
                    stride: [stride; 2],
                    padding: [padding; 2],
                    output_padding: [rest(0, k), rest(1, 3)],
                    dilation: [dilation; 2],
                    groups: 2,
                };
                assert_eq!(back.output_shape(&[n, 6, h, w], &[6, 2, k, 3]), Ok([3, 4, size, 9]));
                let (_, rows) = back.line(0, h, k);
                let direct = back.direct([k, 3]);
                assert_eq!(rows + 2 * direct.padding[0] - dilation * (k - 1), size);
            }
        }
    }

    #[test]
    fn a_transposed_convolution_that_does_not_fit_names_the_rule() {
        let far = ConvTranspose1d { padding: 3, ..ConvTranspose1d::default() };
        let sentence = far.output_shape(&[1, 2, 4], &[2, 1, 3]).unwrap_err().to_string();
        assert_eq!(
            sentence,
            "conv_transpose1d of input [1, 2, 4] by kernel [2, 1, 3]: the padding leaves something of the result"
        );
        let more = ConvTranspose2d { output_padding: [0, 1], ..ConvTranspose2d::default() };
        assert!(more.output_shape(&[1, 2, 4, 4], &[2, 1, 3, 3]).is_err());
    }
}
