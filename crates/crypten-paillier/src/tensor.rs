//! An array of encrypted numbers under one key, with one number of fractional bits.

mod arithmetic; // + - * with encrypted and plain tensors
mod matmul; // products with plain matrices
mod operators; // the same as symbols
mod reduce; // sums and means
mod shape; // reshaping and joining

use ndarray::{ArrayBase, ArrayD, Data, Dimension};
use num_bigint::BigInt;

use crate::encoding::Encoded;
use crate::error::Error;
use crate::key::{PublicKey, SecretKey};
use crate::montgomery::Residue;
use crate::parallel::Workers;
use crate::plain::{Number, Plain};
use crate::random::generator;

/// Encrypted numbers in an array of any shape.
///
/// Elementwise operations broadcast. Numbers with fractional bits are brought to one scale when they are added; a
/// product has the fractional bits of both factors. What takes long uses all cores.
///
/// # Security
/// As for a [`crate::Ciphertext`]: what is computed from others is re-randomised before it goes to somebody who knows
/// their noise. Shape and number of fractional bits are public.
#[derive(Clone)]
pub struct EncryptedTensor {
    key: PublicKey,
    scale: u32,
    values: ArrayD<Residue>,
}

impl EncryptedTensor {
    /// Encrypts an array: whole numbers as they are, real ones with [`crate::FRACTION_BITS`] fractional bits.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for a number beyond [`PublicKey::limit`], [`Error::NotFinite`], [`Error::NoRandomness`].
    pub fn encrypt<N: Number + Sync, D: Dimension>(
        key: &PublicKey,
        numbers: &ArrayBase<impl Data<Elem = N>, D>,
    ) -> Result<Self, Error> {
        Self::encrypt_by(&Workers::all(), key, numbers, N::SCALE)
    }

    /// The same by some workers, with `scale` fractional bits.
    ///
    /// # Errors
    /// As [`EncryptedTensor::encrypt`], and [`Error::Scale`].
    pub fn encrypt_by<N: Number + Sync, D: Dimension>(
        workers: &Workers<'_>,
        key: &PublicKey,
        numbers: &ArrayBase<impl Data<Elem = N>, D>,
        scale: u32,
    ) -> Result<Self, Error> {
        crate::plain::check_scale(scale)?;
        let elements: Vec<&N> = numbers.iter().collect();
        let values = workers.map_portions(elements.len(), generator, |rng, portion| {
            let plain = elements[portion].iter().map(|number| Ok(number.plain(scale)?.value));
            key.hide_all(&plain.collect::<Result<Vec<_>, Error>>()?, rng)
        })?;
        Ok(Self::new(key, scale, numbers.shape(), values))
    }

    /// Decrypts to the nearest doubles.
    ///
    /// # Errors
    /// [`Error::KeysDiffer`], and [`Error::Overflow`] for a number outside the range of plaintexts.
    pub fn decrypt(&self, key: &SecretKey) -> Result<ArrayD<f64>, Error> {
        self.decrypt_by(&Workers::all(), key)
    }

    /// The same by some workers.
    ///
    /// # Errors
    /// As [`EncryptedTensor::decrypt`].
    pub fn decrypt_by(&self, workers: &Workers<'_>, key: &SecretKey) -> Result<ArrayD<f64>, Error> {
        let plain = self.reveal(workers, key)?;
        Ok(array(self.shape(), plain.iter().map(Plain::to_f64).collect()))
    }

    /// Decrypts to whole numbers, their fractional bits and all.
    ///
    /// # Errors
    /// As [`EncryptedTensor::decrypt`].
    pub fn decrypt_whole(&self, key: &SecretKey) -> Result<ArrayD<BigInt>, Error> {
        let plain = self.reveal(&Workers::all(), key)?;
        Ok(array(self.shape(), plain.into_iter().map(|plain| plain.value).collect()))
    }

    fn reveal(&self, workers: &Workers<'_>, key: &SecretKey) -> Result<Vec<Plain>, Error> {
        key.check(&self.key)?;
        let values = self.in_order();
        workers.map(values.len(), || Ok(()), |(), i| key.reveal(&self.key, values[i], self.scale, i))
    }

    /// The key under which it is encrypted.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Its shape.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        self.values.shape()
    }

    /// How many numbers it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether it has no number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many bits of the plaintexts are a fraction.
    #[must_use]
    pub fn scale(&self) -> u32 {
        self.scale
    }

    /// The same plaintexts under fresh noise. Nobody can tell how they were computed, not even the owner of the key.
    ///
    /// # Errors
    /// [`Error::NoRandomness`].
    pub fn rerandomize(&self) -> Result<Self, Error> {
        let values = self.in_order();
        let fresh = Workers::all().map(values.len(), generator, |rng, i| {
            let mut value = self.key.full_noise(rng);
            self.key.square().multiply_into(&mut value, values[i]);
            Ok(value)
        })?;
        Ok(Self::new(&self.key, self.scale, self.shape(), fresh))
    }

    /// The tensor as it travels, with the fingerprint of its key.
    #[must_use]
    pub fn encode(&self) -> Encoded {
        Encoded::new(&self.key, self.scale, self.shape(), self.values.iter().cloned())
    }

    /// Reads what [`EncryptedTensor::encode`] wrote.
    ///
    /// # Errors
    /// [`Error::KeysDiffer`], [`Error::EncodingLength`], [`Error::NotACiphertext`] and [`Error::Scale`].
    pub fn decode(key: &PublicKey, encoded: &Encoded) -> Result<Self, Error> {
        Ok(Self::new(key, encoded.scale, &encoded.shape, encoded.open(key)?))
    }

    fn new(key: &PublicKey, scale: u32, shape: &[usize], values: Vec<Residue>) -> Self {
        Self { key: key.clone(), scale, values: array(shape, values) }
    }

    fn in_order(&self) -> Vec<&Residue> {
        self.values.iter().collect()
    }

    /// Applies `f` to all elements, by all cores.
    fn map(&self, scale: u32, f: impl Fn(&Residue) -> Residue + Sync) -> Self {
        let values = self.in_order();
        let mapped = Workers::all().map(values.len(), || Ok(()), |(), i| Ok::<_, Error>(f(values[i])));
        Self::new(&self.key, scale, self.shape(), mapped.expect("no step of it fails"))
    }

    /// The numbers with at least `scale` fractional bits.
    fn at_scale(&self, scale: u32) -> Self {
        if scale <= self.scale {
            return self.clone();
        }
        let factor = BigInt::from(1) << (scale - self.scale);
        self.map(scale, |value| self.key.times(value, &factor))
    }
}

fn array<T>(shape: &[usize], values: Vec<T>) -> ArrayD<T> {
    ArrayD::from_shape_vec(shape, values).expect("as many values as the shape says")
}

impl std::fmt::Debug for EncryptedTensor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (shape, key) = (self.shape(), self.key.fingerprint());
        write!(f, "EncryptedTensor({shape:?}, {} fractional bits, key {key})", self.scale)
    }
}
