//! Sums of secret tensors that are each multiplied by a public number: `c x + d y`, rounded in one round.

use crypten_ring::{Scale, two_to};

use crate::error::Error;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::add;
use crate::tensor::rounding::settle;

/// Binary digits that a fraction has, at most.
const MOST_DIGITS: u32 = 20;

/// Binary digits that a fraction has, at least: where there is no room for them, the tensor is rounded first.
const FEWEST_DIGITS: u32 = 10;

/// Binary digits that a tensor has before its point beside a product and a fraction.
const RANGE: u32 = 18;

/// For each list of at least one the sum of its secret tensors, each times its number. The results have the session's
/// scale at most.
///
/// # Rounds
/// One for all sums together, of 8 bytes for each element of each term that is multiplied by a fraction, or is a
/// product that is not rounded yet; none if no term is. One more for such products that are multiplied by a fraction,
/// where the session has more than 17 fractional bits, or by a large whole number.
///
/// # Domain
/// A fraction has 20 significant bits, and beside a tensor of `s > 24` fractional bits `44 - s` of them: beside a
/// product in a session of 16 there are 12, so that it is off by less than `2^-12` of itself; below `2^-18` there are
/// fewer. What a number multiplies stays below `2^18`, beside at most 24 fractional bits below `2^(42 - s)`. Each term is off
/// by less than a unit.
///
/// # Errors
/// If a number is not finite, shapes do not broadcast, tensors belong to different sessions, or a peer or the network
/// fails.
pub(crate) fn weighted_sums(sums: &[Vec<(f64, &CrypTensor)>]) -> Result<Vec<CrypTensor>, Error> {
    let terms = || sums.iter().flatten().copied();
    let crowded = |&(number, x): &(f64, &CrypTensor)| match is_whole(number) {
        true => number.abs() >= two_to(room(x.scale()).cast_signed()),
        false => room(x.scale()) < FEWEST_DIGITS,
    };
    settle(&Vec::from_iter(terms().filter(crowded).map(|(_, x)| x)))?;
    let products = terms().map(|(number, x)| multiple(number, x)).collect::<Result<Vec<_>, _>>()?;
    settle(&Vec::from_iter(&products))?;
    let mut products = products.iter().map(CrypTensor::settled);
    let mut sum = |terms: &Vec<(f64, &CrypTensor)>| {
        let mut terms = products.by_ref().take(terms.len());
        let first = terms.next().ok_or(Error::NothingSecret)?;
        terms.try_fold(first, add)
    };
    sums.iter().map(&mut sum).collect()
}

/// A tensor times a number, at a scale that may leave too little room for more than rounding.
fn multiple(number: f64, x: &CrypTensor) -> Result<CrypTensor, Error> {
    let x = x.settled();
    let (factor, bits) = factor(number, x.scale())?;
    let product = x.exact().linear(|own| own * factor);
    Ok(CrypTensor::new(x.session(), product, x.scale() + bits))
}

/// A number as a whole one and how many of its bits are fractional, beside a tensor of a scale.
fn factor(number: f64, beside: Scale) -> Result<(u64, Scale), Error> {
    if is_whole(number) {
        return Ok(((number as i64).cast_unsigned(), Scale::INTEGER));
    }
    let digits = room(beside).clamp(FEWEST_DIGITS, MOST_DIGITS);
    let wanted = f64::from(digits) - number.abs().log2().ceil();
    let most = 62_u32.saturating_sub(beside.bits()).clamp(1, Scale::MAX_BITS);
    let scale = Scale::new((wanted as u32).clamp(1, most))?;
    let word = scale.encode_scalar(number)?;
    // A quarter is 1 at two fractional bits.
    let spare = word.trailing_zeros().min(scale.bits() - 1);
    Ok(((word.cast_signed() >> spare).cast_unsigned(), Scale::new(scale.bits() - spare)?))
}

/// How many digits a fraction may have beside a tensor of a scale.
fn room(scale: Scale) -> u32 {
    (62 - RANGE).saturating_sub(scale.bits())
}

/// Whether a number is whole and no larger than leaves tensors their range.
fn is_whole(number: f64) -> bool {
    number.fract() == 0.0 && number.abs() < f64::from(1 << MOST_DIGITS)
}
