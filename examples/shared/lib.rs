//! What the examples share: how they start, what they learn from, how they train, what they print.
//!
//! The examples, in reading order, each with `cargo run --release --example NAME`:
//!
//! - `hello`: two parties add tensors that neither may see;
//! - `access_patterns`: who owns what: a model, columns, rows, labels, the result;
//! - `linear_svm`: a support vector machine of two parties' columns;
//! - `private_digits`: one party's network classifies another's images;
//! - `train_digits`: a convolutional network that is trained under encryption;
//! - `transfer`: one party's network, fine-tuned on another's images;
//! - `paillier_columns`: sums at a server that must not read them.

mod start; // parties, each a process
mod shuffled; // public orders
mod table; // rows of numbers in two classes
mod digits; // images
mod network; // layers that look at images
mod fit; // training and classifying, on any engine
mod clear; // the same in the clear
mod report; // progress, accuracy, costs, disclosures

pub use clear::{classify_in_clear, fit_in_clear};
pub use digits::Digits;
pub use fit::{Recipe, classify, fit};
pub use network::eye;
pub use report::{Spent, accuracy, opened, progress, seconds};
pub use shuffled::shuffled;
pub use start::Parties;
pub use table::Table;
