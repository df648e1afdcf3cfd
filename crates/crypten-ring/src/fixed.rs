//! Real numbers as ring elements: `x` stands as the nearest integer to `x * 2^f`, in two's complement.

use ndarray::{ArrayD, ArrayView, Dimension};

use crate::angle::two_to;
use crate::error::Error;
use crate::simd::vectorized;
use crate::tensor::RingTensor;

/// The number `f` of fractional bits of a fixed-point encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scale {
    /// Invariant: at most [`Scale::MAX_BITS`] twice over (the scale of a product before truncation).
    bits: u32,
}

impl Scale {
    /// Fewest fractional bits of a precision.
    pub const MIN_BITS: u32 = 1;
    /// Most fractional bits of a precision.
    pub const MAX_BITS: u32 = 40;
    /// Whole numbers: no fractional bits.
    pub const INTEGER: Self = Self { bits: 0 };

    /// Values stay below this magnitude in the ring, so that a sign, a sum and a truncation are exact.
    const LIMIT: f64 = (1_u64 << 62) as f64;

    /// A precision of `bits` fractional bits.
    ///
    /// # Errors
    /// [`Error::ScaleOutOfRange`] outside [`Scale::MIN_BITS`] to [`Scale::MAX_BITS`].
    pub fn new(bits: u32) -> Result<Self, Error> {
        if (Self::MIN_BITS..=Self::MAX_BITS).contains(&bits) {
            Ok(Self { bits })
        } else {
            Err(Error::ScaleOutOfRange { bits })
        }
    }

    /// The number of fractional bits.
    #[must_use]
    pub fn bits(self) -> u32 {
        self.bits
    }

    /// What magnitudes of encoded numbers must stay below: `2^(62 - f)`.
    #[must_use]
    pub fn limit(self) -> f64 {
        Self::LIMIT / self.factor()
    }

    /// Encodes one number, rounding to nearest, halves to even.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for infinities, NaN and magnitudes of [`Scale::limit`] and above.
    pub fn encode_scalar(self, value: f64) -> Result<u64, Error> {
        self.element(0, value)
    }

    /// Encodes an array, rounding to nearest, halves to even.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for infinities, NaN and magnitudes of [`Scale::limit`] and above; names the element.
    pub fn encode<N: Copy + Into<f64>, D: Dimension>(
        self,
        values: &ArrayView<'_, N, D>,
    ) -> Result<RingTensor, Error> {
        let (factor, mut words) = (self.factor(), vec![0; values.len()]);
        let fit = match values.as_slice() {
            Some(values) => vectorized(
                #[inline(always)]
                || encode_into(&mut words, values.iter(), factor),
            ),
            None => encode_into(&mut words, values.iter(), factor),
        };
        if !fit {
            // Says which one does not.
            values.iter().enumerate().try_for_each(|(i, &value)| self.element(i, value.into()).map(drop))?;
        }
        Ok(RingTensor::from_vec(values.shape(), words))
    }

    /// Decodes one ring element; exact for every element below `2^53` in magnitude, else the nearest `f64`.
    #[must_use]
    pub fn decode_scalar(self, word: u64) -> f64 {
        word.cast_signed() as f64 / self.factor()
    }

    /// Decodes a tensor; see [`Scale::decode_scalar`].
    #[must_use]
    pub fn decode(self, tensor: &RingTensor) -> ArrayD<f64> {
        let unit = self.factor().recip();
        tensor.view().mapv(|word| word.cast_signed() as f64 * unit)
    }

    fn factor(self) -> f64 {
        two_to(self.bits.cast_signed())
    }

    fn element(self, index: usize, value: f64) -> Result<u64, Error> {
        let scaled = (value * self.factor()).round_ties_even();
        if scaled.abs() < Self::LIMIT {
            Ok((scaled as i64).cast_unsigned())
        } else {
            Err(Error::OutOfRange { index, fraction_bits: self.bits, limit: self.limit() })
        }
    }
}

/// Writes the encodings; tells whether all numbers are in range.
#[inline(always)]
fn encode_into<'a, N: Copy + Into<f64> + 'a>(
    words: &mut [u64],
    values: impl Iterator<Item = &'a N>,
    factor: f64,
) -> bool {
    let mut fit = true;
    for (word, &value) in words.iter_mut().zip(values) {
        let scaled = (value.into() * factor).round_ties_even();
        fit &= scaled.abs() < Scale::LIMIT;
        *word = (scaled as i64).cast_unsigned();
    }
    fit
}

impl Default for Scale {
    /// 16 fractional bits.
    fn default() -> Self {
        Self { bits: 16 }
    }
}

impl std::ops::Add for Scale {
    type Output = Self;

    /// The scale of a product of two encoded numbers.
    fn add(self, other: Self) -> Self {
        Self { bits: self.bits + other.bits }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precisions_outside_1_to_40_are_refused() {
        assert!(Scale::new(1).is_ok() && Scale::new(40).is_ok());
        for bits in [0, 41, u32::MAX] {
            assert_eq!(Scale::new(bits), Err(Error::ScaleOutOfRange { bits }));
        }
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        let values = ndarray::array![1.0, f64::NAN];
        let error = Scale::default().encode(&values.view()).unwrap_err();
        assert!(error.to_string().starts_with("element 1 does not fit 16 fractional bits"), "{error}");
        for value in [f64::INFINITY, Scale::default().limit(), -Scale::default().limit()] {
            assert!(Scale::default().encode_scalar(value).is_err());
        }
    }
}
