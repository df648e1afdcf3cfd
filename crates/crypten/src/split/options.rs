//! What keeps labels from being told, and at which price.

use crypten_autograd::SettingError;

use crate::error::Error;
use crate::session::Session;

use super::error::SplitError;

/// The options of a [`DPSplitModel`](crate::DPSplitModel); all off at first, which **protects no label**.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DPSplitOptions {
    /// The standard deviation of the noise on each number of the mean gradient of the last layer.
    pub noise_magnitude: f64,
    /// The party that draws the noise: any but the feature party, best the label party, which trusts itself. None: all
    /// parties draw it together, and nobody knows it.
    pub noise_src: Option<usize>,
    /// The longest that a row which enters the gradient may be; longer ones are shortened, which the estimate undoes. It
    /// bounds what one label changes.
    pub max_row_norm: Option<f64>,
    /// The probability with which each label is replaced by another class, all equally likely; that of each is rounded
    /// to the unit of the precision. Above 0, and below that of a class drawn blindly being wrong: one half for two
    /// classes.
    pub randomized_response_prob: Option<f64>,
    /// The probability with which a label is taken to be what it says; then the loss is CrypTen's RAPPOR loss. From 0
    /// to 1, without one half, at which labels say nothing.
    pub rappor_prob: Option<f64>,
    /// Whether the loss itself is not computed: training does not need it.
    pub skip_forward: bool,
}

impl DPSplitOptions {
    /// Refuses what makes no sense for any network.
    pub(super) fn check(&self, session: &Session, feature_src: usize, label_src: usize) -> Result<(), Error> {
        if feature_src == label_src {
            return Err(SplitError::OneParty { rank: feature_src }.into());
        }
        let unfit = SplitError::from;
        SettingError::unless_not_negative("noise_magnitude", self.noise_magnitude).map_err(unfit)?;
        if let Some(src) = self.noise_src {
            session.place().party(src)?;
            if src == feature_src {
                return Err(SplitError::NoiseOfReader { rank: src }.into());
            }
        }
        if let Some(norm) = self.max_row_norm {
            SettingError::unless_positive("max_row_norm", norm).map_err(unfit)?;
        }
        if let Some(prob) = self.rappor_prob {
            let fits = (0.0..=1.0).contains(&prob) && prob != 0.5;
            SettingError::unless(fits, "rappor_prob", prob, "0 to 1 without one half").map_err(unfit)?;
        }
        Ok(())
    }
}
