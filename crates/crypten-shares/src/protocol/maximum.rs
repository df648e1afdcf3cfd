//! Maximum and argmax over an axis: a tournament among four candidates at a time, or two where rounds allow it.
//!
//! All six differences of four candidates are compared in one batch of signs. With the outcomes opened under dealt
//! bits, the indicators `w_i` of the winner, and their products with the masks of the differences, are linear in
//! what was dealt; so `max = x_0 + w_1 (x_1 - x_0) + w_2 (x_2 - x_0) + w_3 (x_3 - x_0)` needs no further opening.

mod groups; // who meets whom
mod outcome; // the winners, and where they stand

use crypten_ring::{RingTensor, UNIT, normalize_axis, vectorized};

use crate::correlation::{EXTRA_WORDS, Kind, PAIRS, TRIPLES, spread, tournament_signs};
use crate::error::Error;
use crate::party::Party;
use crate::protocol::compare::{Batch, relu_and_negative, signs};
use crate::protocol::pieces::{span, units_of};
use crate::share::ArithmeticShare;
use groups::{Groups, levels};
use outcome::{Level, Outcome};

/// The largest element along an axis, which disappears.
///
/// # Rounds
/// Four for each factor of 4 in the axis (16 for 100 entries); 73.5 bytes for each group of four candidates, 12.25 for
/// each pair: the first level pairs from 5 to 8 candidates, from 17 to 32, from 65 to 128, and so on. From `2^15`
/// elements on, where bytes count for more, four rounds more for an axis of five and above, and as many pairs as that
/// allows: for 100 entries 20 rounds, and 13.6 bytes an element instead of 18.6.
///
/// # Security
/// Opens differences under uniform masks, and bits under uniform masks.
///
/// # Errors
/// If there is no such axis or it is empty, or the net or the provider fails.
pub async fn maximum(party: &mut Party, x: &ArithmeticShare, axis: isize) -> Result<ArithmeticShare, Error> {
    Ok(run(party, x, axis, false).await?.largest())
}

/// The largest element along an axis, and its position as a whole number; the first position wins a tie.
///
/// # Rounds
/// As [`maximum`], and one for each level after the first, of 48 bytes for each group of four candidates and 16 for each
/// pair.
///
/// # Security
/// As [`maximum`].
///
/// # Errors
/// If there is no such axis or it is empty, or the net or the provider fails.
pub async fn argmax(
    party: &mut Party,
    x: &ArithmeticShare,
    axis: isize,
) -> Result<(ArithmeticShare, ArithmeticShare), Error> {
    let outcome = run(party, x, axis, true).await?;
    let places = outcome.places(party).await?;
    Ok((outcome.largest(), places))
}

/// The largest element along an axis, which disappears; and one where it stands, zero elsewhere, in the shape of `x`.
/// The first position wins a tie.
///
/// # Rounds
/// As [`maximum`], and one for each level before the last, of 48 bytes for each group of four candidates and 16 for each
/// pair: none for an axis of up to four.
///
/// # Security
/// As [`maximum`].
///
/// # Errors
/// If there is no such axis or it is empty, or the net or the provider fails.
pub async fn max_with_one_hot(
    party: &mut Party,
    x: &ArithmeticShare,
    axis: isize,
) -> Result<(ArithmeticShare, ArithmeticShare), Error> {
    let outcome = run(party, x, axis, true).await?;
    let one_hot = outcome.one_hot(party).await?;
    Ok((outcome.largest(), one_hot))
}

async fn run(party: &mut Party, x: &ArithmeticShare, axis: isize, wanted: bool) -> Result<Outcome, Error> {
    let axis = normalize_axis(axis, x.shape().len())?;
    let length = x.shape()[axis];
    if length == 0 {
        return Err(crypten_ring::Error::IndexOutOfRange { index: 0, axis, length }.into());
    }
    let mut order: Vec<usize> = (0..x.shape().len()).filter(|&other| other != axis).collect();
    let shape: Vec<usize> = order.iter().map(|&other| x.shape()[other]).collect();
    order.insert(0, axis);
    let rows = shape.iter().product::<usize>();
    let mut values = x.own().permute(&order)?.into_words();
    let (mut count, mut played) = (length, Vec::new());
    let mut left = levels(count) + u32::from(count > 4 && rows * count >= MANY);
    while count > 1 {
        let groups = Groups::of(count, left);
        left -= 1;
        let candidates = groups.candidates(&values, rows);
        let (winners, indicators) = match &candidates[..] {
            [first, second] => duel(party, first, second, wanted).await?,
            four => tournament(party, four, wanted).await?,
        };
        let rest = values.split_off(values.len() - if groups.left_over { rows } else { 0 });
        values = winners;
        values.extend(rest);
        count = groups.count + usize::from(groups.left_over);
        if wanted {
            played.push(Level { groups, indicators });
        }
    }
    Ok(Outcome { axis, length, shape, winners: values, levels: played })
}

/// Elements from which on bytes count for more than rounds: there one level more is allowed.
const MANY: usize = 1 << 15;

/// The winners of pairs, and the indicators of the second where they are wanted: `y + relu(x - y)`.
async fn duel(
    party: &mut Party,
    first: &[u64],
    second: &[u64],
    wanted: bool,
) -> Result<(Vec<u64>, Vec<Vec<u64>>), Error> {
    let lead = first.iter().zip(second).map(|(&x, &y)| x.wrapping_sub(y)).collect();
    let lead = ArithmeticShare::new(RingTensor::from_vec(&[first.len()], lead));
    let (gain, behind) = relu_and_negative(party, &lead, wanted).await?;
    let gain = gain.own().words();
    let winners = second.iter().zip(&*gain).map(|(&y, &gain)| y.wrapping_add(gain)).collect();
    Ok((winners, behind.into_iter().map(|behind| behind.own().words().into_owned()).collect()))
}

/// The winners among four rows of candidates, and the indicators of winners 1, 2 and 3 where they are wanted.
async fn tournament(
    party: &mut Party,
    candidates: &[Vec<u64>],
    wanted: bool,
) -> Result<(Vec<u64>, Vec<Vec<u64>>), Error> {
    let elements = candidates[0].len();
    let Some(mut supply) = party.supply(Kind::Maximum, units_of(elements)).await? else {
        let indicator = if wanted { vec![0; elements] } else { Vec::new() };
        return Ok((vec![0; elements], vec![indicator; TRIPLES.len()]));
    };
    let mut dealt = party.rows(&supply, units_of(elements));
    let signs_row = tournament_signs();
    let batch = Batch::single(elements, signs_row);
    let difference = |unit: usize, z: &mut [u64; UNIT]| {
        let (i, j) = PAIRS[unit % PAIRS.len()];
        let span = span(unit / PAIRS.len(), elements);
        let pairs = candidates[i][span.clone()].iter().zip(&candidates[j][span]);
        z.fill(0);
        z.iter_mut().zip(pairs).for_each(|(z, (&x, &y))| *z = x.wrapping_sub(y));
    };
    let result = signs(party, &batch, &mut dealt, &mut supply, difference, true).await?;
    let first = u64::from(party.place().is_first());
    let mut winners = candidates[0].clone();
    let mut indicators = vec![Vec::new(); TRIPLES.len()];
    for unit in 0..units_of(elements) {
        let span = span(unit, elements);
        let base = PAIRS.len() * unit;
        let bits: [_; 6] = std::array::from_fn(|pair| spread(result.bits[base + pair]));
        let extra = &dealt.unit(unit).1[signs_row.dependent()..];
        for (winner, triple) in TRIPLES.iter().enumerate() {
            let extra = &extra[winner * EXTRA_WORDS..][..EXTRA_WORDS];
            let correlations = triple.map(|(pair, _)| batch.unit(&dealt, base + pair));
            let [a, b, c] = correlations.map(|unit| unit.arithmetic_bit());
            let literals = triple.map(|(pair, negated)| (&bits[pair], u64::from(negated)));
            let (opened, mask) = (&result.opened[(base + winner) * UNIT..][..UNIT], correlations[0].mask());
            let row = |row: usize| &extra[UNIT * row..][..UNIT];
            let mut indicator = [0; UNIT];
            vectorized(
                #[inline(always)]
                || {
                    for i in 0..UNIT {
                        let e = literals.map(|(bits, negated)| bits[i] ^ negated);
                        let products = [first, a[i], b[i], row(0)[i], c[i], row(1)[i], row(2)[i], row(3)[i]];
                        let masked = std::array::from_fn(|s| if s == 0 { mask[i] } else { row(3 + s)[i] });
                        indicator[i] = product_of_literals(products, e);
                        let step =
                            product_of_literals(masked, e).wrapping_sub(opened[i].wrapping_mul(indicator[i]));
                        if let Some(word) = winners[span.clone()].get_mut(i) {
                            *word = word.wrapping_add(step);
                        }
                    }
                },
            );
            if wanted {
                indicators[winner].extend(&indicator[..span.len()]);
            }
        }
    }
    party.recycle_rows(dealt);
    Ok((winners, indicators))
}

/// The share of `t (b_0 ^ e_0) (b_1 ^ e_1) (b_2 ^ e_2)` for public bits `e`, from shares of `t` times the products
/// of the `b` over all subsets.
#[inline(always)]
fn product_of_literals(mut table: [u64; 8], e: [u64; 3]) -> u64 {
    for (variable, e) in e.into_iter().enumerate().rev() {
        let half = 1 << variable;
        for subset in 0..half {
            let (without, with) = (table[subset], table[subset + half]);
            table[subset] = with.wrapping_add(e.wrapping_mul(without.wrapping_sub(with.wrapping_mul(2))));
        }
    }
    table[0]
}
