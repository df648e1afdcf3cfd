//! Products of secret tensors that need not wait for each other: they take one round.

use crypten_ring::{Conv2d, RingTensor, Scale};
use crypten_shares::product::{self, Factors};

use crate::error::Error;
use crate::session::Session;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{product_scale, same_session};

/// A product of two secret tensors that is still to be computed.
pub(crate) struct Pending {
    session: Session,
    factors: Factors,
    scale: Scale,
}

impl Pending {
    /// A matrix product; what is a product itself is rounded first.
    pub(crate) fn matmul(x: &CrypTensor, y: &CrypTensor) -> Result<Self, Error> {
        let factors = Factors::matmul(x.rounded()?.0, y.rounded()?.0)?;
        Self::new(x, y, factors)
    }

    /// A convolution of rearranged operands.
    pub(super) fn conv2d(
        x: &CrypTensor,
        kernel: &CrypTensor,
        geometry: Conv2d,
        spread: impl Fn(&RingTensor) -> RingTensor,
        turn: impl Fn(&RingTensor) -> RingTensor,
    ) -> Result<Self, Error> {
        let (input, turned) = (x.rounded()?.0.linear(spread), kernel.rounded()?.0.linear(turn));
        Self::new(x, kernel, Factors::conv2d(&input, &turned, geometry)?)
    }

    fn new(x: &CrypTensor, y: &CrypTensor, factors: Factors) -> Result<Self, Error> {
        same_session(x, y)?;
        let target = x.session.scale();
        let scale = product_scale(x.scale().min(target), y.scale().min(target))?;
        Ok(Self { session: x.session.clone(), factors, scale })
    }
}

/// The products, in one round.
pub(crate) fn together<const N: usize>(
    operation: &'static str,
    pending: [Pending; N],
) -> Result<[CrypTensor; N], Error> {
    let session = pending[0].session.clone();
    let scales = pending.each_ref().map(|product| product.scale);
    let factors = pending.map(|product| product.factors);
    let products = session.perform(operation, async |party| product::together(party, &factors).await)?;
    let mut scales = scales.into_iter();
    Ok(products.map(|share| CrypTensor::new(&session, share, scales.next().expect("as many scales"))))
}
