//! Keys as bytes: a version, what noise is used, and the modulus, highest byte first, in as many bytes as its bits take.

use num_bigint::BigUint;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::key::{KeyFlaw, KeyLength, KeyPair, PublicKey, SecretKey};

const VERSION: u8 = 1;

/// Bytes before a modulus: the version, whether noise is short, and the bits of the modulus.
const HEAD: usize = 4;

impl PublicKey {
    /// The key as bytes; there is one encoding of each key.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let [high, low] = (self.bits() as u16).to_be_bytes();
        let mut bytes = vec![VERSION, u8::from(self.has_short_noise()), high, low];
        bytes.extend(self.modulus().to_bytes_be());
        bytes
    }

    /// Reads a key and checks it as [`PublicKey::from_modulus`] does. That noise may be short is its owner's word: what
    /// is encrypted for the owner depends on it, and nothing that the owner should not read.
    ///
    /// # Errors
    /// [`Error::EncodingLength`] and [`Error::NotAKey`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::from_bytes_of(bytes, KeyLength::LEAST)
    }

    /// The same for keys of any length, for tests.
    ///
    /// # Errors
    /// [`Error::EncodingLength`] and [`Error::NotAKey`].
    pub fn from_insecure_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::from_bytes_of(bytes, KeyLength::INSECURE_LEAST)
    }

    fn from_bytes_of(bytes: &[u8], least: usize) -> Result<Self, Error> {
        let encoding = Error::NotAKey { flaw: KeyFlaw::Encoding };
        let Some((&[version, short, high, low], number)) = bytes.split_first_chunk::<HEAD>() else {
            return Err(Error::EncodingLength { expected: HEAD, actual: bytes.len() });
        };
        let bits = usize::from(u16::from_be_bytes([high, low]));
        let expected = HEAD + bits.div_ceil(8);
        if bytes.len() != expected {
            return Err(Error::EncodingLength { expected, actual: bytes.len() });
        }
        let n = BigUint::from_bytes_be(number);
        if version != VERSION || short > 1 || n.bits() as usize != bits {
            return Err(encoding);
        }
        super::public::check_modulus(&n, least)?;
        Ok(Self::checked(n, short == 1))
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.to_bytes())
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = crate::encoding::bytes::deserialize(deserializer)?;
        Self::from_bytes(&bytes).map_err(D::Error::custom)
    }
}

impl SecretKey {
    /// The two primes as bytes of equal length, for a file that nobody else can read. Whoever sees them reads all that
    /// was ever encrypted under the key.
    #[must_use]
    pub fn expose_primes(&self) -> Zeroizing<Vec<u8>> {
        let primes = self.primes();
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * primes[0].bits().div_ceil(8) as usize));
        for prime in primes {
            bytes.extend(Zeroizing::new(prime.to_bytes_be()).iter());
        }
        bytes
    }
}

impl KeyPair {
    /// Reads what [`SecretKey::expose_primes`] wrote, and checks it as [`KeyPair::from_primes`] does.
    ///
    /// # Errors
    /// [`Error::NotAKey`].
    pub fn from_exposed_primes(bytes: &[u8]) -> Result<Self, Error> {
        let (p, q) = bytes.split_at(bytes.len() / 2);
        Self::from_primes(&BigUint::from_bytes_be(p), &BigUint::from_bytes_be(q))
    }

    /// The same for keys of any length, for tests.
    ///
    /// # Errors
    /// [`Error::NotAKey`].
    pub fn from_insecure_exposed_primes(bytes: &[u8]) -> Result<Self, Error> {
        let (p, q) = bytes.split_at(bytes.len() / 2);
        Self::from_insecure_primes(&BigUint::from_bytes_be(p), &BigUint::from_bytes_be(q))
    }
}
