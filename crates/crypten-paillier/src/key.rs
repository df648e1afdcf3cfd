//! Key pairs: `n = p q` is public, the primes are secret.
//!
//! Where `p = q = 3 mod 4` and `gcd(p - 1, q - 1) = 2`, which holds for keys made here, noise is a power `h^r` with an
//! exponent of half the bits of `n` (Damgard, Jurik, Nielsen 2010, section 6), where `h = (-x^2)^n` and `x` comes from
//! a hash of `n`, so that nobody chooses it. Under other keys noise is `r^n` for a uniform `r`.

mod encoding; // keys as bytes
mod generate; // primes
mod public; // the modulus and the noise
mod secret; // decryption by Chinese remainders

pub use public::{Fingerprint, PublicKey};
pub use secret::SecretKey;

use crate::error::Error;

/// The length of a modulus in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLength {
    /// Invariant: even, from [`KeyLength::INSECURE_LEAST`] to [`KeyLength::MOST`].
    bits: usize,
}

impl KeyLength {
    /// The fewest bits of a secure key.
    pub const LEAST: usize = 2048;
    /// The most bits of a key.
    pub const MOST: usize = 4096;
    /// The fewest bits of any key.
    pub const INSECURE_LEAST: usize = 256;

    /// A length of `bits` bits: 2048 (about 112 bits of security), 3072 (about 128) 4096 or an even number between.
    ///
    /// # Errors
    /// [`Error::KeyLength`] if it is odd, below [`KeyLength::LEAST`] or above [`KeyLength::MOST`].
    pub fn new(bits: usize) -> Result<Self, Error> {
        Self::from(bits, Self::LEAST)
    }

    /// The same for tests, from [`KeyLength::INSECURE_LEAST`] bits on. Short keys are factored with ease.
    ///
    /// # Errors
    /// [`Error::KeyLength`].
    pub fn insecure(bits: usize) -> Result<Self, Error> {
        Self::from(bits, Self::INSECURE_LEAST)
    }

    fn from(bits: usize, least: usize) -> Result<Self, Error> {
        if (least..=Self::MOST).contains(&bits) && bits.is_multiple_of(2) {
            Ok(Self { bits })
        } else {
            Err(Error::KeyLength { bits, least, most: Self::MOST })
        }
    }

    /// How many bits.
    #[must_use]
    pub fn bits(self) -> usize {
        self.bits
    }
}

impl Default for KeyLength {
    /// 2048 bits.
    fn default() -> Self {
        Self { bits: Self::LEAST }
    }
}

/// A public key and the secret key that belongs to it.
#[derive(Clone, Debug)]
pub struct KeyPair {
    /// Encrypts.
    pub public: PublicKey,
    /// Decrypts.
    pub secret: SecretKey,
}

/// Why a number is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFlaw {
    /// Too short or too long.
    #[error("its length of {bits} bits is odd, or not from {least} to {most}")]
    Length {
        /// Its bits.
        bits: usize,
        /// The fewest.
        least: usize,
        /// The most.
        most: usize,
    },
    /// Even.
    #[error("it is even")]
    Even,
    /// A prime below 2^16 divides it.
    #[error("{factor} divides it")]
    SmallFactor {
        /// The prime.
        factor: u32,
    },
    /// A square, or a prime.
    #[error("it is not a product of two different primes")]
    NotTwoPrimes,
    /// A factor is not prime.
    #[error("one of the two factors is not prime")]
    NotPrime,
    /// The factors are equal, or not of one length.
    #[error("the two factors are equal or not of one length")]
    UnequalFactors,
    /// `gcd(n, phi(n))` is not 1.
    #[error("the modulus and its totient have a common factor")]
    CommonFactor,
    /// The encoding is of another version, or says things that are not so.
    #[error("its encoding is unknown or contradicts itself")]
    Encoding,
}
