//! The kernel for AVX-512 IFMA: eight limbs of one number in a vector.
//!
//! `madd52lo` and `madd52hi` add the low and the high 52 bits of products of limbs. Lanes have twelve spare bits, so
//! that nothing is carried before the end: a lane takes four summands for each limb of a factor, at most 640. After
//! each limb all vectors move down by one lane. Only the lowest two limbs are needed to find the next quotient `q`;
//! they are also computed in words, which takes fewer cycles than the way through the vectors. The lowest lane of
//! the vectors is therefore void until the end.
//!
//! Source: S. Gueron, V. Krasnov, "Software implementation of modular exponentiation, using advanced vector
//! instructions architectures", WAIFI 2012; N. Drucker, S. Gueron, "Fast modular squaring with AVX512IFMA", 2018.
#![expect(
    unsafe_code,
    reason = "a function compiled for an instruction set may only be called where it exists"
)]

use super::MOST_OCTETS;
use super::kernel::Constants;
use super::octet::{LIMB_BITS, LIMB_MASK, Octet};
use super::portable::mask_if_equal;
use bytemuck::must_cast;
use std::arch::x86_64::*;

/// Bits of a lane beyond those of a limb.
const SPARE_BITS: usize = 64 - LIMB_BITS;

/// The proof that this machine has the instructions.
#[derive(Clone, Copy)]
pub(super) struct Ifma(());

impl Ifma {
    /// The proof, if there is one.
    pub(super) fn detect() -> Option<Self> {
        let exists = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma");
        exists.then_some(Self(()))
    }

    /// `a = a b / R`, below `2 n` for factors whose product is below `R n`.
    pub(super) fn multiply(self, a: &mut [Octet], b: &[Octet], constants: Constants<'_>) {
        // SAFETY: `self` exists only where the instructions do.
        by_length!(a.len(), LENGTH => unsafe { multiply::<LENGTH>(a, b, constants) })
    }

    /// `a = a^2 / R`, under the same conditions.
    pub(super) fn square(self, a: &mut [Octet], constants: Constants<'_>) {
        // SAFETY: `self` exists only where the instructions do.
        by_length!(a.len(), LENGTH => unsafe { square::<LENGTH>(a, constants) })
    }

    /// `out = table[digit]`, by reading the whole table of numbers as long as `out`.
    pub(super) fn select(self, out: &mut [Octet], table: &[Octet], digit: u64) {
        // SAFETY: `self` exists only where the instructions do.
        by_length!(out.len(), LENGTH => unsafe { select::<LENGTH>(out, table, digit) })
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply<const LENGTH: usize>(a: &mut [Octet], b: &[Octet], constants: Constants<'_>) {
    let a = sized_mut::<LENGTH>(a);
    *a = product(a, sized(b), sized(constants.n), constants.n_prime);
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn square<const LENGTH: usize>(a: &mut [Octet], constants: Constants<'_>) {
    let a = sized_mut::<LENGTH>(a);
    *a = product(a, a, sized(constants.n), constants.n_prime);
}

/// `a b / R` for numbers of `LENGTH` octets.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline(never)]
fn product<const LENGTH: usize>(
    a: &[Octet; LENGTH],
    b: &[Octet; LENGTH],
    n: &[Octet; LENGTH],
    n_prime: u64,
) -> [Octet; LENGTH] {
    let mut sum = [_mm512_setzero_si512(); LENGTH];
    let mut lowest = 0_u64;
    let shifted_n_prime = n_prime << SPARE_BITS;
    for &factor in a.iter().flat_map(|octet| &octet.0) {
        let second = lane_1(sum[0]);
        let total = u128::from(lowest) + wide(factor, b[0].0[0]);
        // Shifted to the top of a word, `q` needs no mask, and the products' parts lie in words of their own.
        let shifted_q = (total as u64).wrapping_mul(shifted_n_prime);
        let low_of_seconds =
            (factor.wrapping_mul(b[0].0[1]) & LIMB_MASK) + (shifted_q.wrapping_mul(n[0].0[1]) >> SPARE_BITS);
        // The lowest limbs of `total` and `q n` add up to zero or to a carry of one.
        let carry = (total >> LIMB_BITS) as u64 + u64::from(total as u64 & LIMB_MASK != 0);
        lowest = carry + second + low_of_seconds + (wide(shifted_q, n[0].0[0]) >> 64) as u64;

        let (factor, q) =
            (_mm512_set1_epi64(factor as i64), _mm512_set1_epi64((shifted_q >> SPARE_BITS) as i64));
        for octet in 0..LENGTH {
            sum[octet] = _mm512_madd52lo_epu64(sum[octet], factor, must_cast(b[octet]));
        }
        for octet in 0..LENGTH {
            sum[octet] = _mm512_madd52lo_epu64(sum[octet], q, must_cast(n[octet]));
        }
        for octet in 0..LENGTH {
            let next = if octet + 1 < LENGTH { sum[octet + 1] } else { _mm512_setzero_si512() };
            sum[octet] = _mm512_alignr_epi64::<1>(next, sum[octet]);
        }
        for octet in 0..LENGTH {
            // Short numbers wait for the four additions to a lane, so two of them go beside; long ones keep all
            // multipliers busy, and another addition would only be in their way.
            let is_short = LENGTH <= 5;
            let high = if is_short { _mm512_setzero_si512() } else { sum[octet] };
            let high = _mm512_madd52hi_epu64(high, factor, must_cast(b[octet]));
            let high = _mm512_madd52hi_epu64(high, q, must_cast(n[octet]));
            sum[octet] = if is_short { _mm512_add_epi64(sum[octet], high) } else { high };
        }
    }
    sum[0] = _mm512_mask_set1_epi64(sum[0], 1, lowest as i64);
    carried(sum)
}

/// The limbs of a number whose lanes use their spare bits.
///
/// Every lane first hands on its spare bits. What is left to carry is at most one a lane: it arises in lanes above
/// `2^52 - 1` and runs on through lanes that are equal to it, as in the sum of two words of such bits.
#[target_feature(enable = "avx512f,avx512ifma")]
fn carried<const LENGTH: usize>(sum: [__m512i; LENGTH]) -> [Octet; LENGTH] {
    let full = _mm512_set1_epi64(LIMB_MASK as i64);
    let mut limbs = [Octet::ZERO; LENGTH];
    let mut spare_below = _mm512_setzero_si512();
    let mut carry = 0_u32;
    for octet in 0..LENGTH {
        let spare = _mm512_srli_epi64::<{ LIMB_BITS as u32 }>(sum[octet]);
        let from_below = _mm512_alignr_epi64::<7>(spare, spare_below);
        spare_below = spare;
        let limb = _mm512_add_epi64(_mm512_and_si512(sum[octet], full), from_below);
        let arises = u32::from(_mm512_cmpgt_epu64_mask(limb, full));
        let runs_on = u32::from(_mm512_cmpeq_epu64_mask(limb, full));
        let total = runs_on + (arises << 1 | carry);
        carry = total >> 8;
        let increments = (total ^ runs_on) as u8;
        let limb = _mm512_mask_sub_epi64(limb, increments, limb, _mm512_set1_epi64(-1));
        limbs[octet] = must_cast(_mm512_and_si512(limb, full));
    }
    limbs
}

/// `out = table[digit]` for numbers of `LENGTH` octets.
#[target_feature(enable = "avx512f,avx512ifma")]
fn select<const LENGTH: usize>(out: &mut [Octet], table: &[Octet], digit: u64) {
    let mut selected = [_mm512_setzero_si512(); LENGTH];
    for (index, entry) in table.as_chunks::<LENGTH>().0.iter().enumerate() {
        // Not a mask register: whether a load reads what it masks out is not written anywhere.
        let mask = _mm512_set1_epi64(mask_if_equal(index as u64, digit) as i64);
        for octet in 0..LENGTH {
            let masked = _mm512_and_si512(must_cast(entry[octet]), mask);
            selected[octet] = _mm512_or_si512(selected[octet], masked);
        }
    }
    for (to, from) in sized_mut::<LENGTH>(out).iter_mut().zip(selected) {
        *to = must_cast(from);
    }
}

/// The second lane.
#[target_feature(enable = "avx512f,avx512ifma")]
fn lane_1(vector: __m512i) -> u64 {
    _mm_cvtsi128_si64(_mm_unpackhi_epi64(_mm512_castsi512_si128(vector), _mm512_castsi512_si128(vector)))
        as u64
}

/// The whole product of two words.
fn wide(a: u64, b: u64) -> u128 {
    u128::from(a) * u128::from(b)
}

fn sized<const LENGTH: usize>(octets: &[Octet]) -> &[Octet; LENGTH] {
    octets.try_into().expect("all numbers of a modulus are as long as it")
}

fn sized_mut<const LENGTH: usize>(octets: &mut [Octet]) -> &mut [Octet; LENGTH] {
    octets.try_into().expect("all numbers of a modulus are as long as it")
}

/// The call with a constant for the length, so that the compiler keeps the sums in registers.
macro_rules! by_length {
    ($length:expr, $constant:ident => $call:expr) => {
        by_length!($length, $constant => $call, 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20)
    };
    ($length:expr, $constant:ident => $call:expr, $($known:literal)*) => {
        match $length {
            $($known => {
                const $constant: usize = $known;
                $call
            })*
            _ => unreachable!("no modulus is longer than {MOST_OCTETS} octets"),
        }
    };
}
use by_length;
