//! Correlations that are periodic in their mask, by two parties: addition theorems, in fixed point.
//!
//! `cos(k (r_0 + r_1)) = cos k r_0 cos k r_1 - sin k r_0 sin k r_1`, and so for the sine. With `u_i` the exponents
//! modulo 8, and `c` whether their sum passes 8, `2^-(u_0 + u_1 mod 8) = 256^c 2^-u_0 2^-u_1`. Results are within three
//! units of the last place of what a dealer computes; cosines and sines are within `2^-44` too, and powers within
//! `2^-35` of their value, as [`cos_sin`](crypten_ring::cos_sin) and [`exp2_fraction`] are.

use crypten_ring::{UNIT, exp2_fraction, nearest, two_to};

use crate::correlation::Width;
use crate::correlation::joint::carry::Chain;
use crate::correlation::joint::side::Side;
use crate::correlation::periodic::{self, PLACES};
use crate::error::Error;
use crate::joint::Bilinear;

/// The most fractional bits of a factor: [`nearest`] rounds what is below `2^51`.
const MOST_BITS: u32 = 50;

/// Bits of a factor beyond those of the result.
const GUARD_BITS: u32 = 3;

pub(super) async fn complete_harmonics(
    side: &mut Side<'_>,
    terms: usize,
    bits: u32,
    width: Width,
) -> Result<(), Error> {
    let precision = (bits + GUARD_BITS).min(MOST_BITS);
    let mut own = Vec::new();
    let mut rows = vec![0; 2 * terms * UNIT];
    for r in side.independent().chunks_exact(UNIT) {
        periodic::complete_harmonics(precision, Width::Bits64, r, &mut rows);
        if side.is_first() {
            own.extend(&rows);
            continue;
        }
        for row in rows.chunks_exact(2 * UNIT) {
            own.extend(row);
            own.extend(row[UNIT..].iter().map(|sine| sine.wrapping_neg()));
        }
    }
    let form = angle_sums(terms).repeated(side.units());
    side.multiply_rows(&form, 2 * precision - bits, &own, width).await
}

/// Cosines and sines of sums, of party 0's rows of cosine and sine and party 1's of cosine, sine and negative sine.
fn angle_sums(terms: usize) -> Bilinear {
    let outputs = (0..terms).flat_map(|k| {
        let (x, y) = (2 * UNIT * k, 3 * UNIT * k);
        let cosines = (0..UNIT).map(move |i| vec![(x + i, y + i), (x + UNIT + i, y + 2 * UNIT + i)]);
        let sines = (0..UNIT).map(move |i| vec![(x + UNIT + i, y + i), (x + i, y + UNIT + i)]);
        cosines.chain(sines)
    });
    Bilinear::new(2 * UNIT * terms, 3 * UNIT * terms, &outputs.collect::<Vec<_>>())
}

pub(super) async fn complete_power(side: &mut Side<'_>, fraction: u32, bits: u32) -> Result<(), Error> {
    /// Bits of the exponent modulo 8, and of the factor 256.
    const OCTAVES: u32 = 3;
    const WRAP: u32 = 8;
    let precision = (bits + WRAP + GUARD_BITS).min(MOST_BITS);
    let (octave, scale) = (two_to(fraction.cast_signed()), two_to(precision.cast_signed()));
    let own: Vec<u64> = side
        .independent()
        .iter()
        .map(|r| {
            let (whole, rest) = (r >> fraction & 7, r & ((1 << fraction) - 1));
            // 2^-(whole + rest) = 2^(1 - rest) 2^-(whole + 1).
            let power = exp2_fraction(1.0 - rest as f64 / octave) * two_to(-1 - whole as i32);
            nearest(power * scale)
        })
        .collect();
    let form = Bilinear::elementwise(UNIT).repeated(side.units());
    let masks = side.fresh_masks(own.len());
    let mut powers = side.multiply(&form, 2 * precision - bits, &own, masks).await?;
    let masks = side.fresh_masks(own.len());
    let wrapped = side.multiply(&form, 2 * precision - bits - WRAP, &own, masks).await?;

    let mut chain = Chain::new(side.words(&side.sources(&[0])), None);
    chain.pass_to(side, fraction + OCTAVES).await?;
    let wraps = chain.carries();
    let differences: Vec<u64> = wrapped.iter().zip(&powers).map(|(w, p)| w.wrapping_sub(*p)).collect();
    let masks = side.fresh_masks(own.len());
    let more = side.select(1, &wraps, &differences, masks, |_, wraps| wraps == 1).await?;
    powers.iter_mut().zip(more).for_each(|(power, more)| *power = power.wrapping_add(more));

    let masks = side.fresh_masks(own.len());
    let places = chain.pass(side, 3, 3, masks, u64::from).await?;
    let places: Vec<u8> = places.iter().map(|place| *place as u8 & 7).collect();
    let for_each_place = |values: &[u64]| -> Vec<u64> {
        values.chunks_exact(UNIT).flat_map(|block| block.repeat(PLACES)).collect()
    };
    let own: Vec<u8> = places.chunks_exact(UNIT).flat_map(|block| block.repeat(PLACES)).collect();
    let targets = side.targets(&(0..PLACES).map(|place| place * UNIT).collect::<Vec<_>>());
    let is_place = |i: usize, place: u8| i / UNIT % PLACES == usize::from(place);
    side.select_words(3, &own, &for_each_place(&powers), &targets, is_place).await
}
