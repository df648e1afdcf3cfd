//! Secret exponents, read in digits of a few bits.

use super::octet::bits_at;
use num_bigint::BigUint;
use std::fmt;
use zeroize::Zeroizing;

/// An exponent that tells nothing of itself, wiped when it is dropped.
#[derive(Clone)]
pub(crate) struct SecretExponent(Zeroizing<Vec<u64>>);

impl SecretExponent {
    /// The exponent with these words, the least significant first.
    pub(crate) fn from_words(words: Vec<u64>) -> Self {
        Self(Zeroizing::new(words))
    }

    /// The exponent `x`.
    pub(crate) fn from_integer(x: &BigUint) -> Self {
        Self::from_words(x.to_u64_digits())
    }

    /// The digits in base `2^width` of the lowest `bits` bits, the least significant first.
    pub(super) fn digits(&self, bits: usize, width: usize) -> impl DoubleEndedIterator<Item = u64> {
        (0..bits.div_ceil(width)).map(move |index| self.digit(bits, width, index))
    }

    /// The digit of `2^(width index)`.
    pub(super) fn digit(&self, bits: usize, width: usize, index: usize) -> u64 {
        let start = width * index;
        bits_at(&self.0, start, width.min(bits - start))
    }
}

/// Tells nothing of the exponent.
impl fmt::Debug for SecretExponent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SecretExponent").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_end_with_the_last_bit() {
        let exponent = SecretExponent::from_words(vec![0b111_0110_1001]);
        assert_eq!(exponent.digits(10, 4).collect::<Vec<_>>(), [0b1001, 0b0110, 0b11]);
        assert_eq!(exponent.digits(0, 4).count(), 0);
        assert_eq!(exponent.digits(200, 5).skip(3).max(), Some(0));
    }
}
