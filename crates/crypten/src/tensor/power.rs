//! Powers, polynomials and products of many factors: as few products in sequence as there can be.
//!
//! `x^n` by its binary digits from the lowest: `x, x^2, x^4, ..`, each squared while it multiplies the product of those
//! that stand for a digit 1 (D. E. Knuth, The Art of Computer Programming, volume 2, section 4.6.3). All powers
//! `x, .., x^n` by doubling: `x^(m+1), .., x^2m` are `x^m` times those that are known. A product of many by a tree.

use crypten_ring::{Error as RingError, RingTensor, Scale, normalize_axis};

use crate::error::Error;
use crate::plain::{Operand, Public, Side};
use crate::session::Session;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::{mul, shared_public};
use crate::tensor::join::{cat, stack};
use crate::tensor::linear::matmul;

impl CrypTensor {
    /// The elements to a whole power; to the power 0 they are 1, to a negative one the reciprocal is taken first.
    ///
    /// # Rounds
    /// The logarithm of `n` to base 2, rounded up, products of two rounds; the last one's rounding waits. In all, a
    /// square of 8 bytes (16 beside a product) for each binary digit of `n` after the first, a product of 16 for
    /// each digit 1 after the first, and 8 for the rounding of each. A negative power costs a reciprocal more: 12
    /// rounds, of 105.25 bytes.
    ///
    /// # Domain
    /// Every power that is used on the way stays below `2^(62 - 2f)` in magnitude, beyond results are meaningless.
    /// Off by at most `n - 1` units, times `|x|^(n - 2)` where that is more than 1, for roundings; the relative
    /// error of the element counts `n` times. For a negative power it is that of [`CrypTensor::reciprocal`], in
    /// whose domain the element is.
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn pow(&self, n: i64) -> Result<Self, Error> {
        match n {
            0 => Ok(constant(&self.session, self.shape(), 1)),
            1.. => self.power(n.unsigned_abs()),
            _ => self.reciprocal()?.power(n.unsigned_abs()),
        }
    }

    /// Positive elements to any power, as `exp(p log x)`; a whole public number is left to [`CrypTensor::pow`]. The
    /// exponents broadcast.
    ///
    /// # Rounds
    /// A logarithm (9), a product (1) and its rounding (1), and an exponential (6): 100.5 bytes together. With public
    /// fractions for `p` one less and 84.5 bytes, with whole numbers two less and 76.5.
    ///
    /// # Domain
    /// `0 < x <= 2^(40 - f)` and `p ln x <= 13.8`, outside results are meaningless. With 16 fractional bits off by
    /// at most `5e-5 (1 + |p|)` of itself and a unit of itself, or by `5e-5` absolutely where that is more; and by
    /// `|ln x|` of itself times what the encoding of `p` is off: half a unit for a secret, as in
    /// [`mul`](crate::mul) for public fractions. A whole public number has the domain of [`CrypTensor::pow`].
    ///
    /// # Errors
    /// If the shapes do not broadcast, the precision has more than 22 bits, or a peer or the network fails.
    pub fn pos_pow(&self, p: impl Operand) -> Result<Self, Error> {
        if let Side::Public(p) = p.operand()
            && let Some(n) = whole(&p)
        {
            return self.pow(n);
        }
        mul(self.log()?, p)?.exp()
    }

    /// The polynomial `c_1 x + c_2 x^2 + .. + c_n x^n`, from the linear term up and without a constant. The
    /// coefficients are public or secret, along one axis.
    ///
    /// # Rounds
    /// The logarithm of `n` to base 2, rounded up, products of two rounds, `n - 1` products in all: 16 bytes for
    /// the square and 24 for each further power. And one product with the coefficients: with secret ones a round of
    /// 8 bytes for each of them and for each power, whose rounding waits; with public fractions one of 8 bytes for
    /// each power.
    ///
    /// # Domain
    /// All powers, and their sum with the coefficients, stay below `2^(62 - 2f)` in magnitude, beyond results are
    /// meaningless. Public coefficients that are not all whole are encoded with 20 significant bits of the largest,
    /// and the powers stay below `2^(42 - f)` then. The power `k` is off as in [`CrypTensor::pow`], times its
    /// coefficient; rounding adds a unit for the sum, beside public fractions a unit for each term and `2^-20` of
    /// the largest coefficient times the power.
    ///
    /// # Errors
    /// If the coefficients have not one axis, or a peer or the network fails.
    pub fn polynomial(&self, coefficients: impl Operand) -> Result<Self, Error> {
        let coefficients = coefficients.operand();
        let shape = match &coefficients {
            Side::Secret(secret) => secret.shape(),
            Side::Public(public) => public.shape(),
        };
        let &[count] = shape else {
            let (left, right) = (self.shape().to_vec(), shape.to_vec());
            return Err(RingError::ShapeMismatch { operation: "polynomial", left, right }.into());
        };
        if count == 0 {
            return Ok(constant(&self.session, self.shape(), 0));
        }
        let powers = self.powers(count)?;
        match coefficients {
            Side::Secret(secret) => {
                matmul(secret, powers.reshaped(&[count, self.numel()])?)?.reshaped(self.shape())
            }
            Side::Public(public) => {
                let mut column = vec![1; powers.ndim()];
                column[0] = count;
                mul(powers, public.values().to_shape(column).expect("as many elements as before"))?.sum(0)
            }
        }
    }

    /// The product along an axis, which disappears; 1 for an empty one.
    ///
    /// # Rounds
    /// Two for each doubling of the axis; the last rounding waits. 24 bytes for each element of a line but the first.
    ///
    /// # Domain
    /// All products on the way, of the first and second half first, stay below `2^(62 - 2f)` in magnitude, beyond
    /// results are meaningless. Off by less than a unit for each element of a line but the first, times those of
    /// the other factors that are larger than 1.
    ///
    /// # Errors
    /// If there is no such axis, or a peer or the network fails.
    pub fn prod(&self, axis: isize) -> Result<Self, Error> {
        let axis = normalize_axis(axis, self.ndim())?;
        let shape = [&self.shape()[..axis], &self.shape()[axis + 1..]].concat();
        let (mut factors, along) = (self.clone(), axis.cast_signed());
        loop {
            let length = factors.shape()[axis];
            match length {
                0 => return Ok(constant(&self.session, &shape, 1)),
                1 => return factors.reshaped(&shape),
                _ => {}
            }
            // Rounded as a whole, so that the halves need no round each.
            let rounded = factors.rescale()?;
            let half = length / 2;
            let product = mul(rounded.narrow(along, 0, half)?, rounded.narrow(along, half, half)?)?;
            factors = if length.is_multiple_of(2) {
                product
            } else {
                cat(&[&product, &rounded.narrow(along, length - 1, 1)?], along)?
            };
        }
    }

    /// The product along an axis, which stays with length 1.
    ///
    /// # Rounds
    /// As [`CrypTensor::prod`].
    ///
    /// # Domain
    /// As [`CrypTensor::prod`].
    ///
    /// # Errors
    /// As [`CrypTensor::prod`].
    pub fn prod_keepdim(&self, axis: isize) -> Result<Self, Error> {
        let axis = normalize_axis(axis, self.ndim())?.cast_signed();
        self.prod(axis)?.unsqueeze(axis)
    }

    /// The product of all elements.
    ///
    /// # Rounds
    /// As [`CrypTensor::prod`] along an axis of all elements.
    ///
    /// # Domain
    /// As [`CrypTensor::prod`].
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn prod_all(&self) -> Result<Self, Error> {
        self.reshaped(&[self.numel()])?.prod(0)
    }

    /// The power `n`, at least 1. What is left to compute is `square^rest` times the product, where there is one.
    fn power(&self, n: u64) -> Result<Self, Error> {
        let (mut square, mut product, mut rest) = (self.clone(), None::<Self>, n);
        while rest > 1 {
            if rest.is_multiple_of(2) {
                square = square.square()?;
            } else if let Some(part) = product {
                let factor = square.rescale()?;
                let both = mul(stack(&[&factor, &part.rescale()?], 0)?, &factor)?.rescale()?;
                square = both.narrow(0, 0, 1)?.reshaped(self.shape())?;
                product = Some(both.narrow(0, 1, 1)?.reshaped(self.shape())?);
            } else {
                product = Some(square.clone());
                square = square.square()?;
            }
            rest /= 2;
        }
        match product {
            Some(product) => mul(square, product),
            None => Ok(square),
        }
    }

    /// The powers 1 to `count` along a new first axis.
    fn powers(&self, count: usize) -> Result<Self, Error> {
        let mut powers = self.rescale()?.unsqueeze(0)?;
        while powers.shape()[0] < count {
            let known = powers.shape()[0];
            let more = known.min(count - known);
            let next = match known {
                1 => powers.square()?,
                _ => mul(powers.narrow(0, 0, more)?, powers.narrow(0, known - 1, 1)?)?,
            };
            powers = cat(&[&powers, &next.rescale()?], 0)?;
        }
        Ok(powers)
    }
}

/// A tensor that holds a public whole number everywhere.
fn constant(session: &Session, shape: &[usize], word: u64) -> CrypTensor {
    let share = shared_public(session.place(), RingTensor::full(shape, word));
    CrypTensor::new(session, share, Scale::INTEGER)
}

/// The whole number that is meant, if it is a single one.
fn whole(p: &Public) -> Option<i64> {
    let p = p.values().first().copied().filter(|_| p.shape().is_empty())?;
    (p.fract() == 0.0 && p.abs() < 2.0_f64.powi(53)).then_some(p as i64)
}
