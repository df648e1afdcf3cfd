//! What the methods of an engine return.

use super::Engine;

/// A tensor, unless the engine fails.
pub type Computed<E> = Result<<E as Engine>::Tensor, <E as Engine>::Error>;

/// Two tensors, unless the engine fails.
pub type ComputedPair<E> = Result<(<E as Engine>::Tensor, <E as Engine>::Tensor), <E as Engine>::Error>;
