//! Strategies for property tests: words and shapes that love corners. For tests only.

mod settings; // how many cases, from which seed
mod shapes; // empty, size-1 axes, broadcasting pairs
mod words; // zero, one, single bits, edges of the ring

pub use settings::cases;
pub use shapes::{broadcastable_pair, shape};
pub use words::{small, word, words};
