//! The elements in other places: repeated, in windows, flipped, rolled, padded, above or below a diagonal. Local, but
//! for the rounding of a product that is padded with a secret number.

use crypten_autograd::Axes;
use crypten_ring::{Error as RingError, RingTensor, normalize_axis};

use crate::error::Error;
use crate::plain::Operand;
use crate::tensor::CrypTensor;
use crate::tensor::arithmetic::aligned;

impl CrypTensor {
    /// The tensor repeated `counts[axis]` times along each axis; more counts than axes make new axes in front.
    ///
    /// # Errors
    /// If there are fewer counts than axes.
    pub fn repeat(&self, counts: &[usize]) -> Result<Self, Error> {
        Ok(self.with(self.exact().try_linear(|own| own.repeat(counts))?))
    }

    /// Windows of `size` positions of an axis, each `step` after the one before: the axis counts the windows, and a new
    /// last axis runs through one.
    ///
    /// # Errors
    /// If there is no such axis, the window is longer than it, or the step is zero.
    pub fn unfold(&self, axis: isize, size: usize, step: usize) -> Result<Self, Error> {
        let axis = normalize_axis(axis, self.ndim())?;
        Ok(self.with(self.exact().try_linear(|own| own.unfold(axis, size, step))?))
    }

    /// The named axes run through backwards.
    ///
    /// # Errors
    /// If there is no such axis, or one is named more than once.
    pub fn flip(&self, axes: impl Axes) -> Result<Self, Error> {
        let axes = axes.axes(self.ndim())?;
        Ok(self.with(self.exact().linear(|own| own.flip(&axes))))
    }

    /// The elements moved along each of `axes` by the shift beside it; those that leave an axis come in at its other
    /// end. One shift without axes moves the elements in row-major order.
    ///
    /// # Errors
    /// If there is no such axis, or there are not as many shifts as axes.
    pub fn roll(&self, shifts: &[isize], axes: &[isize]) -> Result<Self, Error> {
        if let ([shift], []) = (shifts, axes) {
            let rolled = |own: &RingTensor| own.reshape(&[own.len()])?.roll(0, *shift).reshape(own.shape());
            return Ok(self.with(self.exact().try_linear(rolled)?));
        }
        if shifts.len() != axes.len() {
            let (left, right) = (vec![shifts.len()], vec![axes.len()]);
            return Err(RingError::ShapeMismatch { operation: "roll", left, right }.into());
        }
        let mut share = self.exact().clone();
        for (&shift, &axis) in shifts.iter().zip(axes) {
            let axis = normalize_axis(axis, self.ndim())?;
            share = share.linear(|own| own.roll(axis, shift));
        }
        Ok(self.with(share))
    }

    /// The tensor with copies of a number before and after it: a pair of counts for each axis, the last axis first.
    ///
    /// # Rounds
    /// None for a public number; for a secret one those of [`add`](crate::add).
    ///
    /// # Domain
    /// Every number in range; exact, but that a public number is off by at most half a unit, and a product by less
    /// than one once it is rounded.
    ///
    /// # Errors
    /// If there are more pairs than axes, the value is not one number, or a public number does not fit the precision.
    pub fn pad(&self, widths: &[(usize, usize)], value: impl Operand) -> Result<Self, Error> {
        let Some(others) = self.ndim().checked_sub(widths.len()) else {
            let axis = -widths.len().cast_signed();
            return Err(RingError::AxisOutOfRange { axis, dims: self.ndim() }.into());
        };
        let mut pairs = vec![(0, 0); others];
        pairs.extend(widths.iter().rev());
        let (own, value, scale) = aligned(self, value)?;
        let word = value.own().reshape(&[])?.words()[0];
        Ok(Self::new(&self.session, own.linear(|own| own.pad(&pairs, word)), scale))
    }

    /// The lower triangles of matrices: zero where the column is more than the row plus `diagonal`.
    ///
    /// # Errors
    /// If there are fewer than two axes.
    pub fn tril(&self, diagonal: isize) -> Result<Self, Error> {
        self.triangle(|offset| offset <= diagonal)
    }

    /// The upper triangles of matrices: zero where the column is less than the row plus `diagonal`.
    ///
    /// # Errors
    /// If there are fewer than two axes.
    pub fn triu(&self, diagonal: isize) -> Result<Self, Error> {
        self.triangle(|offset| offset >= diagonal)
    }

    /// The diagonal of a matrix, of each if there are several; for a vector the matrix with it on the diagonal and
    /// zeros beside it. The diagonal is where the column is the row plus `diagonal`.
    ///
    /// # Errors
    /// If there are no axes.
    pub fn diag(&self, diagonal: isize) -> Result<Self, Error> {
        let &[length] = self.shape() else {
            return Ok(self.with(self.exact().try_linear(|own| own.diagonal(diagonal))?));
        };
        let identity = (0..length * length).map(|i| u64::from(i % (length + 1) == 0)).collect();
        let identity = RingTensor::from_vec(&[length, length], identity);
        let (rows, columns) = (diagonal.min(0).unsigned_abs(), diagonal.max(0).unsigned_abs());
        let widths = [(rows, columns), (columns, rows)];
        Ok(self.with(self.exact().linear(|own| (&own.insert_axis(1) * &identity).pad(&widths, 0))))
    }

    /// The elements whose column less their row `keeps`, and zero for the others.
    fn triangle(&self, keeps: impl Fn(isize) -> bool) -> Result<Self, Error> {
        let [.., rows, columns] = *self.shape() else {
            return Err(RingError::AxisOutOfRange { axis: -2, dims: self.ndim() }.into());
        };
        let offset = |i: usize| (i % columns).cast_signed() - (i / columns).cast_signed();
        let mask = (0..rows * columns).map(|i| u64::from(keeps(offset(i)))).collect();
        let mask = RingTensor::from_vec(&[rows, columns], mask);
        Ok(self.with(self.exact().linear(|own| own * &mask)))
    }
}
