//! A product of powers by buckets: one multiplication for each digit of an exponent, and no tables.
//!
//! For one place of the exponents, bucket `d` is the product of all bases with the digit `d` there. The product of
//! all `bucket_d^d` is that of all `bucket_d bucket_(d+1) …`, so that two multiplications do for a bucket.
//!
//! Source: N. Pippenger, "On the evaluation of powers and related problems", FOCS 1976.

use super::super::octet::bits_at;
use super::{Modulus, Residue};
use num_bigint::BigUint;

impl Modulus {
    /// The product by buckets for digits of `width` bits, unless it is empty.
    pub(super) fn product_by_buckets(
        &self,
        bases: &[Residue],
        exponents: &[BigUint],
        bits: usize,
        width: usize,
    ) -> Option<Residue> {
        let exponents: Vec<Vec<u64>> = exponents.iter().map(BigUint::to_u64_digits).collect();
        let mut product = None;
        for place in (0..bits.div_ceil(width)).rev() {
            for _ in 0..width {
                self.square_if_any(&mut product);
            }
            let digits = exponents.iter().map(|words| bits_at(words, width * place, width) as usize);
            if let Some(factor) = self.product_of_one_place(bases, digits, width) {
                self.multiply_onto(&mut product, &factor);
            }
        }
        product
    }

    /// The product of all `base^digit`, unless it is empty.
    fn product_of_one_place(
        &self,
        bases: &[Residue],
        digits: impl Iterator<Item = usize>,
        width: usize,
    ) -> Option<Residue> {
        let mut buckets = vec![None; 1 << width];
        for (base, digit) in bases.iter().zip(digits) {
            if digit > 0 {
                self.multiply_onto(&mut buckets[digit], base);
            }
        }
        let (mut of_higher, mut product) = (None, None);
        for bucket in buckets.iter().skip(1).rev() {
            if let Some(bucket) = bucket {
                self.multiply_onto(&mut of_higher, bucket);
            }
            if let Some(of_higher) = &of_higher {
                self.multiply_onto(&mut product, of_higher);
            }
        }
        product
    }
}
