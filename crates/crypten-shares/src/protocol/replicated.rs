//! Products of three parties who need no dealer: replicated sharing.
//!
//! Between operations a tensor is `x = a + b`, with `a` at party 0, `b` at party 1 and zeros at party 2. For a product
//! it is spread as `x = x_0 + x_1 + x_2`, party `i` holding `x_i` and `x_{i+1}`: parties 0 and 2 draw `x_0` from their
//! common seed, parties 1 and 2 draw `x_2` from theirs, and parties 0 and 1 tell each other `a - x_0` and `b - x_2`,
//! whose sum is `x_1`. A tensor stays spread for its later products. Then party `i` computes `z_i = x_i (y_i + y_{i+1})
//! + x_{i+1} y_i`: all nine products of parts, each at one party. Every `z_i` is re-randomised by a fresh sharing of
//! zero before anything is sent; party 2 sends its own to party 1, and `z` lies with two again.
//!
//! Sources: T. Araki, J. Furukawa, Y. Lindell, A. Nof, K. Ohara, "High-throughput semi-honest secure three-party
//! computation with an honest majority", CCS '16, section 2; P. Mohassel, P. Rindal, "ABY3", CCS '18.

use crypten_ring::RingTensor;

use crate::correlation::Algebra;
use crate::error::Error;
use crate::message::MAX_WORDS;
use crate::party::{Party, Purpose};
use crate::place::Rank;
use crate::share::{ArithmeticShare, Spread};

/// The product of two tensors: `add(sum, x, y)` adds that of two parts.
///
/// # Rounds
/// Two, the first of 8 bytes a word of each operand that is not spread yet, between parties 0 and 1; the second of 8
/// bytes a word of the result, from party 2 to party 1.
pub(super) async fn product(
    party: &mut Party,
    shape: &[usize],
    operands: [&ArithmeticShare; 2],
    add: impl Fn(RingTensor, &RingTensor, &RingTensor) -> RingTensor,
) -> Result<ArithmeticShare, Error> {
    party.keep_pace(shape.iter().product()).await?;
    spread(party, &operands).await?;
    let [x, y] = operands.map(|operand| operand.spread().expect("it has just been spread"));
    let z = RingTensor::from_vec(shape, party.zero(shape.iter().product(), Algebra::Additive));
    let z = add(add(z, &x.own, &(&y.own + &y.next)), &x.next, &y.own);
    gather(party, z).await
}

/// The square of every element, as [`product`]: `z_i = x_i (x_i + 2 x_{i+1})`.
pub(super) async fn square(party: &mut Party, x: &ArithmeticShare) -> Result<ArithmeticShare, Error> {
    party.keep_pace(x.own().len()).await?;
    spread(party, &[x]).await?;
    let x = x.spread().expect("it has just been spread");
    let mut z = party.zero(x.own.len(), Algebra::Additive);
    let (own, next) = (x.own.words(), x.next.words());
    crypten_ring::vectorized(
        #[inline(always)]
        || {
            for ((z, &own), &next) in z.iter_mut().zip(&*own).zip(&*next) {
                let factor = own.wrapping_add(next.wrapping_mul(2));
                *z = z.wrapping_add(own.wrapping_mul(factor));
            }
        },
    );
    gather(party, RingTensor::from_vec(x.own.shape(), z)).await
}

/// Spreads those operands over the three that are not yet, in one round.
async fn spread(party: &mut Party, operands: &[&ArithmeticShare]) -> Result<(), Error> {
    let mut fresh: Vec<&ArithmeticShare> = Vec::new();
    for operand in operands {
        if operand.spread().is_none() && !fresh.iter().any(|other| std::ptr::eq(*other, *operand)) {
            fresh.push(operand);
        }
    }
    if fresh.is_empty() {
        return Ok(());
    }
    let rank = party.place().rank();
    if rank == Rank::THIRD {
        for operand in fresh {
            let parts = party.draw(Purpose::Spread, [Rank::SECOND, Rank::FIRST], operand.own().len());
            let [own, next] = parts.map(|words| RingTensor::from_vec(operand.shape(), words));
            operand.set_spread(Spread { own, next });
        }
        return Ok(());
    }
    let other = if rank == Rank::FIRST { Rank::SECOND } else { Rank::FIRST };
    let (step, mut parts) = (party.partners_round("spread"), Vec::new());
    for operand in fresh {
        let [drawn] = party.draw(Purpose::Spread, [Rank::THIRD], operand.own().len());
        let mut rest = operand.own().words().into_owned();
        Algebra::Additive.remove(&mut rest, &drawn);
        for piece in rest.chunks(MAX_WORDS) {
            party.send_to(other, step, piece.to_vec()).await?;
        }
        parts.push((operand, drawn, rest));
    }
    for (operand, drawn, mut middle) in parts {
        for piece in middle.chunks_mut(MAX_WORDS) {
            let theirs = party.receive_from(other, step, piece.len()).await?;
            Algebra::Additive.accumulate(piece, &theirs);
        }
        let [drawn, middle] = [drawn, middle].map(|words| RingTensor::from_vec(operand.shape(), words));
        operand.set_spread(if rank == Rank::FIRST {
            Spread { own: drawn, next: middle }
        } else {
            Spread { own: middle, next: drawn }
        });
    }
    Ok(())
}

/// From one part at each of three parties, already re-randomised, to parts at parties 0 and 1.
async fn gather(party: &mut Party, own: RingTensor) -> Result<ArithmeticShare, Error> {
    let step = party.round("gather");
    let rank = party.place().rank();
    if rank == Rank::THIRD {
        for piece in own.words().chunks(MAX_WORDS) {
            party.send_to(Rank::SECOND, step, piece.to_vec()).await?;
        }
        return Ok(ArithmeticShare::zeros(own.shape()));
    }
    if rank == Rank::FIRST {
        return Ok(ArithmeticShare::new(own));
    }
    let (shape, mut words) = (own.shape().to_vec(), own.into_words());
    for piece in words.chunks_mut(MAX_WORDS) {
        let theirs = party.receive_from(Rank::THIRD, step, piece.len()).await?;
        Algebra::Additive.accumulate(piece, &theirs);
    }
    Ok(ArithmeticShare::new(RingTensor::from_vec(&shape, words)))
}
