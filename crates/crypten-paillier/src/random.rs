//! Random numbers from a generator that the operating system seeds.

use crypten_ring::{Prg, Seed};
use getrandom::SysRng;
use num_bigint::BigUint;
use rand_core::{Rng, TryRng};
use zeroize::Zeroizing;

use crate::error::Error;

/// A fresh generator.
pub(crate) fn generator() -> Result<Prg, Error> {
    Ok(Prg::new(&fresh_seed()?, 0))
}

/// A fresh seed.
pub(crate) fn fresh_seed() -> Result<Seed, Error> {
    let mut words = Zeroizing::new([0; 4]);
    for word in words.iter_mut() {
        *word = SysRng.try_next_u64().map_err(Error::NoRandomness)?;
    }
    Ok(Seed::from_words(*words))
}

/// Words that hold a uniform number below `2^bits`, lowest first.
pub(crate) fn words(bits: usize, rng: &mut Prg) -> Vec<u64> {
    let mut words = vec![0; bits.div_ceil(64)];
    for word in words.iter_mut() {
        *word = rng.next_u64();
    }
    if let (Some(top), rest @ 1..) = (words.last_mut(), bits % 64) {
        *top &= (1 << rest) - 1;
    }
    words
}

/// A uniform number below `2^bits`.
pub(crate) fn number(bits: usize, rng: &mut Prg) -> BigUint {
    from_words(&words(bits, rng))
}

/// A uniform number from 1 to `bound - 1`, which is more than 2.
pub(crate) fn below(bound: &BigUint, rng: &mut Prg) -> BigUint {
    let bits = bound.bits() as usize;
    loop {
        let candidate = number(bits, rng);
        if candidate < *bound && candidate != BigUint::ZERO {
            return candidate;
        }
    }
}

/// The number with these words, lowest first.
pub(crate) fn from_words(words: &[u64]) -> BigUint {
    let halves = words.iter().flat_map(|&word| [word as u32, (word >> 32) as u32]);
    BigUint::new(halves.collect())
}
