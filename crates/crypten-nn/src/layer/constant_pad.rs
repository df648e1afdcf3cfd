//! Copies of a number around a tensor.

use crypten_autograd::{Engine, Var};

use crate::module::{Forward, Module};

/// Copies of a number before and after the last `N` axes: [`ConstantPad1d`], [`ConstantPad2d`], [`ConstantPad3d`].
///
/// # Examples
/// ```
/// use crypten_autograd::{Plain, Var};
/// use crypten_nn::{ConstantPad1d, Forward};
/// use ndarray::array;
///
/// # fn main() -> Result<(), crypten_autograd::Error> {
/// let x = Var::constant(&Plain::default(), array![[1.0, 2.0]])?;
/// let padded = ConstantPad1d::new([(1, 2)], 0.5).forward(&x)?;
/// assert_eq!(padded.value(), array![[0.5, 1.0, 2.0, 0.5, 0.5]].into_dyn());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Module, PartialEq)]
pub struct ConstantPad<const N: usize> {
    /// How many copies before and after each axis, the last axis first.
    #[module(skip)]
    pub padding: [(usize, usize); N],
    /// The number.
    #[module(skip)]
    pub value: f64,
}

/// Copies of a number before and after the last axis.
pub type ConstantPad1d = ConstantPad<1>;
/// Copies of a number around the last two axes.
pub type ConstantPad2d = ConstantPad<2>;
/// Copies of a number around the last three axes.
pub type ConstantPad3d = ConstantPad<3>;

impl<const N: usize> ConstantPad<N> {
    /// So many copies of a number, a pair of counts for each axis, the last axis first.
    #[must_use]
    pub fn new(padding: [(usize, usize); N], value: f64) -> Self {
        Self { padding, value }
    }
}

impl<E: Engine, const N: usize> Forward<E> for ConstantPad<N> {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        input.pad(&self.padding, self.value)
    }
}
