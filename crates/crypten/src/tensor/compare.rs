//! Comparisons and selection.

use crypten_ring::{RingTensor, Scale, broadcast_shapes};
use crypten_shares::compare;

use crate::error::Error;
use crate::plain::{Operand, Side};
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{add, mul, sub};

/// Whether `left < right`, as secret 0 or 1; either side may be public.
///
/// # Rounds
/// Four, of 12.25 bytes; one more, of 8, if a product that is not rounded yet meets another secret.
///
/// # Domain
/// All numbers in range; exact, but that a public number is rounded to the scale of the secret, off by at most half
/// a unit, and a product beside another secret to a unit.
///
/// # Errors
/// If the shapes do not broadcast, nothing is secret, or a peer or the network fails.
pub fn lt(left: impl Operand, right: impl Operand) -> Result<CrypTensor, Error> {
    let difference = sub(left, right)?;
    let negative =
        difference.session.perform("lt", async |party| compare::negative(party, difference.exact()).await)?;
    Ok(CrypTensor::new(&difference.session, negative, Scale::INTEGER))
}

/// Whether `left > right`, as secret 0 or 1; either side may be public.
///
/// # Rounds
/// As [`lt`].
///
/// # Domain
/// As [`lt`].
///
/// # Errors
/// As [`lt`].
pub fn gt(left: impl Operand, right: impl Operand) -> Result<CrypTensor, Error> {
    lt(right, left)
}

/// Whether `left <= right`, as secret 0 or 1; either side may be public.
///
/// # Rounds
/// As [`lt`].
///
/// # Domain
/// As [`lt`].
///
/// # Errors
/// As [`lt`].
pub fn le(left: impl Operand, right: impl Operand) -> Result<CrypTensor, Error> {
    Ok(gt(left, right)?.not())
}

/// Whether `left >= right`, as secret 0 or 1; either side may be public.
///
/// # Rounds
/// As [`lt`].
///
/// # Domain
/// As [`lt`].
///
/// # Errors
/// As [`lt`].
pub fn ge(left: impl Operand, right: impl Operand) -> Result<CrypTensor, Error> {
    Ok(lt(left, right)?.not())
}

/// Whether `left == right`, as secret 0 or 1; either side may be public.
///
/// # Rounds
/// Four, of 10.625 bytes; one more, of 8, for a product that is not rounded yet.
///
/// # Domain
/// As [`lt`]; the difference from a product is rounded, so that less than a unit may count as none.
///
/// # Errors
/// As [`lt`].
pub fn eq(left: impl Operand, right: impl Operand) -> Result<CrypTensor, Error> {
    let difference = sub(left, right)?;
    let (share, _) = difference.rounded()?;
    let equal = difference.session.perform("eq", async |party| compare::is_zero(party, share).await)?;
    Ok(CrypTensor::new(&difference.session, equal, Scale::INTEGER))
}

/// Whether `left != right`, as secret 0 or 1; either side may be public.
///
/// # Rounds
/// As [`eq`].
///
/// # Domain
/// As [`eq`].
///
/// # Errors
/// As [`lt`].
pub fn ne(left: impl Operand, right: impl Operand) -> Result<CrypTensor, Error> {
    Ok(eq(left, right)?.not())
}

/// `x` where `condition` is 1, `y` where it is 0, with broadcasting; each of the three may be public.
///
/// # Rounds
/// One, of 16 bytes; none if `condition` is public, or both others are. Up to three more, of 8 bytes, if there are
/// products that are not rounded yet, or public fractions for a secret condition.
///
/// # Domain
/// All numbers in range; conditions are 0 or 1. Exact, but that public fractions are off by at most half a unit, or by
/// `2^-20` of the largest if the condition alone is secret, and what has to be rounded by up to two units.
///
/// # Errors
/// If the shapes do not broadcast, nothing is secret, or a peer or the network fails.
pub fn where_cond(condition: impl Operand, x: impl Operand, y: impl Operand) -> Result<CrypTensor, Error> {
    let (chosen, otherwise) = (x.operand(), y.operand());
    let condition = condition.operand();
    let branches = broadcast_shapes("where", chosen.shape(), otherwise.shape())?;
    broadcast_shapes("where", condition.shape(), &branches)?;
    match (condition, chosen, otherwise) {
        (Side::Public(c), x, y) => {
            let (keep, other) = (c.values(), c.values().mapv(|c| 1.0 - c));
            match (x, y) {
                (Side::Public(_), Side::Public(_)) => Err(Error::NothingSecret),
                (Side::Secret(x), Side::Public(y)) => add(mul(x, keep)?, y.values() * &other),
                (Side::Public(x), Side::Secret(y)) => add(x.values() * keep, mul(y, other)?),
                (Side::Secret(x), Side::Secret(y)) => add(mul(x, keep)?, mul(y, other)?),
            }
        }
        // c x + (1 - c) y needs no product of secrets if both are public.
        (Side::Secret(c), Side::Public(x), Side::Public(y)) => {
            add(mul(c, x.values())?, mul(c.not(), y.values())?)
        }
        (Side::Secret(c), _, _) => add(mul(c, sub(&x, &y)?)?, y),
    }
}

macro_rules! method {
    ($($name:ident)*) => {$(
        #[doc = concat!("The comparison [`", stringify!($name), "`](crate::", stringify!($name), ") with this tensor on the left.")]
        ///
        /// # Errors
        /// As the function of the same name.
        pub fn $name(&self, other: impl Operand) -> Result<Self, Error> {
            $name(self, other)
        }
    )*};
}

impl CrypTensor {
    method!(lt gt le ge eq ne);

    /// `x` where this tensor is 1, `y` where it is 0; see [`where_cond`](crate::where_cond).
    ///
    /// # Errors
    /// As [`where_cond`](crate::where_cond).
    pub fn where_cond(&self, x: impl Operand, y: impl Operand) -> Result<Self, Error> {
        where_cond(self, x, y)
    }

    /// `1 - x` for bits.
    pub(crate) fn not(&self) -> Self {
        let one = RingTensor::scalar(1 << self.scale().bits());
        self.with((-self.exact()).add_public(self.session.place(), &one))
    }
}
