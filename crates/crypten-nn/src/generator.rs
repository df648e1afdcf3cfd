//! Where new parameters come from: an engine, and random numbers for their first values.

use crypten_autograd::{Computed, Engine, Plain, Var};
use ndarray::ArrayD;

/// An engine, and the random numbers that new parameters of it start from.
///
/// Parties that compute together need the same public numbers, and get them from the same seed.
#[derive(Clone, Debug)]
pub struct Generator<E: Engine> {
    engine: E,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Engine,
    Seed(Plain),
}

impl<E: Engine> Generator<E> {
    /// Public numbers that follow from a seed; clones go on with the same stream.
    #[must_use]
    pub fn new(engine: &E, seed: u64) -> Self {
        Self { engine: engine.clone(), source: Source::Seed(Plain::new(seed)) }
    }

    /// The engine's own random numbers, which are secret if the engine's are.
    #[must_use]
    pub fn from_engine(engine: &E) -> Self {
        Self { engine: engine.clone(), source: Source::Engine }
    }

    /// What computes.
    #[must_use]
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// Random numbers, uniform between two.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn uniform(&self, shape: &[usize], low: f64, high: f64) -> Computed<E> {
        match &self.source {
            Source::Engine => {
                let spread = self.engine.mul_number(&self.engine.uniform(shape)?, high - low)?;
                self.engine.add_number(&spread, low)
            }
            Source::Seed(stream) => {
                let numbers = stream.uniform(shape).map_err(E::Error::from)?;
                self.engine.constant(numbers.mapv(|number| low + (high - low) * number))
            }
        }
    }

    /// Random numbers, normal with a mean and a standard deviation.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn normal(&self, shape: &[usize], mean: f64, std: f64) -> Computed<E> {
        match &self.source {
            Source::Engine => {
                let spread = self.engine.mul_number(&self.engine.normal(shape)?, std)?;
                self.engine.add_number(&spread, mean)
            }
            Source::Seed(stream) => {
                let numbers = stream.normal(shape).map_err(E::Error::from)?;
                self.engine.constant(numbers.mapv(|number| mean + std * number))
            }
        }
    }

    /// A parameter, uniform between a bound and its negative.
    pub(crate) fn within(&self, shape: &[usize], bound: f64) -> Result<Var<E>, E::Error> {
        Ok(Var::leaf(&self.engine, self.uniform(shape, -bound, bound)?))
    }

    /// A parameter whose elements are all one number.
    pub(crate) fn full(&self, shape: &[usize], value: f64) -> Result<Var<E>, E::Error> {
        Ok(Var::leaf(&self.engine, self.engine.constant(ArrayD::from_elem(shape, value))?))
    }
}
