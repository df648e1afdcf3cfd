//! Functions that are linear between breakpoints: ReLU and its family, clamping, absolute value, sign.

use crypten_ring::Scale;
use crypten_shares::piecewise::{self, Line};
use crypten_shares::{ArithmeticShare, Window, compare};

use crate::error::Error;
use crate::tensor::CrypTensor;

impl CrypTensor {
    /// The elements, or zero where they are negative. Rounds a product on the way.
    ///
    /// # Rounds
    /// Four, of 12.25 bytes.
    ///
    /// # Domain
    /// Every number in range; exact, but a product is off by less than a unit once it is rounded.
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn relu(&self) -> Result<Self, Error> {
        let x = self.settled();
        let relu = self.session.perform("relu", async |party| match x.excess() {
            0 => compare::relu(party, x.exact()).await,
            bits => compare::relu_truncated(party, x.exact(), bits).await,
        })?;
        Ok(Self::new(&self.session, relu, x.scale().min(self.session.scale())))
    }

    /// The elements, but at least 0 and at most 6.
    ///
    /// # Rounds
    /// As [`CrypTensor::clamp`].
    ///
    /// # Domain
    /// Every number in range; exact.
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn relu6(&self) -> Result<Self, Error> {
        self.clamp(0.0, 6.0)
    }

    /// The elements, but at least `min` and at most `max`; everywhere `max` if `min` is larger.
    ///
    /// # Rounds
    /// Four, of 16.5 bytes.
    ///
    /// # Domain
    /// Every number in range; exact, but for the bounds, which are encoded at the scale of the tensor: off by at
    /// most half a unit, with 16 fractional bits `2^-17`.
    ///
    /// # Errors
    /// If a bound does not fit the precision, or a peer or the network fails.
    pub fn clamp(&self, min: f64, max: f64) -> Result<Self, Error> {
        let (share, scale) = self.fractional()?;
        let [min, max] = [min.min(max), max].map(|bound| scale.encode_scalar(bound));
        let (min, max) = (min?.cast_signed(), max?.cast_signed());
        let lines = [Line::constant(min), Line::new(1, 0), Line::constant(max)];
        self.between("clamp", &share, scale, &[min, max], &lines)
    }

    /// The elements, but at least `min` and at most `max`: [`CrypTensor::clamp`] under PyTorch's name for the layer.
    ///
    /// # Rounds
    /// As [`CrypTensor::clamp`].
    ///
    /// # Domain
    /// As [`CrypTensor::clamp`].
    ///
    /// # Errors
    /// As [`CrypTensor::clamp`].
    pub fn hardtanh(&self, min: f64, max: f64) -> Result<Self, Error> {
        self.clamp(min, max)
    }

    /// The elements, times `slope` where they are negative.
    ///
    /// # Rounds
    /// Four, of 12.25 bytes; the result is rounded (one more, of 8 bytes) when that is needed. A product is rounded
    /// first.
    ///
    /// # Domain
    /// The elements, and their products with the slope, stay below `2^(62 - 2f)` in magnitude, beyond results are
    /// meaningless. The slope is encoded at the session's precision: negative elements are off by half a unit times
    /// themselves, with 16 fractional bits `2^-17 |x|`, and all by less than a unit once they are rounded.
    ///
    /// # Errors
    /// If the slope does not fit the precision, or a peer or the network fails.
    pub fn leaky_relu(&self, slope: f64) -> Result<Self, Error> {
        let (share, scale) = self.rounded()?;
        let factor = self.session.scale();
        let product = super::arithmetic::product_scale(scale, factor)?;
        let lines = [slope, 1.0].map(|slope| factor.encode_scalar(slope));
        let [below, above] = lines.map(|slope| slope.map(|slope| Line { slope, intercept: 0 }));
        self.between("leaky_relu", share, product, &[0], &[below?, above?])
    }

    /// The absolute values.
    ///
    /// # Rounds
    /// Four, of 12.25 bytes.
    ///
    /// # Domain
    /// Every number in range; exact.
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn abs(&self) -> Result<Self, Error> {
        self.between("abs", self.exact(), self.scale(), &[0], &[Line::new(-1, 0), Line::new(1, 0)])
    }

    /// -1 where an element is negative, 0 at zero, 1 where it is positive.
    ///
    /// # Rounds
    /// Four, of 16.5 bytes; one more, of 8, for a product that is not rounded yet.
    ///
    /// # Domain
    /// Every number in range; exact, but a product of less than a unit in magnitude may count as zero.
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn sign(&self) -> Result<Self, Error> {
        let (share, _) = self.rounded()?;
        let lines = [-1, 0, 1].map(Line::constant);
        self.between("sign", share, Scale::INTEGER, &[0, 1], &lines)
    }

    /// [`CrypTensor::relu`], and whether the elements are positive.
    ///
    /// Four rounds, of 12.25 bytes; the mask is exact.
    pub(crate) fn relu_with_mask(&self) -> Result<(Self, Self), Error> {
        let x = self.settled();
        let bits = x.excess();
        if bits == 0 {
            // Whole units: what is positive is at least one.
            let lines = [Line::constant(0), Line::new(1, 0)];
            return x.with_step("relu", x.exact(), x.scale(), &[1], [&lines, &[0, 1].map(Line::constant)]);
        }
        let (relu, mask) = self
            .session
            .perform("relu", async |party| compare::relu_truncated_with_mask(party, x.exact(), bits).await)?;
        let scaled = |share, scale| Self::new(&self.session, share, scale);
        Ok((scaled(relu, self.session.scale()), scaled(mask, Scale::INTEGER)))
    }

    /// [`CrypTensor::clamp`], and whether the elements lie between the bounds or on them.
    ///
    /// Four rounds, of 16.5 bytes; exact.
    pub(crate) fn clamp_with_mask(&self, min: f64, max: f64) -> Result<(Self, Self), Error> {
        let (share, scale) = self.settled().fractional()?;
        let [min, max] = [min.min(max), max].map(|bound| scale.encode_scalar(bound));
        let (min, max) = (min?.cast_signed(), max?.cast_signed());
        let lines = [Line::constant(min), Line::new(1, 0), Line::constant(max)];
        let mask = [0, 1, 0].map(Line::constant);
        self.with_step("clamp", &share, scale, &[min, max + 1], [&lines, &mask])
    }

    /// [`CrypTensor::abs`] and [`CrypTensor::sign`], both exact.
    ///
    /// Four rounds, of 16.5 bytes.
    pub(crate) fn abs_with_sign(&self) -> Result<(Self, Self), Error> {
        let x = self.settled();
        let lines = [Line::new(-1, 0), Line::constant(0), Line::new(1, 0)];
        x.with_step("abs", x.exact(), x.scale(), &[0, 1], [&lines, &[-1, 0, 1].map(Line::constant)])
    }

    /// A function at `scale` that is linear between breakpoints, and one of whole numbers with the same breakpoints.
    fn with_step(
        &self,
        operation: &'static str,
        share: &ArithmeticShare,
        scale: Scale,
        breakpoints: &[i64],
        functions: [&[Line]; 2],
    ) -> Result<(Self, Self), Error> {
        let [result, step] = self.session.perform(operation, async |party| {
            piecewise::piecewise(party, share, Window::Full, breakpoints, &functions).await
        })?;
        Ok((Self::new(&self.session, result, scale), Self::new(&self.session, step, Scale::INTEGER)))
    }

    /// A function that is linear between breakpoints, whose result is at `scale`.
    fn between(
        &self,
        operation: &'static str,
        share: &ArithmeticShare,
        scale: Scale,
        breakpoints: &[i64],
        lines: &[Line],
    ) -> Result<Self, Error> {
        let [result] = self.session.perform(operation, async |party| {
            piecewise::piecewise(party, share, Window::Full, breakpoints, &[lines]).await
        })?;
        Ok(Self::new(&self.session, result, scale))
    }

    /// The fractional bits that a product has and the session's scale has not.
    fn excess(&self) -> u32 {
        self.scale().bits().saturating_sub(self.session.scale().bits())
    }

    /// This party's share as it is, or at the session's scale if the tensor holds whole numbers only.
    fn fractional(&self) -> Result<(ArithmeticShare, Scale), Error> {
        if self.scale() < self.session.scale() {
            return self.at_session_scale();
        }
        Ok((self.exact().clone(), self.scale()))
    }
}
