//! Public class indices as rows along the second axis: how much the logarithm of each class counts.

use crypten_autograd::{Engine, Var};
use ndarray::{Array, ArrayBase, ArrayD, Axis, Data, Dimension, IxDyn};

use super::Reduction;
use crate::error::misfit;

/// What is made of class indices.
pub(super) struct Classes<'a> {
    /// How much each class counts; all alike without.
    pub(super) weight: Option<&'a [f64]>,
    /// What stands where there is no class, and does not count.
    pub(super) ignored: Option<usize>,
    /// How much of each target is shared out among all classes.
    pub(super) smoothing: f64,
}

/// A row for each class index, in the shape of what is predicted.
pub(super) struct Rows<E: Engine> {
    pub(super) target: Var<E>,
    /// What a mean is divided by: the sum of the weights of all targets.
    total: f64,
    /// Whether every row sums to one.
    pub(super) are_shares: bool,
}

impl Classes<'_> {
    /// For classes `[n, ..]` the rows of the shape `[n, c, ..]` of `like`.
    ///
    /// # Errors
    /// If the shapes do not fit, a class is out of range, there is another number of weights, or the engine fails.
    pub(super) fn rows<E: Engine, S: Data<Elem = usize>, D: Dimension>(
        &self,
        operation: &'static str,
        like: &Var<E>,
        classes: &ArrayBase<S, D>,
    ) -> Result<Rows<E>, E::Error> {
        let shape = like.shape();
        let &[batch, count, ref places @ ..] = shape else {
            return Err(misfit(operation, shape, classes.shape()));
        };
        if classes.shape() != [&[batch], places].concat() {
            return Err(misfit(operation, shape, classes.shape()));
        }
        if let Some(weight) = self.weight.filter(|weight| weight.len() != count) {
            return Err(misfit(operation, shape, &[weight.len()]));
        }
        let counts = |class: usize| Some(class) != self.ignored;
        if let Some(&class) = classes.iter().find(|&&class| counts(class) && class >= count) {
            let index = isize::try_from(class).unwrap_or(isize::MAX);
            let error = crypten_ring::Error::IndexOutOfRange { index, axis: 1, length: count };
            return Err(crypten_autograd::Error::from(error).into());
        }
        let weight = |class: usize| self.weight.map_or(1.0, |weight| weight[class]);
        let mut rows: ArrayD<f64> = Array::zeros(IxDyn(shape));
        for (class, mut part) in rows.axis_iter_mut(Axis(1)).enumerate() {
            let shared = self.smoothing / count as f64;
            for (share, &wanted) in part.iter_mut().zip(classes).filter(|(_, wanted)| counts(**wanted)) {
                let hit = f64::from(u8::from(class == wanted));
                *share = weight(class) * ((1.0 - self.smoothing) * hit + shared);
            }
        }
        let total = classes.iter().filter(|&&class| counts(class)).map(|&class| weight(class)).sum();
        let are_shares = self.weight.is_none() && classes.iter().all(|&class| counts(class));
        Ok(Rows { target: Var::constant(like.engine(), rows)?, total, are_shares })
    }
}

impl<E: Engine> Rows<E> {
    /// The negative logarithms of the targets, each by its weight.
    pub(super) fn loss(&self, logarithms: &Var<E>, reduction: Reduction) -> Result<Var<E>, E::Error> {
        let losses = logarithms.mul(&self.target)?.sum(1)?.neg()?;
        match reduction {
            Reduction::Mean => losses.sum_all()?.div(self.total),
            reduction => reduction.reduce(losses),
        }
    }
}

/// A target times the weights of the classes along the second axis.
pub(super) fn weighted<E: Engine>(
    operation: &'static str,
    target: &Var<E>,
    weight: Option<&[f64]>,
) -> Result<Var<E>, E::Error> {
    let Some(weight) = weight else {
        return Ok(target.clone());
    };
    if target.ndim() < 2 || target.shape()[1] != weight.len() {
        return Err(misfit(operation, target.shape(), &[weight.len()]));
    }
    let mut shape = vec![1; target.ndim()];
    shape[1] = weight.len();
    let weights = ArrayD::from_shape_vec(shape, weight.to_vec()).expect("as many weights as classes");
    target.mul(&weights)
}
