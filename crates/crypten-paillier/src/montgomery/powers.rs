//! Products of secret powers of bases that serve several times: one table a base, shared squarings.
//!
//! As [`Modulus::product_of_powers`] with windows of one width, but every digit is selected by reading its whole table,
//! and every digit takes a multiplication.

use super::octet::Octets;
use super::{Modulus, Residue};

/// Bits of a digit, of which a word has a whole number.
const WIDTH: usize = 4;

/// The powers of a base that one digit of an exponent selects from.
pub(crate) struct Powers(Octets);

impl Powers {
    /// The table of a base.
    pub(crate) fn new(modulus: &Modulus, base: &Residue) -> Self {
        Self(modulus.powers_in_a_row(base, 1 << WIDTH))
    }

    /// The product of all `base^exponent`.
    ///
    /// # Security
    /// The multiplications and the memory that is read depend on the number of factors only.
    pub(crate) fn product(modulus: &Modulus, factors: &[(&Self, u64)]) -> Residue {
        let (mut product, mut factor) = (modulus.one(), modulus.one());
        for position in (0..64 / WIDTH).rev() {
            (0..WIDTH).for_each(|_| modulus.square_into(&mut product));
            for (Self(table), exponent) in factors {
                modulus.select_into(&mut factor, table, exponent >> (WIDTH * position) & ((1 << WIDTH) - 1));
                modulus.multiply_into(&mut product, &factor);
            }
        }
        product
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::super::tests::{all_kernels, odd, residue};
    use super::super::trace::operations_of;
    use super::*;

    const EXPONENTS: [u64; 4] = [0, 1, u64::MAX, 0x1234_5678_9abc_def0];

    #[test]
    fn products_equal_those_of_integers() {
        let n = odd(512, 3);
        for modulus in all_kernels(&n) {
            let bases: Vec<_> = (0..4).map(|seed| residue(&modulus, seed)).collect();
            let tables: Vec<Powers> = bases.iter().map(|(base, _)| Powers::new(&modulus, base)).collect();
            for count in 0..=4 {
                let factors: Vec<_> = tables.iter().zip(EXPONENTS).take(count).collect();
                let expected = bases.iter().zip(EXPONENTS).take(count);
                let expected = expected.fold(BigUint::from(1_u32), |product, ((_, x), exponent)| {
                    product * x.modpow(&exponent.into(), &n) % &n
                });
                assert_eq!(modulus.leave(&Powers::product(&modulus, &factors)), expected);
            }
        }
    }

    #[test]
    fn the_sequence_of_multiplications_does_not_depend_on_the_exponents() {
        let modulus = Modulus::new(&odd(512, 1)).expect("odd");
        let table = Powers::new(&modulus, &residue(&modulus, 2).0);
        let traces = EXPONENTS.map(|exponent| {
            operations_of(|| Powers::product(&modulus, &[(&table, exponent), (&table, !exponent)]))
        });
        assert!(traces[0].len() > 64);
        assert!(traces.iter().all(|trace| *trace == traces[0]));
    }
}
