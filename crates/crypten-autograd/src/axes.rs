//! Which axes an operation runs over: one, several, or all.

use crypten_ring::normalize_axis;

use crate::error::Error;

/// One axis, a list of axes, or `()` for all of them; negative ones count from the end.
///
/// # Examples
/// ```
/// use crypten_autograd::Axes;
///
/// # fn main() -> Result<(), crypten_autograd::Error> {
/// assert_eq!((-1_isize).axes(3)?, [2]);
/// assert_eq!([2_isize, 0].axes(3)?, [0, 2]);
/// assert_eq!(().axes(3)?, [0, 1, 2]);
/// assert!([0_isize, -3].axes(3).is_err());
/// # Ok(())
/// # }
/// ```
pub trait Axes {
    /// The axes of a tensor with `dims` dimensions that are meant: counted from the front, ascending, each once.
    ///
    /// # Errors
    /// If there is no such axis, or one is named more than once.
    fn axes(&self, dims: usize) -> Result<Vec<usize>, Error>;
}

impl Axes for isize {
    fn axes(&self, dims: usize) -> Result<Vec<usize>, Error> {
        distinct([*self], dims)
    }
}

impl Axes for i32 {
    fn axes(&self, dims: usize) -> Result<Vec<usize>, Error> {
        distinct([*self as isize], dims)
    }
}

impl<const N: usize> Axes for [isize; N] {
    fn axes(&self, dims: usize) -> Result<Vec<usize>, Error> {
        distinct(*self, dims)
    }
}

impl<const N: usize> Axes for [i32; N] {
    fn axes(&self, dims: usize) -> Result<Vec<usize>, Error> {
        distinct(self.map(|axis| axis as isize), dims)
    }
}

impl Axes for &[isize] {
    fn axes(&self, dims: usize) -> Result<Vec<usize>, Error> {
        distinct(self.iter().copied(), dims)
    }
}

impl Axes for &[usize] {
    fn axes(&self, dims: usize) -> Result<Vec<usize>, Error> {
        // What does not fit is past the end too.
        distinct(self.iter().map(|&axis| isize::try_from(axis).unwrap_or(isize::MAX)), dims)
    }
}

impl Axes for () {
    fn axes(&self, dims: usize) -> Result<Vec<usize>, Error> {
        Ok((0..dims).collect())
    }
}

/// A shape whose named axes have length 1.
pub(crate) fn flattened(shape: &[usize], axes: &[usize]) -> Vec<usize> {
    shape.iter().enumerate().map(|(axis, &length)| if axes.contains(&axis) { 1 } else { length }).collect()
}

/// A shape without the named axes.
pub(crate) fn without(shape: &[usize], axes: &[usize]) -> Vec<usize> {
    let kept = shape.iter().enumerate().filter(|(axis, _)| !axes.contains(axis));
    kept.map(|(_, &length)| length).collect()
}

/// How many elements a reduction over these axes makes one of.
pub(crate) fn count(shape: &[usize], axes: &[usize]) -> usize {
    axes.iter().map(|&axis| shape[axis]).product()
}

fn distinct(axes: impl IntoIterator<Item = isize>, dims: usize) -> Result<Vec<usize>, Error> {
    let mut found =
        axes.into_iter().map(|axis| normalize_axis(axis, dims)).collect::<Result<Vec<usize>, _>>()?;
    found.sort_unstable();
    match found.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(crypten_ring::Error::AxisRepeated { axis: pair[0] }.into()),
        None => Ok(found),
    }
}
