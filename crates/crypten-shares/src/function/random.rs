//! Secret random numbers that nobody knows, without a message: `u = sum_i 2^i b_i` of dealt bits `b_i`.
//!
//! A dealt bit ([`Kind::Bit`]) is shared by exclusive or and modulo 2^64; the second sharing is a random number of
//! its own.

use crypten_ring::{LANES, RingTensor, UNIT};

use crate::correlation::Kind;
use crate::error::Error;
use crate::party::Party;
use crate::protocol::convert::to_arithmetic;
use crate::share::ArithmeticShare;

/// Random bits, as whole numbers 0 and 1.
///
/// # Rounds
/// As [`uniform`] for one bit.
///
/// # Security
/// Opens nothing. No party knows a bit, nor do several short of all.
///
/// # Errors
/// If the provider fails.
pub async fn random_bits(party: &mut Party, shape: &[usize]) -> Result<ArithmeticShare, Error> {
    uniform(party, shape, 1).await
}

/// Random whole numbers below `2^bits`, all equally likely: at a scale of as many bits, the multiples of `2^-bits` from
/// 0 up to 1, without 1.
///
/// # Rounds
/// None: no message is sent between the parties. One dealt bit for each bit of each element. In a replicated session
/// one, of 8 bytes an element.
///
/// # Security
/// Opens nothing. No party knows a number, nor do several short of all.
///
/// # Errors
/// If the provider fails.
///
/// # Panics
/// If `bits` is outside `1..=64`.
pub async fn uniform(party: &mut Party, shape: &[usize], bits: u32) -> Result<ArithmeticShare, Error> {
    assert!((1..=64).contains(&bits), "random numbers of {bits} bits");
    if party.is_replicated() {
        // Party 2 knows what it deals: the bits come from parties 0 and 1, and are converted.
        let drawn = party.random_binary(shape)?;
        let kept = drawn.linear(|own| own.map(|word| word >> (64 - bits)));
        return to_arithmetic(party, &kept).await;
    }
    let mut words = vec![0_u64; shape.iter().product()];
    let units = (words.len() * bits as usize).div_ceil(UNIT);
    let Some(mut supply) = party.supply(Kind::Bit, units).await? else {
        return Ok(ArithmeticShare::zeros(shape));
    };
    let mut unit = party.buffer(supply.unit_words());
    let mut places = (0..words.len()).flat_map(|element| (0..bits).map(move |place| (element, place)));
    for _ in 0..units {
        party.expand(&mut supply, &mut unit).await?;
        for (&bit, (element, place)) in unit[LANES..].iter().zip(&mut places) {
            words[element] = words[element].wrapping_add(bit << place);
        }
    }
    party.recycle(unit);
    Ok(ArithmeticShare::new(RingTensor::from_vec(shape, words)))
}
