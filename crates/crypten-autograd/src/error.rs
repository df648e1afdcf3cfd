//! What can go wrong in a graph: always the caller's doing.

mod setting; // numbers outside of their range

use std::ops::RangeInclusive;

pub use setting::SettingError;

/// A mistake in shapes or settings, or in the use of a graph. An engine's own errors contain it: see
/// [`Engine::Error`](crate::Engine::Error).
///
/// The operation in a message is the one that made the value; `leaf` is a value that no operation made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A tensor with too few axes, or too many.
    #[error("{operation} of shape {shape:?}: {} axes expected", span(.expected))]
    AxisCount {
        /// The operation.
        operation: &'static str,
        /// The shape of the tensor.
        shape: Vec<usize>,
        /// How many axes it may have.
        expected: RangeInclusive<usize>,
    },

    /// A class that there is not.
    #[error("{operation} of class {class}: below {classes} expected")]
    ClassOutOfRange {
        /// The operation.
        operation: &'static str,
        /// The class, counted from 0.
        class: usize,
        /// How many classes there are.
        classes: usize,
    },

    /// What was differentiated gave another number of gradients than it has inputs.
    #[error("{operation} of {inputs} inputs gave {gradients} gradients")]
    GradientCount {
        /// The operation.
        operation: &'static str,
        /// How many inputs it has.
        inputs: usize,
        /// How many gradients it gave.
        gradients: usize,
    },

    /// A gradient has another shape than what it is the gradient of.
    #[error("{operation} of shape {expected:?} cannot have a gradient of shape {found:?}")]
    GradientMisfit {
        /// The operation.
        operation: &'static str,
        /// The shape of the value.
        expected: Vec<usize>,
        /// The shape of the gradient.
        found: Vec<usize>,
    },

    /// Only a single element has an implicit gradient.
    #[error("{operation} of shape {shape:?} has no implicit gradient: give one to backward_with")]
    GradientNeeded {
        /// The operation.
        operation: &'static str,
        /// The shape of the value.
        shape: Vec<usize>,
    },

    /// A graph was gone through once and not retained.
    #[error("the graph behind {operation} is gone: the backward pass before this one has to retain it")]
    GraphFreed {
        /// The first operation whose saved values are missing.
        operation: &'static str,
    },

    /// A computation got another number of tensors than it takes.
    #[error("{operation} takes {expected} inputs, not {found}")]
    InputCount {
        /// What was computed.
        operation: &'static str,
        /// How many it takes.
        expected: usize,
        /// How many it got.
        found: usize,
    },

    /// An operation gave no gradient for an input that requires one.
    #[error("{operation} gave no gradient for its input {input}")]
    MissingGradient {
        /// The operation.
        operation: &'static str,
        /// Which input.
        input: usize,
    },

    /// No backward pass has reached a value, or it does not keep its gradient.
    #[error("{operation} has no gradient: no backward pass has reached it, or it was not told to retain one")]
    NoGradient {
        /// The operation.
        operation: &'static str,
    },

    /// An operation on a list of tensors got an empty one.
    #[error("{operation} of no tensors")]
    NoOperand {
        /// The operation.
        operation: &'static str,
    },

    /// A norm is of order 1 or above.
    #[error("there is no norm of order {order}: 1 and above are allowed")]
    NotANorm {
        /// The order that was asked for.
        order: f64,
    },

    /// A probability lies between 0 and 1.
    #[error("{operation}: {value} is no probability: 0 to 1 are allowed")]
    NotAProbability {
        /// The operation.
        operation: &'static str,
        /// The number.
        value: f64,
    },

    /// A value that an operation made cannot be changed: others have been computed from it.
    #[error("{operation} is the result of an operation: only leaves can be changed")]
    NotALeaf {
        /// The operation.
        operation: &'static str,
    },

    /// A number that is to be divided into equal parts, and cannot be.
    #[error("{operation}: {number} cannot be divided into {parts} equal parts")]
    NotDivisible {
        /// The operation.
        operation: &'static str,
        /// The number.
        number: usize,
        /// How many parts.
        parts: usize,
    },

    /// There is nothing to differentiate.
    #[error("{operation} depends on nothing that requires a gradient")]
    NotDifferentiable {
        /// The operation.
        operation: &'static str,
    },

    /// A mean over examples of which none counts.
    #[error("{operation} of examples of which none counts: they have no mean")]
    NothingCounts {
        /// The operation.
        operation: &'static str,
    },

    /// A computation gives another number of tensors than is wanted of it.
    #[error("{operation} gives {found} outputs, not {expected}")]
    OutputCount {
        /// What was computed.
        operation: &'static str,
        /// How many are wanted.
        expected: usize,
        /// How many it gives.
        found: usize,
    },

    /// First values that only public random numbers can make.
    #[error("{operation} takes public random numbers: from a generator with a seed")]
    SeedNeeded {
        /// The operation.
        operation: &'static str,
    },

    /// A setting outside of its range.
    #[error(transparent)]
    Setting(#[from] SettingError),

    /// Shapes, axes or positions that do not fit.
    #[error(transparent)]
    Shape(#[from] crypten_ring::Error),

    /// Fewer elements than a statistic is defined for.
    #[error("{operation} of {elements} elements: at least {needed} are needed")]
    TooFewElements {
        /// The operation.
        operation: &'static str,
        /// How many there are.
        elements: usize,
        /// How many it takes.
        needed: usize,
    },

    /// There are not as many weights as classes.
    #[error("{operation} of {classes} classes cannot have {weights} class weights")]
    WeightCount {
        /// The operation.
        operation: &'static str,
        /// How many classes there are.
        classes: usize,
        /// How many weights.
        weights: usize,
    },
}

impl Error {
    /// Two shapes that do not go together.
    #[must_use]
    pub fn mismatch(operation: &'static str, left: &[usize], right: &[usize]) -> Self {
        crypten_ring::Error::ShapeMismatch { operation, left: left.to_vec(), right: right.to_vec() }.into()
    }

    /// A tensor with too few axes, or too many.
    #[must_use]
    pub fn axis_count(operation: &'static str, shape: &[usize], expected: RangeInclusive<usize>) -> Self {
        Self::AxisCount { operation, shape: shape.to_vec(), expected }
    }

    /// The size of each of so many equal parts of a number.
    ///
    /// # Errors
    /// [`Error::NotDivisible`].
    pub fn divided(operation: &'static str, number: usize, parts: usize) -> Result<usize, Self> {
        match number.checked_rem(parts) {
            Some(0) => Ok(number / parts),
            _ => Err(Self::NotDivisible { operation, number, parts }),
        }
    }
}

/// A range of counts in words.
fn span(range: &RangeInclusive<usize>) -> String {
    match (*range.start(), *range.end()) {
        (least, usize::MAX) => format!("{least} or more"),
        (least, most) if least == most => least.to_string(),
        (least, most) => format!("{least} to {most}"),
    }
}
