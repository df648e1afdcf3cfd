//! Normal noise on shares: drawn by one party, or by all together so that nobody knows it.
//!
//! One party's numbers are `√(-2 ln u) cos(2π v)` of two uniform ones with 53 bits each, as far as 8.5 deviations out, and
//! are rounded to the precision of shares when they are shared. What they are added to lies on the same grid, so that
//! rounding them is rounding the sum, and tells no more than a sum with noise that was not rounded. Source: G. Box,
//! M. Muller (1958).

use std::f64::consts::TAU;

use crypten_ring::{Prg, Seed};
use ndarray::{ArrayD, IxDyn};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::session::Session;
use crate::tensor::CrypTensor;

/// Noise of a standard deviation, from a party or from all.
pub(super) fn normal(
    session: &Session,
    shape: &[usize],
    deviation: f64,
    src: Option<usize>,
) -> Result<CrypTensor, Error> {
    match src {
        Some(src) if src == session.rank() => session.cryptensor(drawn(shape, deviation)?, src),
        Some(src) => session.cryptensor_of(shape, src),
        None => session.randn(shape)?.mul(deviation),
    }
}

/// Normal numbers from a generator that the operating system seeds.
fn drawn(shape: &[usize], deviation: f64) -> Result<ArrayD<f64>, Error> {
    let mut stream = generator()?;
    let mut uniform = || {
        let mut word = [0];
        stream.fill(&mut word);
        // In (0, 1], so that the logarithm is finite.
        ((word[0] >> 11) + 1) as f64 / (1_u64 << 53) as f64
    };
    let number = |_| deviation * (-2.0 * uniform().ln()).sqrt() * (TAU * uniform()).cos();
    Ok(ArrayD::from_shape_fn(IxDyn(shape), number))
}

fn generator() -> Result<Prg, Error> {
    let mut words = Zeroizing::new([0_u64; 4]);
    for word in words.iter_mut() {
        *word = getrandom::u64().map_err(crypten_shares::Error::Random)?;
    }
    Ok(Prg::new(&Seed::from_words(*words), 0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

    use super::*;

    #[test]
    fn noise_has_its_deviation_and_never_repeats() {
        let (first, second) = (drawn(&[100, 100], 3.0).unwrap(), drawn(&[100, 100], 3.0).unwrap());
        // Six standard errors of the mean, and of the deviation.
        assert!(first.mean().unwrap().abs() < 0.18, "{}", first.mean().unwrap());
        assert!((first.std(0.0) / 3.0 - 1.0).abs() < 0.045, "{}", first.std(0.0));
        let within = first.iter().filter(|number| number.abs() < 3.0).count() as f64 / 1e4;
        assert!((within - 0.6827).abs() < 0.03, "{within} within one deviation");
        assert!(first.iter().all(|number| !second.iter().any(|other| other == number)));
    }
}
