//! The secret key: decryption modulo the squares of the primes.
//!
//! With `L_p(x) = (x - 1) / p` and `h_p = L_p((1 + n)^(p-1))^-1 = (-q)^-1 mod p`:
//! `m mod p = L_p(c^(p-1) mod p^2) h_p`, likewise for `q`, and `m = m_q + q ((m_p - m_q) q^-1 mod p)`.
//! Source: Paillier 1999, section 7. The division by `p` is a product with `p^-1` modulo a power of two, so that no
//! step takes a time that depends on the primes.

use std::fmt;
use std::sync::Arc;

use num_bigint::BigUint;
use zeroize::Zeroizing;

use crate::key::{Fingerprint, PublicKey};
use crate::montgomery::{Modulus, Residue, SecretExponent};
use crate::random::from_words;

/// Decrypts. Its primes are zeroized when the last clone is dropped, and never printed.
#[derive(Clone)]
pub struct SecretKey(Arc<Parts>);

struct Parts {
    fingerprint: Fingerprint,
    n: BigUint,
    p: Half,
    q: Half,
    /// `q^-1 mod p`.
    q_inverse: Residue,
}

/// What decryption does modulo one prime.
struct Half {
    prime: Modulus,
    square: Modulus,
    /// The prime less one, and its bits.
    order: SecretExponent,
    bits: usize,
    /// The inverse of the prime modulo `2^bits`.
    inverse: Zeroizing<Vec<u64>>,
    /// `h_p`.
    factor: Residue,
}

impl SecretKey {
    /// The key with these primes, which have been checked.
    pub(super) fn new(p: &BigUint, q: &BigUint, public: &PublicKey) -> Self {
        let (half_p, half_q) = (Half::new(p, q), Half::new(q, p));
        let inverse = q.modinv(p).expect("different primes have no common factor");
        let q_inverse = half_p.prime.enter(&inverse);
        Self(Arc::new(Parts {
            fingerprint: public.fingerprint(),
            n: public.modulus().clone(),
            p: half_p,
            q: half_q,
            q_inverse,
        }))
    }

    /// The key pair's public part is the one with this fingerprint.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint
    }

    /// The primes.
    pub(super) fn primes(&self) -> [BigUint; 2] {
        [self.0.p.prime.value(), self.0.q.prime.value()]
    }

    /// The modulus.
    pub(crate) fn modulus(&self) -> &BigUint {
        &self.0.n
    }

    /// The plaintext of a ciphertext, from 0 to `n - 1`.
    pub(crate) fn decrypt(&self, ciphertext: &BigUint) -> BigUint {
        let Parts { p, q, q_inverse, .. } = &*self.0;
        let (of_p, of_q) = (p.decrypt(ciphertext), q.decrypt(ciphertext));
        let times = |m: &BigUint| {
            let product = p.prime.multiply(&p.prime.enter(m), q_inverse);
            p.prime.leave(&product)
        };
        let difference = times(&of_p) + p.prime.value() - times(&of_q);
        let u = p.prime.leave(&p.prime.enter(&difference));
        of_q + q.prime.value() * u
    }
}

impl Half {
    fn new(prime: &BigUint, other: &BigUint) -> Self {
        let modulus = Modulus::new(prime).expect("primes of keys are odd");
        let bits = prime.bits() as usize;
        let inverse = prime.modinv(&(BigUint::from(1_u32) << bits)).expect("an odd number has an inverse");
        let factor = (prime - other % prime).modinv(prime).expect("different primes have no common factor");
        Self {
            square: Modulus::new(&(prime * prime)).expect("the square of an odd number is odd"),
            order: SecretExponent::from_integer(&(prime - 1_u32)),
            bits,
            inverse: Zeroizing::new(inverse.to_u64_digits()),
            factor: modulus.enter(&factor),
            prime: modulus,
        }
    }

    /// The plaintext modulo the prime.
    fn decrypt(&self, ciphertext: &BigUint) -> BigUint {
        let power = self.square.power(&self.square.enter(ciphertext), &self.order, self.bits);
        // Below the square of the prime, and 1 modulo the prime.
        let multiple = self.square.leave(&power) - 1_u32;
        let mask = (BigUint::from(1_u32) << self.bits) - 1_u32;
        let quotient = (multiple * from_words(&self.inverse)) & mask;
        self.prime.leave(&self.prime.multiply(&self.prime.enter(&quotient), &self.factor))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({}, ..)", self.fingerprint())
    }
}
