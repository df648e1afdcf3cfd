//! The secret tensor.

mod arithmetic; // sums, products, quotients
mod compare; // comparisons and selection
mod conv; // convolutions, also transposed
mod dropout; // elements and channels set to zero at random
mod extremes; // the largest, the smallest, and where
mod fixed; // weights that are masked once
mod function; // exp, log, sigmoid and their like
mod index; // parts and elements at positions, read and written
mod join; // cat, stack, split
mod linear; // matrix products, linear layers
mod loss; // cross entropies
mod lookup; // rows of a table at secret positions
mod norm; // norms, and vectors divided by them
mod normalization; // of batches, layers, groups of channels
mod piecewise; // ReLU, clamping, absolute value
mod open; // several at once; protocols below
mod operators; // + - * / between everything
mod order; // sorting, the largest k, medians
mod pool; // averages and maxima of windows
mod power; // powers, polynomials, products of many
mod random; // secret random tensors, samples, shuffles
mod rearrange; // repeat, flip, roll, pad, windows, triangles
mod reduce; // sums and means over axes
mod rounding; // of many tensors in one round
mod shape; // reshape, permute, squeeze, expand
mod sums; // of tensors times numbers
mod statistics; // variances and standard deviations
mod together; // several products in one round
mod vectors; // weighted, inner and outer products, cosines

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use crypten_ring::Scale;
use crypten_shares::fixed::FixedOperand;
use crypten_shares::{ArithmeticShare, reveal};
use ndarray::ArrayD;

use crate::error::Error;
use crate::session::Session;

pub use arithmetic::{add, div, mul, sub};
pub use compare::{eq, ge, gt, le, lt, ne, where_cond};
pub use conv::{conv_transpose1d, conv_transpose2d, conv1d, conv2d};
pub(crate) use conv::{pending_conv_transpose2d, pending_conv2d};
pub use join::{cat, stack};
pub(crate) use linear::plus_shaped;
pub use linear::{linear, matmul};
pub use lookup::lookup;
pub use normalization::RunningStatistics;
pub use open::{get_plain_text_batch, get_plain_text_batch_to};
pub(crate) use operators::operator;
pub(crate) use sums::weighted_sums;
pub(crate) use together::{Pending, together};

/// A tensor of real numbers that no party can see. Behaves like a PyTorch tensor.
///
/// Every operation that needs the peers returns a `Result`. A product keeps its double scale until something needs
/// it rounded, since pooling needs no rounding and a ReLU rounds on the way. It is rounded before it is opened: nobody
/// learns more digits than the precision has.
///
/// # Range
/// With 16 fractional bits, numbers stay below `2^46` in magnitude and products (also sums of products) below
/// `2^30`; with `f` bits below `2^(62 - f)` and `2^(62 - 2f)`. What is multiplied by a public fraction stays below
/// `2^26`, with `f` bits below `2^(42 - f)`. Averages over windows of `2^k` numbers add `k` bits to the scale
/// instead of rounding: until they are rounded, numbers stay below `2^(46 - k)`, and what was an unrounded product
/// below `2^(30 - k)`. Beyond, results are wrong without notice: nobody can see them.
///
/// # Precision
/// A unit is `2^-f`, with 16 fractional bits `2^-16` (1.5e-5). Numbers are off by half a unit once they are
/// encrypted, and products by less than a unit once they are rounded. Functions state by how much their results are
/// off beside what the errors of their operands make of them; those that state nothing are exact. Those that state
/// no rounds send nothing.
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
    /// Whether products mask the tensor once and for all.
    fixed: AtomicBool,
    /// What the tensor is rounded to, with the mask that it keeps, once a product has needed that.
    operand: OnceLock<FixedOperand>,
}

impl CrypTensor {
    pub(crate) fn new(session: &Session, share: ArithmeticShare, scale: Scale) -> Self {
        let (rounded, fixed, operand) = (OnceLock::new(), AtomicBool::new(false), OnceLock::new());
        let value = Value { share, scale, rounded, fixed, operand };
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
    #[track_caller]
    pub fn get_plain_text(&self) -> Result<ArrayD<f64>, Error> {
        let (share, scale) = self.rounded()?;
        let opened = self.session.disclose(async |party| reveal::reveal(party, share).await)?;
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
    #[track_caller]
    pub fn get_plain_text_to(&self, dst: usize) -> Result<Option<ArrayD<f64>>, Error> {
        let to = self.session.place().party(dst)?;
        let (share, scale) = self.rounded()?;
        let opened = self.session.disclose(async |party| reveal::reveal_to(party, share, to).await)?;
        Ok(opened.map(|opened| scale.decode(&opened)))
    }

    /// The same tensor with a product's double scale rounded away now; otherwise that happens when it is needed.
    ///
    /// # Rounds
    /// One, of 8 bytes an element; none if there is nothing to round.
    ///
    /// # Domain
    /// Every number in range; off by less than a unit.
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

    /// The fractional bits that this party's share has.
    #[must_use]
    pub fn scale(&self) -> Scale {
        self.value.scale
    }

    /// This party's share at the session's scale or below: rounds a product that has not been rounded yet.
    pub(crate) fn rounded(&self) -> Result<(&ArithmeticShare, Scale), Error> {
        let target = self.session.scale();
        if self.value.scale <= target {
            return Ok((self.exact(), self.value.scale));
        }
        rounding::settle(&[self])?;
        let rounded = self.value.rounded.get().expect("it has just been set");
        Ok((rounded, target))
    }

    /// The tensor itself, or what it is rounded to if something has needed that: then nothing made of it has to be rounded
    /// once more.
    pub(crate) fn settled(&self) -> Self {
        match self.value.rounded.get() {
            Some(rounded) => Self::new(&self.session, rounded.clone(), self.session.scale()),
            None => self.clone(),
        }
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
