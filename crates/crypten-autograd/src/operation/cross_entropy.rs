//! Cross entropies, the mean over all rows. Of logits with the softmax or sigmoid `s` and the target `t`, the gradient
//! is `(s - t) / n`.

use crate::axes::without;
use crate::engine::Engine;
use crate::error::Error;
use crate::operand::Operand;
use crate::tape::Record;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// The mean cross entropy of logits along the second axis and the probabilities of the classes, one-hot or smooth,
    /// which sum to one: `F.cross_entropy`.
    ///
    /// # Shapes
    /// `[n, classes, ..]`; the target has the same shape, the result no axes.
    ///
    /// # Errors
    /// If the shapes differ, there are fewer than two axes, or the engine fails.
    ///
    /// # Examples
    /// ```
    /// use crypten_autograd::{Plain, Var};
    /// use ndarray::array;
    ///
    /// # fn main() -> Result<(), crypten_autograd::Error> {
    /// let logits = Var::constant(&Plain::default(), array![[0.0, 0.0]])?.requires_grad(true);
    /// logits.cross_entropy(&array![[1.0, 0.0]])?.backward()?;
    /// assert_eq!(logits.gradient()?, array![[-0.5, 0.5]].into_dyn());
    /// # Ok(())
    /// # }
    /// ```
    pub fn cross_entropy(&self, target: impl Into<Operand<E>>) -> Result<Self, E::Error> {
        let engine = self.engine();
        let target = self.target("cross_entropy", target)?;
        if self.ndim() < 2 {
            return Err(Error::axis_count("cross_entropy", self.shape(), 2..=usize::MAX).into());
        }
        let rows = without(self.shape(), &[1]).iter().product::<usize>() as f64;
        let (x, t) = (self.value(), target.value());
        let (logarithm, softmax) = if self.is_recorded() {
            let (logarithm, softmax) = engine.log_softmax_with_softmax(&x, 1)?;
            (logarithm, Some(softmax))
        } else {
            (engine.log_softmax(&x, 1)?, None)
        };
        let loss = mean_of(engine, &engine.neg(&engine.mul(&logarithm, &t)?)?, rows)?;
        let to_target = move |engine: &E, gradient: &E::Tensor| {
            engine.mul(&logarithm, &engine.div_number(gradient, -rows)?)
        };
        let record = self.record("cross_entropy", loss).input(&target, to_target);
        Ok(difference(record, self, softmax, t, rows).finish())
    }

    /// The mean cross entropy of logits and targets between 0 and 1: `F.binary_cross_entropy_with_logits`.
    ///
    /// # Shapes
    /// The target has the shape of this tensor; the result has no axes.
    ///
    /// # Errors
    /// If the shapes differ, or the engine fails.
    pub fn binary_cross_entropy_with_logits(&self, target: impl Into<Operand<E>>) -> Result<Self, E::Error> {
        let (engine, operation) = (self.engine(), "binary_cross_entropy_with_logits");
        let target = self.target(operation, target)?;
        let (x, t, elements) = (self.value(), target.value(), self.numel() as f64);
        let (softplus, sigmoid) = if self.is_recorded() {
            let (softplus, sigmoid) = engine.softplus_with_sigmoid(&x)?;
            (softplus, Some(sigmoid))
        } else {
            (engine.softplus(&x)?, None)
        };
        let loss = mean_of(engine, &engine.sub(&softplus, &engine.mul(&x, &t)?)?, elements)?;
        let to_target =
            move |engine: &E, gradient: &E::Tensor| engine.mul(&x, &engine.div_number(gradient, -elements)?);
        let record = self.record(operation, loss).input(&target, to_target);
        Ok(difference(record, self, sigmoid, t, elements).finish())
    }

    /// The mean cross entropy of probabilities and targets between 0 and 1: `F.binary_cross_entropy`.
    ///
    /// # Shapes
    /// The target has the shape of this tensor; the result has no axes.
    ///
    /// # Errors
    /// If the shapes differ, or the engine fails.
    pub fn binary_cross_entropy(&self, target: impl Into<Operand<E>>) -> Result<Self, E::Error> {
        let target = self.target("binary_cross_entropy", target)?;
        let rest = self.neg()?.add(1.0)?;
        // One logarithm of both, and in the backward pass one reciprocal.
        let logarithms = Self::stack(&[self, &rest], 0)?.log()?.unbind(0)?;
        let (positive, negative) = (&logarithms[0], &logarithms[1]);
        negative.add(&positive.sub(negative)?.mul(&target)?)?.mean_all()?.neg()
    }

    /// The mean cross entropy of logits and targets that were flipped at random before they were given away: with the
    /// probability `p` of a logit, that of the target is `alpha p + beta (1 - p)`; without `beta`, `1 - alpha`.
    /// Source: U. Erlingsson, V. Pihur, A. Korolova, "RAPPOR", CCS '14.
    ///
    /// # Shapes
    /// The target has the shape of this tensor; the result has no axes.
    ///
    /// # Errors
    /// If the shapes differ, or the engine fails.
    pub fn rappor_loss(
        &self,
        target: impl Into<Operand<E>>,
        alpha: f64,
        beta: Option<f64>,
    ) -> Result<Self, E::Error> {
        let beta = beta.unwrap_or(1.0 - alpha);
        self.sigmoid()?.mul(alpha - beta)?.add(beta)?.binary_cross_entropy(target)
    }

    fn target(&self, operation: &'static str, target: impl Into<Operand<E>>) -> Result<Self, E::Error> {
        let target = target.into().into_var(self.engine())?;
        if target.shape() == self.shape() {
            return Ok(target);
        }
        Err(Error::mismatch(operation, self.shape(), target.shape()).into())
    }
}

/// Records the gradient of logits: what was predicted less the target, divided by a number. There is a prediction if
/// the logits are recorded.
fn difference<'a, E: Engine>(
    record: Record<'a, E>,
    logits: &Var<E>,
    prediction: Option<E::Tensor>,
    target: E::Tensor,
    divisor: f64,
) -> Record<'a, E> {
    let Some(prediction) = prediction else {
        return record;
    };
    record.input(logits, move |engine, gradient| {
        engine.mul(&engine.sub(&prediction, &target)?, &engine.div_number(gradient, divisor)?)
    })
}

/// The sum of all elements divided by a number, without axes.
fn mean_of<E: Engine>(engine: &E, x: &E::Tensor, divisor: f64) -> Result<E::Tensor, E::Error> {
    let axes: Vec<usize> = (0..engine.shape(x).len()).collect();
    let sum = engine.sum_keepdim(x, &axes)?;
    engine.reshape(&engine.div_number(&sum, divisor)?, &[])
}

#[cfg(test)]
mod tests {
    use crate::check::law;
    use crate::{Plain, Var};

    // The softmax makes a target whose classes sum to one, also while it is changed.
    law!(cross_entropy_has_the_gradient, [&[3, 4, 2], &[3, 4, 2]], -2.0..2.0, |x| {
        x[0].cross_entropy(&x[1].softmax(1)?)
    });
    law!(binary_cross_entropy_has_the_gradient, [&[3, 2], &[3, 2]], 0.1..0.9, |x| {
        x[0].binary_cross_entropy(&x[1])
    });
    law!(binary_cross_entropy_of_logits_has_the_gradient, [&[3, 2], &[3, 2]], -3.0..3.0, |x| {
        x[0].binary_cross_entropy_with_logits(&x[1])
    });
    law!(rappor_loss_has_the_gradient, [&[3, 2], &[3, 2]], -2.0..2.0, |x| {
        x[0].rappor_loss(&x[1].detach().gt(0.0)?, 0.8, None)?.add(&x[1].sum_all()?)
    });

    #[test]
    fn a_target_has_the_shape_of_the_prediction() {
        let x = Var::constant(&Plain::default(), ndarray::array![[1.0, 2.0]]).unwrap();
        let message = "cross_entropy of shapes [1, 2] and [2]";
        assert_eq!(x.cross_entropy(&ndarray::array![0.0, 1.0]).unwrap_err().to_string(), message);
    }
}
