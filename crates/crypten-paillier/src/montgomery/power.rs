//! `base^exponent`: for secret exponents by windows of one width, for public ones by sliding windows.
//!
//! With digits `d_i` of `w` bits, `base^exponent` is the product of all `base^(d_i 2^(w i))`: from the highest digit
//! down, `w` squarings and a factor from the table of `base^0, base^1, …, base^(2^w - 1)`.

use super::octet::Octets;
use super::{Modulus, Residue, SecretExponent};
use num_bigint::BigUint;
use zeroize::Zeroizing;

/// Bits of a digit of a secret exponent.
const WIDTH: usize = 5;

impl Modulus {
    /// `base^exponent` for the lowest `bits` bits of the exponent.
    ///
    /// # Security
    ///
    /// The multiplications and the memory that is read depend on `bits` and the modulus's length only.
    pub(crate) fn power(&self, base: &Residue, exponent: &SecretExponent, bits: usize) -> Residue {
        let table = self.powers_in_a_row(base, 1 << WIDTH);
        let mut digits = exponent.digits(bits, WIDTH).rev();
        let mut result = self.one();
        let Some(highest) = digits.next() else {
            return result;
        };
        self.select_into(&mut result, &table, highest);
        let mut factor = self.one();
        for digit in digits {
            for _ in 0..WIDTH {
                self.square_into(&mut result);
            }
            self.select_into(&mut factor, &table, digit);
            self.multiply_into(&mut result, &factor);
        }
        result
    }

    /// `base^exponent` for an exponent that all may know.
    pub(crate) fn power_public(&self, base: &Residue, exponent: &BigUint) -> Residue {
        self.product_of_powers(std::slice::from_ref(base), std::slice::from_ref(exponent))
    }

    /// `base^0, base^1, …`, `count` of them.
    pub(super) fn powers_in_a_row(&self, base: &Residue, count: usize) -> Octets {
        let mut table = Zeroizing::new(Vec::with_capacity(count * self.n.len()));
        let mut power = self.one();
        for exponent in 0..count {
            if exponent > 0 {
                self.multiply_into(&mut power, base);
            }
            table.extend_from_slice(&power.0);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{all_kernels, odd, random, residue};
    use super::super::trace::operations_of;
    use super::*;

    #[test]
    fn powers_equal_those_of_integers() {
        for (bits, exponent_bits) in [(64, 64), (412, 131), (1024, 300), (2048, 256)] {
            let n = odd(bits, 5);
            for modulus in all_kernels(&n) {
                let (base, x) = residue(&modulus, 7);
                let highest = (BigUint::from(1_u32) << exponent_bits) - 1_u32;
                let exponents = [0_u32, 1, 2, 31, 32].map(BigUint::from);
                for exponent in exponents.into_iter().chain([highest, random(exponent_bits, 3)]) {
                    let secret = SecretExponent::from_integer(&exponent);
                    let expected = x.modpow(&exponent, &n);
                    assert_eq!(
                        modulus.leave(&modulus.power(&base, &secret, exponent_bits as usize)),
                        expected
                    );
                    assert_eq!(modulus.leave(&modulus.power_public(&base, &exponent)), expected);
                }
            }
        }
    }

    #[test]
    fn no_bits_give_one() {
        for modulus in all_kernels(&odd(200, 1)) {
            let power = modulus.power(&residue(&modulus, 1).0, &SecretExponent::from_words(vec![9]), 0);
            assert_eq!(modulus.leave(&power), BigUint::from(1_u32));
        }
    }

    #[test]
    fn the_sequence_of_multiplications_does_not_depend_on_the_exponent() {
        let modulus = Modulus::new(&odd(512, 1)).expect("odd");
        let (base, _) = residue(&modulus, 2);
        let highest = (BigUint::from(1_u32) << 203_u32) - 1_u32;
        let traces = [BigUint::ZERO, BigUint::from(1_u32), highest, random(203, 9)].map(|exponent| {
            let exponent = SecretExponent::from_integer(&exponent);
            operations_of(|| modulus.power(&base, &exponent, 203))
        });
        assert!(traces[0].len() > 203);
        assert!(traces.iter().all(|trace| *trace == traces[0]));
    }
}
