//! Triangles and diagonals of matrices; the gradient stays in the triangle or on the diagonal.

use ndarray::{ArrayD, IxDyn};

use crate::engine::Engine;
use crate::error::Error;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The matrices with zeros above a diagonal; that number `diagonal` counts from the main one, upwards.
    ///
    /// # Errors
    /// If there are fewer than two axes, or the engine fails.
    pub fn tril(&self, diagonal: isize) -> Result<Self, E::Error> {
        self.masked("tril", |row, column| column - row <= diagonal)
    }

    /// The matrices with zeros below a diagonal.
    ///
    /// # Errors
    /// As [`Var::tril`].
    pub fn triu(&self, diagonal: isize) -> Result<Self, E::Error> {
        self.masked("triu", |row, column| column - row >= diagonal)
    }

    /// The elements on a diagonal of each matrix, along the last axis.
    ///
    /// # Errors
    /// As [`Var::tril`].
    pub fn diagonal(&self, diagonal: isize) -> Result<Self, E::Error> {
        let (lead, rows, columns) = self.matrices("diagonal")?;
        let on_it = |position: &usize| {
            let (row, column) = (position / columns, position % columns);
            column.cast_signed() - row.cast_signed() == diagonal
        };
        let positions: Vec<usize> = (0..rows * columns).filter(on_it).collect();
        let flat = self.reshaped(&[lead, &[rows * columns]].concat())?;
        flat.index_select(-1, &positions)
    }

    /// Of a matrix the elements on a diagonal, of a vector the matrix that has it there and zeros elsewhere.
    ///
    /// # Errors
    /// If there are more than two axes or none, or the engine fails.
    pub fn diag(&self, diagonal: isize) -> Result<Self, E::Error> {
        let &[length] = self.shape() else {
            return match self.ndim() {
                2 => self.diagonal(diagonal),
                _ => Err(Error::axis_count("diag", self.shape(), 1..=2).into()),
            };
        };
        let side = length + diagonal.unsigned_abs();
        let (row, column) = ((-diagonal).max(0).unsigned_abs(), diagonal.max(0).unsigned_abs());
        let positions: Vec<usize> = (0..length).map(|at| (row + at) * side + column + at).collect();
        let zeros = Self::constant(self.engine(), ArrayD::zeros(&[side * side][..]))?;
        zeros.index_add(0, &positions, self)?.reshaped(&[side, side])
    }

    fn masked(&self, operation: &'static str, keep: impl Fn(isize, isize) -> bool) -> Result<Self, E::Error> {
        let (_, rows, columns) = self.matrices(operation)?;
        let mask = ArrayD::from_shape_fn(IxDyn(&[rows, columns]), |place| {
            f64::from(u8::from(keep(place[0].cast_signed(), place[1].cast_signed())))
        });
        self.mul_mask(&Self::constant(self.engine(), mask)?)
    }

    fn matrices(&self, operation: &'static str) -> Result<(&[usize], usize, usize), Error> {
        match self.shape() {
            [lead @ .., rows, columns] => Ok((lead, *rows, *columns)),
            shape => Err(Error::axis_count(operation, shape, 2..=usize::MAX)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::law;

    law!(lower_triangles_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| x[0].tril(-1)?.square());
    law!(upper_triangles_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| x[0].triu(1)?.square());
    law!(diagonals_have_the_gradient, [&[2, 3, 4]], -2.0..2.0, |x| x[0].diagonal(1)?.square());
    law!(matrices_of_a_diagonal_have_the_gradient, [&[3]], -2.0..2.0, |x| x[0].diag(-1)?.cumsum(0));
}
