//! Functions of real numbers, each a protocol of `crypten-shares`.
//!
//! Costs are for 16 fractional bits, a product that is not rounded yet costs a round of 8 bytes more. The errors stand
//! in the table of [`crypten_shares`]' functions, which a test measures.

use crypten_ring::Scale;
use crypten_shares::{
    ArithmeticShare, Party, bounded, exponential, logarithm, reciprocal, root, softmax, trigonometry,
};

use crate::error::Error;
use crate::tensor::CrypTensor;

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident = $protocol:path;)*) => {
        impl CrypTensor {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// If the precision has more than 22 bits, or a peer or the network fails.
            pub fn $name(&self) -> Result<Self, Error> {
                self.real(stringify!($name), async |party, x, scale| $protocol(party, x, scale).await)
            }
        )*}
    };
}

functions! {
    /// `e^x`.
    ///
    /// # Rounds
    /// Six, of 28.25 bytes together.
    ///
    /// # Domain
    /// `x <= 13.8`; anything below -22 gives zero, or seldom a unit. Off by at most `5e-5`, of itself or absolutely,
    /// whichever is larger. Above, results are meaningless.
    exp = exponential::exp;

    /// The natural logarithm.
    ///
    /// # Rounds
    /// Nine, of 48.25 bytes together.
    ///
    /// # Domain
    /// `0 < x <= 2^24`; off by at most `5e-5`. Zero counts as half a unit; below and beyond, results are meaningless.
    log = logarithm::log;

    /// The square root.
    ///
    /// # Rounds
    /// Eleven, of 80.25 bytes together.
    ///
    /// # Domain
    /// `0 <= x <= 2^24`; off by at most `5e-5` of itself or two units, whichever is larger. What `x` is off near
    /// zero, `e`, counts as much as `sqrt(e)`. Below and beyond, results are meaningless.
    sqrt = root::sqrt;

    /// The reciprocal of the square root.
    ///
    /// # Rounds
    /// Eleven, of 80.25 bytes together.
    ///
    /// # Domain
    /// `0 < x <= 2^24`; off by at most `5e-5` of itself or two units, whichever is larger. Zero gives a number within
    /// `0.02` of zero; below and beyond, results are meaningless.
    inv_sqrt = root::inv_sqrt;

    /// The sine of an angle in radians.
    ///
    /// # Rounds
    /// Two, of 16 bytes together.
    ///
    /// # Domain
    /// Every angle; off by at most two units (3.1e-5) up to `2^20` in magnitude, and by `2^-46` of the angle more
    /// beyond.
    sin = trigonometry::sin;

    /// The cosine of an angle in radians.
    ///
    /// # Rounds
    /// Two, of 16 bytes together.
    ///
    /// # Domain
    /// As [`CrypTensor::sin`].
    cos = trigonometry::cos;

    /// `1 / (1 + e^-x)`.
    ///
    /// # Rounds
    /// Six, of 32.5 bytes together.
    ///
    /// # Domain
    /// Every number; off by at most `1e-4`.
    sigmoid = bounded::sigmoid;

    /// The hyperbolic tangent.
    ///
    /// # Rounds
    /// Six, of 32.5 bytes together.
    ///
    /// # Domain
    /// Every number; off by at most `1e-4`.
    tanh = bounded::tanh;

    /// The error function.
    ///
    /// # Rounds
    /// Six, of 32.5 bytes together.
    ///
    /// # Domain
    /// Every number; off by at most `1e-4`.
    erf = bounded::erf;

    /// `x` times the normal distribution function at `x` (the exact GELU, not its approximation by `tanh`).
    ///
    /// # Rounds
    /// Six, of 32.5 bytes together.
    ///
    /// # Domain
    /// Every number; off by at most `1e-4`.
    gelu = bounded::gelu;

    /// `x` times its sigmoid.
    ///
    /// # Rounds
    /// Six, of 32.5 bytes together.
    ///
    /// # Domain
    /// Every number; off by at most `1e-4`.
    silu = bounded::silu;
}

impl CrypTensor {
    /// `1 / x`.
    ///
    /// # Rounds
    /// Twelve, of 105.25 bytes together.
    ///
    /// # Domain
    /// `2^-6 <= |x| <= 2^24`; off by at most `5e-5` of itself or two units, whichever is larger. Below, down to one
    /// unit, the result is as close to the reciprocal of what the tensor holds, but half a unit of that is
    /// `2^-17 / |x|` of the result. Zero gives a number within a quarter of zero; beyond, results are meaningless.
    ///
    /// # Errors
    /// If the precision has more than 22 bits, or a peer or the network fails.
    pub fn reciprocal(&self) -> Result<Self, Error> {
        use reciprocal::{Sign, reciprocal};
        self.real("reciprocal", async |party, x, scale| reciprocal(party, x, scale, Sign::Any).await)
    }

    /// `1 / x` of numbers that are known to be positive.
    ///
    /// # Rounds
    /// Twelve, of 88.25 bytes together.
    ///
    /// # Domain
    /// `2^-6 <= x <= 2^24`; as [`CrypTensor::reciprocal`], also below. Negative numbers give meaningless ones.
    ///
    /// # Errors
    /// As [`CrypTensor::reciprocal`].
    pub fn reciprocal_of_positive(&self) -> Result<Self, Error> {
        use reciprocal::{Sign, reciprocal};
        self.real("reciprocal", async |party, x, scale| reciprocal(party, x, scale, Sign::Positive).await)
    }

    /// Cosine and sine of an angle in radians, from one opening.
    ///
    /// # Rounds
    /// Two, of 24 bytes together.
    ///
    /// # Domain
    /// As [`CrypTensor::sin`].
    ///
    /// # Errors
    /// As [`CrypTensor::sin`].
    pub fn cossin(&self) -> Result<(Self, Self), Error> {
        let (share, scale) = self.at_session_scale()?;
        let run = async |party: &mut Party| trigonometry::cos_sin(party, &share, scale).await;
        let (cosine, sine) = self.session.perform("cossin", run)?;
        Ok((Self::new(&self.session, cosine, scale), Self::new(&self.session, sine, scale)))
    }

    /// `e^x` over the sum of `e^x` along an axis.
    ///
    /// # Rounds
    /// 20, and those of the maximum, four for each factor of four in the axis: 28 for 10 entries, 36 for 100. 52.25 bytes an element,
    /// 88.25 a line along the axis, and those of [`CrypTensor::max`].
    ///
    /// # Domain
    /// Every number; off by at most `1e-4`, as measured with up to 100 entries. An axis of `2^24` entries or more gives
    /// meaningless results.
    ///
    /// # Errors
    /// If there is no such axis, it is empty, the precision has more than 22 bits, or a peer or the network fails.
    pub fn softmax(&self, axis: isize) -> Result<Self, Error> {
        self.real("softmax", async |party, x, scale| softmax::softmax(party, x, axis, scale).await)
    }

    /// The logarithm of [`CrypTensor::softmax`].
    ///
    /// # Rounds
    /// 15, and those of the maximum, four for each factor of four in the axis. 28.25 bytes an element, 48.25 a line along the axis, and
    /// those of [`CrypTensor::max`].
    ///
    /// # Domain
    /// As [`CrypTensor::softmax`]; off by at most `2e-4`.
    ///
    /// # Errors
    /// As [`CrypTensor::softmax`].
    pub fn log_softmax(&self, axis: isize) -> Result<Self, Error> {
        self.real("log_softmax", async |party, x, scale| softmax::log_softmax(party, x, axis, scale).await)
    }

    /// A function of the tensor at the session's scale, whose result is at the same scale.
    fn real(
        &self,
        name: &'static str,
        function: impl AsyncFnOnce(
            &mut Party,
            &ArithmeticShare,
            Scale,
        ) -> Result<ArithmeticShare, crypten_shares::Error>,
    ) -> Result<Self, Error> {
        let (share, scale) = self.at_session_scale()?;
        let result = self.session.perform(name, async |party| function(party, &share, scale).await)?;
        Ok(Self::new(&self.session, result, scale))
    }
}
