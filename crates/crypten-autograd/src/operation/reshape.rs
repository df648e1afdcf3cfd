//! The same elements under other axes; the gradient takes the old ones.

use crypten_ring::normalize_axis;

use crate::axes::{Axes, without};
use crate::engine::Engine;
use crate::error::Error;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The same elements in another shape; one length may be -1, which is then worked out.
    ///
    /// # Errors
    /// If the number of elements differs, or the engine fails.
    pub fn reshape(&self, shape: &[isize]) -> Result<Self, E::Error> {
        let asked: Vec<usize> = shape.iter().map(|&length| length.max(0).unsigned_abs()).collect();
        let mismatch = || Error::mismatch("reshape", self.shape(), &asked);
        let known: usize = shape.iter().filter(|&&n| n >= 0).map(|n| n.unsigned_abs()).product();
        let open = shape.iter().filter(|&&n| n < 0).count();
        let divides = open == 0 || (known > 0 && self.numel().is_multiple_of(known));
        if open > 1 || shape.iter().any(|&n| n < -1) || !divides {
            return Err(mismatch().into());
        }
        let length = |&n: &isize| usize::try_from(n).unwrap_or_else(|_| self.numel() / known);
        let lengths: Vec<usize> = shape.iter().map(length).collect();
        if lengths.iter().product::<usize>() != self.numel() {
            return Err(mismatch().into());
        }
        self.reshaped(&lengths)
    }

    /// The same as [`Var::reshape`].
    ///
    /// # Errors
    /// As [`Var::reshape`].
    pub fn view(&self, shape: &[isize]) -> Result<Self, E::Error> {
        self.reshape(shape)
    }

    /// All axes from `start` on joined into one.
    ///
    /// # Errors
    /// If there is no axis `start`, or the engine fails.
    pub fn flatten(&self, start: isize) -> Result<Self, E::Error> {
        self.flatten_range(start, -1)
    }

    /// The axes from `start` to `end`, both included, joined into one; a tensor without axes becomes a vector.
    ///
    /// # Errors
    /// If there is no such axis, `end` comes before `start`, or the engine fails.
    pub fn flatten_range(&self, start: isize, end: isize) -> Result<Self, E::Error> {
        let own: &[usize] = if self.ndim() == 0 { &[1] } else { self.shape() };
        let axis = |axis| normalize_axis(axis, own.len()).map_err(Error::from);
        let (start, end) = (axis(start)?, axis(end)?);
        if start > end {
            return Err(Error::mismatch("flatten", own, &[start, end]).into());
        }
        let joined: usize = own[start..=end].iter().product();
        self.reshaped(&[&own[..start], &[joined], &own[end + 1..]].concat())
    }

    /// A new axis of length 1, so that it is axis `axis` of the result.
    ///
    /// # Errors
    /// If there can be no such axis, or the engine fails.
    pub fn unsqueeze(&self, axis: isize) -> Result<Self, E::Error> {
        let axis = normalize_axis(axis, self.ndim() + 1).map_err(Error::from)?;
        let mut shape = self.shape().to_vec();
        shape.insert(axis, 1);
        self.reshaped(&shape)
    }

    /// The tensor without its axes of length 1.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn squeeze(&self) -> Result<Self, E::Error> {
        self.squeeze_axis(())
    }

    /// The tensor without those of the named axes that have length 1.
    ///
    /// # Errors
    /// If there is no such axis, or the engine fails.
    pub fn squeeze_axis(&self, axes: impl Axes) -> Result<Self, E::Error> {
        let mut axes = axes.axes(self.ndim())?;
        axes.retain(|&axis| self.shape()[axis] == 1);
        self.reshaped(&without(self.shape(), &axes))
    }

    /// As many elements in another shape.
    pub(super) fn reshaped(&self, shape: &[usize]) -> Result<Self, E::Error> {
        if shape == self.shape() {
            return Ok(self.clone());
        }
        let reshaped = self.engine().reshape(&self.value(), shape)?;
        let own = self.shape().to_vec();
        let pullback = move |engine: &E, gradient: &E::Tensor| engine.reshape(gradient, &own);
        Ok(self.record("reshape", reshaped).input(self, pullback).finish())
    }
}

#[cfg(test)]
mod tests {
    use crate::check::law;
    use crate::{Error, Plain, Var};

    law!(other_shapes_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| x[0].reshape(&[4, -1])?.cumsum(0));
    law!(joined_axes_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| x[0].flatten(1)?.cumsum(1));
    law!(joined_ranges_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| x[0].flatten_range(0, 1)?.cumsum(0));
    law!(axes_of_length_1_come_and_go, [&[2, 1, 3]], -2.0..2.0, |x| {
        x[0].unsqueeze(-1)?.squeeze_axis(1)?.square()?.squeeze()
    });

    #[test]
    fn a_shape_that_does_not_fit_is_named() {
        let x = Var::constant(&Plain::default(), ndarray::Array2::zeros((2, 3))).unwrap();
        assert_eq!(x.reshape(&[4]).unwrap_err().to_string(), "reshape of shapes [2, 3] and [4]");
        assert!(
            x.reshape(&[-1, -1]).is_err() && x.reshape(&[4, -1]).is_err() && x.reshape(&[-2, 3]).is_err()
        );
        assert!(matches!(x.flatten_range(1, 0), Err(Error::Shape(_))));
    }
}
