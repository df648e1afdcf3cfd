//! The axes in another order; the gradient takes them back.

use crypten_ring::normalize_axis;

use crate::axes::Axes;
use crate::engine::Engine;
use crate::error::Error;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The axes in the given order: axis `i` of the result is axis `axes[i]` of the tensor.
    ///
    /// # Errors
    /// If an axis is missing or named more than once, or the engine fails.
    pub fn permute(&self, axes: &[usize]) -> Result<Self, E::Error> {
        let mut back = vec![usize::MAX; self.ndim()];
        for (place, &axis) in axes.iter().enumerate() {
            match back.get_mut(axis) {
                Some(slot) if *slot == usize::MAX => *slot = place,
                _ => return Err(Error::mismatch("permute", self.shape(), axes).into()),
            }
        }
        if back.contains(&usize::MAX) {
            return Err(Error::mismatch("permute", self.shape(), axes).into());
        }
        let permuted = self.engine().permute(&self.value(), axes)?;
        let pullback = move |engine: &E, gradient: &E::Tensor| engine.permute(gradient, &back);
        Ok(self.record("permute", permuted).input(self, pullback).finish())
    }

    /// Two axes in each other's place.
    ///
    /// # Errors
    /// If there is no such axis, or the engine fails.
    pub fn transpose(&self, first: isize, second: isize) -> Result<Self, E::Error> {
        let axis = |axis| normalize_axis(axis, self.ndim()).map_err(Error::from);
        let mut axes: Vec<usize> = (0..self.ndim()).collect();
        axes.swap(axis(first)?, axis(second)?);
        self.permute(&axes)
    }

    /// The same as [`Var::transpose`].
    ///
    /// # Errors
    /// As [`Var::transpose`].
    pub fn swapaxes(&self, first: isize, second: isize) -> Result<Self, E::Error> {
        self.transpose(first, second)
    }

    /// A matrix with its rows for columns; tensors with fewer axes stay as they are.
    ///
    /// # Errors
    /// If there are more than two axes, or the engine fails.
    pub fn t(&self) -> Result<Self, E::Error> {
        match self.ndim() {
            0 | 1 => Ok(self.clone()),
            2 => self.permute(&[1, 0]),
            _ => Err(Error::axis_count("t", self.shape(), 0..=2).into()),
        }
    }

    /// The named axes run through backwards.
    ///
    /// # Errors
    /// If there is no such axis, one is named more than once, or the engine fails.
    pub fn flip(&self, axes: impl Axes) -> Result<Self, E::Error> {
        let axes = axes.axes(self.ndim())?;
        let flip = move |engine: &E, x: &E::Tensor| {
            axes.iter().try_fold(x.clone(), |flipped, &axis| engine.flip(&flipped, axis))
        };
        let flipped = flip(self.engine(), &self.value())?;
        Ok(self.record("flip", flipped).input(self, flip).finish())
    }
}

#[cfg(test)]
mod tests {
    use crate::check::law;
    use crate::{Plain, Var};

    law!(other_orders_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| x[0].permute(&[2, 0, 1])?.cumsum(0));
    law!(exchanged_axes_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| x[0].transpose(0, -1)?.cumsum(0));
    law!(transposed_matrices_have_the_gradient, [&[2, 3]], -2.0..2.0, |x| x[0].t()?.cumsum(0));
    law!(flipped_axes_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| x[0].flip([0, 2])?.cumsum(2));

    #[test]
    fn an_order_names_each_axis_once() {
        let x = Var::constant(&Plain::default(), ndarray::Array2::zeros((2, 3))).unwrap();
        for axes in [&[0][..], &[0, 0], &[0, 2], &[0, 1, 2]] {
            assert!(x.permute(axes).is_err(), "{axes:?}");
        }
    }
}
