//! A seeded generator: ChaCha with 12 rounds and a 256-bit key, at the speed of the `chacha20` crate.
//!
//! Domain separation: every use has a label and an index. The key is HKDF-SHA256(seed, label), the nonce is the
//! index, and a [`Prg`] is not `Clone`; so two uses share a stream only if seed, label and index agree, which
//! callers exclude by counting. Sources: RFC 8439 (ChaCha), RFC 5869 (HKDF); 12 rounds as in J.-P. Aumasson,
//! "Too much crypto" (2019), and Rust's `StdRng`.

use std::fmt;

use chacha20::ChaCha12;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use hkdf::Hkdf;
use rand_core::{CryptoRng, TryCryptoRng, TryRng};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::tensor::RingTensor;

/// 256 secret bits from which streams are expanded. Neither prints nor compares; zeroized when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; 32]);

impl Seed {
    /// A fresh seed from a cryptographic generator.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// The seed made of these words.
    #[must_use]
    pub fn from_words(words: [u64; 4]) -> Self {
        Self(bytemuck::cast(words))
    }

    /// The seed as words, to be sent to the one peer that shares it.
    #[must_use]
    pub fn to_words(&self) -> [u64; 4] {
        bytemuck::cast(self.0)
    }

    /// A seed for one purpose, independent of the seeds for all other purposes.
    #[must_use]
    pub fn derive(&self, label: &[u8]) -> Self {
        let mut bytes = [0; 32];
        Hkdf::<Sha256>::new(Some(b"crypten/1"), &self.0)
            .expand(label, &mut bytes)
            .expect("32 bytes are within HKDF's limit");
        Self(bytes)
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// One stream of a seed. Zeroized when dropped.
pub struct Prg {
    cipher: ChaCha12,
    /// Room for a single word; each call takes fresh bytes of the stream.
    word: Zeroizing<[u8; 8]>,
}

impl Prg {
    /// The stream number `index` of a seed. A derived seed ([`Seed::derive`]) separates purposes.
    #[must_use]
    pub fn new(seed: &Seed, index: u64) -> Self {
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&index.to_le_bytes());
        Self { cipher: ChaCha12::new(&seed.0.into(), &nonce.into()), word: Zeroizing::new([0; 8]) }
    }

    /// Overwrites `words` with the next words of the stream.
    ///
    /// # Panics
    /// After 256 GiB, the end of the stream.
    pub fn fill(&mut self, words: &mut [u64]) {
        self.cipher.write_keystream(bytemuck::cast_slice_mut(words));
    }

    /// The next words of the stream.
    #[must_use]
    pub fn words(&mut self, count: usize) -> Vec<u64> {
        let mut words = vec![0; count];
        self.fill(&mut words);
        words
    }

    /// A uniformly random tensor.
    #[must_use]
    pub fn tensor(&mut self, shape: &[usize]) -> RingTensor {
        RingTensor::from_vec(shape, self.words(shape.iter().product()))
    }
}

impl fmt::Debug for Prg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prg(..)")
    }
}

impl TryRng for Prg {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let [a, b, c, d, ..] = self.next_word().to_le_bytes();
        Ok(u32::from_le_bytes([a, b, c, d]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.next_word())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.cipher.write_keystream(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Prg {}

impl Prg {
    fn next_word(&mut self) -> u64 {
        self.cipher.write_keystream(&mut *self.word);
        u64::from_le_bytes(*self.word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::Rng;

    fn seed() -> Seed {
        Seed::from_words([1, 2, 3, 4])
    }

    #[test]
    fn streams_differ_by_seed_label_and_index() {
        let stream = |seed: &Seed, index| Prg::new(seed, index).words(4);
        let streams = [
            stream(&seed(), 0),
            stream(&seed(), 1),
            stream(&seed().derive(b"a"), 0),
            stream(&seed().derive(b"b"), 0),
            stream(&Seed::from_words([1, 2, 3, 5]), 0),
        ];
        for (i, a) in streams.iter().enumerate() {
            assert!(streams[..i].iter().all(|b| a != b));
        }
    }

    #[test]
    fn a_stream_does_not_depend_on_how_it_is_cut() {
        let whole = Prg::new(&seed(), 7).words(1000);
        let mut prg = Prg::new(&seed(), 7);
        let pieces = [1, 7, 64, 928].map(|n| prg.words(n)).concat();
        assert_eq!(whole, pieces);
        assert_eq!(Prg::new(&seed(), 7).next_u64(), whole[0]);
    }

    /// Known answer, computed with an independent implementation of ChaCha12 (key 0, nonce 0).
    #[test]
    fn the_stream_is_chacha12() {
        let word = Prg::new(&Seed::from_words([0; 4]), 0).next_u64();
        assert_eq!(word.to_le_bytes(), [0x9b, 0xf4, 0x9a, 0x6a, 0x07, 0x55, 0xf9, 0x53]);
    }

    #[test]
    fn seeds_do_not_print() {
        assert_eq!(format!("{:?} {:?}", seed(), Prg::new(&seed(), 0)), "Seed(..) Prg(..)");
    }
}
