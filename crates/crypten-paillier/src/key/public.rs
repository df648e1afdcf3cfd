//! The public key: the modulus and the noise that hides plaintexts.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crypten_ring::{Prg, Seed};
use num_bigint::BigUint;
use num_integer::Integer;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::key::{KeyFlaw, KeyLength};
use crate::montgomery::{FixedBase, Modulus, Residue, SecretExponent};
use crate::random::{below, words};

/// Bits of the exponent that one multiplication by the table of noise covers.
const WINDOW: usize = 5;

/// By how many bits an exponent is longer than the order of `h`, for a power that is close to uniform.
const HIDING_BITS: usize = 40;

/// Encrypts. Cheap to clone.
#[derive(Clone)]
pub struct PublicKey(Arc<Parts>);

struct Parts {
    /// Invariant: odd, without small factors, of an even number of bits.
    n: BigUint,
    square: Modulus,
    noise: Noise,
    fingerprint: Fingerprint,
}

/// How plaintexts are hidden.
enum Noise {
    /// A power of `h` with an exponent of half the bits of the modulus, or of more than all of them. The tables are made
    /// when they are first used.
    Short { half: OnceLock<FixedBase>, whole: OnceLock<FixedBase> },
    /// The `n`-th power of a uniform number.
    Full,
}

/// 128 bits of a hash of a public key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub(crate) [u8; 16]);

impl PublicKey {
    /// The key with this modulus, as another program made it. Noise takes an exponent of full length, since nothing is
    /// known of the primes.
    ///
    /// # Errors
    /// [`Error::NotAKey`] if it is shorter than [`KeyLength::LEAST`] or cannot be a product of two primes.
    pub fn from_modulus(n: BigUint) -> Result<Self, Error> {
        check_modulus(&n, KeyLength::LEAST)?;
        Ok(Self::checked(n, false))
    }

    /// The same for keys of any length, for tests.
    ///
    /// # Errors
    /// [`Error::NotAKey`].
    pub fn from_insecure_modulus(n: BigUint) -> Result<Self, Error> {
        check_modulus(&n, KeyLength::INSECURE_LEAST)?;
        Ok(Self::checked(n, false))
    }

    /// A key whose modulus has been checked; `short` if its owner says that short noise hides.
    pub(super) fn checked(n: BigUint, short: bool) -> Self {
        let square = Modulus::new(&(&n * &n)).expect("the square of an odd number is odd");
        let noise =
            if short { Noise::Short { half: OnceLock::new(), whole: OnceLock::new() } } else { Noise::Full };
        let hash =
            Sha256::new().chain_update(b"crypten paillier key").chain_update(n.to_bytes_be()).finalize();
        let mut fingerprint = Fingerprint([0; 16]);
        fingerprint.0.copy_from_slice(&hash[..16]);
        Self(Arc::new(Parts { n, square, noise, fingerprint }))
    }

    /// The modulus `n`.
    #[must_use]
    pub fn modulus(&self) -> &BigUint {
        &self.0.n
    }

    /// How many bits the modulus has.
    #[must_use]
    pub fn bits(&self) -> usize {
        self.0.n.bits() as usize
    }

    /// By which people and errors call the key.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint
    }

    /// The largest magnitude of a plaintext: a third of the modulus. What lies in the third between the positive and
    /// the negative plaintexts is told to be an overflow.
    #[must_use]
    pub fn limit(&self) -> BigUint {
        &self.0.n / 3_u32 - 1_u32
    }

    /// Whether noise takes exponents of half the length.
    #[must_use]
    pub fn has_short_noise(&self) -> bool {
        matches!(self.0.noise, Noise::Short { .. })
    }

    /// Arithmetic modulo the square of the modulus.
    pub(crate) fn square(&self) -> &Modulus {
        &self.0.square
    }

    /// Encryptions of zero, which hide plaintexts from all who have no secret key; cheaper together than one by one.
    pub(crate) fn noises(&self, count: usize, rng: &mut Prg) -> Vec<Residue> {
        match &self.0.noise {
            Noise::Short { half, .. } => self.powers_of_base(half, self.bits().div_ceil(2), count, rng),
            Noise::Full => (0..count).map(|_| self.full_noise(rng)).collect(),
        }
    }

    /// An encryption of zero that hides other noise from `h`, also from whoever has the secret key: the exponent is longer
    /// than the order of `h` by 40 bits, so the power is within `2^-40` of uniform. Noise that does not come from `h` it
    /// does not hide: [`PublicKey::full_noise`] does.
    pub(crate) fn hiding_noise(&self, rng: &mut Prg) -> Residue {
        match &self.0.noise {
            Noise::Short { whole, .. } => {
                self.powers_of_base(whole, self.bits() + HIDING_BITS, 1, rng).remove(0)
            }
            Noise::Full => self.full_noise(rng),
        }
    }

    /// An encryption of zero that hides the noise of what it is multiplied to, whatever that is and whoever looks: the
    /// `n`-th power of a uniform number.
    pub(crate) fn full_noise(&self, rng: &mut Prg) -> Residue {
        let square = self.square();
        square.power_public(&square.enter(&below(&self.0.n, rng)), &self.0.n)
    }

    fn powers_of_base(
        &self,
        table: &OnceLock<FixedBase>,
        bits: usize,
        count: usize,
        rng: &mut Prg,
    ) -> Vec<Residue> {
        let table = table.get_or_init(|| FixedBase::new(self.square(), &self.noise_base(), bits, WINDOW));
        let exponents: Vec<_> = (0..count).map(|_| SecretExponent::from_words(words(bits, rng))).collect();
        table.powers(self.square(), &exponents)
    }

    /// `(-x^2)^n` for an `x` that the modulus alone decides.
    fn noise_base(&self) -> Residue {
        let Parts { n, square, .. } = &*self.0;
        let hash: [u8; 32] = Sha256::new()
            .chain_update(b"crypten paillier noise")
            .chain_update(n.to_bytes_be())
            .finalize()
            .into();
        let word = |i: usize| hash[8 * i..][..8].iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
        let mut rng = Prg::new(&Seed::from_words(std::array::from_fn(word)), 0);
        let x = loop {
            let x = below(n, &mut rng);
            if x.gcd(n) == BigUint::from(1_u32) {
                break x;
            }
        };
        let h = n - &x * &x % n;
        square.power_public(&square.enter(&h), n)
    }
}

/// Whether a number can be the modulus of a key.
pub(super) fn check_modulus(n: &BigUint, least: usize) -> Result<(), Error> {
    let (bits, most) = (n.bits() as usize, KeyLength::MOST);
    let flaw = if bits < least || bits > most || bits % 2 == 1 {
        KeyFlaw::Length { bits, least, most }
    } else if n.is_even() {
        KeyFlaw::Even
    } else if let Some(factor) = small_factor(n) {
        KeyFlaw::SmallFactor { factor }
    } else if n.sqrt().pow(2) == *n || glass_pumpkin::prime::check_with(n, &mut crate::random::generator()?) {
        KeyFlaw::NotTwoPrimes
    } else {
        return Ok(());
    };
    Err(Error::NotAKey { flaw })
}

/// The least odd prime below 2^16 that divides `n`.
fn small_factor(n: &BigUint) -> Option<u32> {
    (3..1 << 16).step_by(2).find(|&factor| n % factor == BigUint::ZERO)
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint() == other.fingerprint()
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bits, {})", self.bits(), self.fingerprint())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..8].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}
