//! Making key pairs.

use num_bigint::BigUint;
use num_integer::Integer;

use crate::error::Error;
use crate::key::{KeyFlaw, KeyLength, KeyPair, PublicKey, SecretKey};
use crate::random::generator;

impl KeyPair {
    /// A fresh key pair. Takes about a third of a second for 2048 bits, but several times as long now and then: how far
    /// the next prime is nobody knows.
    ///
    /// # Errors
    /// [`Error::NoRandomness`].
    pub fn generate(length: KeyLength) -> Result<Self, Error> {
        let mut rng = generator()?;
        let mut prime = || loop {
            let candidate = glass_pumpkin::prime::from_rng(length.bits() / 2, &mut rng).map_err(|_| {
                Error::KeyLength {
                    bits: length.bits(),
                    least: KeyLength::INSECURE_LEAST,
                    most: KeyLength::MOST,
                }
            })?;
            if &candidate % 4_u32 == BigUint::from(3_u32) {
                return Ok::<_, Error>(candidate);
            }
        };
        loop {
            let (p, q) = (prime()?, prime()?);
            let fits = (&p * &q).bits() as usize == length.bits();
            if fits && p != q && (&p - 1_u32).gcd(&(&q - 1_u32)) == BigUint::from(2_u32) {
                return Self::from_checked(&p, &q);
            }
        }
    }

    /// The key pair with these primes, as another program made them.
    ///
    /// # Errors
    /// [`Error::NotAKey`] if they are not two different primes of one length, if the key would be shorter than
    /// [`KeyLength::LEAST`], or if `n` and its totient have a common factor.
    pub fn from_primes(p: &BigUint, q: &BigUint) -> Result<Self, Error> {
        Self::from_primes_of(p, q, KeyLength::LEAST)
    }

    /// The same for keys of any length, for tests.
    ///
    /// # Errors
    /// [`Error::NotAKey`].
    pub fn from_insecure_primes(p: &BigUint, q: &BigUint) -> Result<Self, Error> {
        Self::from_primes_of(p, q, KeyLength::INSECURE_LEAST)
    }

    fn from_primes_of(p: &BigUint, q: &BigUint, least: usize) -> Result<Self, Error> {
        let flawed = |flaw| Err(Error::NotAKey { flaw });
        let (n, mut rng) = (p * q, generator()?);
        super::public::check_modulus(&n, least)?;
        if p == q || p.bits() != q.bits() {
            return flawed(KeyFlaw::UnequalFactors);
        }
        if [p, q].into_iter().any(|factor| !glass_pumpkin::prime::strong_check_with(factor, &mut rng)) {
            return flawed(KeyFlaw::NotPrime);
        }
        if n.gcd(&((p - 1_u32) * (q - 1_u32))) != BigUint::from(1_u32) {
            return flawed(KeyFlaw::CommonFactor);
        }
        Self::from_checked(p, q)
    }

    fn from_checked(p: &BigUint, q: &BigUint) -> Result<Self, Error> {
        let is_blum = [p, q].into_iter().all(|prime| prime % 4_u32 == BigUint::from(3_u32));
        let short = is_blum && (p - 1_u32).gcd(&(q - 1_u32)) == BigUint::from(2_u32);
        let public = PublicKey::checked(p * q, short);
        let secret = SecretKey::new(p, q, &public);
        Ok(Self { public, secret })
    }
}
