//! Products of plain and encrypted matrices: every entry is a product of powers, whose squarings are shared.
//!
//! Row `k` of the plain matrix and column `c` of the encrypted one give `prod_t c_t^(k_t)`. With `b` bits for the
//! largest magnitude, `prod_t c_t^(k_t + 2^b)` has no negative exponent, and `prod_t c_t^(-2^b)` is the same for all
//! rows. Source: E. Straus, "Addition chains of vectors", American Mathematical Monthly 71 (1964).
//!
//! All exponents of a product take the same multiplications; which powers are read from memory depends on the factors.

use ndarray::{ArrayBase, ArrayView2, Axis, Data, Ix2};
use num_bigint::BigInt;

use crate::error::Error;
use crate::montgomery::Residue;
use crate::parallel::Workers;
use crate::plain::{Number, check_scale};
use crate::tensor::EncryptedTensor;

/// Bits of an exponent that one table entry covers.
const WINDOW: u64 = 4;

impl EncryptedTensor {
    /// The product of this matrix and a plain one, `[n, m]` by `[m, k]`.
    ///
    /// # Errors
    /// [`Error::Shapes`], [`Error::TooLarge`], [`Error::NotFinite`], [`Error::Scale`].
    pub fn matmul_plain<N: Number + Sync>(
        &self,
        right: &ArrayBase<impl Data<Elem = N>, Ix2>,
    ) -> Result<Self, Error> {
        let values = self.matrix(right.shape())?;
        if values.ncols() != right.nrows() {
            return Err(self.do_not_fit(right.shape()));
        }
        Ok(self.product(right.t(), values.t())?.t())
    }

    /// The product of a plain matrix and this one, `[n, m]` by `[m, k]`.
    ///
    /// # Errors
    /// As [`EncryptedTensor::matmul_plain`].
    pub fn rmatmul_plain<N: Number + Sync>(
        &self,
        left: &ArrayBase<impl Data<Elem = N>, Ix2>,
    ) -> Result<Self, Error> {
        let values = self.matrix(left.shape())?;
        if left.ncols() != values.nrows() {
            return Err(self.do_not_fit(left.shape()));
        }
        self.product(left.view(), values)
    }

    fn matrix(&self, other: &[usize]) -> Result<ArrayView2<'_, Residue>, Error> {
        self.values.view().into_dimensionality().map_err(|_| self.do_not_fit(other))
    }

    fn do_not_fit(&self, other: &[usize]) -> Error {
        Error::Shapes { operation: "matmul", left: self.shape().to_vec(), right: other.to_vec() }
    }

    /// The product of a plain and an encrypted matrix that fit.
    fn product<N: Number>(
        &self,
        left: ArrayView2<'_, N>,
        right: ArrayView2<'_, Residue>,
    ) -> Result<Self, Error> {
        let (square, scale) = (self.key.square(), check_scale(self.scale + N::SCALE)?);
        let factors = left.iter().map(|number| self.key.factor(number)).collect::<Result<Vec<_>, _>>()?;
        let bits = factors.iter().map(BigInt::bits).max().unwrap_or(0);
        let offset = BigInt::from(1) << bits;
        let windows = (bits + 1).div_ceil(WINDOW);
        // Digits of the exponents of a row, the highest window first.
        let digits: Vec<Vec<usize>> = factors
            .iter()
            .map(|factor| {
                let exponent = (factor + &offset).magnitude().clone();
                let bit = |at: u64| usize::from(exponent.bit(at));
                (0..windows).rev().map(|w| (0..WINDOW).map(|i| bit(WINDOW * w + i) << i).sum()).collect()
            })
            .collect();
        let (rows, inner) = left.dim();
        let columns: Vec<Vec<&Residue>> =
            right.axis_iter(Axis(1)).map(|column| column.into_iter().collect()).collect();
        let prepared =
            Workers::all().map(columns.len(), nothing, |(), column| self.prepare(&columns[column], bits))?;
        let entries = Workers::all().map(rows * columns.len(), nothing, |(), at| {
            let (tables, undo) = &prepared[at % columns.len()];
            let digits = &digits[at / columns.len() * inner..][..inner];
            let mut entry = square.one();
            for window in 0..windows as usize {
                (0..WINDOW).for_each(|_| square.square_into(&mut entry));
                for (table, digits) in tables.iter().zip(digits) {
                    square.multiply_into(&mut entry, &table[digits[window]]);
                }
            }
            square.multiply_into(&mut entry, undo);
            Ok(entry)
        })?;
        Ok(Self::new(&self.key, scale, &[rows, columns.len()], entries))
    }

    /// The tables of a column's powers, and what undoes the offset of all exponents.
    fn prepare(&self, column: &[&Residue], bits: u64) -> Result<(Vec<Vec<Residue>>, Residue), Error> {
        let square = self.key.square();
        let mut all = square.one();
        column.iter().for_each(|value| square.multiply_into(&mut all, value));
        (0..bits).for_each(|_| square.square_into(&mut all));
        Ok((column.iter().map(|value| self.powers(value)).collect(), self.key.inverse(&all)))
    }

    /// The powers of a ciphertext with the exponents of one window.
    fn powers(&self, value: &Residue) -> Vec<Residue> {
        let square = self.key.square();
        let mut powers = vec![square.one(), value.clone()];
        while powers.len() < 1 << WINDOW {
            powers.push(square.multiply(&powers[powers.len() - 1], value));
        }
        powers
    }
}

fn nothing() -> Result<(), Error> {
    Ok(())
}
