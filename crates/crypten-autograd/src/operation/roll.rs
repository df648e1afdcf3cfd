//! Elements moved in a circle along axes; the gradient moves back.

use crypten_ring::normalize_axis;

use crate::engine::Engine;
use crate::error::Error;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The elements moved along each of `axes` by the shift beside it; those that leave an axis come in at its other
    /// end. One shift without axes moves the elements in row-major order.
    ///
    /// # Errors
    /// If there is no such axis, there are not as many shifts as axes, or the engine fails.
    pub fn roll(&self, shifts: &[isize], axes: &[isize]) -> Result<Self, E::Error> {
        if let ([shift], []) = (shifts, axes) {
            return self.reshaped(&[self.numel()])?.roll(&[*shift], &[0])?.reshaped(self.shape());
        }
        if shifts.len() != axes.len() {
            return Err(Error::mismatch("roll", &[shifts.len()], &[axes.len()]).into());
        }
        let axes = axes.iter().map(|&axis| normalize_axis(axis, self.ndim())).collect::<Result<Vec<_>, _>>();
        let moves: Vec<(isize, usize)> = shifts.iter().copied().zip(axes.map_err(Error::from)?).collect();
        let output = rolled(self.engine(), &self.value(), &moves, 1)?;
        let pullback = move |engine: &E, gradient: &E::Tensor| rolled(engine, gradient, &moves, -1);
        Ok(self.record("roll", output).input(self, pullback).finish())
    }
}

/// The end of each axis before its beginning.
fn rolled<E: Engine>(
    engine: &E,
    x: &E::Tensor,
    moves: &[(isize, usize)],
    direction: isize,
) -> Result<E::Tensor, E::Error> {
    moves.iter().try_fold(x.clone(), |moved, &(shift, axis)| {
        let length = engine.shape(&moved)[axis];
        if length == 0 {
            return Ok(moved);
        }
        let shift = shift.wrapping_mul(direction).rem_euclid(length.cast_signed()).unsigned_abs();
        let tail = engine.narrow(&moved, axis, length - shift, shift)?;
        let head = engine.narrow(&moved, axis, 0, length - shift)?;
        engine.cat(&[&tail, &head], axis)
    })
}

#[cfg(test)]
mod tests {
    use crate::check::{law, unary_law};

    law!(rolled_axes_have_the_gradient, [&[2, 5, 3]], -2.0..2.0, |x| {
        x[0].roll(&[2, -7], &[1, -1])?.cumsum(1)
    });
    unary_law!(rolled_elements_have_the_gradient, -2.0..2.0, |x| x[0].roll(&[3], &[])?.square());
}
