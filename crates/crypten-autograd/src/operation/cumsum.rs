//! Running sums, whose gradient is the running sum from the other end, and traces.

use crypten_ring::normalize_axis;

use crate::engine::Engine;
use crate::error::Error;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The running sum along an axis: each element is the sum of itself and all before it.
    ///
    /// # Errors
    /// If there is no such axis, or the engine fails.
    pub fn cumsum(&self, axis: isize) -> Result<Self, E::Error> {
        let axis = normalize_axis(axis, self.ndim()).map_err(Error::from)?;
        let sums = self.engine().cumsum(&self.value(), axis)?;
        let pullback = move |engine: &E, gradient: &E::Tensor| {
            engine.flip(&engine.cumsum(&engine.flip(gradient, axis)?, axis)?, axis)
        };
        Ok(self.record("cumsum", sums).input(self, pullback).finish())
    }

    /// The sum over the diagonal of a matrix, of each if there are several; it need not be square.
    ///
    /// # Errors
    /// If there are fewer than two axes, or the engine fails.
    pub fn trace(&self) -> Result<Self, E::Error> {
        self.diagonal(0)?.sum(-1)
    }
}

#[cfg(test)]
mod tests {
    use crate::check::law;

    law!(running_sums_have_the_gradient, [&[2, 4, 3]], -2.0..2.0, |x| x[0].cumsum(1));
    law!(running_sums_of_the_last_axis_have_the_gradient, [&[2, 4]], -2.0..2.0, |x| x[0].cumsum(-1));
    law!(traces_have_the_gradient, [&[2, 4, 3]], -2.0..2.0, |x| x[0].trace());
}
