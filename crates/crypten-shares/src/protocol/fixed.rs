//! Products with an operand that stays: its mask is opened once.
//!
//! A fixed operand `y` keeps one dealt mask `b` for as long as it lives. `y - b` is opened in its first product; every
//! product, also the first, opens `x - a` with a fresh `a` and spends a fresh `c = a b`. Nothing new of `y` becomes
//! public in the later ones, and each result is hidden by its own `c`.

use std::sync::OnceLock;

use crypten_ring::{Conv2d, RingTensor, matmul_shape};

use crate::correlation::{Algebra, Kind, oriented, transposed_shape};
use crate::error::Error;
use crate::opening::Opening;
use crate::party::Party;
use crate::protocol::product::{finish_product, receive_masked, send_masked};
use crate::protocol::replicated;
use crate::share::ArithmeticShare;

/// A shared tensor with a mask of its own: a model's weights.
pub struct FixedOperand {
    share: ArithmeticShare,
    /// Nothing where products are replicated: there a tensor stays spread by itself.
    mask: Option<Mask>,
}

/// The mask that a tensor keeps.
struct Mask {
    /// Which of the masks of this size it is.
    number: u64,
    words: RingTensor,
    /// The difference of tensor and mask, once it is public.
    opened: OnceLock<RingTensor>,
}

impl FixedOperand {
    /// Draws a mask for a tensor.
    ///
    /// # Rounds
    /// None.
    ///
    /// # Errors
    /// If the provider fails.
    pub async fn new(party: &mut Party, share: &ArithmeticShare) -> Result<Self, Error> {
        let words = share.own().len();
        if party.is_replicated() {
            return Ok(Self { share: share.clone(), mask: None });
        }
        let mask = match party.supply(Kind::Operand { words }, 1).await? {
            Some(mut supply) => {
                let (number, mut mask) = (supply.next_unit(), vec![0; words]);
                party.expand(&mut supply, &mut mask).await?;
                let words = RingTensor::from_vec(share.shape(), mask);
                Some(Mask { number, words, opened: OnceLock::new() })
            }
            None => None,
        };
        Ok(Self { share: share.clone(), mask })
    }

    /// The shape of the tensor.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        self.share.shape()
    }
}

impl std::fmt::Debug for FixedOperand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FixedOperand(shape={:?}, ..)", self.shape())
    }
}

/// The matrix product of `x` and a fixed `y`, or its transpose; divided by `2^bits` if `truncation` is given.
///
/// # Rounds
/// One, 8 bytes for each word of `x`, the first time also of `y`; with truncation two, and 8 bytes for each word of the
/// result.
///
/// # Security
/// Opens `x`, and `y` once, under uniform masks.
///
/// # Errors
/// If the shapes do not go together, or the net or the provider fails.
pub async fn matmul(
    party: &mut Party,
    x: &ArithmeticShare,
    y: &FixedOperand,
    transposed: bool,
    truncation: Option<u32>,
) -> Result<ArithmeticShare, Error> {
    let shape = matmul_shape(x.shape(), &transposed_shape(y.shape(), transposed))?;
    let add = |sum: RingTensor, l: &RingTensor, r: &RingTensor| sum.add_matmul(l, &oriented(r, transposed));
    let product = match &y.mask {
        None => replicated::product(party, &shape, [x, &y.share], add).await?,
        Some(mask) => {
            let (left, right) = (x.shape().to_vec(), y.shape().to_vec());
            let kind = Kind::FixedMatmul { left, right, transposed, operand: mask.number };
            bilinear(party, kind, &shape, x, &y.share, mask, add).await?
        }
    };
    finish_product(party, product, truncation).await
}

/// The 2-d convolution of `x` by a fixed kernel; divided by `2^bits` if `truncation` is given.
///
/// # Rounds
/// As [`matmul`].
///
/// # Security
/// As [`matmul`].
///
/// # Errors
/// If the shapes do not fit, or the net or the provider fails.
pub async fn conv2d(
    party: &mut Party,
    x: &ArithmeticShare,
    kernel: &FixedOperand,
    geometry: Conv2d,
    truncation: Option<u32>,
) -> Result<ArithmeticShare, Error> {
    let shape = geometry.output_shape(x.shape(), kernel.shape())?;
    let add = |sum: RingTensor, l: &RingTensor, r: &RingTensor| sum.add_conv2d(l, r, geometry);
    let product = match &kernel.mask {
        None => replicated::product(party, &shape, [x, &kernel.share], add).await?,
        Some(mask) => {
            let four = |shape: &[usize]| {
                shape.try_into().expect("output_shape has checked that there are four axes")
            };
            let (input, size) = (four(x.shape()), four(kernel.shape()));
            let kind = Kind::FixedConvolution { input, kernel: size, geometry, operand: mask.number };
            bilinear(party, kind, &shape, x, &kernel.share, mask, add).await?
        }
    };
    finish_product(party, product, truncation).await
}

/// As the driver of a product of two fresh operands, with the right one masked once and for all.
async fn bilinear(
    party: &mut Party,
    kind: Kind,
    shape: &[usize],
    x: &ArithmeticShare,
    y: &ArithmeticShare,
    mask: &Mask,
    add: impl Fn(RingTensor, &RingTensor, &RingTensor) -> RingTensor,
) -> Result<ArithmeticShare, Error> {
    let Some(mut supply) = party.supply(kind, 1).await? else {
        return Ok(ArithmeticShare::zeros(shape));
    };
    let mut unit = party.buffer(supply.unit_words());
    let split = x.own().len();
    supply.independent_ahead(0, &mut unit[..split]);
    let mut opening = Opening::new(party, "matmul", Algebra::Additive);
    send_masked(party, &mut opening, x, &unit[..split]).await?;
    if mask.opened.get().is_none() {
        send_masked(party, &mut opening, y, &mask.words.words()).await?;
    }
    party.expand(&mut supply, &mut unit).await?;
    let a = RingTensor::from_vec(x.shape(), unit[..split].to_vec());
    let c = RingTensor::from_vec(shape, unit[split..].to_vec());
    party.recycle(unit);
    let eps = receive_masked(party, &mut opening, x).await?;
    if mask.opened.get().is_none() {
        let delta = receive_masked(party, &mut opening, y).await?;
        // A session has one thread at a time, so nobody else has set it.
        let _ = mask.opened.set(delta);
    }
    let delta = mask.opened.get().expect("it has just been opened");
    let b = if party.place().is_first() { &mask.words + delta } else { mask.words.clone() };
    Ok(ArithmeticShare::new(add(add(c, &eps, &b), &a, delta)))
}
