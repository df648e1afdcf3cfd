//! Dropout: elements or whole channels set to zero at random, the others scaled up; the gradient by the same mask.
//!
//! Source: N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15 (2014).

use ndarray::ArrayD;

use crypten_ring::normalize_axis;

use crate::engine::Engine;
use crate::error::Error;
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// Each element set to zero with probability `p`, the others divided by `1 - p`; the tensor as it is unless
    /// `training`.
    ///
    /// # Errors
    /// If `p` is no probability, or the engine fails.
    pub fn dropout(&self, p: f64, training: bool) -> Result<Self, E::Error> {
        self.dropped("dropout", self.shape(), p, training)
    }

    /// Each channel, what the first two axes count, set to zero as a whole with probability `p`, the others divided by
    /// `1 - p`; the tensor as it is unless `training`.
    ///
    /// # Errors
    /// If there are fewer than two axes, `p` is no probability, or the engine fails.
    pub fn feature_dropout(&self, p: f64, training: bool) -> Result<Self, E::Error> {
        let last = normalize_axis(1, self.ndim()).map_err(Error::from)?;
        let axes = self.shape().iter().enumerate();
        let channels: Vec<usize> = axes.map(|(axis, &n)| if axis <= last { n } else { 1 }).collect();
        self.dropped("feature_dropout", &channels, p, training)
    }

    /// The tensor times a random mask of a shape that broadcasts to its own.
    fn dropped(
        &self,
        operation: &'static str,
        mask: &[usize],
        p: f64,
        training: bool,
    ) -> Result<Self, E::Error> {
        if !(0.0..=1.0).contains(&p) {
            return Err(Error::NotAProbability { operation, value: p }.into());
        }
        if !training || p == 0.0 {
            return Ok(self.clone());
        }
        let engine = self.engine();
        if p == 1.0 {
            return self.mul_mask(&Self::constant(engine, ArrayD::zeros(mask))?);
        }
        let mask = engine.bernoulli(mask, 1.0 - p)?;
        self.mul_mask(&Self::new(engine, mask))?.mul((1.0 - p).recip())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Array4};

    use crate::{Error, Plain, Var};

    #[test]
    fn what_is_kept_is_scaled_and_so_is_its_gradient() -> Result<(), Error> {
        let x = Var::constant(&Plain::new(5), Array2::from_elem((40, 50), 3.0))?.requires_grad(true);
        let y = x.dropout(0.25, true)?;
        y.sum_all()?.backward()?;
        let gradient = x.gradient()?;
        for (&y, &gradient) in y.value().iter().zip(&gradient) {
            assert!(
                (y - 3.0 * gradient).abs() < 1e-12
                    && (gradient == 0.0 || (gradient - 4.0 / 3.0).abs() < 1e-12)
            );
        }
        let kept = gradient.iter().filter(|&&gradient| gradient > 0.0).count();
        assert!((1400..1600).contains(&kept), "{kept} of 2000");
        Ok(())
    }

    #[test]
    fn channels_are_dropped_as_a_whole() -> Result<(), Error> {
        let x = Var::constant(&Plain::new(5), Array4::ones((4, 5, 2, 2)))?;
        let sums = x.feature_dropout(0.5, true)?.sum([2, 3])?.value();
        assert!(sums.iter().all(|&sum| sum == 0.0 || sum == 8.0));
        assert!(sums.iter().any(|&sum| sum == 0.0) && sums.iter().any(|&sum| sum == 8.0));
        Ok(())
    }

    #[test]
    fn nothing_is_dropped_outside_of_training_and_all_with_probability_1() -> Result<(), Error> {
        let x = Var::constant(&Plain::default(), Array2::ones((2, 3)))?;
        assert_eq!(x.dropout(0.9, false)?.value(), x.value());
        assert_eq!(x.dropout(0.0, true)?.value(), x.value());
        assert_eq!(x.dropout(1.0, true)?.value(), Array2::zeros((2, 3)).into_dyn());
        assert!(matches!(x.dropout(1.5, true), Err(Error::NotAProbability { .. })));
        Ok(())
    }
}
