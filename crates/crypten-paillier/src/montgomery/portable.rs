//! The kernel for every machine: limbs of 52 bits in words, products in 128 bits.
//!
//! For each limb `a_i`, with `q = (sum + a_i b) n' mod 2^52`: `sum = (sum + a_i b + q n) / 2^52`. The loops run over
//! all limbs, whatever these hold.

use super::MOST_OCTETS;
use super::kernel::Constants;
use super::octet::{LIMB_BITS, LIMB_MASK, Octet, limbs, limbs_mut};

use zeroize::Zeroizing;

/// `a = a b / R`, below `2 n` for factors whose product is below `R n`.
pub(super) fn multiply(a: &mut [Octet], b: &[Octet], constants: Constants<'_>) {
    let mut space = Zeroizing::new([Octet::ZERO; MOST_OCTETS]);
    let product = &mut space[..a.len()];
    product_of_limbs(limbs_mut(product), limbs(a), limbs(b), limbs(constants.n), constants.n_prime);
    a.copy_from_slice(product);
}

/// `a = a^2 / R`, under the same conditions.
pub(super) fn square(a: &mut [Octet], constants: Constants<'_>) {
    let mut space = Zeroizing::new([Octet::ZERO; MOST_OCTETS]);
    let product = &mut space[..a.len()];
    product_of_limbs(limbs_mut(product), limbs(a), limbs(a), limbs(constants.n), constants.n_prime);
    a.copy_from_slice(product);
}

/// `out = table[digit]`, by reading the whole table of numbers as long as `out`.
pub(super) fn select(out: &mut [Octet], table: &[Octet], digit: u64) {
    out.fill(Octet::ZERO);
    for (index, entry) in table.chunks_exact(out.len()).enumerate() {
        let mask = mask_if_equal(index as u64, digit);
        for (to, from) in limbs_mut(out).iter_mut().zip(limbs(entry)) {
            *to |= from & mask;
        }
    }
}

/// All ones if `a` and `b` are equal, and zero if they are not.
pub(super) fn mask_if_equal(a: u64, b: u64) -> u64 {
    let difference = a ^ b;
    let is_other = (difference | difference.wrapping_neg()) >> 63;
    // The compiler must not find out that this is a condition, lest it branches.
    std::hint::black_box(is_other).wrapping_sub(1)
}

/// `sum = a b / R`, for a `sum` of zero.
fn product_of_limbs(sum: &mut [u64], a: &[u64], b: &[u64], n: &[u64], n_prime: u64) {
    let n_limbs = n.len();
    // Slices of one length need no checks in the loop.
    let (sum, b) = (&mut sum[..n_limbs], &b[..n_limbs]);
    for a_limb in a {
        let a_limb = u128::from(*a_limb);
        let lowest = u128::from(sum[0]) + a_limb * u128::from(b[0]);
        let q = (lowest as u64).wrapping_mul(n_prime) & LIMB_MASK;
        let q = u128::from(q);
        let mut carry = (lowest + q * u128::from(n[0])) >> LIMB_BITS;
        for limb in 1..n_limbs {
            let total =
                u128::from(sum[limb]) + a_limb * u128::from(b[limb]) + q * u128::from(n[limb]) + carry;
            sum[limb - 1] = total as u64 & LIMB_MASK;
            carry = total >> LIMB_BITS;
        }
        // The sum stays below `b + 2 n`, and `R` is larger: nothing is carried out of the last limb.
        sum[n_limbs - 1] = carry as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_full_only_for_equal_words() {
        for (a, b) in [(0, 0), (7, 7), (u64::MAX, u64::MAX)] {
            assert_eq!(mask_if_equal(a, b), u64::MAX);
        }
        for (a, b) in [(0, 1), (0, 1 << 63), (u64::MAX, 0), (6, 7)] {
            assert_eq!(mask_if_equal(a, b), 0);
        }
    }

    #[test]
    fn a_selection_finds_every_entry() {
        let table: Vec<Octet> = (0..24).map(|index| Octet([index; 8])).collect();
        for digit in 0..8 {
            let mut out = [Octet([9; 8]); 3];
            select(&mut out, &table, digit);
            assert_eq!(out.map(|octet| octet.0[0]), [0, 1, 2].map(|octet| 3 * digit + octet));
        }
    }
}
