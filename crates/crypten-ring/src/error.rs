//! What can go wrong in local algebra: always the caller's doing.

/// A mistake in shapes, axes, indices or ranges.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An axis that the tensor does not have.
    #[error("axis {axis} is out of range for a tensor with {dims} dimensions")]
    AxisOutOfRange {
        /// The axis that was asked for.
        axis: isize,
        /// How many dimensions there are.
        dims: usize,
    },

    /// An axis that a list of axes names more than once.
    #[error("axis {axis} is named more than once")]
    AxisRepeated {
        /// The axis, counted from the front.
        axis: usize,
    },

    /// A convolution whose kernel, padding, stride or groups do not fit its operands.
    #[error("{operation} of input {input:?} by kernel {kernel:?}: {rule}")]
    ConvolutionMisfit {
        /// Which convolution.
        operation: &'static str,
        /// Shape of the input.
        input: Vec<usize>,
        /// Shape of the kernel.
        kernel: Vec<usize>,
        /// The rule that is broken.
        rule: &'static str,
    },

    /// An index or slice past the end of an axis.
    #[error("index {index} is out of range on axis {axis}, which has length {length}")]
    IndexOutOfRange {
        /// The index that was asked for.
        index: isize,
        /// On which axis.
        axis: usize,
        /// How long that axis is.
        length: usize,
    },

    /// A real number that the fixed-point encoding cannot hold.
    #[error(
        "element {index} does not fit {fraction_bits} fractional bits: it must be a number below {limit} in magnitude, and no infinity"
    )]
    OutOfRange {
        /// Where it stands, in row-major order.
        index: usize,
        /// Fractional bits of the encoding.
        fraction_bits: u32,
        /// What magnitudes must stay below.
        limit: f64,
    },

    /// A pooling whose kernel, padding or stride does not fit its operand.
    #[error("pooling of shape {input:?}: {rule}")]
    PoolingMisfit {
        /// Shape of the operand.
        input: Vec<usize>,
        /// The rule that is broken.
        rule: &'static str,
    },

    /// A precision that is not offered.
    #[error("{bits} fractional bits; {} to {} are allowed", crate::Scale::MIN_BITS, crate::Scale::MAX_BITS)]
    ScaleOutOfRange {
        /// The number of bits that was asked for.
        bits: u32,
    },

    /// Two shapes that do not go together.
    #[error("{operation} of shapes {left:?} and {right:?}")]
    ShapeMismatch {
        /// What was to be computed.
        operation: &'static str,
        /// Shape of the left operand, or of the only one.
        left: Vec<usize>,
        /// Shape of the right operand, or the one wanted.
        right: Vec<usize>,
    },
}
