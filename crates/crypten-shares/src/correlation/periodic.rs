//! Completion of correlations that are periodic in their mask: cosines and sines of its multiples, powers of two.
//!
//! What a dealer computes here in floating point is dealt as words: it need not agree bit for bit with anybody.

use crypten_ring::{UNIT, cos_sin, exp2_fraction, nearest, two_to};

use crate::correlation::Width;

/// Blocks into which the 64 octaves of an exponent fall.
pub(crate) const PLACES: usize = 8;

/// Rows of cosine and sine of `2 pi k r / 2^64` for `k = 1, 2, ..`, one multiple after the other.
pub(super) fn complete_harmonics(bits: u32, width: Width, independent: &[u64], dependent: &mut [u64]) {
    let scale = two_to(bits.cast_signed());
    let (mut cosines, mut sines) = ([0.0; UNIT], [0.0; UNIT]);
    crypten_ring::vectorized(
        #[inline(always)]
        || {
            for ((cosine, sine), &r) in cosines.iter_mut().zip(&mut sines).zip(independent) {
                (*cosine, *sine) = cos_sin(r);
            }
            let (mut x, mut y) = (cosines, sines);
            let (mut cosine, mut sine) = ([0; UNIT], [0; UNIT]);
            for rows in dependent.chunks_exact_mut(2 * width.row_words()) {
                for i in 0..UNIT {
                    cosine[i] = nearest(x[i] * scale);
                    sine[i] = nearest(y[i] * scale);
                    (x[i], y[i]) = (x[i] * cosines[i] - y[i] * sines[i], x[i] * sines[i] + y[i] * cosines[i]);
                }
                let (cosine_row, sine_row) = rows.split_at_mut(width.row_words());
                width.pack(&cosine, cosine_row);
                width.pack(&sine, sine_row);
            }
        },
    );
}

/// For `e = r mod 2^(fraction + 6)`, an exponent below 64: `2^-(e mod 8)` in row `e / 8`, zeros in the others.
pub(super) fn complete_power(fraction: u32, bits: u32, independent: &[u64], dependent: &mut [u64]) {
    let (octave, mask) = (two_to(fraction.cast_signed()), (1 << fraction) - 1);
    let scale = two_to(bits.cast_signed() + 11);
    let mut powers = [0; UNIT];
    crypten_ring::vectorized(
        #[inline(always)]
        || {
            for (power, r) in powers.iter_mut().zip(independent) {
                // 2^-(whole + rest) = 2^(1 - rest) 2^-(whole + 1).
                let (whole, rest) = (r >> fraction & 7, r & mask);
                let mantissa = nearest(exp2_fraction(1.0 - rest as f64 / octave) * scale);
                let twice = mantissa >> (whole + 11);
                *power = (twice >> 1) + (twice & 1);
            }
            for (place, out) in dependent.chunks_exact_mut(UNIT).enumerate() {
                for ((out, power), r) in out.iter_mut().zip(&powers).zip(independent) {
                    *out = if r >> (fraction + 3) & 7 == place as u64 { *power } else { 0 };
                }
            }
        },
    );
}
