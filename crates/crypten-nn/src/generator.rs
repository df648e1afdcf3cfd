//! Where new parameters come from: an engine, and random numbers for their first values.

use crypten_autograd::{Computed, Engine, Error, Plain, PlainTensor, Var};
use ndarray::{Array2, ArrayD, Ix2};

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

    /// Numbers that everybody knows, for what an engine cannot compute with secret ones.
    pub(crate) fn public(&self, operation: &'static str) -> Result<Public<'_>, Error> {
        match &self.source {
            Source::Engine => Err(Error::SeedNeeded { operation }),
            Source::Seed(stream) => Ok(Public(stream)),
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

/// A stream of numbers that everybody knows.
pub(crate) struct Public<'a>(&'a Plain);

impl Public<'_> {
    /// Normal numbers of mean 0 and deviation 1.
    pub(crate) fn normal(&self, rows: usize, columns: usize) -> Result<Array2<f64>, Error> {
        self.0.normal(&[rows, columns]).map(matrix)
    }

    /// Uniform numbers from 0 to 1.
    pub(crate) fn uniform(&self, rows: usize, columns: usize) -> Result<Array2<f64>, Error> {
        self.0.uniform(&[rows, columns]).map(matrix)
    }
}

fn matrix(numbers: PlainTensor) -> Array2<f64> {
    numbers.into_owned().into_dimensionality::<Ix2>().expect("it has two axes")
}
