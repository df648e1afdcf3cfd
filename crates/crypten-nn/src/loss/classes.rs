//! Public class indices as rows of 0 and 1 along the second axis.

use crypten_autograd::{Engine, Var};
use ndarray::{Array, ArrayBase, ArrayD, Axis, Data, Dimension, IxDyn};

use crate::error::misfit;

/// For classes `[n, ..]` the tensor of the shape `[n, c, ..]` of `like`, 1 at each class.
///
/// # Errors
/// If the shapes do not fit, a class is out of range, or the engine fails.
pub(super) fn one_hot<E: Engine, S: Data<Elem = usize>, D: Dimension>(
    operation: &'static str,
    like: &Var<E>,
    classes: &ArrayBase<S, D>,
) -> Result<Var<E>, E::Error> {
    let shape = like.shape();
    let &[batch, count, ref places @ ..] = shape else {
        return Err(misfit(operation, shape, classes.shape()));
    };
    if classes.shape() != [&[batch], places].concat() {
        return Err(misfit(operation, shape, classes.shape()));
    }
    if let Some(&class) = classes.iter().find(|&&class| class >= count) {
        let index = isize::try_from(class).unwrap_or(isize::MAX);
        let error = crypten_ring::Error::IndexOutOfRange { index, axis: 1, length: count };
        return Err(crypten_autograd::Error::from(error).into());
    }
    let mut rows: ArrayD<f64> = Array::zeros(IxDyn(shape));
    for (class, mut part) in rows.axis_iter_mut(Axis(1)).enumerate() {
        for (bit, &wanted) in part.iter_mut().zip(classes) {
            *bit = f64::from(u8::from(class == wanted));
        }
    }
    Var::constant(like.engine(), rows)
}
