//! Sums, differences, products and quotients, with anything public on either side.

use crypten_ring::{RingTensor, Scale, broadcast_shapes};
use crypten_shares::{ArithmeticShare, Party, Place, product, truncate};

use crate::error::Error;
use crate::plain::{Operand, Public, Side};
use crate::tensor::CrypTensor;

/// `left + right`, with broadcasting; either side may be public.
///
/// # Rounds
/// None; one, of 8 bytes, if one operand is a product that is not rounded yet and the other is secret and none, or
/// public and too large for the scale of a product.
///
/// # Domain
/// Every sum in range; a public number is off by at most half a unit.
///
/// # Errors
/// If the shapes do not broadcast, nothing is secret, a public number does not fit the precision, or a peer or the
/// network fails.
pub fn add(left: impl Operand, right: impl Operand) -> Result<CrypTensor, Error> {
    match (left.operand(), right.operand()) {
        (Side::Secret(x), Side::Secret(y)) => add_secret("add", x, y, false),
        (Side::Secret(x), Side::Public(y)) | (Side::Public(y), Side::Secret(x)) => add_public("add", x, &y),
        (Side::Public(_), Side::Public(_)) => Err(Error::NothingSecret),
    }
}

/// `left - right`, with broadcasting; either side may be public.
///
/// # Rounds
/// As [`add`].
///
/// # Domain
/// As [`add`].
///
/// # Errors
/// As [`add`].
pub fn sub(left: impl Operand, right: impl Operand) -> Result<CrypTensor, Error> {
    match (left.operand(), right.operand()) {
        (Side::Secret(x), Side::Secret(y)) => add_secret("sub", x, y, true),
        (Side::Secret(x), Side::Public(y)) => add_public("sub", x, &y.negated()),
        (Side::Public(x), Side::Secret(y)) => add_public("sub", &y.neg(), &x),
        (Side::Public(_), Side::Public(_)) => Err(Error::NothingSecret),
    }
}

/// `left * right`, elementwise, with broadcasting; either side may be public.
///
/// # Rounds
/// One, of 16 bytes, if both are secret; the product is rounded (one more round, of 8 bytes) when that is needed. A
/// public operand of whole numbers costs none; of fractions, one of 8 bytes, which waits until it is needed if they
/// have few binary digits, as one half has. Beside anything but public whole numbers, an operand that is a product
/// itself is rounded first.
///
/// # Domain
/// The product stays below `2^(62 - 2f)` in magnitude; off by less than a unit once it is rounded. Public numbers
/// that are all whole and below `2^20` are exact. Public fractions are encoded with 20 significant bits of the
/// largest, or `f` fractional ones where these are more, each off by at most `2^-20` of the largest; so the secret
/// stays below `2^(42 - f)`, with 16 fractional bits `2^26`. Beyond, results are meaningless.
///
/// # Errors
/// If the shapes do not broadcast, nothing is secret, or a peer or the network fails.
pub fn mul(left: impl Operand, right: impl Operand) -> Result<CrypTensor, Error> {
    match (left.operand(), right.operand()) {
        (Side::Secret(x), Side::Secret(y)) => {
            same_session(x, y)?;
            broadcast_shapes("mul", x.shape(), y.shape())?;
            let ((x_share, x_scale), (y_share, y_scale)) = (x.rounded()?, y.rounded()?);
            let scale = product_scale(x_scale, y_scale)?;
            let product = x
                .session
                .perform("mul", async |party| product::multiply(party, x_share, y_share, None).await)?;
            Ok(CrypTensor::new(&x.session, product, scale))
        }
        (Side::Secret(x), Side::Public(y)) | (Side::Public(y), Side::Secret(x)) => scaled(x, &y),
        (Side::Public(_), Side::Public(_)) => Err(Error::NothingSecret),
    }
}

/// `left / right`, elementwise, with broadcasting; either side may be public.
///
/// # Rounds
/// By one public whole number one, of 8 bytes; by other public numbers as [`mul`]; by a secret one those of
/// [`CrypTensor::reciprocal`] and of [`mul`].
///
/// # Domain
/// By one public whole number up to `2^40` every number in range, off by less than two units. By other public numbers
/// that of [`mul`] with their reciprocals, which get 20 significant bits of the largest one: beside a smaller divisor
/// `e`, that by `d` is off by up to `2^-20 d / e` of itself. By a secret that of [`CrypTensor::reciprocal`], whose
/// error is multiplied by `left`; off by less than a unit more once it is rounded.
///
/// # Errors
/// If the shapes do not broadcast, nothing is secret, a public divisor is zero, the precision has more than 22 bits and
/// the divisor is secret, or a peer or the network fails.
pub fn div(left: impl Operand, right: impl Operand) -> Result<CrypTensor, Error> {
    match right.operand() {
        Side::Public(divisor) => match (left.operand(), divisor.whole_number()) {
            (Side::Secret(left), Some(whole)) => {
                let quotient = divided(left, whole.unsigned_abs())?;
                Ok(if whole < 0 { quotient.neg() } else { quotient })
            }
            _ => mul(left, divisor.values().mapv(f64::recip)),
        },
        Side::Secret(divisor) => mul(left, divisor.reciprocal()?),
    }
}

/// The quotient by a whole number, at the same scale or the session's; by a power of two it costs nothing but a larger
/// scale.
pub(super) fn divided(x: &CrypTensor, divisor: u64) -> Result<CrypTensor, Error> {
    if divisor <= 1 {
        return Ok(x.clone());
    }
    if divisor.is_power_of_two()
        && let Ok(bits) = Scale::new(divisor.trailing_zeros())
        && let Ok(scale) = product_scale(x.scale(), bits)
    {
        return Ok(CrypTensor::new(&x.session, x.exact().clone(), scale));
    }
    // A whole number has no fractional bits yet.
    let scale = x.scale().max(x.session.scale());
    let share = raised(x.exact(), x.scale(), scale);
    let quotient = x.session.perform("div", async |party| truncate::divide(party, &share, divisor).await)?;
    Ok(CrypTensor::new(&x.session, quotient, scale))
}

impl CrypTensor {
    /// The sum; see [`add`](crate::add).
    ///
    /// # Errors
    /// As [`add`](crate::add).
    pub fn add(&self, other: impl Operand) -> Result<Self, Error> {
        add(self, other)
    }

    /// The difference; see [`sub`](crate::sub).
    ///
    /// # Errors
    /// As [`sub`](crate::sub).
    pub fn sub(&self, other: impl Operand) -> Result<Self, Error> {
        sub(self, other)
    }

    /// The elementwise product; see [`mul`](crate::mul).
    ///
    /// # Errors
    /// As [`mul`](crate::mul).
    pub fn mul(&self, other: impl Operand) -> Result<Self, Error> {
        mul(self, other)
    }

    /// The elementwise quotient; see [`div`](crate::div).
    ///
    /// # Errors
    /// As [`div`](crate::div).
    pub fn div(&self, other: impl Operand) -> Result<Self, Error> {
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
    /// One, of 8 bytes; the result is rounded (one more, of 8 bytes) when that is needed. A product is rounded first.
    ///
    /// # Domain
    /// The square stays below `2^(62 - 2f)`; off by less than a unit once it is rounded.
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn square(&self) -> Result<Self, Error> {
        let (share, scale) = self.rounded()?;
        let doubled = product_scale(scale, scale)?;
        let square =
            self.session.perform("square", async |party| product::square(party, share, None).await)?;
        Ok(Self::new(&self.session, square, doubled))
    }

    /// The product with a secret tensor of whole numbers at scale zero, such as the bits of a comparison: nothing needs
    /// rounding, neither before nor after.
    ///
    /// One round, of 16 bytes.
    pub(crate) fn masked(&self, mask: &Self) -> Result<Self, Error> {
        same_session(self, mask)?;
        broadcast_shapes("mul", self.shape(), mask.shape())?;
        let x = self.settled();
        let run = async |party: &mut Party| product::multiply(party, x.exact(), mask.exact(), None).await;
        Ok(x.with(self.session.perform("mul", run)?))
    }

    /// Public numbers as a tensor that hides nothing, ready to stand in one with this tensor.
    pub(crate) fn beside(&self, public: impl Operand) -> Result<Self, Error> {
        let (_, share, scale) = aligned(self, public)?;
        Ok(Self::new(&self.session, share, scale))
    }

    /// This party's share at exactly the session's scale.
    pub(crate) fn at_session_scale(&self) -> Result<(ArithmeticShare, Scale), Error> {
        let (share, scale) = self.rounded()?;
        let target = self.session.scale();
        Ok((raised(share, scale, target), target))
    }
}

pub(super) fn same_session(left: &CrypTensor, right: &CrypTensor) -> Result<(), Error> {
    if left.session.is_same(&right.session) { Ok(()) } else { Err(Error::OtherSession) }
}

/// The scale of a product, if the ring has room for it.
pub(super) fn product_scale(left: Scale, right: Scale) -> Result<Scale, Error> {
    let scale = left + right;
    if scale.bits() <= 60 { Ok(scale) } else { Err(Error::NoRoomForProduct { bits: scale.bits() }) }
}

/// The same number at a larger scale: a product with a power of two, which is exact.
pub(super) fn raised(share: &ArithmeticShare, from: Scale, to: Scale) -> ArithmeticShare {
    if from == to { share.clone() } else { share.linear(|own| own * (1 << (to.bits() - from.bits()))) }
}

/// The sum of two shares at the larger of their scales.
pub(super) fn sum_at_common_scale(
    (x, x_scale): (&ArithmeticShare, Scale),
    (y, y_scale): (&ArithmeticShare, Scale),
) -> (ArithmeticShare, Scale) {
    let scale = x_scale.max(y_scale);
    (&raised(x, x_scale, scale) + &raised(y, y_scale, scale), scale)
}

/// The shares of a secret tensor and of what is to stand in one tensor with it, at one scale. A product stays unrounded
/// beside another, and beside public numbers that fit its scale.
pub(super) fn aligned(
    x: &CrypTensor,
    other: impl Operand,
) -> Result<(ArithmeticShare, ArithmeticShare, Scale), Error> {
    match other.operand() {
        Side::Secret(y) => {
            same_session(x, y)?;
            let alike = x.scale() == y.scale();
            let (x_share, x_scale) = if alike { (x.exact(), x.scale()) } else { x.rounded()? };
            let (y_share, y_scale) = if alike { (y.exact(), y.scale()) } else { y.rounded()? };
            let scale = x_scale.max(y_scale);
            Ok((raised(x_share, x_scale, scale), raised(y_share, y_scale, scale), scale))
        }
        Side::Public(y) => {
            // Whole numbers are exact at any scale, fractions need that of the session.
            let keeps = x.scale() >= x.session.scale() || y.small_integers().is_some();
            let (share, scale, words) = match y.encode(x.scale()) {
                Ok(words) if keeps => (x.exact().clone(), x.scale(), words),
                _ => {
                    let (share, scale) = x.at_session_scale()?;
                    (share, scale, y.encode(scale)?)
                }
            };
            Ok((share, shared_public(x.session.place(), words), scale))
        }
    }
}

/// The sharing of public words in which party 0 holds them and the others hold zeros.
pub(super) fn shared_public(place: Place, words: RingTensor) -> ArithmeticShare {
    ArithmeticShare::new(if place.is_first() { words } else { RingTensor::zeros(words.shape()) })
}

fn add_secret(
    operation: &'static str,
    x: &CrypTensor,
    y: &CrypTensor,
    negate: bool,
) -> Result<CrypTensor, Error> {
    same_session(x, y)?;
    broadcast_shapes(operation, x.shape(), y.shape())?;
    let alike = x.scale() == y.scale();
    let (x_share, x_scale) = if alike { (x.exact(), x.scale()) } else { x.rounded()? };
    let (y_share, y_scale) = if alike { (y.exact(), y.scale()) } else { y.rounded()? };
    let y_share = if negate { -y_share } else { y_share.clone() };
    let (sum, scale) = sum_at_common_scale((x_share, x_scale), (&y_share, y_scale));
    Ok(CrypTensor::new(&x.session, sum, scale))
}

fn add_public(operation: &'static str, x: &CrypTensor, y: &Public) -> Result<CrypTensor, Error> {
    broadcast_shapes(operation, x.shape(), y.shape())?;
    // A product is not rounded for the sake of a public addend that fits its scale.
    let (share, scale, addend) = match y.encode(x.scale()) {
        Ok(addend) if x.scale() >= x.session.scale() => (x.exact().clone(), x.scale(), addend),
        _ => {
            let (share, scale) = x.at_session_scale()?;
            (share, scale, y.encode(scale)?)
        }
    };
    Ok(CrypTensor::new(&x.session, share.add_public(x.session.place(), &addend), scale))
}

/// A product with public numbers: whole ones need no rounding, fractions are encoded with 20 significant bits.
fn scaled(x: &CrypTensor, y: &Public) -> Result<CrypTensor, Error> {
    broadcast_shapes("mul", x.shape(), y.shape())?;
    if let Some(integers) = y.small_integers() {
        return Ok(x.with(x.exact().linear(|own| own * &integers)));
    }
    let (share, scale) = x.rounded()?;
    let (factor, bits) = public_factor(y, x.session.scale())?;
    let (product, session) = (share.linear(|own| own * &factor), x.session.scale());
    // What fits the scale of a product waits to be rounded, like one.
    let total = scale + bits;
    if total.bits() <= 2 * session.bits() {
        return Ok(CrypTensor::new(&x.session, product, total));
    }
    let excess = total.bits() - session.bits();
    let rounded =
        x.session.perform("rescale", async |party| truncate::truncate(party, &product, excess).await)?;
    Ok(CrypTensor::new(&x.session, rounded, session))
}

/// Public numbers as ring elements at the session's scale, or at a larger one that leaves the largest of them 20
/// significant bits; without the bits that are zero in all: a quarter is 1 at two fractional bits.
fn public_factor(y: &Public, session: Scale) -> Result<(RingTensor, Scale), Error> {
    let largest = y.values().iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let wanted = if largest > 0.0 && largest.is_finite() { 20.0 - largest.log2().ceil() } else { 1.0 };
    let scale = Scale::new((wanted as u32).clamp(session.bits(), Scale::MAX_BITS))?;
    let factor = y.encode(scale)?;
    let used = factor.words().iter().fold(0, |used, word| used | word);
    let spare = if used == 0 { 0 } else { used.trailing_zeros().min(scale.bits() - 1) };
    if spare == 0 {
        return Ok((factor, scale));
    }
    let strip = |word: u64| (word.cast_signed() >> spare).cast_unsigned();
    Ok((factor.map(strip), Scale::new(scale.bits() - spare)?))
}
