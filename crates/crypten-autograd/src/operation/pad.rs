//! Copies of a number around a tensor; the gradient is what lies within.

use crypten_ring::normalize_axis;

use crate::engine::Engine;
use crate::error::Error;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The tensor with copies of a number before and after it: a pair of counts for each axis, the last axis first.
    ///
    /// # Errors
    /// If there are more pairs than axes, or the engine fails.
    pub fn pad(&self, widths: &[(usize, usize)], value: f64) -> Result<Self, E::Error> {
        let Some(others) = self.ndim().checked_sub(widths.len()) else {
            let axis = -widths.len().cast_signed();
            return Err(Error::from(crypten_ring::Error::AxisOutOfRange { axis, dims: self.ndim() }).into());
        };
        let mut pairs = vec![(0, 0); others];
        pairs.extend(widths.iter().rev());
        let padded = self.engine().pad(&self.value(), &pairs, value)?;
        let shape = self.shape().to_vec();
        let pullback = move |engine: &E, gradient: &E::Tensor| {
            let mut sides = pairs.iter().zip(&shape).enumerate().filter(|(_, (pair, _))| **pair != (0, 0));
            sides.try_fold(gradient.clone(), |inside, (axis, (&(before, _), &length))| {
                engine.narrow(&inside, axis, before, length)
            })
        };
        Ok(self.record("pad", padded).input(self, pullback).finish())
    }

    /// Windows of `size` positions of an axis, each `step` after the one before: the axis counts the windows, and a new
    /// last axis runs through one.
    ///
    /// # Errors
    /// If there is no such axis, the window is longer than it, the step is zero, or the engine fails.
    pub fn unfold(&self, axis: isize, size: usize, step: usize) -> Result<Self, E::Error> {
        let axis = normalize_axis(axis, self.ndim()).map_err(Error::from)?;
        let free = self.shape()[axis].checked_sub(size).filter(|_| step > 0);
        let free = free.ok_or_else(|| Error::mismatch("unfold", self.shape(), &[size, step]))?;
        let windows = free / step + 1;
        let positions: Vec<usize> =
            (0..windows).flat_map(|window| window * step..window * step + size).collect();
        let laid_out = self.index_select(axis.cast_signed(), &positions)?;
        let mut shape = laid_out.shape().to_vec();
        shape.splice(axis..=axis, [windows, size]);
        let mut order: Vec<usize> = (0..shape.len()).filter(|&place| place != axis + 1).collect();
        order.push(axis + 1);
        laid_out.reshaped(&shape)?.permute(&order)
    }
}

#[cfg(test)]
mod tests {
    use crate::check::law;

    law!(padded_tensors_have_the_gradient, [&[2, 3, 2]], -2.0..2.0, |x| {
        x[0].pad(&[(1, 0), (0, 2)], 0.5)?.square()
    });
    law!(windows_have_the_gradient, [&[2, 5, 2]], -2.0..2.0, |x| x[0].unfold(1, 3, 1)?.square()?.cumsum(-1));
}
