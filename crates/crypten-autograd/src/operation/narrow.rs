//! Ranges of an axis; the gradient is zero outside of them.

use ndarray::SliceInfoElem;

use crypten_ring::normalize_axis;

use crate::engine::Engine;
use crate::error::Error;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// `length` positions of an axis from `start` on.
    ///
    /// # Errors
    /// If there is no such axis, they reach past its end, or the engine fails.
    pub fn narrow(&self, axis: isize, start: usize, length: usize) -> Result<Self, E::Error> {
        let axis = normalize_axis(axis, self.ndim()).map_err(Error::from)?;
        let own = self.shape()[axis];
        let end = start.saturating_add(length);
        let Some(rest) = own.checked_sub(end) else {
            return Err(out_of_range(end.cast_signed(), axis, own).into());
        };
        let part = self.engine().narrow(&self.value(), axis, start, length)?;
        let mut widths = vec![(0, 0); self.ndim()];
        widths[axis] = (start, rest);
        let pullback = move |engine: &E, gradient: &E::Tensor| engine.pad(gradient, &widths, 0.0);
        Ok(self.record("narrow", part).input(self, pullback).finish())
    }

    /// The part that ndarray's `s![..]` describes: `x.slice(s![1..3, -1])`.
    ///
    /// # Errors
    /// If an index or bound lies past the end, or the engine fails.
    ///
    /// # Examples
    /// ```
    /// use crypten_autograd::{Plain, Var};
    /// use ndarray::{array, s};
    ///
    /// # fn main() -> Result<(), crypten_autograd::Error> {
    /// let x = Var::constant(&Plain::default(), array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])?;
    /// assert_eq!(x.slice(s![-1, ..;2])?.value(), array![4.0, 6.0].into_dyn());
    /// # Ok(())
    /// # }
    /// ```
    pub fn slice(&self, parts: impl AsRef<[SliceInfoElem]>) -> Result<Self, E::Error> {
        let (mut part, mut axis) = (self.clone(), 0_isize);
        for &element in parts.as_ref() {
            match element {
                SliceInfoElem::NewAxis => {
                    part = part.unsqueeze(axis)?;
                    axis += 1;
                }
                SliceInfoElem::Index(index) => {
                    let (place, length) = part.length(axis)?;
                    let position = counted(index, length).filter(|&position| position < length);
                    let position = position.ok_or_else(|| out_of_range(index, place, length))?;
                    part = part.narrow(axis, position, 1)?.squeeze_axis(axis)?;
                }
                SliceInfoElem::Slice { start, end, step } => {
                    part = part.stepped(axis, start, end.unwrap_or(isize::MAX), step)?;
                    axis += 1;
                }
            }
        }
        Ok(part)
    }

    /// Parts of `size` positions of an axis one after the other; the last one may be shorter.
    ///
    /// # Errors
    /// If there is no such axis, the size is zero, or the engine fails.
    pub fn split(&self, size: usize, axis: isize) -> Result<Vec<Self>, E::Error> {
        let (_, length) = self.length(axis)?;
        if size == 0 {
            return Err(Error::mismatch("split", self.shape(), &[size]).into());
        }
        let starts = (0..length.max(1)).step_by(size);
        starts.map(|start| self.narrow(axis, start, size.min(length - start))).collect()
    }

    /// Parts of the given sizes of an axis one after the other.
    ///
    /// # Errors
    /// If there is no such axis, the sizes do not sum to its length, or the engine fails.
    pub fn split_sizes(&self, sizes: &[usize], axis: isize) -> Result<Vec<Self>, E::Error> {
        let (_, length) = self.length(axis)?;
        if sizes.iter().sum::<usize>() != length {
            return Err(Error::mismatch("split_sizes", self.shape(), sizes).into());
        }
        let mut start = 0;
        let part = |&size: &usize| {
            start += size;
            self.narrow(axis, start - size, size)
        };
        sizes.iter().map(part).collect()
    }

    /// At most `count` parts of an axis, all of one size but the last, which may be shorter.
    ///
    /// # Errors
    /// If there is no such axis, the count is zero, or the engine fails.
    pub fn chunk(&self, count: usize, axis: isize) -> Result<Vec<Self>, E::Error> {
        let (_, length) = self.length(axis)?;
        if count == 0 {
            return Err(Error::mismatch("chunk", self.shape(), &[count]).into());
        }
        self.split(length.div_ceil(count).max(1), axis)
    }

    /// The positions of an axis, which disappears.
    ///
    /// # Errors
    /// If there is no such axis, or the engine fails.
    pub fn unbind(&self, axis: isize) -> Result<Vec<Self>, E::Error> {
        let (place, length) = self.length(axis)?;
        let place = place.cast_signed();
        (0..length).map(|at| self.narrow(place, at, 1)?.squeeze_axis(place)).collect()
    }

    /// An axis counted from the first, and its length.
    fn length(&self, axis: isize) -> Result<(usize, usize), Error> {
        let axis = normalize_axis(axis, self.ndim())?;
        Ok((axis, self.shape()[axis]))
    }

    /// Every `step`-th position of an axis; backwards from the end if the step is negative, as in ndarray.
    fn stepped(&self, axis: isize, start: isize, end: isize, step: isize) -> Result<Self, E::Error> {
        let (place, length) = self.length(axis)?;
        let bound = |bound: isize| counted(bound, length).ok_or_else(|| out_of_range(bound, place, length));
        let first = bound(start)?;
        let last = if end == isize::MAX { length } else { bound(end)? };
        let part = self.narrow(axis, first, last.saturating_sub(first))?;
        if step == 1 {
            return Ok(part);
        }
        let mut positions: Vec<usize> = (0..last.saturating_sub(first)).collect();
        if step < 0 {
            positions.reverse();
        }
        let chosen: Vec<usize> = positions.into_iter().step_by(step.unsigned_abs().max(1)).collect();
        part.index_select(axis, &chosen)
    }
}

/// A position or an end counted from the front.
fn counted(index: isize, length: usize) -> Option<usize> {
    let counted = if index < 0 { index.checked_add_unsigned(length)? } else { index };
    usize::try_from(counted).ok().filter(|&counted| counted <= length)
}

fn out_of_range(index: isize, axis: usize, length: usize) -> Error {
    crypten_ring::Error::IndexOutOfRange { index, axis, length }.into()
}

#[cfg(test)]
mod tests {
    use ndarray::{array, s};

    use crate::check::law;
    use crate::{Error, Plain, Var};

    law!(ranges_have_the_gradient, [&[2, 5, 3]], -2.0..2.0, |x| x[0].narrow(1, 1, 3)?.square());
    law!(slices_have_the_gradient, [&[4, 5, 3]], -2.0..2.0, |x| {
        x[0].slice(s![1..3,..;-2, -1])?.add(&x[0].slice(s![0, .., ndarray::NewAxis, 1..])?.sum_all()?)
    });
    law!(parts_have_the_gradient, [&[5, 2]], -2.0..2.0, |x| {
        let parts = x[0].split(2, 0)?;
        parts[0].mul(&parts[1])?.add(&parts[2])
    });
    law!(sized_parts_have_the_gradient, [&[2, 5]], -2.0..2.0, |x| {
        let parts = x[0].split_sizes(&[1, 4], -1)?;
        parts[0].mul(&parts[1].chunk(2, 1)?[1])
    });
    law!(single_positions_have_the_gradient, [&[3, 2]], -2.0..2.0, |x| {
        let rows = x[0].unbind(0)?;
        rows[0].mul(&rows[2])
    });

    #[test]
    fn slices_are_those_of_ndarray() -> Result<(), Error> {
        let array = array![[1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 10.0]];
        let x = Var::constant(&Plain::default(), array.clone())?;
        assert_eq!(x.slice(s![-1, ..;2])?.value(), array.slice(s![-1, ..;2]).into_dyn());
        assert_eq!(x.slice(s![.., 1..4;-2])?.value(), array.slice(s![.., 1..4;-2]).into_dyn());
        assert!(x.slice(s![2, ..]).is_err() && x.slice(s![.., 2..7]).is_err());
        Ok(())
    }

    #[test]
    fn a_range_past_the_end_is_an_error() {
        let x = Var::constant(&Plain::default(), ndarray::Array2::zeros((2, 3))).unwrap();
        let message = "index 4 is out of range on axis 1, which has length 3";
        assert_eq!(x.narrow(-1, 2, 2).unwrap_err().to_string(), message);
        assert!(x.split(0, 0).is_err() && x.split_sizes(&[1, 1], 1).is_err() && x.chunk(0, 1).is_err());
    }
}
