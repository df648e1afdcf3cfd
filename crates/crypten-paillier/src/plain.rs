//! What can be encrypted: whole numbers of any size, and real numbers in fixed point.
//!
//! A real number `x` with `f` fractional bits stands as the whole number next to `x 2^f`. The number of fractional bits
//! is public and the same for all numbers, so that it tells nothing about them.

use num_bigint::{BigInt, BigUint};
use num_traits::{FromPrimitive, Signed, ToPrimitive};

use crate::error::Error;

/// Fractional bits of real numbers, where nothing else is said.
pub const FRACTION_BITS: u32 = 16;

/// The most fractional bits of a number.
pub(crate) const MOST_FRACTION_BITS: u32 = 1 << 9;

/// A plaintext: a whole number, and how many of its bits are a fraction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain {
    pub(crate) value: BigInt,
    /// Invariant: at most [`MOST_FRACTION_BITS`].
    pub(crate) scale: u32,
}

impl Plain {
    /// The number with `scale` fractional bits that is nearest to `value`, halves to even.
    ///
    /// # Errors
    /// [`Error::NotFinite`] and [`Error::Scale`].
    pub fn real(value: f64, scale: u32) -> Result<Self, Error> {
        check_scale(scale)?;
        // Where the product overflows, the number is whole already.
        let scaled = value * 2_f64.powi(scale.cast_signed());
        let whole = if scaled.is_finite() {
            BigInt::from_f64(scaled.round_ties_even())
        } else {
            BigInt::from_f64(value).map(|whole| whole << scale)
        };
        whole.map(|value| Self { value, scale }).ok_or(Error::NotFinite { value })
    }

    /// The number as a whole one, its fractional bits and all.
    #[must_use]
    pub fn value(&self) -> &BigInt {
        &self.value
    }

    /// How many of its bits are a fraction.
    #[must_use]
    pub fn scale(&self) -> u32 {
        self.scale
    }

    /// The nearest double.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        // Numbers of more than a double's range are shifted first.
        let excess = self.value.bits().saturating_sub(1000).min(u64::from(self.scale)) as u32;
        let shifted = &self.value >> excess;
        shifted.to_f64().unwrap_or(f64::NAN) * 2_f64.powi(-(self.scale - excess).cast_signed())
    }

    /// The number for which a residue stands, if it is one that fits.
    pub(crate) fn from_residue(residue: BigUint, n: &BigUint, scale: u32) -> Option<Self> {
        let limit = n / 3_u32 - 1_u32;
        let value = if residue <= limit {
            BigInt::from(residue)
        } else {
            let magnitude = n - residue;
            (magnitude <= limit).then(|| -BigInt::from(magnitude))?
        };
        Some(Self { value, scale })
    }
}

/// Refuses more fractional bits than a number may have.
pub(crate) fn check_scale(bits: u32) -> Result<u32, Error> {
    if bits <= MOST_FRACTION_BITS { Ok(bits) } else { Err(Error::Scale { bits, most: MOST_FRACTION_BITS }) }
}

/// A type of numbers that can be encrypted.
pub trait Number: Clone {
    /// Fractional bits of such numbers where nothing else is said: none of whole numbers.
    const SCALE: u32;

    /// The number with `scale` fractional bits.
    ///
    /// # Errors
    /// [`Error::NotFinite`] and [`Error::Scale`].
    fn plain(&self, scale: u32) -> Result<Plain, Error>;
}

macro_rules! whole {
    ($($t:ty),*) => {$(
        impl Number for $t {
            const SCALE: u32 = 0;

            fn plain(&self, scale: u32) -> Result<Plain, Error> {
                Ok(Plain { value: BigInt::from(self.clone()) << check_scale(scale)?, scale })
            }
        }
    )*};
}

whole!(i32, i64, i128, u32, u64, u128, BigInt, BigUint);

macro_rules! real {
    ($($t:ty),*) => {$(
        impl Number for $t {
            const SCALE: u32 = FRACTION_BITS;

            fn plain(&self, scale: u32) -> Result<Plain, Error> {
                Plain::real(f64::from(*self), scale)
            }
        }
    )*};
}

real!(f32, f64);

/// A product's factor as a sign and a magnitude.
pub(crate) fn sign_and_magnitude(value: &BigInt) -> (bool, &BigUint) {
    (value.is_negative(), value.magnitude())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_numbers_are_rounded_to_nearest() {
        for (value, scale, whole) in
            [(1.5, 0, 2), (2.5, 0, 2), (-0.5, 1, -1), (0.3, 16, 19661), (-7.0, 3, -56), (0.0, 5, 0)]
        {
            let plain = Plain::real(value, scale).expect("finite");
            assert_eq!(plain.value, BigInt::from(whole), "{value} with {scale} bits");
        }
        assert_eq!(Plain::real(0.1, 60).expect("finite").to_f64(), 0.1);
        for value in [1e300, -0.7, 1e-100, f64::MAX] {
            assert_eq!(Plain::real(value, MOST_FRACTION_BITS).expect("finite").to_f64(), value);
        }
    }

    #[test]
    fn what_is_not_finite_or_too_fine_is_refused() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(matches!(Plain::real(value, 16), Err(Error::NotFinite { .. })));
        }
        assert!(matches!(Plain::real(1.0, MOST_FRACTION_BITS + 1), Err(Error::Scale { .. })));
    }
}
