//! Dropout: elements or whole channels set to zero at random, the others scaled up, by a mask that nobody knows.
//!
//! Source: N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15 (2014).

use crypten_ring::{RingTensor, normalize_axis};
use ndarray::{ArrayD, IxDyn};

use crate::error::Error;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::mul;

impl CrypTensor {
    /// Each element set to zero with probability `p`, the others divided by `1 - p`; the tensor as it is unless
    /// `training`.
    ///
    /// # Rounds
    /// One, a product of 16 bytes; four more, a comparison of 12.25 bytes, unless `p` is one half, and one more, a
    /// product with a fraction of 8 bytes, unless `1 / (1 - p)` is whole. One more, of 8 bytes, for a product that
    /// is not rounded yet. None for `p` of 0 or 1.
    ///
    /// # Domain
    /// The elements stay below `2^(42 - f)` in magnitude, beyond results are meaningless. Off by less than a unit
    /// and `2^-20` of itself, or not at all if `1 / (1 - p)` is whole. The probability is `p` rounded to the
    /// precision.
    ///
    /// # Security
    /// Nobody knows which elements are zero.
    ///
    /// # Errors
    /// If `p` is no probability, or a peer or the network fails.
    pub fn dropout(&self, p: f64, training: bool) -> Result<Self, Error> {
        self.dropped(self.shape(), p, training)
    }

    /// Each channel, what the first two axes count, set to zero as a whole with probability `p`, the others divided by
    /// `1 - p`; the tensor as it is unless `training`.
    ///
    /// # Rounds
    /// As [`CrypTensor::dropout`]; what is compared are channels.
    ///
    /// # Domain
    /// As [`CrypTensor::dropout`].
    ///
    /// # Security
    /// Nobody knows which channels are zero.
    ///
    /// # Errors
    /// If there are fewer than two axes, `p` is no probability, or a peer or the network fails.
    pub fn feature_dropout(&self, p: f64, training: bool) -> Result<Self, Error> {
        let last = normalize_axis(1, self.ndim())?;
        let axes = self.shape().iter().enumerate();
        let channels: Vec<usize> = axes.map(|(axis, &n)| if axis <= last { n } else { 1 }).collect();
        self.dropped(&channels, p, training)
    }

    /// The tensor times a random mask of a shape that broadcasts to its own.
    fn dropped(&self, mask: &[usize], p: f64, training: bool) -> Result<Self, Error> {
        if !(0.0..=1.0).contains(&p) {
            return Err(Error::NotAProbability { value: p });
        }
        if !training || p == 0.0 {
            return Ok(self.clone());
        }
        if p == 1.0 {
            return Ok(self.with(self.exact().linear(|own| RingTensor::zeros(own.shape()))));
        }
        let kept = self.session.bernoulli(ArrayD::from_elem(IxDyn(mask), 1.0 - p))?;
        mul(mul(self, kept)?, (1.0 - p).recip())
    }
}
