//! Several values in one ciphertext: slot `i` of `w` bits holds a signed value, `m = sum_i v_i 2^(w i)`.
//!
//! Sums of packed ciphertexts are sums of slots as long as no slot overflows; so a packing declares how large the values
//! are and how many may be added up. All costs, bytes among them, are divided by the number of slots.

use ndarray::{ArrayBase, ArrayD, Data, Dimension};
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};

use crate::encoding::{Encoded, elements};
use crate::error::Error;
use crate::key::{PublicKey, SecretKey};
use crate::montgomery::Residue;
use crate::parallel::Workers;
use crate::plain::{Number, Plain, check_scale};
use crate::random::generator;

/// How values lie in plaintexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packing {
    value_bits: u64,
    room: u64,
    /// Invariant: so many slots fit the key for which it was made, at least one.
    slots: usize,
}

impl Packing {
    /// Slots for values below `2^value_bits` in magnitude (their fractional bits included), of which `room` may be
    /// added up.
    ///
    /// # Errors
    /// [`Error::NoSlots`] if not one of them fits a plaintext of this key.
    pub fn new(key: &PublicKey, value_bits: u64, room: u64) -> Result<Self, Error> {
        let limit = key.limit().bits() - 1;
        // Longer slots than plaintexts are refused below, whatever their length.
        let packing = Self { value_bits: value_bits.min(limit), room: room.clamp(1, 1 << 63), slots: 1 };
        let slot_bits = packing.slot_bits();
        match (limit / slot_bits) as usize {
            0 => Err(Error::NoSlots { slot_bits, limit }),
            slots => Ok(Self { slots, ..packing }),
        }
    }

    /// How many values one ciphertext holds.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// Bits of a slot: those of a value, of the number of terms, and a sign.
    #[must_use]
    pub fn slot_bits(&self) -> u64 {
        self.value_bits + u64::from(self.room.next_power_of_two().trailing_zeros()) + 1
    }

    /// How many terms a sum may have.
    #[must_use]
    pub fn room(&self) -> u64 {
        self.room
    }

    fn pack(&self, values: &[BigInt]) -> BigInt {
        values.iter().rev().fold(BigInt::zero(), |packed, value| (packed << self.slot_bits()) + value)
    }
}

/// The lowest slots of a plaintext, as signed numbers.
pub(crate) fn signed_slots(mut packed: BigInt, slot_bits: u64, count: usize) -> Vec<BigInt> {
    let half = BigInt::from(1) << (slot_bits - 1);
    let (slot, mask) = (&half << 1, (&half << 1) - 1);
    (0..count)
        .map(|_| {
            let low = &packed & &mask;
            let value = if low >= half { low - &slot } else { low };
            packed = (&packed - &value) >> slot_bits;
            value
        })
        .collect()
}

/// Encrypted numbers in an array of any shape, several to a ciphertext. They are added, subtracted and multiplied by
/// one whole number; nothing else is possible without unpacking.
#[derive(Clone)]
pub struct PackedTensor {
    key: PublicKey,
    packing: Packing,
    scale: u32,
    shape: Vec<usize>,
    /// How many values are added up in a slot, at most. Invariant: no more than the packing has room for.
    terms: u64,
    values: Vec<Residue>,
}

impl PackedTensor {
    /// Encrypts an array.
    ///
    /// # Errors
    /// [`Error::SlotOverflow`] for a number that does not fit the packing, [`Error::NotFinite`],
    /// [`Error::NoRandomness`].
    pub fn encrypt<N: Number + Sync, D: Dimension>(
        key: &PublicKey,
        packing: Packing,
        numbers: &ArrayBase<impl Data<Elem = N>, D>,
    ) -> Result<Self, Error> {
        Self::encrypt_by(&Workers::all(), key, packing, numbers, N::SCALE)
    }

    /// The same by some workers, with `scale` fractional bits.
    ///
    /// # Errors
    /// As [`PackedTensor::encrypt`], and [`Error::Scale`].
    pub fn encrypt_by<N: Number + Sync, D: Dimension>(
        workers: &Workers<'_>,
        key: &PublicKey,
        packing: Packing,
        numbers: &ArrayBase<impl Data<Elem = N>, D>,
        scale: u32,
    ) -> Result<Self, Error> {
        let packed = packed(packing, numbers, check_scale(scale)?)?;
        let values = workers
            .map_portions(packed.len(), generator, |rng, portion| key.hide_all(&packed[portion], rng))?;
        Ok(Self { key: key.clone(), packing, scale, shape: numbers.shape().to_vec(), terms: 1, values })
    }

    /// Decrypts to the nearest doubles.
    ///
    /// # Errors
    /// [`Error::KeysDiffer`], and [`Error::Overflow`] for a plaintext out of range.
    pub fn decrypt(&self, key: &SecretKey) -> Result<ArrayD<f64>, Error> {
        self.decrypt_by(&Workers::all(), key)
    }

    /// The same by some workers.
    ///
    /// # Errors
    /// As [`PackedTensor::decrypt`].
    pub fn decrypt_by(&self, workers: &Workers<'_>, key: &SecretKey) -> Result<ArrayD<f64>, Error> {
        let whole = self.reveal(workers, key)?;
        Ok(whole.mapv(|value| match value.to_i64() {
            Some(small) if small.unsigned_abs() < 1 << 53 => {
                small as f64 * 2_f64.powi(-self.scale.cast_signed())
            }
            _ => Plain { value, scale: self.scale }.to_f64(),
        }))
    }

    /// Decrypts to whole numbers, their fractional bits and all.
    ///
    /// # Errors
    /// As [`PackedTensor::decrypt`].
    pub fn decrypt_whole(&self, key: &SecretKey) -> Result<ArrayD<BigInt>, Error> {
        self.reveal(&Workers::all(), key)
    }

    fn reveal(&self, workers: &Workers<'_>, key: &SecretKey) -> Result<ArrayD<BigInt>, Error> {
        key.check(&self.key)?;
        let (slots, count) = (self.packing.slots, self.len());
        let values = workers.map(
            self.values.len(),
            || Ok(()),
            |(), i| {
                let plain = key.reveal(&self.key, &self.values[i], self.scale, i)?;
                Ok(signed_slots(plain.value, self.packing.slot_bits(), slots.min(count - i * slots)))
            },
        )?;
        let values = values.into_iter().flatten().collect();
        Ok(ArrayD::from_shape_vec(&self.shape[..], values).expect("as many values as the shape says"))
    }

    /// The key under which it is encrypted.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// How its values lie in plaintexts.
    #[must_use]
    pub fn packing(&self) -> Packing {
        self.packing
    }

    /// Its shape.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// How many numbers it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has no number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sum of two packed tensors of one shape.
    ///
    /// # Errors
    /// [`Error::KeysDiffer`], [`Error::Shapes`], [`Error::SlotsDiffer`], [`Error::ScalesDiffer`] and [`Error::NoRoom`] if the sum would have more terms than were declared.
    pub fn add(&self, other: &Self) -> Result<Self, Error> {
        let terms = self.check("add", other)?;
        let square = self.key.square();
        let values = self.values.iter().zip(&other.values).map(|(a, b)| square.multiply(a, b)).collect();
        Ok(Self { terms, values, ..self.clone() })
    }

    /// The difference of two packed tensors of one shape.
    ///
    /// # Errors
    /// As [`PackedTensor::add`].
    pub fn sub(&self, other: &Self) -> Result<Self, Error> {
        self.check("sub", other)?;
        let values = other.values.iter().map(|value| self.key.inverse(value)).collect();
        self.add(&Self { values, ..other.clone() })
    }

    /// The sum of this and a plain array of the same shape, which is rounded to this tensor's fractional bits.
    ///
    /// # Errors
    /// As [`PackedTensor::add`] and [`PackedTensor::encrypt`].
    pub fn add_plain<N: Number + Sync, D: Dimension>(
        &self,
        numbers: &ArrayBase<impl Data<Elem = N>, D>,
    ) -> Result<Self, Error> {
        if numbers.shape() != self.shape {
            let (left, right) = (self.shape.clone(), numbers.shape().to_vec());
            return Err(Error::Shapes { operation: "add", left, right });
        }
        let packed = packed(self.packing, numbers, self.scale)?;
        let values = packed.iter().map(|value| self.key.bare(value)).collect::<Result<_, _>>()?;
        self.add(&Self { terms: 1, values, ..self.clone() })
    }

    /// The product of all numbers by one whole number, which takes the room of as many terms as its magnitude.
    ///
    /// # Errors
    /// [`Error::NoRoom`].
    pub fn mul_plain(&self, factor: i64) -> Result<Self, Error> {
        let terms = self.with_room(self.terms.saturating_mul(factor.unsigned_abs().max(1)))?;
        let values = self.values.iter().map(|value| self.key.times(value, &factor.into())).collect();
        Ok(Self { terms, values, ..self.clone() })
    }

    /// The same plaintexts under fresh noise. Nobody can tell how they were computed, not even the owner of the key.
    ///
    /// # Errors
    /// [`Error::NoRandomness`].
    pub fn rerandomize(&self) -> Result<Self, Error> {
        let fresh = Workers::all().map(self.values.len(), generator, |rng, i| {
            let mut value = self.key.full_noise(rng);
            self.key.square().multiply_into(&mut value, &self.values[i]);
            Ok(value)
        })?;
        Ok(Self { values: fresh, ..self.clone() })
    }

    /// The tensor as it travels. Its packing, number of terms and shape are for the receiver to know.
    #[must_use]
    pub fn encode(&self) -> Encoded {
        Encoded::new(&self.key, self.scale, &[self.values.len()], self.values.iter().cloned())
    }

    /// Reads what [`PackedTensor::encode`] wrote of a tensor with this packing, so many terms and this shape.
    ///
    /// # Errors
    /// [`Error::KeysDiffer`], [`Error::EncodingLength`], [`Error::NotACiphertext`], [`Error::Scale`], [`Error::NoRoom`]
    /// and [`Error::Shapes`].
    pub fn decode(
        key: &PublicKey,
        packing: Packing,
        terms: u64,
        shape: &[usize],
        encoded: &Encoded,
    ) -> Result<Self, Error> {
        let values = encoded.open(key)?;
        let count = elements(shape);
        if count.map(|count| count.div_ceil(packing.slots)) != Some(values.len()) {
            let (left, right) = (vec![values.len(), packing.slots], shape.to_vec());
            return Err(Error::Shapes { operation: "decode", left, right });
        }
        let tensor =
            Self { key: key.clone(), packing, scale: encoded.scale, shape: shape.to_vec(), terms, values };
        tensor.with_room(terms)?;
        Ok(tensor)
    }

    fn check(&self, operation: &'static str, other: &Self) -> Result<u64, Error> {
        self.key.check_same(&other.key)?;
        if self.shape != other.shape {
            let (left, right) = (self.shape.clone(), other.shape.clone());
            return Err(Error::Shapes { operation, left, right });
        }
        if self.packing != other.packing {
            let [left, right] = [self, other].map(|tensor| tensor.packing.slot_bits());
            return Err(Error::SlotsDiffer { left, right });
        }
        if self.scale != other.scale {
            return Err(Error::ScalesDiffer { left: self.scale, right: other.scale });
        }
        self.with_room(self.terms.saturating_add(other.terms))
    }

    fn with_room(&self, terms: u64) -> Result<u64, Error> {
        let room = self.packing.room;
        if terms <= room { Ok(terms) } else { Err(Error::NoRoom { room, terms }) }
    }
}

/// The plaintexts of an array.
fn packed<N: Number, D: Dimension>(
    packing: Packing,
    numbers: &ArrayBase<impl Data<Elem = N>, D>,
    scale: u32,
) -> Result<Vec<BigInt>, Error> {
    let whole = numbers.iter().enumerate().map(|(index, number)| {
        let value = number.plain(scale)?.value;
        let bits = packing.value_bits;
        if value.abs().bits() > bits { Err(Error::SlotOverflow { index, bits }) } else { Ok(value) }
    });
    let whole = whole.collect::<Result<Vec<_>, Error>>()?;
    Ok(whole.chunks(packing.slots).map(|values| packing.pack(values)).collect())
}

impl std::fmt::Debug for PackedTensor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (slots, key) = (self.packing.slots, self.key.fingerprint());
        write!(f, "PackedTensor({:?}, {slots} values a ciphertext, key {key})", self.shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacking_undoes_packing_at_the_ends_of_the_range() {
        let packing = Packing { value_bits: 8, room: 4, slots: 6 };
        for values in [
            [0, 0, 0, 0, 0, 0],
            [255, -255, 255, -255, 0, -1],
            [-255; 6],
            [4 * 255, -4 * 255, 0, 0, 1, -1020],
        ] {
            let values = values.map(BigInt::from);
            assert_eq!(signed_slots(packing.pack(&values), packing.slot_bits(), 6), values);
        }
    }
}
