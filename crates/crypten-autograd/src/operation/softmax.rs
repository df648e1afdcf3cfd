//! Softmax and its logarithm along an axis: with the softmax `s`, `∂s = s (∂x - Σ s ∂x)` and
//! `∂ log s = ∂x - Σ s ∂x`.

use crypten_ring::normalize_axis;

use crate::engine::Engine;
use crate::error::Error;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// `e^x` divided by its sum along an axis.
    ///
    /// # Errors
    /// If there is no such axis, or the engine fails.
    pub fn softmax(&self, axis: isize) -> Result<Self, E::Error> {
        let axis = normalize_axis(axis, self.ndim()).map_err(Error::from)?;
        let output = self.engine().softmax(&self.value(), axis)?;
        let saved = output.clone();
        let pullback = move |engine: &E, gradient: &E::Tensor| {
            let weighted = engine.mul(gradient, &saved)?;
            let sum = engine.sum_keepdim(&weighted, &[axis])?;
            engine.sub(&weighted, &engine.mul(&saved, &sum)?)
        };
        Ok(self.record("softmax", output).input(self, pullback).finish())
    }

    /// The logarithm of [`Var::softmax`].
    ///
    /// # Errors
    /// As [`Var::softmax`].
    pub fn log_softmax(&self, axis: isize) -> Result<Self, E::Error> {
        let axis = normalize_axis(axis, self.ndim()).map_err(Error::from)?;
        let (engine, x) = (self.engine(), self.value());
        if !self.is_recorded() {
            return Ok(self.record("log_softmax", engine.log_softmax(&x, axis)?).finish());
        }
        let (output, softmax) = engine.log_softmax_with_softmax(&x, axis)?;
        let pullback = move |engine: &E, gradient: &E::Tensor| {
            let sum = engine.sum_keepdim(gradient, &[axis])?;
            engine.sub(gradient, &engine.mul(&softmax, &sum)?)
        };
        Ok(self.record("log_softmax", output).input(self, pullback).finish())
    }
}

#[cfg(test)]
mod tests {
    use crate::check::law;

    law!(softmax_has_the_gradient, [&[2, 4, 3]], -2.0..2.0, |x| x[0].softmax(1));
    law!(log_softmax_has_the_gradient, [&[2, 4, 3]], -2.0..2.0, |x| x[0].log_softmax(-1));
    law!(a_single_class_has_no_gradient, [&[3, 1]], -2.0..2.0, |x| {
        x[0].softmax(1)?.add(&x[0].log_softmax(1)?)
    });
}
