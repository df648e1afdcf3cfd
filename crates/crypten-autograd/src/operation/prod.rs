//! Products along an axis, by halves: a tree of products, whose gradient needs no division and allows zeros.

use ndarray::ArrayD;

use crypten_ring::normalize_axis;

use crate::axes::flattened;
use crate::engine::Engine;
use crate::error::Error;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The product along an axis, which disappears; 1 for an empty one.
    ///
    /// # Errors
    /// If there is no such axis, or the engine fails.
    pub fn prod(&self, axis: isize) -> Result<Self, E::Error> {
        self.prod_keepdim(axis)?.squeeze_axis(axis)
    }

    /// The product along an axis, which stays with length 1.
    ///
    /// # Errors
    /// As [`Var::prod`].
    pub fn prod_keepdim(&self, axis: isize) -> Result<Self, E::Error> {
        let place = normalize_axis(axis, self.ndim()).map_err(Error::from)?;
        if self.shape()[place] == 0 {
            return Self::constant(self.engine(), ArrayD::ones(flattened(self.shape(), &[place])));
        }
        let mut product = self.clone();
        while product.shape()[place] > 1 {
            let length = product.shape()[place];
            let half = length / 2;
            let pairs = product.narrow(axis, 0, half)?.mul(&product.narrow(axis, half, half)?)?;
            product = if length.is_multiple_of(2) {
                pairs
            } else {
                Self::cat(&[&pairs, &product.narrow(axis, length - 1, 1)?], axis)?
            };
        }
        Ok(product)
    }

    /// The product of all elements.
    ///
    /// # Errors
    /// If the engine fails.
    pub fn prod_all(&self) -> Result<Self, E::Error> {
        self.reshape(&[-1])?.prod(0)
    }
}

#[cfg(test)]
mod tests {
    use crate::check::law;

    law!(products_along_an_axis_have_the_gradient, [&[2, 5, 2]], -2.0..2.0, |x| x[0].prod(1));
    law!(products_that_keep_the_axis_have_the_gradient, [&[2, 4]], -2.0..2.0, |x| x[0].prod_keepdim(-1));
    law!(products_of_all_have_the_gradient, [&[2, 3]], -2.0..2.0, |x| x[0].prod_all());
    law!(zeros_have_a_gradient_too, [&[3]], -2.0..2.0, |x| {
        x[0].mul(&ndarray::array![1.0, 0.0, 1.0])?.prod(0)
    });
}
