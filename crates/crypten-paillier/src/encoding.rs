//! Ciphertexts as bytes: the fingerprint of the key, the fractional bits, the shape, and the numbers, highest byte
//! first, each in as many bytes as the square of the modulus takes.

use num_bigint::BigUint;
use num_integer::Integer;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::key::{Fingerprint, PublicKey};
use crate::montgomery::Residue;

/// Ciphertexts on their way between programs. Nothing of it is checked before a key opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encoded {
    key: [u8; 16],
    pub(crate) scale: u32,
    pub(crate) shape: Vec<usize>,
    #[serde(with = "bytes")]
    numbers: Vec<u8>,
}

impl Encoded {
    pub(crate) fn new(
        key: &PublicKey,
        scale: u32,
        shape: &[usize],
        numbers: impl Iterator<Item = Residue>,
    ) -> Self {
        let width = width(key);
        let mut bytes = Vec::new();
        for number in numbers {
            let number = key.square().leave(&number).to_bytes_be();
            bytes.resize(bytes.len() + width - number.len(), 0);
            bytes.extend(number);
        }
        Self { key: key.fingerprint().0, scale, shape: shape.to_vec(), numbers: bytes }
    }

    /// Under which key these ciphertexts say they are.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(self.key)
    }

    /// The ciphertexts, if they are under `key` and as many as the shape says.
    pub(crate) fn open(&self, key: &PublicKey) -> Result<Vec<Residue>, Error> {
        if self.key != key.fingerprint().0 {
            return Err(Error::KeysDiffer { left: key.fingerprint(), right: self.fingerprint() });
        }
        crate::plain::check_scale(self.scale)?;
        let (width, actual) = (width(key), self.numbers.len());
        let expected = elements(&self.shape).and_then(|count| count.checked_mul(width)).unwrap_or(usize::MAX);
        if actual != expected {
            return Err(Error::EncodingLength { expected, actual });
        }
        let numbers = self.numbers.chunks(width).map(BigUint::from_bytes_be).collect::<Vec<_>>();
        check_all(key, &numbers)
    }
}

/// How many elements a shape has, if there can be such an array: axes of length 0 make no other axis harmless.
pub(crate) fn elements(shape: &[usize]) -> Option<usize> {
    let most = shape.iter().try_fold(1_usize, |count, &n| count.checked_mul(n.max(1)))?;
    isize::try_from(most).is_ok().then(|| shape.iter().product())
}

/// Bytes of a ciphertext.
fn width(key: &PublicKey) -> usize {
    (2 * key.bits()).div_ceil(8)
}

/// The ciphertexts that stand as these numbers, if all are in range and invertible: one greatest common divisor for all.
pub(crate) fn check_all(key: &PublicKey, numbers: &[BigUint]) -> Result<Vec<Residue>, Error> {
    let (n, square) = (key.modulus(), key.square());
    let n_square = square.value();
    let not = |index| Error::NotACiphertext { index, key: key.fingerprint() };
    let mut product = square.one();
    let mut residues = Vec::with_capacity(numbers.len());
    for (index, number) in numbers.iter().enumerate() {
        if *number >= n_square || *number == BigUint::ZERO {
            return Err(not(index));
        }
        let residue = square.enter(number);
        square.multiply_into(&mut product, &residue);
        residues.push(residue);
    }
    let invertible = |number: &BigUint| number.gcd(n) == BigUint::from(1_u32);
    if !invertible(&(square.leave(&product) % n)) {
        let index = numbers.iter().position(|number| !invertible(&(number % n))).unwrap_or(0);
        return Err(not(index));
    }
    Ok(residues)
}

/// Byte strings as serde's bytes, read from bytes or from a sequence.
pub(crate) mod bytes {
    use std::fmt;

    use serde::de::{SeqAccess, Visitor};
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_byte_buf(Bytes)
    }

    struct Bytes;

    impl<'de> Visitor<'de> for Bytes {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bytes")
        }

        fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }

        fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
            Ok(bytes)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<u8>, A::Error> {
            // Grows with what comes, whatever length is claimed.
            let mut bytes = Vec::new();
            while let Some(byte) = sequence.next_element()? {
                bytes.push(byte);
            }
            Ok(bytes)
        }
    }
}
