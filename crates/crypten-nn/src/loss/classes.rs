//! Public class indices as rows along the second axis: how much the logarithm of each class counts.

use crypten_autograd::{Engine, Error, Var};
use ndarray::{Array, ArrayBase, ArrayD, Axis, Data, Dimension, IxDyn};

use super::Reduction;

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
    operation: &'static str,
    pub(super) target: Var<E>,
    /// What a mean is divided by: the sum of the weights of all targets.
    total: f64,
    /// Whether every row sums to one, and there are rows.
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
            return Err(Error::axis_count(operation, shape, 2..=usize::MAX).into());
        };
        if classes.shape() != [&[batch], places].concat() {
            return Err(Error::mismatch(operation, shape, classes.shape()).into());
        }
        self.weight.map_or(Ok(()), |weight| one_for_each(operation, weight, count))?;
        let counts = |class: usize| Some(class) != self.ignored;
        if let Some(&class) = classes.iter().find(|&&class| counts(class) && class >= count) {
            return Err(Error::ClassOutOfRange { operation, class, classes: count }.into());
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
        let are_shares =
            self.weight.is_none() && !classes.is_empty() && classes.iter().all(|&class| counts(class));
        Ok(Rows { operation, target: Var::constant(like.engine(), rows)?, total, are_shares })
    }
}

impl<E: Engine> Rows<E> {
    /// The negative logarithms of the targets, each by its weight.
    ///
    /// # Errors
    /// If there is a mean of nothing, or the engine fails.
    pub(super) fn loss(&self, logarithms: &Var<E>, reduction: Reduction) -> Result<Var<E>, E::Error> {
        let losses = logarithms.mul(&self.target)?.sum(1)?.neg()?;
        match reduction {
            Reduction::Mean if self.total == 0.0 => {
                Err(Error::NothingCounts { operation: self.operation }.into())
            }
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
    let &[_, count, ..] = target.shape() else {
        return Err(Error::axis_count(operation, target.shape(), 2..=usize::MAX).into());
    };
    one_for_each(operation, weight, count)?;
    let mut shape = vec![1; target.ndim()];
    shape[1] = weight.len();
    let weights = ArrayD::from_shape_vec(shape, weight.to_vec()).expect("as many weights as classes");
    target.mul(&weights)
}

/// Refuses another number of weights than of classes.
fn one_for_each(operation: &'static str, weight: &[f64], classes: usize) -> Result<(), Error> {
    let weights = weight.len();
    if weights == classes { Ok(()) } else { Err(Error::WeightCount { operation, classes, weights }) }
}
