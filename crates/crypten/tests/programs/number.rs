//! A number and by how much its secret twin may differ, and what sums, products and functions make of both.

use std::iter::{Product, Sum};
use std::ops::{Add, Mul, Neg, Sub};

/// One unit of 16 fractional bits.
pub(crate) const UNIT: f64 = 1.0 / 65536.0;

/// What plain arithmetic gives; what the parties open is within the bound of it.
///
/// The bound holds for the twin as it is and for the twin rounded to the session's scale, so that it does not matter
/// whether a product has been rounded yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number {
    pub(crate) value: f64,
    pub(crate) bound: f64,
}

impl Number {
    pub(crate) const ZERO: Self = Self::exact(0.0);
    /// Outside a domain, or on either side of a jump; no operation may have it as a result.
    pub(crate) const UNKNOWN: Self = Self { value: 0.0, bound: f64::INFINITY };

    pub(crate) const fn exact(value: f64) -> Self {
        Self { value, bound: 0.0 }
    }

    pub(crate) fn bit(bit: bool) -> Self {
        Self::exact(f64::from(u8::from(bit)))
    }

    pub(crate) fn is_known(self) -> bool {
        self.bound.is_finite()
    }

    pub(crate) fn is_exact(self) -> bool {
        self.bound == 0.0
    }

    /// Whether it is exactly a whole number.
    pub(crate) fn is_whole(self) -> bool {
        self.is_exact() && self.value.fract() == 0.0
    }

    /// The largest magnitude that the twin may have.
    pub(crate) fn size(self) -> f64 {
        self.value.abs() + self.bound
    }

    pub(crate) fn wider(self, by: f64) -> Self {
        Self { bound: self.bound + by, ..self }
    }

    /// After a truncation, which is off by at most a unit.
    pub(crate) fn rounded(self) -> Self {
        self.wider(UNIT)
    }

    /// With the error of a function of its own: a part of the result or an absolute one, whichever is larger.
    pub(crate) fn off(self, relative: f64, absolute: f64) -> Self {
        self.wider((relative * self.size()).max(absolute))
    }

    /// The same number if it and its twin lie in a domain.
    pub(crate) fn within(self, low: f64, high: f64) -> Self {
        let inside = self.value - self.bound >= low && self.value + self.bound <= high;
        if inside { self } else { Self::UNKNOWN }
    }

    /// The value of a function that is monotone wherever the twin may be.
    pub(crate) fn monotone(self, function: impl Fn(f64) -> f64) -> Self {
        if !self.is_known() {
            return Self::UNKNOWN;
        }
        let value = function(self.value);
        let ends = [self.value - self.bound, self.value + self.bound];
        let [below, above] = ends.map(|end| (function(end) - value).abs());
        Self { value, bound: below.max(above) }
    }

    /// The value of a function that is nowhere steeper than `slope`.
    pub(crate) fn lipschitz(self, slope: f64, function: impl Fn(f64) -> f64) -> Self {
        Self { value: function(self.value), bound: slope * self.bound }
    }

    pub(crate) fn abs(self) -> Self {
        self.lipschitz(1.0, f64::abs)
    }

    /// Whether the twins compare as the values do.
    pub(crate) fn apart(self, other: Self) -> bool {
        let both_exact = self.is_exact() && other.is_exact();
        both_exact || (self.value - other.value).abs() > self.bound + other.bound
    }

    /// The outcome of a comparison.
    pub(crate) fn compared(self, other: Self, comparison: impl Fn(f64, f64) -> bool) -> Self {
        if self.apart(other) { Self::bit(comparison(self.value, other.value)) } else { Self::UNKNOWN }
    }

    /// Whether a position is the candidate.
    pub(crate) fn is_position(self, candidate: usize) -> Self {
        if self.is_exact() { Self::bit(self.value == candidate as f64) } else { Self::UNKNOWN }
    }
}

impl Add for Number {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, bound: self.bound + other.bound }
    }
}

impl Sub for Number {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, bound: self.bound + other.bound }
    }
}

impl Neg for Number {
    type Output = Self;

    fn neg(self) -> Self {
        Self { value: -self.value, ..self }
    }
}

impl Mul for Number {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let bound = self.size() * other.bound + self.bound * other.value.abs();
        Self { value: self.value * other.value, bound }
    }
}

impl Sum for Number {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self::ZERO, |sum, number| sum + number)
    }
}

impl Product for Number {
    fn product<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self::exact(1.0), |product, number| product * number)
    }
}
