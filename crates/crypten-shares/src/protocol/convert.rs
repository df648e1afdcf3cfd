//! Between the kinds of sharing.

use crypten_ring::{LANES, Plane, RingTensor, UNIT, planes_of};

use crate::correlation::{Algebra, Kind, first_ones, spread};
use crate::error::Error;
use crate::opening::Opening;
use crate::party::Party;
use crate::protocol::binary::and_words;
use crate::protocol::compare::xor_public;
use crate::protocol::pieces::{lanes, load, pieces, span, take_planes, units_of};
use crate::share::{ArithmeticShare, BinaryShare, BitShare};

/// Shared bits as shared numbers 0 and 1: open `e = x ^ b` with a dealt bit `b`; then `x = e + (1 - 2e) b`.
///
/// # Rounds
/// One, 1 bit an element.
///
/// # Security
/// Opens the bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails.
pub async fn bits_to_arithmetic(party: &mut Party, bits: &BitShare) -> Result<ArithmeticShare, Error> {
    let elements = bits.own().len();
    let units = units_of(elements);
    let mut planes = vec![[0; LANES]; units];
    planes.as_flattened_mut()[..bits.own().words().len()].copy_from_slice(bits.own().words());
    let words = planes_to_words(party, &planes, |unit| span(unit, elements).len()).await?;
    Ok(ArithmeticShare::new(RingTensor::from_vec(bits.shape(), words)))
}

/// Words shared by exclusive or as words shared modulo 2^64: the sum of their bits, each converted.
///
/// # Rounds
/// One, 8 bytes an element.
///
/// # Security
/// Opens all bits under uniform masks. 512 bytes of correlation an element.
///
/// # Errors
/// If the net or the provider fails.
pub async fn to_arithmetic(party: &mut Party, share: &BinaryShare) -> Result<ArithmeticShare, Error> {
    let words = share.own().words();
    let mut planes = Vec::with_capacity(64 * units_of(words.len()));
    for unit in 0..units_of(words.len()) {
        let mut own = [0; UNIT];
        load(&words[span(unit, words.len())], &mut own);
        planes.extend(planes_of(&own));
    }
    let bits = planes_to_words(party, &planes, |plane| span(plane / 64, words.len()).len()).await?;
    let mut out = Vec::with_capacity(words.len());
    let mut rest = &bits[..];
    for unit in 0..units_of(words.len()) {
        let (now, later) = rest.split_at(64 * span(unit, words.len()).len());
        rest = later;
        let mut sums = vec![0_u64; now.len() / 64];
        for (bit, values) in now.chunks(sums.len()).enumerate() {
            for (sum, &value) in sums.iter_mut().zip(values) {
                *sum = sum.wrapping_add(value << bit);
            }
        }
        out.extend(sums);
    }
    Ok(ArithmeticShare::new(RingTensor::from_vec(share.shape(), out)))
}

/// Converts planes of bits; plane number `i` holds `elements(i)` of them.
async fn planes_to_words(
    party: &mut Party,
    planes: &[Plane],
    elements: impl Fn(usize) -> usize,
) -> Result<Vec<u64>, Error> {
    let first = u64::from(party.place().is_first());
    let Some(mut supply) = party.supply(Kind::Bit, planes.len()).await? else {
        return Ok(vec![0; (0..planes.len()).map(elements).sum()]);
    };
    let size = supply.unit_words();
    let mut dealt = party.buffer(planes.len() * size);
    let mut opening = Opening::new(party, "bits to words", Algebra::Xor);
    for piece in pieces(planes.len()) {
        let mut message = Vec::with_capacity(piece.len() * LANES);
        for i in piece {
            let unit = &mut dealt[i * size..][..size];
            party.expand(&mut supply, unit).await?;
            message.extend((0..elements(i).div_ceil(64)).map(|lane| planes[i][lane] ^ unit[lane]));
        }
        opening.send(party, message).await?;
    }
    let mut out = Vec::new();
    for piece in pieces(planes.len()) {
        let opened = opening.receive(party).await?;
        let mut opened = &opened[..];
        for i in piece {
            let [e] = take_planes::<1>(&mut opened, 1, elements(i).div_ceil(64));
            let b = &dealt[i * size + LANES..][..UNIT];
            out.extend(spread(e).into_iter().zip(b).map(|(e, &b)| xor_public(first, e, b)).take(elements(i)));
        }
    }
    party.recycle(dealt);
    Ok(out)
}

/// Words shared modulo 2^64 as words shared by exclusive or.
///
/// Open `c = z + r` for a mask `r` with dealt bits; `z = c - r`, where the borrow into each bit is a prefix of the
/// pairs `g = (not c) r`, `p = not (c ^ r)`, both local since `c` is public. Source: J. Sklansky, "Conditional-sum
/// addition logic" (1960).
///
/// # Rounds
/// Seven, 104 bytes an element.
///
/// # Security
/// Opens the value and intermediate bits under uniform masks.
///
/// # Errors
/// If the net or the provider fails.
pub async fn to_binary(party: &mut Party, share: &ArithmeticShare) -> Result<BinaryShare, Error> {
    let words = share.own().words();
    let mut units_bits = open_bits(party, &words).await?;
    for level in 0..6 {
        prefix_level(party, &mut units_bits, 1 << level, words.len()).await?;
    }
    let mut out = Vec::with_capacity(words.len());
    for (unit, mut bits) in units_bits.into_iter().enumerate() {
        for bit in 1..64 {
            let borrow = bits.generate[bit - 1];
            (0..LANES).for_each(|lane| bits.plain[bit][lane] ^= borrow[lane]);
        }
        for element in 0..span(unit, words.len()).len() {
            let bit = |bit: usize| (bits.plain[bit][element / 64] >> (element % 64) & 1) << bit;
            out.push((0..64).map(bit).fold(0, |word, bit| word | bit));
        }
    }
    Ok(BinaryShare::new(RingTensor::from_vec(share.shape(), out)))
}

/// Opens words under masks with dealt bits: what each bit of each unit generates and propagates.
async fn open_bits(party: &mut Party, words: &[u64]) -> Result<Vec<Bits>, Error> {
    let (units, is_first) = (units_of(words.len()), party.place().is_first());
    let Some(mut supply) = party.supply(Kind::Mask, units).await? else {
        return Ok(vec![Bits::ZEROS; units]);
    };
    let mut dealt = party.buffer(units * supply.unit_words());
    let mut opening = Opening::new(party, "to binary", Algebra::Additive);
    for piece in pieces(units) {
        let mut message = Vec::with_capacity(piece.len() * UNIT);
        for unit in piece {
            let row = &mut dealt[unit * supply.unit_words()..][..supply.unit_words()];
            party.expand(&mut supply, row).await?;
            message
                .extend(words[span(unit, words.len())].iter().zip(&*row).map(|(&z, &r)| z.wrapping_add(r)));
        }
        opening.send(party, message).await?;
    }
    let ones = first_ones(is_first);
    let mut units_bits = Vec::with_capacity(units);
    for piece in pieces(units) {
        let opened = opening.receive(party).await?;
        for (unit, c) in piece.clone().zip(opened.chunks(UNIT)) {
            let mut words = [0; UNIT];
            load(c, &mut words);
            let r = &dealt[unit * supply.unit_words() + UNIT..][..64 * LANES];
            let mut bits = Bits::ZEROS;
            for (bit, c) in planes_of(&words).into_iter().enumerate() {
                for lane in 0..LANES {
                    let r = r[LANES * bit + lane];
                    bits.generate[bit][lane] = !c[lane] & r;
                    bits.propagate[bit][lane] = r ^ (!c[lane] & ones[lane]);
                    bits.plain[bit][lane] = r ^ (c[lane] & ones[lane]);
                }
            }
            units_bits.push(bits);
        }
    }
    party.recycle(dealt);
    Ok(units_bits)
}

/// Shares of a unit's borrow pairs, and of its bits without borrow.
#[derive(Clone)]
struct Bits {
    generate: [Plane; 64],
    propagate: [Plane; 64],
    plain: [Plane; 64],
}

impl Bits {
    const ZEROS: Self =
        Self { generate: [[0; LANES]; 64], propagate: [[0; LANES]; 64], plain: [[0; LANES]; 64] };
}

/// Joins each position whose bit `width` is set with the last position below that has it clear:
/// `(g, p) <- (g + p g', p p')`. Two products of bits for each of 32 positions, one round.
async fn prefix_level(
    party: &mut Party,
    units: &mut [Bits],
    width: usize,
    elements: usize,
) -> Result<(), Error> {
    let positions: Vec<(usize, usize)> =
        (0..64).filter(|high| high & width != 0).map(|high| (high, (high & !(width - 1)) - 1)).collect();
    let words = 64 * elements.div_ceil(64);
    let (mut x, mut y) = (Vec::<u64>::with_capacity(words), Vec::<u64>::with_capacity(words));
    for (unit, bits) in units.iter().enumerate() {
        let lanes = lanes(&span(unit, elements));
        for &(high, low) in &positions {
            for lower in [bits.generate[low], bits.propagate[low]] {
                x.extend(&bits.propagate[high][..lanes]);
                y.extend(&lower[..lanes]);
            }
        }
    }
    let products = and_words(party, &x, &y).await?;
    let mut products = &products[..];
    for (unit, bits) in units.iter_mut().enumerate() {
        let lanes = lanes(&span(unit, elements));
        for &(high, _) in &positions {
            let [generate, propagate] = take_planes::<2>(&mut products, 2, lanes);
            (0..LANES).for_each(|lane| bits.generate[high][lane] ^= generate[lane]);
            bits.propagate[high] = propagate;
        }
    }
    Ok(())
}
