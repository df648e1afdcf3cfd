//! Sums, differences, products and quotients, with anything public on either side.

use crypten_ring::{RingTensor, Scale, broadcast_shapes};
use crypten_shares::{ArithmeticShare, product, reciprocal};

use crate::error::Error;
use crate::plain::{Operand, Public, Side};
use crate::session::Session;
use crate::tensor::CrypTensor;

/// `left + right`, with broadcasting; either side may be public.
///
/// # Rounds
/// None (one, of 8 bytes, if an operand is a product that is not rounded yet and the other is not).
///
/// # Errors
/// If the shapes do not broadcast, nothing is secret, or a public number does not fit the precision.
pub fn add(left: &(impl Operand + ?Sized), right: &(impl Operand + ?Sized)) -> Result<CrypTensor, Error> {
    sum("add", left, right, 1, 1)
}

/// `left - right`, with broadcasting; either side may be public.
///
/// # Rounds
/// None (one, of 8 bytes, if an operand is a product that is not rounded yet and the other is not).
///
/// # Errors
/// If the shapes do not broadcast, nothing is secret, or a public number does not fit the precision.
pub fn sub(left: &(impl Operand + ?Sized), right: &(impl Operand + ?Sized)) -> Result<CrypTensor, Error> {
    sum("sub", left, right, 1, u64::MAX)
}

/// `left * right`, elementwise, with broadcasting; either side may be public.
///
/// # Rounds
/// One, of 16 bytes, if both are secret, else none. Rounding costs another, of 8 bytes, when it is needed; a public
/// operand of small whole numbers needs none.
///
/// # Errors
/// If the shapes do not broadcast, nothing is secret, or a peer or the network fails.
pub fn mul(left: &(impl Operand + ?Sized), right: &(impl Operand + ?Sized)) -> Result<CrypTensor, Error> {
    match (left.operand(), right.operand()) {
        (Side::Secret(x), Side::Secret(y)) => {
            same_session(x, y)?;
            broadcast_shapes("mul", x.shape(), y.shape())?;
            let ((x, x_scale), (y, y_scale)) = (x.rounded()?, y.rounded()?);
            let product =
                secret(left, right)?.run(async |party| product::multiply(party, x, y, None).await)?;
            Ok(CrypTensor::new(secret(left, right)?, product, x_scale + y_scale))
        }
        (Side::Secret(x), Side::Public(y)) | (Side::Public(y), Side::Secret(x)) => scaled(x, &y),
        (Side::Public(_), Side::Public(_)) => Err(Error::NothingSecret),
    }
}

/// `left / right`, elementwise, with broadcasting; either side may be public.
///
/// # Rounds
/// By a public number one, of 8 bytes (none by a power of two's reciprocal); by a secret one 20 and a product.
///
/// # Security
/// Nothing is opened but masked values. A zero divisor gives a meaningless number.
///
/// # Errors
/// If the shapes do not broadcast, nothing is secret, or a peer or the network fails.
pub fn div(left: &(impl Operand + ?Sized), right: &(impl Operand + ?Sized)) -> Result<CrypTensor, Error> {
    let divisor = match right.operand() {
        Side::Public(divisor) => {
            let inverse = divisor.values().mapv(f64::recip);
            return mul(left, &inverse);
        }
        Side::Secret(divisor) => divisor,
    };
    let (share, scale) = divisor.at_session_scale()?;
    let inverse = divisor
        .session
        .run(async |party| reciprocal::reciprocal(party, &share, scale).await)?;
    mul(left, &CrypTensor::new(&divisor.session, inverse, scale))
}

impl CrypTensor {
    /// The sum; see [`add`](crate::add).
    ///
    /// # Errors
    /// As [`add`](crate::add).
    pub fn add(&self, other: &(impl Operand + ?Sized)) -> Result<Self, Error> {
        add(self, other)
    }

    /// The difference; see [`sub`](crate::sub).
    ///
    /// # Errors
    /// As [`sub`](crate::sub).
    pub fn sub(&self, other: &(impl Operand + ?Sized)) -> Result<Self, Error> {
        sub(self, other)
    }

    /// The elementwise product; see [`mul`](crate::mul).
    ///
    /// # Errors
    /// As [`mul`](crate::mul).
    pub fn mul(&self, other: &(impl Operand + ?Sized)) -> Result<Self, Error> {
        mul(self, other)
    }

    /// The elementwise quotient; see [`div`](crate::div).
    ///
    /// # Errors
    /// As [`div`](crate::div).
    pub fn div(&self, other: &(impl Operand + ?Sized)) -> Result<Self, Error> {
        div(self, other)
    }

    /// The negative.
    #[must_use]
    pub fn neg(&self) -> Self {
        self.with(-self.exact())
    }

    /// The elementwise square.
    ///
    /// # Rounds
    /// One, of 8 bytes; rounding costs another, when it is needed.
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn square(&self) -> Result<Self, Error> {
        let (share, scale) = self.rounded()?;
        let square = self
            .session
            .run(async |party| product::square(party, share, None).await)?;
        Ok(Self::new(&self.session, square, scale + scale))
    }

    /// `1 / x`, elementwise.
    ///
    /// # Rounds
    /// 20.
    ///
    /// # Errors
    /// If a peer or the network fails, or the precision has more than 28 bits.
    pub fn reciprocal(&self) -> Result<Self, Error> {
        div(&1, self)
    }

    /// This party's share at exactly the session's scale.
    pub(crate) fn at_session_scale(&self) -> Result<(ArithmeticShare, Scale), Error> {
        let (share, scale) = self.rounded()?;
        let target = self.session.scale();
        Ok((raised(share, scale, target), target))
    }
}

/// The session of whichever operand is secret.
pub(super) fn secret<'a>(
    left: &'a (impl Operand + ?Sized),
    right: &'a (impl Operand + ?Sized),
) -> Result<&'a Session, Error> {
    match (left.operand(), right.operand()) {
        (Side::Secret(tensor), _) | (_, Side::Secret(tensor)) => Ok(&tensor.session),
        _ => Err(Error::NothingSecret),
    }
}

pub(super) fn same_session(left: &CrypTensor, right: &CrypTensor) -> Result<(), Error> {
    if left.session.is_same(&right.session) {
        Ok(())
    } else {
        Err(Error::OtherSession)
    }
}

/// The same number at a larger scale: a product with a power of two, which is exact.
pub(super) fn raised(share: &ArithmeticShare, from: Scale, to: Scale) -> ArithmeticShare {
    if from == to {
        share.clone()
    } else {
        share.linear(|own| own * (1 << (to.bits() - from.bits())))
    }
}

fn sum(
    operation: &'static str,
    left: &(impl Operand + ?Sized),
    right: &(impl Operand + ?Sized),
    left_sign: u64,
    right_sign: u64,
) -> Result<CrypTensor, Error> {
    let signed = |share: &ArithmeticShare, sign: u64| if sign == 1 { share.clone() } else { -share };
    match (left.operand(), right.operand()) {
        (Side::Secret(x), Side::Secret(y)) => {
            same_session(x, y)?;
            broadcast_shapes(operation, x.shape(), y.shape())?;
            let ((x_share, x_scale), (y_share, y_scale)) = if x.scale() == y.scale() {
                ((x.exact(), x.scale()), (y.exact(), y.scale()))
            } else {
                (x.rounded()?, y.rounded()?)
            };
            let scale = x_scale.max(y_scale);
            let (l, r) = (raised(x_share, x_scale, scale), raised(y_share, y_scale, scale));
            Ok(CrypTensor::new(
                &x.session,
                &signed(&l, left_sign) + &signed(&r, right_sign),
                scale,
            ))
        }
        (Side::Secret(x), Side::Public(y)) => add_public(operation, x, left_sign, &y, right_sign),
        (Side::Public(x), Side::Secret(y)) => add_public(operation, y, right_sign, &x, left_sign),
        (Side::Public(_), Side::Public(_)) => Err(Error::NothingSecret),
    }
}

/// `secret_sign * x + public_sign * y`.
fn add_public(
    operation: &'static str,
    x: &CrypTensor,
    secret_sign: u64,
    y: &Public,
    public_sign: u64,
) -> Result<CrypTensor, Error> {
    broadcast_shapes(operation, x.shape(), y.shape())?;
    // A product is not rounded for the sake of a public addend that fits its scale.
    let (share, scale, addend) = match y.encode(x.scale()) {
        Ok(addend) if x.scale() >= x.session.scale() => (x.exact().clone(), x.scale(), addend),
        _ => {
            let (share, scale) = x.at_session_scale()?;
            (share, scale, y.encode(scale)?)
        }
    };
    let share = if secret_sign == 1 { share } else { -&share };
    let sum = share.add_public(x.session.place(), &(&addend * public_sign));
    Ok(CrypTensor::new(&x.session, sum, scale))
}

/// A product with public numbers: whole ones need no rounding; others are encoded with at least 20 significant bits.
fn scaled(x: &CrypTensor, y: &Public) -> Result<CrypTensor, Error> {
    broadcast_shapes("mul", x.shape(), y.shape())?;
    if let Some(integers) = y.small_integers() {
        return Ok(x.with(x.exact().linear(|own| own * &integers)));
    }
    let (share, scale) = x.rounded()?;
    let (factor, bits) = public_factor(y, x.session.scale())?;
    let product = share.linear(|own| own * &factor);
    if bits == x.session.scale() {
        return Ok(CrypTensor::new(&x.session, product, scale + bits));
    }
    let rounded = x
        .session
        .run(async |party| crypten_shares::truncate::truncate(party, &product, bits.bits()).await)?;
    Ok(CrypTensor::new(&x.session, rounded, scale))
}

/// Public numbers as ring elements, at the session's scale or, if they are small, at a larger one that leaves the
/// largest of them 20 bits.
fn public_factor(y: &Public, session: Scale) -> Result<(RingTensor, Scale), Error> {
    let largest = y
        .values()
        .iter()
        .fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let spare = if largest > 0.0 && largest.is_finite() {
        20.0 - largest.log2().ceil()
    } else {
        0.0
    };
    let bits = (spare.clamp(0.0, f64::from(Scale::MAX_BITS)) as u32).max(session.bits());
    let scale = Scale::new(bits)?;
    Ok((y.encode(scale)?, scale))
}
