//! What can go wrong in split training: always the caller's doing.

use crypten_autograd::SettingError;

/// A mistake in the use of a [`DPSplitModel`](crate::DPSplitModel).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// A label that is none of the classes.
    #[error("label {label}: below {classes} expected")]
    ClassOutOfRange {
        /// The label.
        label: usize,
        /// How many classes there are.
        classes: usize,
    },

    /// Labels that are never flipped, or so often that they say nothing, to the precision of what is drawn.
    #[error(
        "randomized_response_prob of {probability}: at {bits} fractional bits each other one of {classes} classes \
         needs a chance, and the label itself the best"
    )]
    Flips {
        /// The probability.
        probability: f64,
        /// How many classes there are.
        classes: usize,
        /// Fractional bits of the precision.
        bits: u32,
    },

    /// The last layer is empty, or too large to be computed with on shares.
    #[error("a last layer of size {lengths:?}: 1 to {most} numbers expected, in outputs times inputs")]
    HeadSize {
        /// Outputs and inputs.
        lengths: Vec<u64>,
        /// The most numbers.
        most: u64,
    },

    /// Encrypted labels are rows of 0 and 1, one column a class.
    #[error("encrypted labels of shape {shape:?}: one row for each label, of {classes} columns, expected")]
    LabelShape {
        /// Their shape.
        shape: Vec<usize>,
        /// How many classes there are.
        classes: usize,
    },

    /// The feature party has to pass its features.
    #[error("the feature party passes no features: it has to")]
    NoFeatures,

    /// The feature party has to pass its network.
    #[error("the feature party passes no network: it has to")]
    NoNetwork,

    /// Whoever reads the gradient must not know its noise.
    #[error("party {rank} draws the noise and would subtract it from the gradient that it learns")]
    NoiseOfReader {
        /// The party.
        rank: usize,
    },

    /// The layers before the last one do not give one row for each label.
    #[error("the layers before the last one give shape {shape:?}: 2 axes expected, one row for each label")]
    NotRows {
        /// What they give.
        shape: Vec<usize>,
    },

    /// Features and labels are of one party.
    #[error("party {rank} has both features and labels, and needs nobody else")]
    OneParty {
        /// The party.
        rank: usize,
    },

    /// A party passes another option than the others: what it does would not be what they count on.
    #[error("party {rank} passes another {option} than the others")]
    OptionDiffers {
        /// The party; of two, the second.
        rank: usize,
        /// The option, or what else of the arguments.
        option: &'static str,
    },

    /// RAPPOR's loss is one of bits.
    #[error("the RAPPOR loss of {outputs} outputs: 1 expected")]
    RapporOutputs {
        /// How many outputs there are.
        outputs: usize,
    },

    /// There are not as many labels as predictions.
    #[error("{labels} labels for {predictions} predictions: as many expected")]
    RowsDiffer {
        /// Rows of predictions.
        predictions: usize,
        /// Labels.
        labels: usize,
    },

    /// An option outside of its range.
    #[error(transparent)]
    Setting(#[from] SettingError),
}
