//! Matrix product modulo 2^64 as in `torch.matmul`: vectors on either side, batch axes broadcast.

use ndarray::{ArrayView2, ArrayViewD, Axis, Ix2, IxDyn};

use crate::shape::{broadcast_shapes, matmul_shape};
use crate::tensor::RingTensor;
use crate::tensor::gemm::add_product;

impl RingTensor {
    /// The matrix product.
    ///
    /// # Panics
    /// If the shapes do not go together; see [`matmul_shape`].
    #[must_use]
    #[track_caller]
    pub fn matmul(&self, other: &Self) -> Self {
        match matmul_shape(self.shape(), other.shape()) {
            Ok(shape) => Self::zeros(&shape).add_matmul(self, other),
            Err(error) => panic!("{error}"),
        }
    }

    /// The sum of this tensor and the matrix product of two others.
    ///
    /// # Panics
    /// If the shapes do not go together; see [`matmul_shape`].
    #[must_use]
    #[track_caller]
    pub fn add_matmul(self, left: &Self, right: &Self) -> Self {
        let shape = self.shape().to_vec();
        assert_eq!(
            Ok(&shape),
            matmul_shape(left.shape(), right.shape()).as_ref(),
            "shape of a product to be added"
        );
        let left = if left.ndim() == 1 { left.insert_axis(0) } else { left.clone() };
        let right = if right.ndim() == 1 { right.insert_axis(1) } else { right.clone() };
        let batch =
            broadcast_shapes("matmul", batch_of(&left), batch_of(&right)).expect("checked by matmul_shape");
        let (lefts, rights) = (matrices(&left, &batch), matrices(&right, &batch));
        let mut out = self.into_words();
        let size = out.len() / batch.iter().product::<usize>().max(1);
        if size > 0 {
            for (out, index) in out.chunks_exact_mut(size).zip(ndarray::indices(IxDyn(&batch))) {
                add_product(out, matrix_at(&lefts, &index), &matrix_at(&rights, &index));
            }
        }
        Self::from_vec(&shape, out)
    }
}

fn batch_of(tensor: &RingTensor) -> &[usize] {
    &tensor.shape()[..tensor.ndim() - 2]
}

/// The tensor with its batch axes broadcast.
fn matrices<'a>(tensor: &'a RingTensor, batch: &[usize]) -> ArrayViewD<'a, u64> {
    let shape = [batch, &tensor.shape()[tensor.ndim() - 2..]].concat();
    tensor.storage.broadcast(IxDyn(&shape)).expect("checked by matmul_shape")
}

fn matrix_at<'a>(tensor: &ArrayViewD<'a, u64>, index: &IxDyn) -> ArrayView2<'a, u64> {
    let index = ndarray::Dimension::slice(index);
    let matrix = index.iter().fold(tensor.clone(), |part, &i| part.index_axis_move(Axis(0), i));
    matrix.into_dimensionality::<Ix2>().expect("two axes are left after the batch")
}
