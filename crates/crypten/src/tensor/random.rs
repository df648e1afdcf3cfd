//! Secret random tensors, samples with secret probabilities, and a secret order: nobody knows what was drawn.
//!
//! Normal numbers come in pairs `sqrt(-2 ln u) cos(2 pi v)`, `sqrt(-2 ln u) sin(2 pi v)` of uniform `u`, `v`
//! (G. E. P. Box and M. E. Muller, "A note on the generation of random normal deviates", 1958).

use std::f64::consts::TAU;

use crypten_ring::{Error as RingError, RingTensor, Scale, normalize_axis};
use crypten_shares::{ArithmeticShare, random, shuffle};

use crate::error::Error;
use crate::plain::{Operand, Side};
use crate::session::Session;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{add, mul, raised, shared_public};
use crate::tensor::compare::lt;
use crate::tensor::join::stack;

impl Session {
    /// Uniformly random numbers from 0 up to 1, without 1: multiples of the unit of the precision.
    ///
    /// # Rounds
    /// None, and no message between the parties.
    ///
    /// # Domain
    /// All multiples of a unit in `0..1` are equally likely.
    ///
    /// # Security
    /// Nobody knows the numbers.
    ///
    /// # Errors
    /// If the provider fails.
    pub fn rand(&self, shape: &[usize]) -> Result<CrypTensor, Error> {
        let scale = self.scale();
        let share = self.perform("rand", async |party| random::uniform(party, shape, scale.bits()).await)?;
        Ok(CrypTensor::new(self, share, scale))
    }

    /// Normally distributed random numbers of mean 0 and variance 1.
    ///
    /// # Rounds
    /// 24, of 96.25 bytes an element: those of a logarithm, a square root, a product with a public fraction, cosine
    /// and sine, and a product, whose rounding waits.
    ///
    /// # Domain
    /// No number is larger than `sqrt(1.39 f)` in magnitude, 4.7 with 16 fractional bits; the variance is off by less
    /// than `1e-3`.
    ///
    /// # Security
    /// Nobody knows the numbers.
    ///
    /// # Errors
    /// If the precision has more than 22 bits, or a peer or the network fails.
    pub fn randn(&self, shape: &[usize]) -> Result<CrypTensor, Error> {
        let count: usize = shape.iter().product();
        let uniform = self.rand(&[2, count.div_ceil(2)])?;
        let unit = self.unit();
        // From one unit up to 1: the logarithm of zero is none.
        let logarithm = add(uniform.narrow(0, 0, 1)?, unit)?.log()?;
        // The error of a logarithm near zero must not make the root one of a negative number.
        let radius = add(mul(logarithm, -2)?, 2.0_f64.powi(-11) + 4.0 * unit)?.sqrt()?;
        let (cosine, sine) = mul(uniform.narrow(0, 1, 1)?, TAU)?.cossin()?;
        let pairs = mul(stack(&[&cosine, &sine], 0)?, radius)?;
        pairs.reshape(&[-1])?.narrow(0, 0, count)?.reshaped(shape)
    }

    /// Random bits, each 1 with the probability that stands in its place; probabilities are public or secret.
    ///
    /// # Rounds
    /// None if all are one half and public, else those of [`lt`](crate::lt): four, of 12.25 bytes.
    ///
    /// # Domain
    /// Probabilities are rounded to the precision. Secret ones below 0 count as 0, above 1 as 1.
    ///
    /// # Security
    /// Nobody knows the bits.
    ///
    /// # Errors
    /// If a public number is no probability, or a peer or the network fails.
    pub fn bernoulli(&self, p: impl Operand) -> Result<CrypTensor, Error> {
        let shape = match p.operand() {
            Side::Secret(p) => p.shape().to_vec(),
            Side::Public(p) => {
                if let Some(&value) = p.values().iter().find(|p| !(0.0..=1.0).contains(*p)) {
                    return Err(Error::NotAProbability { value });
                }
                if p.values().iter().all(|&p| p == 0.5) {
                    return self.coins(p.shape());
                }
                p.shape().to_vec()
            }
        };
        lt(self.rand(&shape)?, p)
    }

    /// Random bits, 0 and 1 equally likely.
    fn coins(&self, shape: &[usize]) -> Result<CrypTensor, Error> {
        let share = self.perform("rand", async |party| random::random_bits(party, shape).await)?;
        Ok(CrypTensor::new(self, share, Scale::INTEGER))
    }
}

impl CrypTensor {
    /// Random bits, each 1 with the probability that is the element in its place.
    ///
    /// # Rounds
    /// Those of [`lt`](crate::lt).
    ///
    /// # Domain
    /// As [`Session::bernoulli`].
    ///
    /// # Security
    /// Nobody knows the bits.
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn bernoulli(&self) -> Result<Self, Error> {
        self.session.bernoulli(self)
    }

    /// One position of an axis, drawn with probabilities in proportion to the elements, which are not negative: 1 there
    /// and 0 elsewhere. If all elements are zero, the last position is drawn.
    ///
    /// # Shapes
    /// The result has the shape of the tensor; one position is drawn for each line along the axis.
    ///
    /// # Rounds
    /// Five: a product of 16 bytes a line, and a comparison of 12.25 bytes for all elements but the last. One more,
    /// of 8 bytes, for a product that is not rounded yet.
    ///
    /// # Domain
    /// The sum of a line stays below `2^(62 - 2f)`, beyond results are meaningless; each probability is off by at
    /// most a unit. Negative elements give meaningless results.
    ///
    /// # Security
    /// Nobody knows the position.
    ///
    /// # Errors
    /// If there is no such axis, it is empty, or a peer or the network fails.
    pub fn weighted_index(&self, axis: isize) -> Result<Self, Error> {
        let axis = normalize_axis(axis, self.ndim())?;
        let (along, length) = (axis.cast_signed(), self.shape()[axis]);
        let Some(last) = length.checked_sub(1) else {
            return Err(RingError::IndexOutOfRange { index: 0, axis, length }.into());
        };
        // The first position where the sum so far is more than the part of the whole sum that was drawn.
        let sums = self.rescale()?.cumsum(along)?;
        let total = sums.narrow(along, last, 1)?;
        let drawn = mul(self.session.rand(total.shape())?, &total)?;
        let sums = sums.narrow(along, 0, last)?;
        let precise = raised(sums.exact(), sums.scale(), drawn.scale());
        let exceeds = lt(&drawn, Self::new(&self.session, precise, drawn.scale()))?;
        let place = self.session.place();
        let edge = |word| shared_public(place, RingTensor::full(total.shape(), word));
        let here = ArithmeticShare::concatenate(axis, &[exceeds.exact(), &edge(1)])?;
        let before = ArithmeticShare::concatenate(axis, &[&edge(0), exceeds.exact()])?;
        Ok(Self::new(&self.session, &here - &before, Scale::INTEGER))
    }

    /// One element along an axis, drawn with a probability in proportion to itself; and where it stands, as in
    /// [`CrypTensor::weighted_index`]. The axis disappears from the element.
    ///
    /// # Rounds
    /// Those of [`CrypTensor::weighted_index`], and one more, a product of 16 bytes an element.
    ///
    /// # Domain
    /// As [`CrypTensor::weighted_index`]; the element is exact, a product is off by less than a unit once it is
    /// rounded.
    ///
    /// # Security
    /// Nobody knows the element or its position.
    ///
    /// # Errors
    /// As [`CrypTensor::weighted_index`].
    pub fn weighted_sample(&self, axis: isize) -> Result<(Self, Self), Error> {
        let one_hot = self.weighted_index(axis)?;
        Ok((mul(self, &one_hot)?.sum(axis)?, one_hot))
    }

    /// The parts at the positions of an axis, in a random order that nobody knows; all orders are equally likely.
    ///
    /// # Rounds
    /// For each party twice the logarithm of the axis to base 2, rounded up, less one; about 8 bytes an element in
    /// each.
    ///
    /// # Domain
    /// Every number; exact.
    ///
    /// # Security
    /// Nobody knows the order, as long as one party keeps its choice to itself.
    ///
    /// # Errors
    /// If there is no such axis, the operating system gives no randomness, or a peer or the network fails.
    pub fn shuffle(&self, axis: isize) -> Result<Self, Error> {
        let shuffled = self
            .session
            .perform("shuffle", async |party| shuffle::shuffle(party, self.exact(), axis).await)?;
        Ok(self.with(shuffled))
    }
}
