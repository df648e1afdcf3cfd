//! Products of powers with public exponents: the way that takes the fewest multiplications.
//!
//! All powers share their squarings. Interleaved windows make a table for each base; for many bases and short
//! exponents buckets are better, which make none.
//!
//! Source: E. G. Straus, "Addition chains of vectors", American Mathematical Monthly 71 (1964), in the form of
//! B. Möller, "Algorithms for multi-exponentiation", SAC 2001.

mod buckets; // without tables

use super::{Modulus, Residue};
use num_bigint::BigUint;

/// The widest windows and digits that are considered.
const WIDEST: usize = 12;

/// How to compute a product of powers.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Plan {
    /// Sliding windows of so many bits, with a table of odd powers for each base.
    Windows(usize),
    /// Digits of so many bits, with a bucket for each.
    Buckets(usize),
}

impl Modulus {
    /// The product of all `base^exponent`, for exponents that all may know.
    ///
    /// # Panics
    ///
    /// If there are more bases than exponents, or fewer.
    pub(crate) fn product_of_powers(&self, bases: &[Residue], exponents: &[BigUint]) -> Residue {
        assert_eq!(bases.len(), exponents.len(), "each base has an exponent");
        let bits = exponents.iter().map(BigUint::bits).max().unwrap_or(0) as usize;
        let product = match Plan::cheapest(bases.len(), bits) {
            Plan::Windows(width) => self.product_by_windows(bases, exponents, bits, width),
            Plan::Buckets(width) => self.product_by_buckets(bases, exponents, bits, width),
        };
        product.unwrap_or_else(|| self.one())
    }

    /// The product with a table of odd powers for each base, unless it is empty.
    fn product_by_windows(
        &self,
        bases: &[Residue],
        exponents: &[BigUint],
        bits: usize,
        width: usize,
    ) -> Option<Residue> {
        let tables: Vec<Vec<Residue>> =
            bases.iter().map(|base| self.odd_powers(base, 1 << (width - 1))).collect();
        let mut factors_at = vec![Vec::new(); bits];
        for (table, exponent) in tables.iter().zip(exponents) {
            for (position, digit) in windows(exponent, width) {
                factors_at[position].push(&table[digit / 2]);
            }
        }
        let mut product = None;
        for factors in factors_at.iter().rev() {
            self.square_if_any(&mut product);
            for factor in factors {
                self.multiply_onto(&mut product, factor);
            }
        }
        product
    }

    /// `base^1, base^3, …`, `count` of them.
    fn odd_powers(&self, base: &Residue, count: usize) -> Vec<Residue> {
        let mut powers = vec![base.clone()];
        if count > 1 {
            let square = self.multiply(base, base);
            for index in 1..count {
                powers.push(self.multiply(&powers[index - 1], &square));
            }
        }
        powers
    }

    fn square_if_any(&self, product: &mut Option<Residue>) {
        if let Some(product) = product {
            self.square_into(product);
        }
    }

    /// Multiplies a factor onto a product, which may be empty.
    fn multiply_onto(&self, product: &mut Option<Residue>, factor: &Residue) {
        match product {
            Some(product) => self.multiply_into(product, factor),
            None => *product = Some(factor.clone()),
        }
    }
}

impl Plan {
    /// The plan of fewest multiplications for so many bases with exponents of so many bits.
    fn cheapest(n_bases: usize, bits: usize) -> Self {
        let windows = (1..=WIDEST).map(Plan::Windows);
        let buckets = (1..=WIDEST).map(Plan::Buckets);
        let cheapest = windows.chain(buckets).min_by_key(|plan| plan.multiplications(n_bases, bits));
        cheapest.expect("there are plans")
    }

    /// About how many multiplications it takes, without the squarings that all plans share.
    fn multiplications(self, n_bases: usize, bits: usize) -> usize {
        match self {
            // One bit in two is set; a longer window ends at a set bit and is followed by a clear one on average.
            Self::Windows(1) => n_bases * bits.div_ceil(2),
            Self::Windows(width) => n_bases * ((1 << (width - 1)) + bits.div_ceil(width + 1)),
            Self::Buckets(width) => bits.div_ceil(width) * (n_bases + (2 << width)),
        }
    }
}

/// An exponent as the sum of all `digit 2^position` for odd digits of at most `width` bits.
fn windows(exponent: &BigUint, width: usize) -> Vec<(usize, usize)> {
    let mut windows = Vec::new();
    let mut position = 0;
    while position < exponent.bits() {
        if exponent.bit(position) {
            let bits = (0..width).map(|bit| usize::from(exponent.bit(position + bit as u64)) << bit);
            windows.push((position as usize, bits.sum()));
            position += width as u64;
        } else {
            position += 1;
        }
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::super::tests::{all_kernels, odd, random, residue};
    use super::*;

    fn check(modulus: &Modulus, exponents: &[BigUint]) {
        let (bases, integers): (Vec<_>, Vec<_>) =
            (0..exponents.len()).map(|index| residue(modulus, 40 + index as u64)).unzip();
        let n = modulus.value();
        let powers = integers.iter().zip(exponents).map(|(x, exponent)| x.modpow(exponent, &n));
        let expected = powers.fold(BigUint::from(1_u32), |product, power| product * power % &n);
        assert_eq!(modulus.leave(&modulus.product_of_powers(&bases, exponents)), expected);

        let bits = exponents.iter().map(BigUint::bits).max().unwrap_or(0) as usize;
        for width in 1..=5 {
            let products = [
                modulus.product_by_windows(&bases, exponents, bits, width),
                modulus.product_by_buckets(&bases, exponents, bits, width),
            ];
            for product in products {
                assert_eq!(modulus.leave(&product.unwrap_or_else(|| modulus.one())), expected);
            }
        }
    }

    #[test]
    fn products_equal_those_of_integers() {
        for modulus in all_kernels(&odd(700, 1)) {
            check(&modulus, &[]);
            check(&modulus, &[BigUint::ZERO]);
            check(&modulus, &[BigUint::from(1_u32)]);
            check(&modulus, &[BigUint::ZERO, BigUint::from(6_u32), BigUint::ZERO]);
            check(&modulus, &[random(300, 2), random(17, 3), BigUint::from(u64::MAX)]);
            check(&modulus, &(0..60).map(|index| random(16, index)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn windows_add_up_to_the_exponent() {
        for exponent in [BigUint::ZERO, BigUint::from(1_u32), BigUint::from(u64::MAX), random(200, 1)] {
            for width in 1..8 {
                let windows = windows(&exponent, width);
                assert!(windows.iter().all(|(_, digit)| digit % 2 == 1 && *digit < 1 << width));
                let sum: BigUint =
                    windows.iter().map(|(position, digit)| BigUint::from(*digit) << *position).sum();
                assert_eq!(sum, exponent);
            }
        }
    }

    #[test]
    fn many_bases_with_short_exponents_take_buckets() {
        assert!(matches!(Plan::cheapest(1, 1024), Plan::Windows(5..=6)));
        assert!(matches!(Plan::cheapest(4, 16), Plan::Windows(_)));
        assert!(matches!(Plan::cheapest(784, 16), Plan::Buckets(_)));
    }
}
