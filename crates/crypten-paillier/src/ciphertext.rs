//! One number under encryption: it adds to others under the same key, and multiplies by plain numbers.

mod operators; // + - * with numbers on either side

use crypten_ring::Prg;
use num_bigint::{BigInt, BigUint, Sign};

use crate::encoding::Encoded;
use crate::error::Error;
use crate::key::{PublicKey, SecretKey};
use crate::montgomery::Residue;
use crate::plain::{Number, Plain, check_scale, sign_and_magnitude};
use crate::random::generator;

/// An encrypted number: `(1 + n)^m` times noise, modulo `n^2`.
///
/// Numbers with fractional bits are brought to one scale when they are added; a product has the fractional bits of both
/// factors.
///
/// # Security
/// A sum or product carries the noise of its parts, and can be told from others by whoever knows those: call
/// [`Ciphertext::rerandomize`] before it goes to somebody who does. The time of a product by a plain number tells
/// that number's sign and length.
#[derive(Clone)]
pub struct Ciphertext {
    key: PublicKey,
    scale: u32,
    value: Residue,
}

impl PublicKey {
    /// Encrypts a number: whole numbers as they are, real ones with [`crate::FRACTION_BITS`] fractional bits.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond [`PublicKey::limit`], [`Error::NotFinite`], [`Error::NoRandomness`].
    pub fn encrypt<N: Number>(&self, number: N) -> Result<Ciphertext, Error> {
        self.encrypt_plain(&number.plain(N::SCALE)?)
    }

    /// Encrypts a number with fractional bits of its own.
    ///
    /// # Errors
    /// As [`PublicKey::encrypt`].
    pub fn encrypt_plain(&self, plain: &Plain) -> Result<Ciphertext, Error> {
        let value = self.hide(&plain.value, &mut generator()?)?;
        Ok(Ciphertext { key: self.clone(), scale: plain.scale, value })
    }

    /// `(1 + m n)` times noise.
    pub(crate) fn hide(&self, plain: &BigInt, rng: &mut Prg) -> Result<Residue, Error> {
        Ok(self.hide_all(std::slice::from_ref(plain), rng)?.remove(0))
    }

    /// The same of several numbers, which is cheaper than one by one.
    pub(crate) fn hide_all(&self, plain: &[BigInt], rng: &mut Prg) -> Result<Vec<Residue>, Error> {
        let mut values = self.noises(plain.len(), rng);
        for (value, plain) in values.iter_mut().zip(plain) {
            self.square().multiply_into(value, &self.bare(plain)?);
        }
        Ok(values)
    }

    /// `1 + m n`: an encryption without noise.
    pub(crate) fn bare(&self, value: &BigInt) -> Result<Residue, Error> {
        self.check_fits(value)?;
        let residue = match value.sign() {
            Sign::Minus => self.modulus() - value.magnitude(),
            _ => value.magnitude().clone(),
        };
        Ok(self.bare_residue(&residue))
    }

    /// The same of a residue modulo `n`.
    pub(crate) fn bare_residue(&self, residue: &BigUint) -> Residue {
        self.square().enter(&(residue * self.modulus() + 1_u32))
    }

    /// A plain number as a factor.
    pub(crate) fn factor<N: Number>(&self, number: &N) -> Result<BigInt, Error> {
        let value = number.plain(N::SCALE)?.value;
        self.check_fits(&value)?;
        Ok(value)
    }

    /// Refuses a number beyond the limit.
    fn check_fits(&self, value: &BigInt) -> Result<(), Error> {
        let limit = self.limit();
        if *value.magnitude() > limit {
            return Err(Error::TooLarge { bits: value.bits(), limit: limit.bits() - 1 });
        }
        Ok(())
    }

    /// Refuses another key than this.
    pub(crate) fn check_same(&self, other: &Self) -> Result<(), Error> {
        if self == other {
            return Ok(());
        }
        Err(Error::KeysDiffer { left: self.fingerprint(), right: other.fingerprint() })
    }

    /// The power of a ciphertext.
    pub(crate) fn times(&self, value: &Residue, factor: &BigInt) -> Residue {
        let (negative, magnitude) = sign_and_magnitude(factor);
        let power = self.square().power_public(value, magnitude);
        if negative { self.inverse(&power) } else { power }
    }

    /// The inverse of a ciphertext.
    pub(crate) fn inverse(&self, value: &Residue) -> Residue {
        let square = self.square();
        let inverse = square.leave(value).modinv(&square.value());
        square.enter(&inverse.expect("a ciphertext is checked to be invertible"))
    }
}

impl SecretKey {
    /// Decrypts a number to its nearest double.
    ///
    /// # Errors
    /// As [`SecretKey::decrypt_plain`].
    pub fn decrypt_f64(&self, ciphertext: &Ciphertext) -> Result<f64, Error> {
        Ok(self.decrypt_plain(ciphertext)?.to_f64())
    }

    /// Decrypts a number: a whole one, and how many of its bits are a fraction.
    ///
    /// # Errors
    /// [`Error::KeysDiffer`], and [`Error::Overflow`] if it lies outside the range of plaintexts. A sum that has gone
    /// around the whole range is not noticed.
    pub fn decrypt_plain(&self, ciphertext: &Ciphertext) -> Result<Plain, Error> {
        self.check(&ciphertext.key)?;
        self.reveal(&ciphertext.key, &ciphertext.value, ciphertext.scale, 0)
    }

    /// Refuses what is not encrypted under this key.
    pub(crate) fn check(&self, key: &PublicKey) -> Result<(), Error> {
        if self.fingerprint() == key.fingerprint() {
            return Ok(());
        }
        Err(Error::KeysDiffer { left: self.fingerprint(), right: key.fingerprint() })
    }

    /// The plaintext of number `index`.
    pub(crate) fn reveal(
        &self,
        key: &PublicKey,
        value: &Residue,
        scale: u32,
        index: usize,
    ) -> Result<Plain, Error> {
        let residue = self.decrypt(&key.square().leave(value));
        Plain::from_residue(residue, self.modulus(), scale).ok_or(Error::Overflow { index })
    }
}

impl Ciphertext {
    /// The key under which it is encrypted.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// How many bits of the plaintext are a fraction.
    #[must_use]
    pub fn scale(&self) -> u32 {
        self.scale
    }

    /// The number below `n^2` as which it stands.
    #[must_use]
    pub fn raw(&self) -> BigUint {
        self.key.square().leave(&self.value)
    }

    /// The ciphertext that stands as this number, as another program made it. What python-paillier calls an exponent `e`
    /// is a scale of `-4 e`.
    ///
    /// # Errors
    /// [`Error::NotACiphertext`] and [`Error::Scale`].
    pub fn from_raw(key: &PublicKey, raw: &BigUint, scale: u32) -> Result<Self, Error> {
        let value = crate::encoding::check_all(key, std::slice::from_ref(raw))?.remove(0);
        Ok(Self { key: key.clone(), scale: check_scale(scale)?, value })
    }

    /// The ciphertext as it travels, with the fingerprint of its key.
    #[must_use]
    pub fn encode(&self) -> Encoded {
        Encoded::new(&self.key, self.scale, &[], std::iter::once(self.value.clone()))
    }

    /// Reads what [`Ciphertext::encode`] wrote.
    ///
    /// # Errors
    /// [`Error::KeysDiffer`], [`Error::EncodingLength`], [`Error::NotACiphertext`], [`Error::Scale`], and
    /// [`Error::Shapes`] if it is a tensor.
    pub fn decode(key: &PublicKey, encoded: &Encoded) -> Result<Self, Error> {
        let mut values = encoded.open(key)?;
        match (&encoded.shape[..], values.pop()) {
            ([], Some(value)) => Ok(Self { key: key.clone(), scale: encoded.scale, value }),
            (shape, _) => Err(Error::Shapes { operation: "decode", left: shape.to_vec(), right: Vec::new() }),
        }
    }

    /// The same plaintext under fresh noise. Nobody can tell how it was computed, not even the owner of the key.
    ///
    /// # Errors
    /// [`Error::NoRandomness`].
    pub fn rerandomize(&self) -> Result<Self, Error> {
        let mut value = self.key.full_noise(&mut generator()?);
        self.key.square().multiply_into(&mut value, &self.value);
        Ok(Self { value, ..self.clone() })
    }

    /// The sum of two encrypted numbers: the product of the ciphertexts.
    ///
    /// # Errors
    /// [`Error::KeysDiffer`].
    pub fn add(&self, other: &Self) -> Result<Self, Error> {
        self.key.check_same(&other.key)?;
        let (left, right) = (self.at_scale(other.scale), other.at_scale(self.scale));
        let value = self.key.square().multiply(&left.value, &right.value);
        Ok(Self { value, ..left })
    }

    /// The difference of two encrypted numbers.
    ///
    /// # Errors
    /// [`Error::KeysDiffer`].
    pub fn sub(&self, other: &Self) -> Result<Self, Error> {
        self.key.check_same(&other.key)?;
        self.add(&other.neg())
    }

    /// The sum of this and a plain number.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::NotFinite`].
    pub fn add_plain<N: Number>(&self, number: N) -> Result<Self, Error> {
        let scale = N::SCALE.max(self.scale);
        let (left, value) = (self.at_scale(scale), self.key.bare(&number.plain(scale)?.value)?);
        Ok(Self { value: self.key.square().multiply(&left.value, &value), ..left })
    }

    /// The difference of this and a plain number.
    ///
    /// # Errors
    /// As [`Ciphertext::add_plain`].
    pub fn sub_plain<N: Number>(&self, number: N) -> Result<Self, Error> {
        Ok(self.neg().add_plain(number)?.neg())
    }

    /// The product of this and a plain number, real numbers with [`crate::FRACTION_BITS`] fractional bits.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::NotFinite`], and [`Error::Scale`] if the product has too many fractional bits.
    pub fn mul_plain<N: Number>(&self, number: N) -> Result<Self, Error> {
        let (factor, scale) = (self.key.factor(&number)?, check_scale(self.scale + N::SCALE)?);
        Ok(Self { value: self.key.times(&self.value, &factor), scale, key: self.key.clone() })
    }

    /// The number with the other sign.
    #[must_use]
    pub fn neg(&self) -> Self {
        Self { value: self.key.inverse(&self.value), ..self.clone() }
    }

    /// The number with at least `scale` fractional bits.
    fn at_scale(&self, scale: u32) -> Self {
        if scale <= self.scale {
            return self.clone();
        }
        let factor = BigInt::from(1) << (scale - self.scale);
        Self { value: self.key.times(&self.value, &factor), scale, key: self.key.clone() }
    }
}

impl std::fmt::Debug for Ciphertext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ciphertext({}, {} fractional bits, ..)", self.key.fingerprint(), self.scale)
    }
}
