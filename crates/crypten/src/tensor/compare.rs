//! Comparisons, selection, ReLU, maximum.

use crypten_ring::{RingTensor, Scale};
use crypten_shares::{compare, maximum};

use crate::error::Error;
use crate::plain::{Operand, Side};
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{add, mul, sub};

/// Whether `left < right`, as secret 0 or 1; either side may be public.
///
/// # Rounds
/// Four, of 12.25 bytes; one more, of 8, if a product that is not rounded yet meets another secret.
///
/// # Errors
/// If the shapes do not broadcast, nothing is secret, or a peer or the network fails.
pub fn lt(left: impl Operand, right: impl Operand) -> Result<CrypTensor, Error> {
    let difference = sub(left, right)?;
    let negative =
        difference.session.run(async |party| compare::negative(party, difference.exact()).await)?;
    Ok(CrypTensor::new(&difference.session, negative, Scale::INTEGER))
}

/// Whether `left > right`, as secret 0 or 1; either side may be public.
///
/// # Rounds
/// Four, of 12.25 bytes.
///
/// # Errors
/// As [`lt`].
pub fn gt(left: impl Operand, right: impl Operand) -> Result<CrypTensor, Error> {
    lt(right, left)
}

/// Whether `left <= right`, as secret 0 or 1; either side may be public.
///
/// # Rounds
/// Four, of 12.25 bytes.
///
/// # Errors
/// As [`lt`].
pub fn le(left: impl Operand, right: impl Operand) -> Result<CrypTensor, Error> {
    Ok(gt(left, right)?.not())
}

/// Whether `left >= right`, as secret 0 or 1; either side may be public.
///
/// # Rounds
/// Four, of 12.25 bytes.
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
/// # Errors
/// As [`lt`].
pub fn eq(left: impl Operand, right: impl Operand) -> Result<CrypTensor, Error> {
    let difference = sub(left, right)?;
    let (share, _) = difference.rounded()?;
    let equal = difference.session.run(async |party| compare::is_zero(party, share).await)?;
    Ok(CrypTensor::new(&difference.session, equal, Scale::INTEGER))
}

/// Whether `left != right`, as secret 0 or 1; either side may be public.
///
/// # Rounds
/// Four, of 10.625 bytes; one more, of 8, for a product that is not rounded yet.
///
/// # Errors
/// As [`lt`].
pub fn ne(left: impl Operand, right: impl Operand) -> Result<CrypTensor, Error> {
    Ok(eq(left, right)?.not())
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

    /// The elements, or zero where they are negative. Rounds a product on the way.
    ///
    /// # Rounds
    /// Four, of 12.25 bytes.
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn relu(&self) -> Result<Self, Error> {
        let target = self.session.scale();
        let excess = self.scale().bits().saturating_sub(target.bits());
        let relu = self.session.run(async |party| match excess {
            0 => compare::relu(party, self.exact()).await,
            bits => compare::relu_truncated(party, self.exact(), bits).await,
        })?;
        Ok(Self::new(&self.session, relu, self.scale().min(target)))
    }

    /// `x` where this tensor is 1, `y` where it is 0.
    ///
    /// # Rounds
    /// One product.
    ///
    /// # Errors
    /// If the shapes do not broadcast, or a peer or the network fails.
    pub fn where_cond(&self, x: impl Operand, y: impl Operand) -> Result<Self, Error> {
        match (x.operand(), y.operand()) {
            // c x + (1 - c) y needs no product of secrets if both are public.
            (Side::Public(_), Side::Public(_)) => add(mul(self, x)?, mul(self.not(), y)?),
            _ => add(mul(self, sub(&x, &y)?)?, y),
        }
    }

    /// The largest element along an axis, which disappears.
    ///
    /// # Rounds
    /// Four for each factor of 4 in the axis.
    ///
    /// # Errors
    /// If there is no such axis, it is empty, or a peer or the network fails.
    pub fn max(&self, axis: isize) -> Result<Self, Error> {
        let max = self.session.run(async |party| maximum::maximum(party, self.exact(), axis).await)?;
        Ok(self.with(max))
    }

    /// The position of the largest element along an axis, the first one if there are several.
    ///
    /// # Rounds
    /// As [`CrypTensor::max`], and one for each factor of 4 after the first.
    ///
    /// # Errors
    /// If there is no such axis, it is empty, or a peer or the network fails.
    pub fn argmax(&self, axis: isize) -> Result<Self, Error> {
        let (_, place) = self.session.run(async |party| maximum::argmax(party, self.exact(), axis).await)?;
        Ok(Self::new(&self.session, place, Scale::INTEGER))
    }

    /// `1 - x` for bits.
    fn not(&self) -> Self {
        let one = RingTensor::scalar(1 << self.scale().bits());
        self.with((-self.exact()).add_public(self.session.place(), &one))
    }
}
