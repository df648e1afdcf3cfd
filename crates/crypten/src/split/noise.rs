//! Normal noise on shares: drawn by one party, or by all together so that nobody knows it.
//!
//! One party's numbers are `√(-2 ln u) cos(2π v)` of two uniform ones. Each has 53 bits, whatever its exponent, and no
//! exponent is the last: with 53 bits after the point, nothing would be farther than 8.6 deviations out, and what lies
//! there would tell that it is not noise alone. They are rounded to the precision of shares when they are shared. What
//! they are added to lies on the same grid, so that rounding them is rounding the sum, and tells no more than a sum
//! with noise that was not rounded. Source: G. Box, M. Muller (1958).

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
    let mut word = || {
        let mut word = [0];
        stream.fill(&mut word);
        word[0]
    };
    Ok(ArrayD::from_shape_fn(IxDyn(shape), |_| deviation * standard(&mut word)))
}

/// A normal number of deviation 1, from random words.
fn standard(word: &mut impl FnMut() -> u64) -> f64 {
    let radius = (-2.0 * uniform(word).ln()).sqrt();
    radius * (TAU * uniform(word)).cos()
}

/// A number between 0 and 1, both excluded, so that its logarithm is finite: as many halvings as a stream of bits
/// begins with zeros, and 53 bits that do not depend on them.
fn uniform(word: &mut impl FnMut() -> u64) -> f64 {
    let mut halvings = 1;
    let last = loop {
        match word() {
            0 => halvings += 64,
            last => break last,
        }
    };
    halvings += last.leading_zeros().cast_signed();
    let mantissa = 1.0 + (word() >> 12) as f64 / (1_u64 << 52) as f64;
    mantissa * 2.0_f64.powi(-halvings)
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

    /// What a function makes of these words, and none after them.
    fn of<T>(words: &[u64], made: impl FnOnce(&mut dyn FnMut() -> u64) -> T) -> T {
        let mut words = words.iter().copied();
        let made = made(&mut || words.next().unwrap());
        assert_eq!(words.next(), None, "every word is used");
        made
    }

    #[test]
    fn uniform_numbers_have_all_their_bits_at_every_exponent() {
        let found = |words: &[u64]| of(words, |mut word| uniform(&mut word));
        assert_eq!(found(&[1 << 63, 0]), 0.5);
        assert_eq!(found(&[u64::MAX, u64::MAX]), 1.0 - f64::EPSILON / 2.0);
        assert_eq!(found(&[1 << 61, 1 << 63]), 1.5 / 8.0);
        assert_eq!(found(&[0, 1, 1 << 12]), (1.0 + f64::EPSILON) * 2.0_f64.powi(-128));
    }

    #[test]
    fn noise_reaches_beyond_thirty_deviations() {
        // The cosine is the one of nearly a whole turn.
        let far = [[0; 11].as_slice(), &[1, 0, u64::MAX, u64::MAX]].concat();
        let far = of(&far, |mut word| standard(&mut word));
        assert!((32.0..33.0).contains(&far), "{far}");
    }

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
