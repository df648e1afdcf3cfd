//! Shapes: broadcasting as in NumPy, axes counted from either end, and the geometry of convolutions.

mod pool; // windows
mod transposed; // convolutions that go the other way

use crate::error::Error;

pub use pool::{Pool1d, Pool2d, Window, adaptive_windows};
pub use transposed::{ConvTranspose1d, ConvTranspose2d};

/// The shape to which both shapes broadcast, as in NumPy.
///
/// # Errors
/// [`Error::ShapeMismatch`] if an axis differs and neither side has length 1.
pub fn broadcast_shapes(
    operation: &'static str,
    left: &[usize],
    right: &[usize],
) -> Result<Vec<usize>, Error> {
    let dims = left.len().max(right.len());
    let length =
        |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(dims).map_or(1, |i| shape[i]);
    (0..dims)
        .map(|axis| match (length(left, axis), length(right, axis)) {
            (l, r) if l == r => Ok(l),
            (1, r) => Ok(r),
            (l, 1) => Ok(l),
            _ => Err(Error::ShapeMismatch { operation, left: left.to_vec(), right: right.to_vec() }),
        })
        .collect()
}

/// The shape of a matrix product as in `torch.matmul`, with vectors on either side and broadcast batch axes.
///
/// # Errors
/// [`Error::ShapeMismatch`] if the inner lengths differ, the batches do not broadcast, or an operand is a scalar.
pub fn matmul_shape(left: &[usize], right: &[usize]) -> Result<Vec<usize>, Error> {
    let mismatch =
        || Error::ShapeMismatch { operation: "matmul", left: left.to_vec(), right: right.to_vec() };
    let ([.., inner_left], [inner_right, ..]) = (left, &right[right.len().saturating_sub(2)..]) else {
        return Err(mismatch());
    };
    if inner_left != inner_right {
        return Err(mismatch());
    }
    let rows = left.len().checked_sub(2).map(|i| left[i]);
    let columns = (right.len() >= 2).then(|| right[right.len() - 1]);
    let batch = |shape: &[usize]| shape[..shape.len().saturating_sub(2)].to_vec();
    let mut shape = broadcast_shapes("matmul", &batch(left), &batch(right)).map_err(|_| mismatch())?;
    shape.extend(rows);
    shape.extend(columns);
    Ok(shape)
}

/// The axis counted from the front; negative axes count from the end.
///
/// # Errors
/// [`Error::AxisOutOfRange`] if there is no such axis.
pub fn normalize_axis(axis: isize, dims: usize) -> Result<usize, Error> {
    let counted = if axis < 0 { axis.checked_add_unsigned(dims) } else { Some(axis) };
    counted
        .and_then(|axis| usize::try_from(axis).ok())
        .filter(|&axis| axis < dims)
        .ok_or(Error::AxisOutOfRange { axis, dims })
}

/// Stride, padding, dilation and groups of a 2-d convolution, heights before widths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conv2d {
    /// Step between output positions.
    pub stride: [usize; 2],
    /// Zeros added on both sides of each axis.
    pub padding: [usize; 2],
    /// Step between kernel elements.
    pub dilation: [usize; 2],
    /// Into how many independent groups the channels fall.
    pub groups: usize,
}

impl Default for Conv2d {
    fn default() -> Self {
        Self { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 }
    }
}

impl Conv2d {
    /// A convolution with this padding on both axes, and PyTorch's defaults otherwise.
    #[must_use]
    pub fn padded(padding: usize) -> Self {
        Self { padding: [padding; 2], ..Self::default() }
    }

    /// The shape `[n, o, h', w']` that `[n, c, h, w]` gives under a kernel `[o, c / groups, kh, kw]`.
    ///
    /// # Errors
    /// [`Error::ConvolutionMisfit`] naming the rule that is broken.
    pub fn output_shape(&self, input: &[usize], kernel: &[usize]) -> Result<[usize; 4], Error> {
        let broken = |rule| misfit("conv2d", input, kernel, rule);
        let (&[n, c, h, w], &[o, i, kh, kw]) = (input, kernel) else {
            return Err(broken("input is [n, c, h, w] and kernel [o, c / groups, kh, kw]"));
        };
        self.fit([n, c, h, w], [o, i, kh, kw]).map_err(broken)
    }

    fn fit(&self, [n, c, h, w]: [usize; 4], kernel: [usize; 4]) -> Result<[usize; 4], &'static str> {
        let [o, per_group, kh, kw] = kernel;
        if self.groups == 0 || c != per_group * self.groups || o % self.groups != 0 {
            return Err("the groups divide both channel counts, and the kernel has c / groups channels");
        }
        if self.stride.contains(&0) || self.dilation.contains(&0) || kh == 0 || kw == 0 {
            return Err("stride, dilation and kernel are at least 1");
        }
        let reach = |size: usize, k: usize, axis: usize| {
            let padded = size + 2 * self.padding[axis];
            padded.checked_sub(self.dilation[axis] * (k - 1) + 1).map(|free| free / self.stride[axis] + 1)
        };
        match (reach(h, kh, 0), reach(w, kw, 1)) {
            (Some(rows), Some(columns)) => Ok([n, o, rows, columns]),
            _ => Err("the kernel is no larger than the padded input"),
        }
    }
}

/// Stride, padding, dilation and groups of a 1-d convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conv1d {
    /// Step between output positions.
    pub stride: usize,
    /// Zeros added on both sides.
    pub padding: usize,
    /// Step between kernel elements.
    pub dilation: usize,
    /// Into how many independent groups the channels fall.
    pub groups: usize,
}

impl Default for Conv1d {
    fn default() -> Self {
        Self { stride: 1, padding: 0, dilation: 1, groups: 1 }
    }
}

impl Conv1d {
    /// A convolution with this padding, and PyTorch's defaults otherwise.
    #[must_use]
    pub fn padded(padding: usize) -> Self {
        Self { padding, ..Self::default() }
    }

    /// The shape `[n, o, l']` that `[n, c, l]` gives under a kernel `[o, c / groups, k]`.
    ///
    /// # Errors
    /// [`Error::ConvolutionMisfit`] naming the rule that is broken.
    pub fn output_shape(&self, input: &[usize], kernel: &[usize]) -> Result<[usize; 3], Error> {
        let broken = |rule| misfit("conv1d", input, kernel, rule);
        let (&[n, c, l], &[o, i, k]) = (input, kernel) else {
            return Err(broken("input is [n, c, l] and kernel [o, c / groups, k]"));
        };
        let fit = Conv2d::from(*self).fit([n, c, 1, l], [o, i, 1, k]);
        fit.map(|[n, o, _, length]| [n, o, length]).map_err(broken)
    }
}

impl From<Conv1d> for Conv2d {
    /// The convolution of a single row.
    fn from(Conv1d { stride, padding, dilation, groups }: Conv1d) -> Self {
        Self { stride: [1, stride], padding: [0, padding], dilation: [1, dilation], groups }
    }
}

/// The error of a convolution that does not fit.
fn misfit(operation: &'static str, input: &[usize], kernel: &[usize], rule: &'static str) -> Error {
    Error::ConvolutionMisfit { operation, input: input.to_vec(), kernel: kernel.to_vec(), rule }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_broadcast_as_in_numpy() {
        assert_eq!(broadcast_shapes("add", &[3, 1], &[2]), Ok(vec![3, 2]));
        assert_eq!(broadcast_shapes("add", &[], &[0]), Ok(vec![0]));
        let error = broadcast_shapes("add", &[3], &[2]).unwrap_err();
        assert_eq!(error.to_string(), "add of shapes [3] and [2]");
    }

    #[test]
    fn products_have_the_shapes_of_torch_matmul() {
        assert_eq!(matmul_shape(&[3], &[3]), Ok(vec![]));
        assert_eq!(matmul_shape(&[2, 3], &[3]), Ok(vec![2]));
        assert_eq!(matmul_shape(&[3], &[3, 4]), Ok(vec![4]));
        assert_eq!(matmul_shape(&[5, 1, 2, 3], &[7, 3, 4]), Ok(vec![5, 7, 2, 4]));
        assert!(matmul_shape(&[2, 3], &[2, 3]).is_err());
        assert!(matmul_shape(&[], &[2]).is_err());
    }

    #[test]
    fn negative_axes_count_from_the_end() {
        assert_eq!(normalize_axis(-1, 3), Ok(2));
        assert_eq!(normalize_axis(-4, 3), Err(Error::AxisOutOfRange { axis: -4, dims: 3 }));
        assert_eq!(normalize_axis(3, 3), Err(Error::AxisOutOfRange { axis: 3, dims: 3 }));
    }
}
