//! Arithmetic modulo odd numbers of thousands of bits, in time that does not depend on the operands.
//!
//! With `R = 2^(52 L)` for the `L` limbs of the modulus `n`, a residue `x` is kept as `x R mod n`, and the kernels
//! compute `a b / R mod n`: `(a b + q n) / R` for the `q < R` that makes the division exact. As `R > 16 n`, factors
//! below `4 n` give a result below `2 n`, and no multiplication ends with a comparison.
//!
//! Source: P. L. Montgomery, "Modular multiplication without trial division", Mathematics of Computation 44 (1985);
//! C. D. Walter, "Montgomery exponentiation needs no final subtractions", Electronics Letters 35 (1999).

mod octet; // limbs
mod kernel; // who multiplies
mod portable; // on every machine
#[cfg(target_arch = "x86_64")]
mod ifma; // with vectors of limbs
mod exponent; // secret exponents
mod power; // powers of one residue
mod fixed_base; // many powers of one residue
mod product; // products of powers
mod powers; // the same, of secret exponents
#[cfg(test)]
mod trace; // what the kernels were asked

pub(crate) use exponent::SecretExponent;
pub(crate) use fixed_base::FixedBase;
pub(crate) use powers::Powers;

use kernel::{Constants, Kernel};
use num_bigint::BigUint;
use octet::{LIMB_BITS, LIMB_MASK, OCTET_BITS, Octet, Octets, integer, limbs, limbs_mut, pieces};
use std::fmt;
use zeroize::Zeroizing;

/// Octets of the longest modulus: 8316 bits.
const MOST_OCTETS: usize = 20;

/// Bits by which `R` is longer than the modulus.
const SPARE_BITS: usize = 4;

/// An odd modulus with what multiplication needs.
///
/// # Security
///
/// The modulus may be secret: multiplication takes the same time for all of one length, and it is wiped when it is
/// dropped. [`new`](Self::new) and [`value`](Self::value) go through integers that keep neither promise.
#[derive(Clone)]
pub(crate) struct Modulus {
    kernel: Kernel,
    /// `n`, in as many octets as hold `16 n`.
    n: Octets,
    /// `-1 / n mod 2^52`.
    n_prime: Zeroizing<u64>,
    /// The residue of one, which is `R mod n`.
    one: Residue,
    /// The residue of `R`, which is `R^2 mod n`.
    r: Residue,
}

/// A residue modulo a [`Modulus`], as `x R` below `2 n`.
#[derive(Clone)]
pub(crate) struct Residue(Octets);

impl Modulus {
    /// The modulus `n`, if it is odd, at least three, and has at most 8316 bits.
    pub(crate) fn new(n: &BigUint) -> Option<Self> {
        Self::with_kernel(n, Kernel::fastest())
    }

    /// The modulus as an integer, which nothing wipes.
    pub(crate) fn value(&self) -> BigUint {
        integer(&self.n)
    }

    /// The residue of `x`.
    ///
    /// The time depends on the lengths of `x` and of the modulus, and on nothing else of them.
    pub(crate) fn enter(&self, x: &BigUint) -> Residue {
        // Horner's rule in base `R`: a piece is below `R`, which is as good a factor of `R^2 mod n` as a residue.
        let mut pieces = pieces(x, self.n.len()).into_iter().rev().map(|piece| {
            let mut piece = Residue(piece);
            self.multiply_into(&mut piece, &self.r);
            piece
        });
        let mut sum = pieces.next().expect("even zero is one piece");
        for piece in pieces {
            self.multiply_into(&mut sum, &self.r);
            add_limbs(limbs_mut(&mut sum.0), limbs(&piece.0));
            // Below `4 n`; this factor is one, and brings it below `2 n`.
            self.multiply_into(&mut sum, &self.one);
        }
        sum
    }

    /// The integer below `n` that is congruent to `x`; how long it is shows in memory and time.
    pub(crate) fn leave(&self, x: &Residue) -> BigUint {
        let mut one = Zeroizing::new(vec![Octet::ZERO; self.n.len()]);
        one[0].0[0] = 1;
        let mut x = x.clone();
        // `x / R + n` is an upper bound, so that the result is at most `n`.
        self.multiply_into(&mut x, &Residue(one));
        reduce_once(limbs_mut(&mut x.0), limbs(&self.n));
        integer(&x.0)
    }

    /// The residue of one.
    pub(crate) fn one(&self) -> Residue {
        self.one.clone()
    }

    /// `a b`.
    pub(crate) fn multiply(&self, a: &Residue, b: &Residue) -> Residue {
        let mut product = a.clone();
        self.multiply_into(&mut product, b);
        product
    }

    /// `a = a b`.
    pub(crate) fn multiply_into(&self, a: &mut Residue, b: &Residue) {
        self.kernel.multiply(&mut a.0, &b.0, self.constants());
    }

    /// `a = a^2`.
    pub(crate) fn square_into(&self, a: &mut Residue) {
        self.kernel.square(&mut a.0, self.constants());
    }

    fn with_kernel(n: &BigUint, kernel: Kernel) -> Option<Self> {
        let n_octets = (n.bits() as usize + SPARE_BITS).div_ceil(OCTET_BITS);
        if !n.bit(0) || n.bits() < 2 || n_octets > MOST_OCTETS {
            return None;
        }
        let residue = |x: BigUint| Residue(pieces(&(x % n), n_octets).swap_remove(0));
        let r = BigUint::from(1_u32) << (n_octets * OCTET_BITS);
        let octets = pieces(n, n_octets).swap_remove(0);
        let n_prime = Zeroizing::new(negated_inverse(octets[0].0[0]));
        Some(Self { kernel, n: octets, n_prime, one: residue(r.clone()), r: residue(&r * &r) })
    }

    fn constants(&self) -> Constants<'_> {
        Constants { n: &self.n, n_prime: *self.n_prime }
    }

    /// The entry `digit` of a table of residues, by reading all of it.
    fn select_into(&self, out: &mut Residue, table: &[Octet], digit: u64) {
        self.kernel.select(&mut out.0, table, digit);
    }
}

/// Tells nothing of the modulus.
impl fmt::Debug for Modulus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Modulus").finish_non_exhaustive()
    }
}

/// Tells nothing of the residue.
impl fmt::Debug for Residue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Residue").finish_non_exhaustive()
    }
}

/// `-1 / n mod 2^52` for an odd `n`, by Newton's iteration: each step doubles the number of right bits.
fn negated_inverse(n: u64) -> u64 {
    // An odd number is its own inverse modulo 8: three bits are right, then 6, 12, 24, 48, 96.
    let inverse = (0..5).fold(n, |x, _| x.wrapping_mul(2_u64.wrapping_sub(n.wrapping_mul(x))));
    inverse.wrapping_neg() & LIMB_MASK
}

/// `a = a + b`, which must have no more limbs.
fn add_limbs(a: &mut [u64], b: &[u64]) {
    let mut carry = 0;
    for (a, b) in a.iter_mut().zip(b) {
        let total = *a + b + carry;
        *a = total & LIMB_MASK;
        carry = total >> LIMB_BITS;
    }
}

/// `x = x - n` unless that is negative.
fn reduce_once(x: &mut [u64], n: &[u64]) {
    let mut difference = Zeroizing::new(vec![0; n.len()]);
    let mut borrow = 0;
    for (limb, (x, n)) in difference.iter_mut().zip(x.iter().zip(n)) {
        let total = x.wrapping_sub(n + borrow);
        *limb = total & LIMB_MASK;
        borrow = total >> 63;
    }
    // The compiler must not find out that this is a condition, lest it branches.
    let keeps = std::hint::black_box(borrow).wrapping_neg();
    for (x, difference) in x.iter_mut().zip(difference.iter()) {
        *x = (*x & keeps) | (difference & !keeps);
    }
}

#[cfg(test)]
mod tests;
