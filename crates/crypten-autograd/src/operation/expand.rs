//! Axes repeated; the gradient is the sum over the repetitions.

use crypten_ring::broadcast_shapes;

use crate::engine::Engine;
use crate::error::Error;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// Axes of length 1 repeated, and new axes in front, until the shape is this one; -1 keeps a length.
    ///
    /// # Errors
    /// If an axis of another length would change, or the engine fails.
    pub fn expand(&self, shape: &[isize]) -> Result<Self, E::Error> {
        let asked: Vec<usize> = shape.iter().map(|&length| length.max(0).unsigned_abs()).collect();
        let mismatch = || Error::mismatch("expand", self.shape(), &asked);
        let new = shape.len().checked_sub(self.ndim()).ok_or_else(mismatch)?;
        let length = |(axis, &length): (usize, &isize)| match length {
            0.. => Some(length.unsigned_abs()),
            -1 if axis >= new => Some(self.shape()[axis - new]),
            _ => None,
        };
        let lengths: Option<Vec<usize>> = shape.iter().enumerate().map(length).collect();
        let lengths = lengths.ok_or_else(mismatch)?;
        match broadcast_shapes("expand", self.shape(), &lengths) {
            Ok(broadcast) if broadcast == lengths => self.expanded(&lengths),
            _ => Err(mismatch().into()),
        }
    }

    /// The tensor laid out as often along each axis as its count says; more counts than axes make new ones in front.
    ///
    /// # Errors
    /// If there are fewer counts than axes, or the engine fails.
    pub fn repeat(&self, counts: &[usize]) -> Result<Self, E::Error> {
        let mismatch = || Error::mismatch("repeat", self.shape(), counts);
        let new = counts.len().checked_sub(self.ndim()).ok_or_else(mismatch)?;
        let own = [&vec![1; new], self.shape()].concat();
        // Each axis becomes two: which repetition, and where in it.
        let thin: Vec<usize> = own.iter().flat_map(|&length| [1, length]).collect();
        let full: Vec<usize> = own.iter().zip(counts).flat_map(|(&length, &count)| [count, length]).collect();
        let joined: Vec<usize> = own.iter().zip(counts).map(|(length, count)| length * count).collect();
        self.reshaped(&thin)?.expanded(&full)?.reshaped(&joined)
    }

    fn expanded(&self, shape: &[usize]) -> Result<Self, E::Error> {
        let expanded = self.engine().expand(&self.value(), shape)?;
        let pullback = |_: &E, gradient: &E::Tensor| Ok(gradient.clone());
        Ok(self.record("expand", expanded).broadcast_input(self, pullback).finish())
    }
}

#[cfg(test)]
mod tests {
    use crate::check::law;
    use crate::{Plain, Var};

    law!(repeated_axes_have_the_gradient, [&[2, 1, 3]], -2.0..2.0, |x| {
        x[0].expand(&[2, -1, 4, -1])?.cumsum(2)
    });
    law!(repetitions_have_the_gradient, [&[2, 3]], -2.0..2.0, |x| x[0].repeat(&[2, 1, 3])?.cumsum(2));

    #[test]
    fn only_axes_of_length_1_are_repeated() {
        let x = Var::constant(&Plain::default(), ndarray::Array2::zeros((2, 1))).unwrap();
        for shape in [&[3, 1][..], &[2], &[-1, 2, 1], &[1, 1]] {
            assert!(x.expand(shape).is_err(), "{shape:?}");
        }
        assert!(x.repeat(&[2]).is_err());
    }
}
