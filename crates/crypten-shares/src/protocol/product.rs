//! Products of shared tensors from Beaver triples.
//!
//! Dealt: `[a]`, `[b]`, `[c]` with `c = a b`. Open `eps = x - a` and `delta = y - b`; then
//! `x y = c + eps b + a delta + eps delta`, whether the product is that of numbers, of matrices or a convolution.
//! Source: D. Beaver, "Efficient multiparty protocols using circuit randomization", CRYPTO '91.

use crypten_ring::{Conv2d, RingTensor, UNIT, broadcast_shapes, matmul_shape};

use crate::correlation::{Algebra, Kind};
use crate::error::Error;
use crate::message::MAX_WORDS;
use crate::opening::Opening;
use crate::party::Party;
use crate::protocol::pieces::{pieces, span, units_of};
use crate::protocol::replicated;
use crate::protocol::truncate::{Truncation, truncate};
use crate::share::ArithmeticShare;

/// The elementwise product, with broadcasting; divided by `2^bits` if `truncation` is given.
///
/// # Rounds
/// One, 16 bytes an element; with truncation two, 24 bytes.
///
/// # Security
/// Opens both operands under uniform masks.
///
/// # Errors
/// If the shapes do not broadcast, or the net or the provider fails.
pub async fn multiply(
    party: &mut Party,
    x: &ArithmeticShare,
    y: &ArithmeticShare,
    truncation: Option<u32>,
) -> Result<ArithmeticShare, Error> {
    let shape = broadcast_shapes("mul", x.shape(), y.shape())?;
    if party.is_replicated() {
        let add = |sum: RingTensor, x: &RingTensor, y: &RingTensor| sum.add_product(x, y);
        let product = replicated::product(party, &shape, [x, y], add).await?;
        return finish_product(party, product, truncation).await;
    }
    let (x, y) = (x.own().broadcast_to(&shape)?, y.own().broadcast_to(&shape)?);
    let (x, y) = (x.words(), y.words());
    let words = pairwise(
        party,
        Kind::Product,
        [&x, &y],
        truncation,
        u64::wrapping_sub,
        #[inline(always)]
        |first, [eps, delta], [a, b, c]| {
            let a = a.wrapping_add(first.wrapping_neg() & eps);
            c.wrapping_add(eps.wrapping_mul(b)).wrapping_add(a.wrapping_mul(delta))
        },
    );
    let words = words.await?;
    Ok(ArithmeticShare::new(RingTensor::from_vec(&shape, words)))
}

/// The elementwise square; divided by `2^bits` if `truncation` is given.
///
/// # Rounds
/// One, 8 bytes an element; with truncation two, 16 bytes.
///
/// # Security
/// Opens the operand under a uniform mask.
///
/// # Errors
/// If the net or the provider fails.
pub async fn square(
    party: &mut Party,
    x: &ArithmeticShare,
    truncation: Option<u32>,
) -> Result<ArithmeticShare, Error> {
    if party.is_replicated() {
        let product = replicated::square(party, x).await?;
        return finish_product(party, product, truncation).await;
    }
    let words = x.own().words();
    let out = elementwise(
        party,
        Kind::Square,
        words.len(),
        truncation,
        #[inline(always)]
        |r, elements, message| {
            message.extend(words[elements].iter().zip(r).map(|(&x, &a)| x.wrapping_sub(a)));
        },
        #[inline(always)]
        |first, unit, eps, out| {
            let (a, c) = unit.split_at(UNIT);
            out.extend(eps.iter().zip(a).zip(c).map(|((&eps, &a), &c)| {
                let twice = a.wrapping_mul(2).wrapping_add(first.wrapping_neg() & eps);
                c.wrapping_add(eps.wrapping_mul(twice))
            }));
        },
    );
    let out = out.await?;
    Ok(ArithmeticShare::new(RingTensor::from_vec(x.shape(), out)))
}

/// An elementwise product of two operands: `mask(x, a)` hides a word, `join(first, [eps, delta], [a, b, c])` makes
/// one, where `first` is 1 at party 0 and 0 elsewhere.
pub(super) async fn pairwise(
    party: &mut Party,
    kind: Kind,
    operands: [&[u64]; 2],
    truncation: Option<u32>,
    mask: impl Fn(u64, u64) -> u64,
    join: impl Fn(u64, [u64; 2], [u64; 3]) -> u64,
) -> Result<Vec<u64>, Error> {
    elementwise(
        party,
        kind,
        operands[0].len(),
        truncation,
        #[inline(always)]
        |r, elements, message| {
            for (operand, masks) in operands.into_iter().zip(r.chunks(UNIT)) {
                message.extend(operand[elements.clone()].iter().zip(masks).map(|(&x, &a)| mask(x, a)));
            }
        },
        #[inline(always)]
        |first, unit, opened, out| {
            let (eps, delta) = opened.split_at(opened.len() / 2);
            let (a, bc) = unit.split_at(UNIT);
            let (b, c) = bc.split_at(UNIT);
            let words = eps.iter().zip(delta).zip(a).zip(b).zip(c);
            out.extend(words.map(|((((&eps, &delta), &a), &b), &c)| join(first, [eps, delta], [a, b, c])));
        },
    )
    .await
}

/// The driver of an elementwise product: `start` masks a unit's operands, `finish` makes its result.
async fn elementwise(
    party: &mut Party,
    kind: Kind,
    elements: usize,
    truncation: Option<u32>,
    start: impl Fn(&[u64], std::ops::Range<usize>, &mut Vec<u64>),
    finish: impl Fn(u64, &[u64], &[u64], &mut Vec<u64>),
) -> Result<Vec<u64>, Error> {
    let units = units_of(elements);
    let first = u64::from(party.place().is_first());
    let (name, algebra) = if kind == Kind::And { ("and", Algebra::Xor) } else { ("mul", Algebra::Additive) };
    // Before anything is sent: a dealer that makes one of the two only leaves no message behind.
    let mut truncated = match truncation {
        Some(bits) => Truncation::start(party, bits, elements).await?,
        None => None,
    };
    let Some(mut supply) = party.supply(kind, units).await? else {
        return Ok(vec![0; elements]);
    };
    let (size, mut opening) = (supply.unit_words(), Opening::new(party, name, algebra));
    let mut dealt = party.buffer(units * size);
    for piece in pieces(units) {
        let mut message = Vec::with_capacity(piece.len() * 2 * UNIT);
        for unit in piece {
            let words = &mut dealt[unit * size..][..size];
            party.expand(&mut supply, words).await?;
            crypten_ring::vectorized(
                #[inline(always)]
                || start(words, span(unit, elements), &mut message),
            );
        }
        opening.send(party, message).await?;
    }
    let mut products = Vec::with_capacity(if truncation.is_some() { 0 } else { elements });
    for piece in pieces(units) {
        let opened = opening.receive(party).await?;
        let mut opened = &opened[..];
        let mut out = Vec::with_capacity(piece.len() * UNIT);
        let width = if size == 3 * UNIT { 2 } else { 1 };
        for unit in piece {
            let (now, later) = opened.split_at(width * span(unit, elements).len());
            let dealt = &dealt[unit * size..][..size];
            crypten_ring::vectorized(
                #[inline(always)]
                || finish(first, dealt, now, &mut out),
            );
            opened = later;
        }
        match &mut truncated {
            Some(truncation) => truncation.send(party, out).await?,
            None => products.extend(out),
        }
    }
    party.recycle(dealt);
    match truncated {
        Some(truncation) => truncation.finish(party).await,
        None => Ok(products),
    }
}

/// The matrix product as in `torch.matmul`; divided by `2^bits` if `truncation` is given.
///
/// # Rounds
/// One, 8 bytes for each word of both operands; with truncation two, and 8 bytes for each word of the result.
///
/// # Security
/// Opens both operands under uniform masks.
///
/// # Errors
/// If the shapes do not go together, or the net or the provider fails.
pub async fn matmul(
    party: &mut Party,
    x: &ArithmeticShare,
    y: &ArithmeticShare,
    truncation: Option<u32>,
) -> Result<ArithmeticShare, Error> {
    let shape = matmul_shape(x.shape(), y.shape())?;
    let add = |sum: RingTensor, l: &RingTensor, r: &RingTensor| sum.add_matmul(l, r);
    let kind = Kind::Matmul { left: x.shape().to_vec(), right: y.shape().to_vec() };
    let product = bilinear(party, kind, &shape, x, y, add).await?;
    finish_product(party, product, truncation).await
}

/// The 2-d convolution of `[n, c, h, w]` by `[o, c / groups, kh, kw]`; divided by `2^bits` if `truncation` is given.
///
/// # Rounds
/// One, 8 bytes for each word of both operands; with truncation two, and 8 bytes for each word of the result.
///
/// # Security
/// Opens both operands under uniform masks.
///
/// # Errors
/// If the shapes do not fit, or the net or the provider fails.
pub async fn conv2d(
    party: &mut Party,
    x: &ArithmeticShare,
    kernel: &ArithmeticShare,
    geometry: Conv2d,
    truncation: Option<u32>,
) -> Result<ArithmeticShare, Error> {
    let shape = geometry.output_shape(x.shape(), kernel.shape())?;
    let add = |sum: RingTensor, l: &RingTensor, r: &RingTensor| sum.add_conv2d(l, r, geometry);
    let four = |shape: &[usize]| shape.try_into().expect("output_shape has checked that there are four axes");
    let kind = Kind::Convolution { input: four(x.shape()), kernel: four(kernel.shape()), geometry };
    let product = bilinear(party, kind, &shape, x, kernel, add).await?;
    finish_product(party, product, truncation).await
}

pub(super) async fn finish_product(
    party: &mut Party,
    product: ArithmeticShare,
    truncation: Option<u32>,
) -> Result<ArithmeticShare, Error> {
    match truncation {
        Some(bits) => truncate(party, &product, bits).await,
        None => Ok(product),
    }
}

/// The driver of a product whose unit is the whole: `add(sum, l, r)` adds the product of `l` and `r` to `sum`. In a
/// replicated session nothing is dealt for it.
///
/// The masked operands are on their way before the rest of the correlation is expanded.
async fn bilinear(
    party: &mut Party,
    kind: Kind,
    shape: &[usize],
    x: &ArithmeticShare,
    y: &ArithmeticShare,
    add: impl Fn(RingTensor, &RingTensor, &RingTensor) -> RingTensor,
) -> Result<ArithmeticShare, Error> {
    if party.is_replicated() {
        return replicated::product(party, shape, [x, y], add).await;
    }
    let first = party.place().is_first();
    let Some(mut supply) = party.supply(kind, 1).await? else {
        return Ok(ArithmeticShare::zeros(shape));
    };
    let mut unit = party.buffer(supply.unit_words());
    let (inputs, split) = (x.own().len() + y.own().len(), x.own().len());
    supply.independent_ahead(0, &mut unit[..inputs]);
    let mut opening = Opening::new(party, "matmul", Algebra::Additive);
    send_masked(party, &mut opening, x, &unit[..split]).await?;
    send_masked(party, &mut opening, y, &unit[split..inputs]).await?;
    party.expand(&mut supply, &mut unit).await?;
    let part =
        |range: std::ops::Range<usize>, shape: &[usize]| RingTensor::from_vec(shape, unit[range].to_vec());
    let (a, b) = (part(0..split, x.shape()), part(split..inputs, y.shape()));
    let c = part(inputs..unit.len(), shape);
    let eps = receive_masked(party, &mut opening, x).await?;
    let delta = receive_masked(party, &mut opening, y).await?;
    let b = if first { &b + &delta } else { b };
    let product = add(add(c, &eps, &b), &a, &delta);
    party.recycle(unit);
    Ok(ArithmeticShare::new(product))
}

/// Sends an operand of a matrix product less its mask.
pub(super) async fn send_masked(
    party: &mut Party,
    opening: &mut Opening,
    operand: &ArithmeticShare,
    mask: &[u64],
) -> Result<(), Error> {
    for (operand, mask) in operand.own().words().chunks(MAX_WORDS / 4).zip(mask.chunks(MAX_WORDS / 4)) {
        let message = operand.iter().zip(mask).map(|(&x, &a)| x.wrapping_sub(a)).collect();
        opening.send(party, message).await?;
    }
    Ok(())
}

/// The opened difference of an operand and its mask.
pub(super) async fn receive_masked(
    party: &mut Party,
    opening: &mut Opening,
    operand: &ArithmeticShare,
) -> Result<RingTensor, Error> {
    let words = operand.own().len();
    let mut opened = Vec::with_capacity(words);
    while opened.len() < words {
        opened.extend(&*opening.receive(party).await?);
    }
    Ok(RingTensor::from_vec(operand.shape(), opened))
}
