//! Random tensors, drawn by the engine. They are constants: no gradient goes through them.

use crate::engine::Engine;
use crate::error::Error;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// Random numbers, uniform from 0 to 1.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn rand(engine: &E, shape: &[usize]) -> Result<Self, E::Error> {
        Ok(Self::new(engine, engine.uniform(shape)?))
    }

    /// Random numbers, normal with mean 0 and variance 1.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn randn(engine: &E, shape: &[usize]) -> Result<Self, E::Error> {
        Ok(Self::new(engine, engine.normal(shape)?))
    }

    /// 1 with probability `p`, else 0.
    ///
    /// # Errors
    /// If `p` is no probability, or the engine fails.
    pub fn bernoulli(engine: &E, shape: &[usize], p: f64) -> Result<Self, E::Error> {
        if !(0.0..=1.0).contains(&p) {
            return Err(Error::NotAProbability { operation: "bernoulli", value: p }.into());
        }
        Ok(Self::new(engine, engine.bernoulli(shape, p)?))
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Minimal;
    use crate::{Engine, Error, Plain, PlainTensor, Var};

    fn check<E: Engine<Tensor = PlainTensor, Error = Error>>(engine: &E) -> Result<(), Error> {
        let shape = [100, 200];
        let (uniform, normal) = (Var::rand(engine, &shape)?, Var::randn(engine, &shape)?);
        let bits = Var::bernoulli(engine, &shape, 0.3)?;
        let moments = |x: &Var<E>| (x.value().mean().unwrap_or(0.0), x.value().var(0.0));
        for (drawn, mean, var) in [(&uniform, 0.5, 1.0 / 12.0), (&normal, 0.0, 1.0), (&bits, 0.3, 0.21)] {
            let found = moments(drawn);
            assert!((found.0 - mean).abs() < 0.03 && (found.1 - var).abs() < 0.03, "{found:?}");
        }
        assert!(uniform.value().iter().all(|x| (0.0..1.0).contains(x)));
        assert!(bits.value().iter().all(|&bit| bit == 0.0 || bit == 1.0));
        Ok(())
    }

    #[test]
    fn random_numbers_have_their_moments() -> Result<(), Error> {
        check(&Plain::new(1))?;
        check(&Minimal::default())
    }

    #[test]
    fn the_same_seed_gives_the_same_numbers() -> Result<(), Error> {
        let draw = |seed: u64| Ok::<_, Error>(Var::randn(&Plain::new(seed), &[50])?.value());
        assert_eq!(draw(1)?, draw(1)?);
        assert_ne!(draw(1)?, draw(2)?);
        Ok(())
    }

    #[test]
    fn a_probability_is_at_most_1() {
        let error = Var::bernoulli(&Plain::default(), &[2], 1.5).unwrap_err();
        assert_eq!(error, Error::NotAProbability { operation: "bernoulli", value: 1.5 });
    }
}
