//! Products of matrices: `∂(X Y) = ∂X Y + X ∂Y`, so the gradient `G` goes to `G Yᵀ` and `Xᵀ G`.

use crypten_ring::matmul_shape;

use crate::engine::Engine;
use crate::error::Error;
use crate::operand::Operand;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The matrix product as in `torch.matmul`: of vectors, matrices and batches of matrices.
    ///
    /// # Shapes
    /// `[.., n, k]` and `[.., k, m]` make `[.., n, m]`, and the axes before the last two broadcast; a vector `[k]` on
    /// either side is a row or a column whose axis disappears.
    ///
    /// # Errors
    /// If the shapes do not fit, or the engine fails.
    ///
    /// # Examples
    /// ```
    /// use crypten_autograd::{Plain, Var};
    /// use ndarray::array;
    ///
    /// # fn main() -> Result<(), crypten_autograd::Error> {
    /// let x = Var::constant(&Plain::default(), array![[1.0, 2.0], [3.0, 4.0]])?.requires_grad(true);
    /// let y = x.matmul(&array![10.0, 1.0])?;
    /// assert_eq!(y.value(), array![12.0, 34.0].into_dyn());
    /// y.sum_all()?.backward()?;
    /// assert_eq!(x.gradient()?, array![[10.0, 1.0], [10.0, 1.0]].into_dyn());
    /// # Ok(())
    /// # }
    /// ```
    pub fn matmul(&self, other: impl Into<Operand<E>>) -> Result<Self, E::Error> {
        let other = other.into().into_var(self.engine())?;
        let shape = matmul_shape(self.shape(), other.shape()).map_err(Error::from)?;
        let left = if self.ndim() == 1 || other.ndim() <= 2 { self.rows()? } else { self.clone() };
        let right = match other.shape() {
            [inner] => other.reshaped(&[*inner, 1])?,
            _ => other,
        };
        left.matrix_product(&right, &shape)
    }

    /// The inner product of two vectors; of other shapes the matrix product.
    ///
    /// # Errors
    /// As [`Var::matmul`].
    pub fn dot(&self, other: impl Into<Operand<E>>) -> Result<Self, E::Error> {
        self.matmul(other)
    }

    /// The products of all pairs of elements of two vectors.
    ///
    /// # Shapes
    /// `[n]` and `[m]` make `[n, m]`.
    ///
    /// # Errors
    /// If an operand has not one axis, or the engine fails.
    pub fn outer(&self, other: impl Into<Operand<E>>) -> Result<Self, E::Error> {
        let other = other.into().into_var(self.engine())?;
        let (&[rows], &[columns]) = (self.shape(), other.shape()) else {
            return Err(Error::mismatch("outer", self.shape(), other.shape()).into());
        };
        self.reshaped(&[rows, 1])?.mul(&other.reshaped(&[1, columns])?)
    }

    /// [`Var::outer`] under PyTorch's older name.
    ///
    /// # Errors
    /// As [`Var::outer`].
    pub fn ger(&self, other: impl Into<Operand<E>>) -> Result<Self, E::Error> {
        self.outer(other)
    }

    /// A linear layer: `x Wᵀ + b`.
    ///
    /// # Shapes
    /// `[.., inputs]` by a weight `[outputs, inputs]` makes `[.., outputs]`; the bias is `[outputs]`.
    ///
    /// # Errors
    /// If the shapes do not fit, or the engine fails.
    pub fn linear(&self, weight: &Self, bias: Option<&Self>) -> Result<Self, E::Error> {
        let &[outputs, inputs] = weight.shape() else {
            return Err(Error::mismatch("linear", self.shape(), weight.shape()).into());
        };
        let shape = matmul_shape(self.shape(), &[inputs, outputs]).map_err(Error::from)?;
        let rows = self.rows()?;
        let (x, w) = (rows.value(), weight.weight());
        let record = rows.record("linear", self.engine().linear(&x, &w)?).shaped(&shape)?;
        let (factor, other) = (x.clone(), w.clone());
        let product = record.factors(
            [&rows, weight],
            move |engine, gradient| engine.matmul(gradient, &w),
            move |engine, gradient| engine.matmul(&transposed(engine, gradient)?, &x),
            move |engine, gradient| engine.both_gradients(gradient, [&factor, &other], None),
        );
        product.plus_bias(bias, 0)
    }

    /// The rows of all matrices as those of one, so that the gradient of a right side without batch axes is one product
    /// too; a vector is a row.
    fn rows(&self) -> Result<Self, E::Error> {
        match self.shape() {
            [batch @ .., inner] => self.reshaped(&[batch.iter().product(), *inner]),
            [] => Ok(self.clone()),
        }
    }

    /// The product of operands that have at least two axes, in the shape of what they were made of.
    fn matrix_product(&self, other: &Self, output: &[usize]) -> Result<Self, E::Error> {
        let (x, y) = (self.value(), other.value());
        let product = self.engine().matmul(&x, &y)?;
        let record = self.record("matmul", product).shaped(output)?;
        let to_left =
            move |engine: &E, gradient: &E::Tensor| engine.matmul(gradient, &transposed(engine, &y)?);
        let to_right =
            move |engine: &E, gradient: &E::Tensor| engine.matmul(&transposed(engine, &x)?, gradient);
        Ok(record.broadcast_input(self, to_left).broadcast_input(other, to_right).finish())
    }
}

/// Each matrix with its rows for columns.
fn transposed<E: Engine>(engine: &E, x: &E::Tensor) -> Result<E::Tensor, E::Error> {
    let mut axes: Vec<usize> = (0..engine.shape(x).len()).collect();
    let last = axes.len() - 1;
    axes.swap(last - 1, last);
    engine.permute(x, &axes)
}

#[cfg(test)]
mod tests {
    use crate::check::law;

    law!(products_of_matrices_have_the_gradient, [&[2, 3], &[3, 4]], -2.0..2.0, |x| x[0].matmul(&x[1]));
    law!(products_of_vectors_have_the_gradient, [&[3], &[3]], -2.0..2.0, |x| x[0].dot(&x[1]));
    law!(products_with_a_vector_left, [&[3], &[2, 3, 4]], -2.0..2.0, |x| x[0].matmul(&x[1]));
    law!(products_with_a_vector_right, [&[2, 4, 3], &[3]], -2.0..2.0, |x| x[0].matmul(&x[1]));
    law!(batches_times_a_matrix, [&[2, 2, 3], &[3, 4]], -2.0..2.0, |x| x[0].matmul(&x[1]));
    law!(batches_broadcast, [&[2, 1, 2, 3], &[3, 3, 1]], -2.0..2.0, |x| x[0].matmul(&x[1]));
    law!(empty_products_are_zero, [&[2, 0], &[0, 3]], -2.0..2.0, |x| x[0].matmul(&x[1]));
    law!(outer_products_have_the_gradient, [&[2], &[3]], -2.0..2.0, |x| x[0].ger(&x[1]));
    law!(linear_layers_have_the_gradient, [&[2, 2, 3], &[4, 3], &[4]], -2.0..2.0, |x| {
        x[0].linear(&x[1], Some(&x[2]))
    });
}
