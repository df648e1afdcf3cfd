//! The secret tensor.

mod arithmetic; // sums, products, quotients
mod compare; // comparisons, ReLU, maximum
mod linear; // matrix products, convolutions, pooling
mod operators; // + - * / between everything
mod shape; // reshape, slice, cat, sums

use std::sync::{Arc, OnceLock};

use crypten_ring::Scale;
use crypten_shares::{ArithmeticShare, reveal, truncate};
use ndarray::ArrayD;

use crate::error::Error;
use crate::session::Session;

pub use arithmetic::{add, div, mul, sub};
pub use compare::{eq, ge, gt, le, lt, ne};
pub use linear::{conv2d, linear, matmul};
pub use shape::{cat, stack};

/// A tensor of real numbers that no party can see. Behaves like a PyTorch tensor.
///
/// Every operation that needs the peers returns a `Result`. A product keeps its double scale until something needs
/// it rounded, since pooling needs no rounding and a ReLU rounds on the way. It is rounded before it is opened: nobody
/// learns more digits than the precision has.
///
/// # Range
/// With 16 fractional bits, numbers stay below `2^46` in magnitude and products (also sums of products) below `2^30`;
/// with `f` bits below `2^(62 - f)` and `2^(62 - 2f)`. What is multiplied by a public fraction stays below `2^26`, with
/// `f` bits below `2^(42 - f)`. Beyond, results are wrong without notice: nobody can see them.
#[derive(Clone)]
pub struct CrypTensor {
    session: Session,
    value: Arc<Value>,
}

struct Value {
    share: ArithmeticShare,
    scale: Scale,
    /// The same tensor at the session's scale, once something has needed it.
    rounded: OnceLock<ArithmeticShare>,
}

impl CrypTensor {
    pub(crate) fn new(session: &Session, share: ArithmeticShare, scale: Scale) -> Self {
        let value = Value { share, scale, rounded: OnceLock::new() };
        Self { session: session.clone(), value: Arc::new(value) }
    }

    /// The lengths of the axes. Shapes are public.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        self.value.share.shape()
    }

    /// The number of axes.
    #[must_use]
    pub fn ndim(&self) -> usize {
        self.shape().len()
    }

    /// The number of elements.
    #[must_use]
    pub fn numel(&self) -> usize {
        self.shape().iter().product()
    }

    /// The session that the tensor belongs to.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Opens the tensor to all parties.
    ///
    /// # Rounds
    /// One, 8 bytes an element to each peer; one more for a product that is not rounded yet.
    ///
    /// # Security
    /// Every party learns the values.
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn get_plain_text(&self) -> Result<ArrayD<f64>, Error> {
        let (share, scale) = self.rounded()?;
        let opened = self.session.run(async |party| reveal::reveal(party, share).await)?;
        Ok(scale.decode(&opened))
    }

    /// Opens the tensor to party `dst` only; the others get `None`. Every party calls it.
    ///
    /// # Rounds
    /// One, 8 bytes an element, to `dst`; one more for a product that is not rounded yet.
    ///
    /// # Security
    /// Party `dst` learns the values, nobody else anything.
    ///
    /// # Errors
    /// If there is no party `dst`, or a peer or the network fails.
    pub fn get_plain_text_to(&self, dst: usize) -> Result<Option<ArrayD<f64>>, Error> {
        let to = self.session.place().party(dst)?;
        let (share, scale) = self.rounded()?;
        let opened = self.session.run(async |party| reveal::reveal_to(party, share, to).await)?;
        Ok(opened.map(|opened| scale.decode(&opened)))
    }

    /// The same tensor with a product's double scale rounded away now; otherwise that happens when it is needed.
    ///
    /// # Rounds
    /// One, of 8 bytes an element; none if there is nothing to round.
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn rescale(&self) -> Result<Self, Error> {
        let (share, scale) = self.rounded()?;
        Ok(Self::new(&self.session, share.clone(), scale))
    }

    /// This party's share, at whatever scale it has.
    pub(crate) fn exact(&self) -> &ArithmeticShare {
        &self.value.share
    }

    /// The scale of [`CrypTensor::exact`].
    pub(crate) fn scale(&self) -> Scale {
        self.value.scale
    }

    /// This party's share at the session's scale or below: rounds a product that has not been rounded yet.
    pub(crate) fn rounded(&self) -> Result<(&ArithmeticShare, Scale), Error> {
        let target = self.session.scale();
        if self.value.scale <= target {
            return Ok((self.exact(), self.value.scale));
        }
        if self.value.rounded.get().is_none() {
            let bits = self.value.scale.bits() - target.bits();
            let rounded =
                self.session.run(async |party| truncate::truncate(party, self.exact(), bits).await)?;
            // Another handle may have been quicker: then both are good, and the first one stays.
            let _ = self.value.rounded.set(rounded);
        }
        let rounded = self.value.rounded.get().expect("it has just been set");
        Ok((rounded, target))
    }

    /// A linear function of the share, at the same scale.
    pub(crate) fn with(&self, share: ArithmeticShare) -> Self {
        Self::new(&self.session, share, self.value.scale)
    }
}

impl std::fmt::Debug for CrypTensor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CrypTensor(shape={:?}, encrypted)", self.shape())
    }
}
