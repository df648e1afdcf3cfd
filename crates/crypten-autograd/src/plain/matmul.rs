//! Products of matrices: ndarray's own, one for each pair that the batch axes make.

use crypten_ring::{broadcast_shapes, matmul_shape};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array3, ArrayView3, Axis, Ix2, Ix3, IxDyn};

use super::PlainTensor;
use crate::error::Error;

pub(super) fn matmul(x: &PlainTensor, y: &PlainTensor) -> Result<PlainTensor, Error> {
    let (xs, ys) = (x.shape(), y.shape());
    let shape = matmul_shape(xs, ys)?;
    let ([.., rows, inner], [.., columns]) = (xs, ys) else {
        return Err(Error::mismatch("matmul", xs, ys));
    };
    if ys.len() == 2 {
        // The rows of all matrices on the left are rows of one.
        let tall = x.to_shape((xs[..xs.len() - 1].iter().product::<usize>(), *inner));
        let tall = tall.expect("as many elements as before");
        let right = y.view().into_dimensionality::<Ix2>().expect("it has two axes");
        return Ok(reshaped(&tall.dot(&right).into_dyn().into_shared(), &shape));
    }
    let batch = broadcast_shapes("matmul", &xs[..xs.len() - 2], &ys[..ys.len() - 2])?;
    let x = stacked(x, &batch);
    let y = stacked(y, &batch);
    let (x, y): (ArrayView3<'_, f64>, ArrayView3<'_, f64>) = (matrices(&x), matrices(&y));
    let mut product = Array3::zeros((x.len_of(Axis(0)), *rows, *columns));
    for ((x, y), mut product) in x.outer_iter().zip(y.outer_iter()).zip(product.outer_iter_mut()) {
        general_mat_mul(1.0, &x, &y, 0.0, &mut product);
    }
    Ok(reshaped(&product.into_dyn().into_shared(), &shape))
}

/// The matrices along one axis, each as often as the batch has it.
fn stacked(x: &PlainTensor, batch: &[usize]) -> PlainTensor {
    let matrix = &x.shape()[x.ndim() - 2..];
    let full = [batch, matrix].concat();
    let expanded = x.broadcast(full).expect("the batch axes broadcast to this shape");
    let count = batch.iter().product();
    let stacked =
        expanded.to_shape(IxDyn(&[count, matrix[0], matrix[1]])).expect("as many elements as before");
    stacked.to_shared()
}

fn matrices(x: &PlainTensor) -> ArrayView3<'_, f64> {
    x.view().into_dimensionality::<Ix3>().expect("it has three axes")
}

/// Row by row, whatever order the product has its elements in.
fn reshaped(x: &PlainTensor, shape: &[usize]) -> PlainTensor {
    x.to_shape(shape).expect("as many elements as before").to_shared()
}
