//! Rows, or columns, of length one at right angles to each other.
//!
//! The rows of a matrix of normal numbers are made so by Gram and Schmidt's method, twice over against rounding, which
//! makes all directions equally likely. Source: A. M. Saxe, J. L. McClelland and S. Ganguli, "Exact solutions to the
//! nonlinear dynamics of learning in deep linear neural networks" (2014).

use crypten_autograd::{Engine, Error, Var};
use ndarray::{Array2, ArrayViewMut1, s};

use crate::generator::Generator;

/// An orthogonal matrix times a factor: of `[o, ..]`, with all axes but the first taken as one, the rows are orthogonal,
/// or the columns if there are fewer of them.
///
/// # Errors
/// If there are fewer than two axes, the generator has no seed, this is no leaf, or the engine fails.
pub fn orthogonal_<E: Engine>(var: &Var<E>, gain: f64, generator: &Generator<E>) -> Result<(), E::Error> {
    let &[rows, second, ref rest @ ..] = var.shape() else {
        return Err(Error::axis_count("orthogonal_", var.shape(), 2..=usize::MAX).into());
    };
    let columns = rest.iter().fold(second, |columns, length| columns * length);
    let (few, many) = (rows.min(columns), rows.max(columns));
    let normal = generator.public("orthogonal_")?.normal(few, many)?;
    let mut matrix = orthogonal(normal) * gain;
    if rows > columns {
        matrix = matrix.reversed_axes();
    }
    let value = matrix.into_dyn().to_shape(var.shape()).expect("as many elements").into_owned();
    var.set_value(var.engine().constant(value)?)
}

/// Each row without what it has in common with those before it, and of length one.
fn orthogonal(mut matrix: Array2<f64>) -> Array2<f64> {
    for row in 0..matrix.nrows() {
        let (before, mut rest) = matrix.view_mut().split_at(ndarray::Axis(0), row);
        let mut current: ArrayViewMut1<'_, f64> = rest.slice_mut(s![0, ..]);
        for _ in 0..2 {
            for other in before.rows() {
                let common = other.dot(&current);
                current.scaled_add(-common, &other);
            }
        }
        let length = current.dot(&current).sqrt();
        current /= length;
    }
    matrix
}
