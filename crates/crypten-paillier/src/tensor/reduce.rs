//! Sums and means of encrypted numbers.

use ndarray::Axis;
use num_bigint::BigInt;

use crate::error::Error;
use crate::montgomery::Residue;
use crate::plain::check_scale;
use crate::tensor::EncryptedTensor;

/// Fractional bits that a mean adds: it is off by at most `2^-33` of the sum of the magnitudes.
const MEAN_BITS: u32 = 32;

impl EncryptedTensor {
    /// The sum of all numbers, without an axis.
    #[must_use]
    pub fn sum(&self) -> Self {
        Self::new(&self.key, self.scale, &[], vec![self.product_of(self.values.iter())])
    }

    /// The sums along an axis, which goes.
    ///
    /// # Errors
    /// [`Error::Axis`] if there is no such axis.
    pub fn sum_axis(&self, axis: usize) -> Result<Self, Error> {
        let shape = self.shape();
        if axis >= shape.len() {
            return Err(Error::Axis { operation: "sum", axis, shape: shape.to_vec() });
        }
        let rest = [&shape[..axis], &shape[axis + 1..]].concat();
        let sums =
            self.values.lanes(Axis(axis)).into_iter().map(|lane| self.product_of(lane.iter())).collect();
        Ok(Self::new(&self.key, self.scale, &rest, sums))
    }

    /// The mean of all numbers, with 32 fractional bits more; of none it is zero.
    ///
    /// # Errors
    /// [`Error::Scale`] if there are too many fractional bits.
    pub fn mean(&self) -> Result<Self, Error> {
        self.sum().divided(self.len())
    }

    /// The means along an axis, which goes.
    ///
    /// # Errors
    /// [`Error::Axis`] and [`Error::Scale`].
    pub fn mean_axis(&self, axis: usize) -> Result<Self, Error> {
        let sums = self.sum_axis(axis)?;
        sums.divided(self.shape()[axis])
    }

    fn divided(&self, count: usize) -> Result<Self, Error> {
        let scale = check_scale(self.scale + MEAN_BITS)?;
        let count = count.max(1) as u64;
        let factor = BigInt::from(((1_u64 << MEAN_BITS) + count / 2) / count);
        Ok(self.map(scale, |value| self.key.times(value, &factor)))
    }

    fn product_of<'a>(&self, values: impl Iterator<Item = &'a Residue>) -> Residue {
        values.fold(self.key.square().one(), |mut product, value| {
            self.key.square().multiply_into(&mut product, value);
            product
        })
    }
}
