//! Strategies for property tests: words and shapes that love corners. For tests only.

mod shapes; // empty, size-1 axes, broadcasting pairs
mod words; // zero, one, single bits, edges of the ring

pub use shapes::{broadcastable_pair, shape};
pub use words::{small, word, words};
