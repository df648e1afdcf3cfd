//! Elementary functions of public numbers that give the same bits on every machine.
//!
//! Where parties compute a public factor of a shared number, a difference of one unit between them would turn the
//! product into noise. So these functions use additions and products of `f64` only, which IEEE 754 fixes to the bit,
//! and no library whose last digit may differ.

use std::f64::consts::{LN_2, TAU};

/// The nearest integer to `x`, halves to even, in two's complement; for `|x| < 2^51`.
#[inline(always)]
#[must_use]
pub fn nearest(x: f64) -> u64 {
    // Adding 1.5 * 2^52 leaves the integer in the lowest bits of the mantissa.
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    (x + SHIFT).to_bits().wrapping_sub(SHIFT.to_bits())
}

/// `2^exponent`, exactly, for exponents from -1022 to 1023.
#[must_use]
pub fn two_to(exponent: i32) -> f64 {
    f64::from_bits(((1023 + i64::from(exponent)) << 52).cast_unsigned())
}

/// Cosine and sine of an angle in turns of `2^64`, within `1e-14`.
#[inline(always)]
#[must_use]
pub fn cos_sin(turn: u64) -> (f64, f64) {
    // To within an eighth of a turn of the nearest quarter.
    let quarter = turn.wrapping_add(1 << 61) >> 62;
    let rest = turn.wrapping_sub(quarter << 62).cast_signed();
    let angle = (rest >> 11) as f64 * (TAU / 9_007_199_254_740_992.0);
    let square = angle * angle;
    let cosine =
        horner(square, &[1.0, -2.0, 24.0, -720.0, 40_320.0, -3_628_800.0, 479_001_600.0, -87_178_291_200.0]);
    let sine = angle
        * horner(
            square,
            &[1.0, -6.0, 120.0, -5_040.0, 362_880.0, -39_916_800.0, 6_227_020_800.0, -1_307_674_368_000.0],
        );
    let (x, y) = if quarter & 1 == 0 { (cosine, sine) } else { (sine, cosine) };
    (if quarter == 1 || quarter == 2 { -x } else { x }, if quarter >= 2 { -y } else { y })
}

/// `2^x` for `0 <= x < 1`, within `1e-11` of its value.
#[inline(always)]
#[must_use]
pub fn exp2_fraction(x: f64) -> f64 {
    let z = (x - 0.5) * LN_2;
    let series = horner(z, &[1.0, 1.0, 2.0, 6.0, 24.0, 120.0, 720.0, 5_040.0, 40_320.0, 362_880.0]);
    series * std::f64::consts::SQRT_2
}

/// The power series in `x` whose coefficients are the reciprocals of `divisors`.
#[inline(always)]
fn horner<const N: usize>(x: f64, divisors: &[f64; N]) -> f64 {
    divisors.iter().rev().fold(0.0, |sum, divisor| sum * x + 1.0 / divisor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_and_powers_agree_with_the_library() {
        for i in 0..10_000_u64 {
            let turn = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let angle = turn.cast_signed() as f64 / 2.0_f64.powi(64) * TAU;
            let (cosine, sine) = cos_sin(turn);
            assert!((cosine - angle.cos()).abs() < 1e-13 && (sine - angle.sin()).abs() < 1e-13, "{turn}");
            let x = i as f64 / 10_000.0;
            assert!((exp2_fraction(x) / x.exp2() - 1.0).abs() < 1e-11, "{x}");
        }
    }

    #[test]
    fn the_nearest_integer_is_in_twos_complement() {
        for (x, expected) in [(0.4, 0), (-0.6, -1), (2.5, 2), (1e15 + 0.5, 1_000_000_000_000_000), (-3.0, -3)]
        {
            assert_eq!(nearest(x).cast_signed(), expected, "{x}");
        }
    }
}
