//! What can go wrong: mistakes in a graph or in shapes, and numbers that leave their range.

/// An error of the engine of fixed-point numbers.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A mistake in shapes, or in the use of a graph.
    #[error(transparent)]
    Graph(#[from] crypten_autograd::Error),

    /// A number that words of 64 bits cannot hold, or a product that they cannot hold before it is rounded. A session
    /// would go on with a wrong number.
    #[error("{operation} gives {value}, which is not below {limit} in magnitude")]
    OutOfRange {
        /// What was computed.
        operation: &'static str,
        /// The number.
        value: f64,
        /// What magnitudes must stay below.
        limit: f64,
    },
}

impl From<crypten_ring::Error> for Error {
    fn from(error: crypten_ring::Error) -> Self {
        Self::Graph(error.into())
    }
}
