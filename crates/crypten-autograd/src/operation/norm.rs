//! Norms of vectors, vectors divided by their norm, and cosines.

use crypten_ring::normalize_axis;

use crate::axes::{Axes, without};
use crate::engine::Engine;
use crate::error::Error;
use crate::operand::Operand;
use crate::var::Var;

/// The order of a norm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Norm {
    /// The sum of the magnitudes.
    One,
    /// The square root of the sum of the squares.
    Two,
    /// The largest magnitude.
    Infinity,
    /// The `p`-th root of the sum of the `p`-th powers of the magnitudes, for `p` of 1 or above. It has a gradient
    /// where no element is zero.
    P(f64),
}

impl Norm {
    /// The same order, by its name if it has one.
    ///
    /// # Errors
    /// [`Error::NotANorm`] if the order is below 1.
    pub fn by_name(self) -> Result<Self, Error> {
        match self {
            Self::P(1.0) => Ok(Self::One),
            Self::P(2.0) => Ok(Self::Two),
            Self::P(order) if order == f64::INFINITY => Ok(Self::Infinity),
            Self::P(order) if order > 1.0 => Ok(self),
            Self::P(order) => Err(Error::NotANorm { order }),
            named => Ok(named),
        }
    }
}

impl<E: Engine> Var<E> {
    /// The norm over one axis or several, which disappear.
    ///
    /// # Errors
    /// If there is no such axis, the order is below 1, the largest magnitude of nothing is needed, or the engine fails.
    pub fn norm(&self, p: Norm, axes: impl Axes) -> Result<Self, E::Error> {
        let axes = axes.axes(self.ndim())?;
        self.norm_over(p, &axes)?.reshaped(&without(self.shape(), &axes))
    }

    /// The norm over one axis or several, which stay with length 1.
    ///
    /// # Errors
    /// As [`Var::norm`].
    pub fn norm_keepdim(&self, p: Norm, axes: impl Axes) -> Result<Self, E::Error> {
        self.norm_over(p, &axes.axes(self.ndim())?)
    }

    /// The norm of all elements.
    ///
    /// # Errors
    /// As [`Var::norm`].
    pub fn norm_all(&self, p: Norm) -> Result<Self, E::Error> {
        self.norm(p, ())
    }

    /// The tensor divided by its norm over one axis or several.
    ///
    /// # Errors
    /// As [`Var::norm`].
    pub fn normalize(&self, p: Norm, axes: impl Axes) -> Result<Self, E::Error> {
        let axes = axes.axes(self.ndim())?;
        match p.by_name()? {
            Norm::Two => self.mul(self.square()?.sum_keepdim(&axes[..])?.inv_sqrt()?),
            p => self.mul(self.norm_over(p, &axes)?.reciprocal_of_positive()?),
        }
    }

    /// The cosine of the angle between vectors along an axis, which disappears.
    ///
    /// # Shapes
    /// Both broadcast, as in NumPy.
    ///
    /// # Errors
    /// If the shapes do not broadcast, there is no such axis, or the engine fails.
    pub fn cosine_similarity(&self, other: impl Into<Operand<E>>, axis: isize) -> Result<Self, E::Error> {
        let other = other.into().into_var(self.engine())?;
        let products = self.mul(&other)?;
        let axis = normalize_axis(axis, products.ndim()).map_err(Error::from)?;
        let shape: Vec<isize> = products.shape().iter().map(|length| length.cast_signed()).collect();
        let squares = |x: &Self| x.expand(&shape)?.square()?.sum(&[axis][..]);
        // Both roots at once.
        let roots = Self::stack(&[&squares(self)?, &squares(&other)?], 0)?.inv_sqrt()?.unbind(0)?;
        products.sum(&[axis][..])?.mul(&roots[0])?.mul(&roots[1])
    }

    /// The inner product of two vectors whose terms are weighted.
    ///
    /// # Shapes
    /// All three have one axis, of the same length.
    ///
    /// # Errors
    /// If the shapes do not fit, or the engine fails.
    pub fn weighted_dot(
        &self,
        other: impl Into<Operand<E>>,
        weights: impl Into<Operand<E>>,
    ) -> Result<Self, E::Error> {
        let engine = self.engine();
        let (other, weights) = (other.into().into_var(engine)?, weights.into().into_var(engine)?);
        for operand in [&other, &weights] {
            if self.ndim() != 1 || operand.shape() != self.shape() {
                return Err(Error::mismatch("weighted_dot", self.shape(), operand.shape()).into());
            }
        }
        self.mul(&other)?.dot(&weights)
    }

    fn norm_over(&self, p: Norm, axes: &[usize]) -> Result<Self, E::Error> {
        match p.by_name()? {
            Norm::One => self.abs()?.sum_keepdim(axes),
            Norm::Two => self.square()?.sum_keepdim(axes)?.sqrt(),
            Norm::Infinity => {
                axes.iter().try_fold(self.abs()?, |max, &axis| max.max_keepdim(axis.cast_signed()))
            }
            Norm::P(order) => self.abs()?.pos_pow(order)?.sum_keepdim(axes)?.pos_pow(order.recip()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Norm;
    use crate::check::law;
    use crate::{Error, Plain, Var};

    law!(norms_of_order_1_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| x[0].norm(Norm::One, 1));
    law!(norms_of_order_2_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| {
        x[0].norm_keepdim(Norm::Two, [0, 2])
    });
    law!(largest_magnitudes_have_the_gradient, [&[2, 3]], -2.0..2.0, |x| x[0].norm_all(Norm::Infinity));
    law!(norms_of_order_3_have_the_gradient, [&[2, 3]], 0.5..2.0, |x| x[0].norm(Norm::P(3.0), 1));
    law!(vectors_of_length_1_have_the_gradient, [&[2, 3]], -2.0..2.0, |x| x[0].normalize(Norm::Two, -1));
    law!(vectors_of_sum_1_have_the_gradient, [&[2, 3]], -2.0..2.0, |x| x[0].normalize(Norm::One, 0));
    law!(cosines_have_the_gradient, [&[2, 3, 4], &[3, 1]], 0.5..2.0, |x| x[0].cosine_similarity(&x[1], 1));
    law!(weighted_products_have_the_gradient, [&[4], &[4], &[4]], -2.0..2.0, |x| {
        x[0].weighted_dot(&x[1], &x[2])
    });

    #[test]
    fn orders_that_have_a_name_go_by_it() {
        let x = Var::constant(&Plain::default(), ndarray::array![3.0, -4.0, 0.0]).unwrap();
        for (order, expected) in [(1.0, 7.0), (2.0, 5.0), (f64::INFINITY, 4.0)] {
            assert_eq!(x.norm_all(Norm::P(order)).unwrap().value().sum(), expected);
        }
    }

    #[test]
    fn there_is_no_norm_below_order_1() {
        let x = Var::constant(&Plain::default(), ndarray::array![1.0]).unwrap();
        assert_eq!(x.norm_all(Norm::P(0.5)).unwrap_err(), Error::NotANorm { order: 0.5 });
    }
}
