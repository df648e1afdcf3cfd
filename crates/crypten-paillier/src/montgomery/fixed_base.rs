//! Many secret powers of one base, with one multiplication for each digit of the exponent.
//!
//! With digits `d_i` of `w` bits, `base^exponent` is the product of all `base^(d_i 2^(w i))`, and each of these
//! stands in a table. A digit is not an index: all `2^w` powers of its place are read, and a mask keeps one.

use super::octet::{Octet, Octets};
use super::{Modulus, Residue, SecretExponent};
use zeroize::Zeroizing;

/// The powers of one base that make up all others.
///
/// The table has `2^width` residues for each of the `bits / width` digits.
#[derive(Clone)]
pub(crate) struct FixedBase {
    /// Bits of an exponent.
    bits: usize,
    /// Bits of a digit.
    width: usize,
    /// `base^(j 2^(w i))` for each place `i` and, within it, each digit `j`.
    table: Octets,
}

impl FixedBase {
    /// The table of `base` for exponents of `bits` bits and digits of `width` bits.
    ///
    /// # Panics
    ///
    /// If `bits` or `width` is zero, or `width` is more than 16.
    pub(crate) fn new(modulus: &Modulus, base: &Residue, bits: usize, width: usize) -> Self {
        assert!(bits > 0 && (1..=16).contains(&width), "a table has digits, and they are of a few bits");
        let mut table = Zeroizing::new(Vec::with_capacity(bits.div_ceil(width) * (modulus.n.len() << width)));
        let mut base = base.clone();
        for _ in 0..bits.div_ceil(width) {
            table.extend_from_slice(&modulus.powers_in_a_row(&base, 1 << width));
            for _ in 0..width {
                modulus.square_into(&mut base);
            }
        }
        Self { bits, width, table }
    }

    /// `base^exponent` for each exponent, of which the lowest bits count, as many as the table has.
    ///
    /// Faster together than one by one, as each place of the table is read from memory once.
    ///
    /// # Security
    ///
    /// The multiplications and the memory that is read are the same for every exponent.
    pub(crate) fn powers(&self, modulus: &Modulus, exponents: &[SecretExponent]) -> Vec<Residue> {
        let mut powers = vec![modulus.one(); exponents.len()];
        let mut factor = modulus.one();
        for (index, place) in self.places(modulus).enumerate() {
            for (power, exponent) in powers.iter_mut().zip(exponents) {
                let digit = exponent.digit(self.bits, self.width, index);
                if index == 0 {
                    modulus.select_into(power, place, digit);
                } else {
                    modulus.select_into(&mut factor, place, digit);
                    modulus.multiply_into(power, &factor);
                }
            }
        }
        powers
    }

    fn places(&self, modulus: &Modulus) -> impl Iterator<Item = &[Octet]> {
        self.table.chunks_exact(modulus.n.len() << self.width)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{all_kernels, odd, random, residue};
    use super::super::trace::operations_of;
    use super::*;
    use num_bigint::BigUint;

    #[test]
    fn powers_equal_those_of_integers() {
        for (n_bits, bits, width) in [(64, 64, 1), (412, 131, 5), (1024, 300, 6), (2048, 256, 4)] {
            let n = odd(n_bits, 5);
            for modulus in all_kernels(&n) {
                let (base, x) = residue(&modulus, 7);
                let fixed = FixedBase::new(&modulus, &base, bits, width);
                let highest = (BigUint::from(1_u32) << bits) - 1_u32;
                let exponents = [BigUint::ZERO, BigUint::from(1_u32), highest, random(bits as u64, 3)];
                let secret = exponents.each_ref().map(SecretExponent::from_integer);
                let powers = fixed.powers(&modulus, &secret);
                for (exponent, power) in exponents.iter().zip(&powers) {
                    assert_eq!(modulus.leave(power), x.modpow(exponent, &n));
                }
            }
        }
    }

    #[test]
    fn bits_beyond_the_table_are_not_read() {
        let modulus = Modulus::new(&odd(300, 2)).expect("odd");
        let (base, _) = residue(&modulus, 3);
        let fixed = FixedBase::new(&modulus, &base, 11, 4);
        let exponents = [0x7a5, 0xfa5].map(|word| SecretExponent::from_words(vec![word]));
        let powers = fixed.powers(&modulus, &exponents);
        assert_eq!(modulus.leave(&powers[0]), modulus.leave(&powers[1]));
    }

    #[test]
    fn the_sequence_of_multiplications_does_not_depend_on_the_exponent() {
        let modulus = Modulus::new(&odd(512, 1)).expect("odd");
        let (base, _) = residue(&modulus, 2);
        let fixed = FixedBase::new(&modulus, &base, 203, 6);
        let highest = (BigUint::from(1_u32) << 203_u32) - 1_u32;
        let traces = [BigUint::ZERO, BigUint::from(1_u32), highest, random(203, 9)].map(|exponent| {
            let exponent = SecretExponent::from_integer(&exponent);
            operations_of(|| fixed.powers(&modulus, &[exponent]))
        });
        assert_eq!(traces[0].len(), 34 + 33);
        assert!(traces.iter().all(|trace| *trace == traces[0]));
    }
}
