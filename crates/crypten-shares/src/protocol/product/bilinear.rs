//! Products whose correlation is one whole: of matrices, and convolutions. Several take one round.

use crypten_ring::{Conv2d, RingTensor, matmul_shape};

use super::finish_product;
use crate::correlation::{Algebra, Kind};
use crate::error::Error;
use crate::message::MAX_WORDS;
use crate::opening::Opening;
use crate::party::Party;
use crate::protocol::replicated;
use crate::share::ArithmeticShare;

/// The factors of a product that is linear in both.
#[derive(Clone, Debug)]
pub struct Factors {
    left: ArithmeticShare,
    right: ArithmeticShare,
    /// A convolution of the left one by the right one; otherwise a product of matrices.
    geometry: Option<Conv2d>,
    /// The shape of the product.
    shape: Vec<usize>,
}

impl Factors {
    /// The factors of a matrix product as in `torch.matmul`.
    ///
    /// # Errors
    /// If the shapes do not go together.
    pub fn matmul(left: &ArithmeticShare, right: &ArithmeticShare) -> Result<Self, Error> {
        let shape = matmul_shape(left.shape(), right.shape())?;
        Ok(Self { left: left.clone(), right: right.clone(), geometry: None, shape })
    }

    /// The factors of the 2-d convolution of `[n, c, h, w]` by `[o, c / groups, kh, kw]`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn conv2d(x: &ArithmeticShare, kernel: &ArithmeticShare, geometry: Conv2d) -> Result<Self, Error> {
        let shape = geometry.output_shape(x.shape(), kernel.shape())?.to_vec();
        Ok(Self { left: x.clone(), right: kernel.clone(), geometry: Some(geometry), shape })
    }

    fn kind(&self) -> Kind {
        let four =
            |shape: &[usize]| shape.try_into().expect("output_shape has checked that there are four axes");
        let (left, right) = (self.left.shape(), self.right.shape());
        match self.geometry {
            Some(geometry) => Kind::Convolution { input: four(left), kernel: four(right), geometry },
            None => Kind::Matmul { left: left.to_vec(), right: right.to_vec() },
        }
    }

    /// Adds the product of two such tensors.
    fn add(&self, sum: RingTensor, left: &RingTensor, right: &RingTensor) -> RingTensor {
        match self.geometry {
            Some(geometry) => sum.add_conv2d(left, right, geometry),
            None => sum.add_matmul(left, right),
        }
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
    let [product] = together(party, &[Factors::matmul(x, y)?]).await?;
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
    let [product] = together(party, &[Factors::conv2d(x, kernel, geometry)?]).await?;
    finish_product(party, product, truncation).await
}

/// Several products, none of which needs another.
///
/// # Rounds
/// One, 8 bytes for each word of all factors. In a replicated session those of one after the other.
///
/// # Security
/// Opens each factor of each product under a uniform mask of its own.
///
/// # Errors
/// If the net or the provider fails.
pub async fn together<const N: usize>(
    party: &mut Party,
    products: &[Factors; N],
) -> Result<[ArithmeticShare; N], Error> {
    let mut results = Vec::with_capacity(N);
    if party.is_replicated() {
        for factors in products {
            let add = |sum: RingTensor, l: &RingTensor, r: &RingTensor| factors.add(sum, l, r);
            let operands = [&factors.left, &factors.right];
            results.push(replicated::product(party, &factors.shape, operands, add).await?);
        }
        return Ok(all(results));
    }
    // Before anything is sent: a dealer that makes some of them only leaves no message behind.
    let mut supplies = Vec::with_capacity(N);
    for factors in products {
        let Some(supply) = party.supply(factors.kind(), 1).await? else {
            return Ok(products.each_ref().map(|factors| ArithmeticShare::zeros(&factors.shape)));
        };
        supplies.push(supply);
    }
    let (first, mut opening) = (party.place().is_first(), Opening::new(party, "matmul", Algebra::Additive));
    // All masked factors are on their way before the rest of the correlations is expanded.
    let mut units = Vec::with_capacity(N);
    for (factors, supply) in products.iter().zip(&supplies) {
        let mut unit = party.buffer(supply.unit_words());
        let split = factors.left.own().len();
        let inputs = split + factors.right.own().len();
        supply.independent_ahead(0, &mut unit[..inputs]);
        send_masked(party, &mut opening, &factors.left, &unit[..split]).await?;
        send_masked(party, &mut opening, &factors.right, &unit[split..inputs]).await?;
        units.push(unit);
    }
    for ((factors, mut supply), mut unit) in products.iter().zip(supplies).zip(units) {
        party.expand(&mut supply, &mut unit).await?;
        let (split, both) = (factors.left.own().len(), factors.left.own().len() + factors.right.own().len());
        let part = |range: std::ops::Range<usize>, shape: &[usize]| {
            RingTensor::from_vec(shape, unit[range].to_vec())
        };
        let (a, b) = (part(0..split, factors.left.shape()), part(split..both, factors.right.shape()));
        let c = part(both..unit.len(), &factors.shape);
        party.recycle(unit);
        let eps = receive_masked(party, &mut opening, &factors.left).await?;
        let delta = receive_masked(party, &mut opening, &factors.right).await?;
        let b = if first { &b + &delta } else { b };
        results.push(ArithmeticShare::new(factors.add(factors.add(c, &eps, &b), &a, &delta)));
    }
    Ok(all(results))
}

/// A result for each product.
fn all<const N: usize>(results: Vec<ArithmeticShare>) -> [ArithmeticShare; N] {
    results.try_into().unwrap_or_else(|_| unreachable!("there is one for each product"))
}

/// Sends an operand of a matrix product less its mask.
pub(in crate::protocol) async fn send_masked(
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
pub(in crate::protocol) async fn receive_masked(
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
