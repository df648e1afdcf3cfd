//! Pooling: a mean sends its gradient to all of its window in equal parts, a maximum to the element that it is, by the
//! selection that the forward pass made.

use crypten_ring::{Pool1d, Pool2d};

use crate::engine::{Engine, Pooling};
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The mean of each window along the last two axes. Padding counts as zeros.
    ///
    /// # Shapes
    /// `[.., h, w]` becomes `[.., h', w']`; see [`Pool2d`].
    ///
    /// # Errors
    /// If the windows do not fit, or the engine fails.
    pub fn avg_pool2d(&self, geometry: Pool2d) -> Result<Self, E::Error> {
        self.averages("avg_pool2d", Pooling::Windows(geometry))
    }

    /// The mean of each window along the last axis; see [`Var::avg_pool2d`].
    ///
    /// # Errors
    /// As [`Var::avg_pool2d`].
    pub fn avg_pool1d(&self, geometry: Pool1d) -> Result<Self, E::Error> {
        self.unsqueeze(-2)?.avg_pool2d(geometry.into())?.squeeze_axis(-2)
    }

    /// The mean of each of `output` windows that cover the last two axes; `None` keeps a length.
    ///
    /// # Errors
    /// If the windows do not fit, or the engine fails.
    pub fn adaptive_avg_pool2d(&self, output: [Option<usize>; 2]) -> Result<Self, E::Error> {
        self.averages("adaptive_avg_pool2d", Pooling::Adaptive(output))
    }

    /// The largest element of each window along the last two axes. Padding never is.
    ///
    /// # Shapes
    /// `[.., h, w]` becomes `[.., h', w']`; see [`Pool2d`].
    ///
    /// # Errors
    /// If the windows do not fit, one is all padding, or the engine fails.
    pub fn max_pool2d(&self, geometry: Pool2d) -> Result<Self, E::Error> {
        self.maxima("max_pool2d", Pooling::Windows(geometry))
    }

    /// The largest element of each window along the last axis; see [`Var::max_pool2d`].
    ///
    /// # Errors
    /// As [`Var::max_pool2d`].
    pub fn max_pool1d(&self, geometry: Pool1d) -> Result<Self, E::Error> {
        self.unsqueeze(-2)?.max_pool2d(geometry.into())?.squeeze_axis(-2)
    }

    /// The largest element of each of `output` windows that cover the last two axes; `None` keeps a length.
    ///
    /// # Errors
    /// If the windows do not fit, or the engine fails.
    pub fn adaptive_max_pool2d(&self, output: [Option<usize>; 2]) -> Result<Self, E::Error> {
        self.maxima("adaptive_max_pool2d", Pooling::Adaptive(output))
    }

    fn averages(&self, operation: &'static str, pooling: Pooling) -> Result<Self, E::Error> {
        pooling.windows(self.shape())?;
        let means = self.engine().avg_pool2d(&self.value(), pooling)?;
        let shape = self.shape().to_vec();
        let pullback =
            move |engine: &E, gradient: &E::Tensor| engine.avg_pool2d_gradient(gradient, &shape, pooling);
        Ok(self.record(operation, means).input(self, pullback).finish())
    }

    fn maxima(&self, operation: &'static str, pooling: Pooling) -> Result<Self, E::Error> {
        pooling.full_windows(self.shape())?;
        let (engine, x) = (self.engine(), self.value());
        if !self.is_recorded() {
            return Ok(self.record(operation, engine.max_pool2d(&x, pooling)?).finish());
        }
        let (maxima, selection) = engine.max_pool2d_with_selection(&x, pooling)?;
        let shape = self.shape().to_vec();
        let pullback = move |engine: &E, gradient: &E::Tensor| {
            engine.max_pool2d_gradient(gradient, &selection, &shape, pooling)
        };
        Ok(self.record(operation, maxima).input(self, pullback).finish())
    }
}

#[cfg(test)]
mod tests {
    use crypten_ring::{Pool1d, Pool2d};

    use crate::check::law;

    const UNEVEN: Pool2d =
        Pool2d { kernel: [3, 2], stride: [2, 1], padding: [1, 1], dilation: [1, 2], ceil_mode: true };

    law!(averages_have_the_gradient, [&[2, 2, 4, 6]], -2.0..2.0, |x| x[0].avg_pool2d(Pool2d::square(2)));
    law!(averages_of_uneven_windows_have_the_gradient, [&[2, 6, 5]], -2.0..2.0, |x| x[0].avg_pool2d(UNEVEN));
    law!(averages_of_a_row_have_the_gradient, [&[2, 7]], -2.0..2.0, |x| x[0].avg_pool1d(Pool1d::new(3)));
    law!(adaptive_averages_have_the_gradient, [&[2, 5, 7]], -2.0..2.0, |x| {
        x[0].adaptive_avg_pool2d([Some(3), None])
    });
    law!(maxima_have_the_gradient, [&[2, 2, 4, 6]], -2.0..2.0, |x| x[0].max_pool2d(Pool2d::square(2)));
    law!(maxima_of_uneven_windows_have_the_gradient, [&[2, 6, 5]], -2.0..2.0, |x| x[0].max_pool2d(UNEVEN));
    law!(maxima_of_a_row_have_the_gradient, [&[2, 7]], -2.0..2.0, |x| x[0].max_pool1d(Pool1d::new(3)));
    law!(adaptive_maxima_have_the_gradient, [&[2, 5, 7]], -2.0..2.0, |x| {
        x[0].adaptive_max_pool2d([Some(3), Some(2)])
    });
}
