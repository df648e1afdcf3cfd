//! Numbers as limbs of 52 bits, eight limbs to an [`Octet`], which is one vector of 512 bits and one line of cache.

use num_bigint::BigUint;
use zeroize::{Zeroize, Zeroizing};

/// Bits of a limb: what one multiplication of AVX-512 IFMA takes.
pub(super) const LIMB_BITS: usize = 52;

/// The bits of a limb that stand in a word.
pub(super) const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;

/// Bits of an octet.
pub(super) const OCTET_BITS: usize = 8 * LIMB_BITS;

/// Eight limbs, the least significant first, each below `2^52`.
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C, align(64))]
pub(super) struct Octet(pub(super) [u64; 8]);

/// A number in octets, the least significant first, wiped when it is dropped.
pub(super) type Octets = Zeroizing<Vec<Octet>>;

impl Octet {
    pub(super) const ZERO: Self = Self([0; 8]);
}

impl Zeroize for Octet {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// `x` in pieces of `n_octets` octets, the least significant piece first; zero is one piece.
///
/// The number of pieces depends on the length of `x` and on nothing else of it.
pub(super) fn pieces(x: &BigUint, n_octets: usize) -> Vec<Octets> {
    let words: Zeroizing<Vec<u64>> = Zeroizing::new(x.iter_u64_digits().collect());
    let n_pieces = x.bits().div_ceil((n_octets * OCTET_BITS) as u64).max(1) as usize;
    let mut pieces = vec![Zeroizing::new(vec![Octet::ZERO; n_octets]); n_pieces];
    let limbs = pieces.iter_mut().flat_map(|piece| limbs_mut(piece));
    for (index, limb) in limbs.enumerate() {
        *limb = bits_at(&words, index * LIMB_BITS, LIMB_BITS);
    }
    pieces
}

/// The number whose limbs these are.
pub(super) fn integer(octets: &[Octet]) -> BigUint {
    let n_words = (octets.len() * OCTET_BITS).div_ceil(64);
    let mut words = Zeroizing::new(vec![0_u64; n_words + 1]);
    for (index, limb) in limbs(octets).iter().enumerate() {
        let (word, shift) = (index * LIMB_BITS / 64, index * LIMB_BITS % 64);
        let shifted = u128::from(*limb) << shift;
        words[word] |= shifted as u64;
        words[word + 1] |= (shifted >> 64) as u64;
    }
    BigUint::new(words.iter().flat_map(|word| [*word as u32, (word >> 32) as u32]).collect())
}

/// `count` bits, at most 64, of a number in words, from bit `start` on; bits beyond the words are zero.
pub(super) fn bits_at(words: &[u64], start: usize, count: usize) -> u64 {
    let word = |index: usize| u128::from(words.get(index).copied().unwrap_or(0));
    let pair = word(start / 64) | word(start / 64 + 1) << 64;
    let mask = (1_u128 << count) - 1;
    ((pair >> (start % 64)) & mask) as u64
}

/// The limbs of octets.
pub(super) fn limbs(octets: &[Octet]) -> &[u64] {
    bytemuck::must_cast_slice(octets)
}

/// The limbs of octets, to be written.
pub(super) fn limbs_mut(octets: &mut [Octet]) -> &mut [u64] {
    bytemuck::cast_slice_mut(octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn integer_undoes_pieces(words in proptest::collection::vec(any::<u32>(), 0..80), n_octets in 1_usize..4) {
            let x = BigUint::new(words);
            let pieces = pieces(&x, n_octets);
            prop_assert!(pieces.iter().all(|piece| limbs(piece).iter().all(|limb| *limb <= LIMB_MASK)));
            let joined: Vec<Octet> = pieces.iter().flat_map(|piece| piece.iter().copied()).collect();
            prop_assert_eq!(integer(&joined), x);
        }
    }

    #[test]
    fn bits_are_read_across_words_and_beyond_the_last() {
        let words = [u64::MAX, 0b101];
        assert_eq!(bits_at(&words, 60, 6), 0b01_1111);
        assert_eq!(bits_at(&words, 64, 5), 0b00101);
        assert_eq!(bits_at(&words, 66, 64), 1);
        assert_eq!(bits_at(&words, 200, 5), 0);
    }
}
