//! What can go wrong beside the arithmetic: always the caller's doing.

mod file; // with files
mod graph; // with graphs

use crypten_autograd::SettingError;

use crate::state::StateMismatch;

pub use file::{FileError, FileFlaw};
pub use graph::GraphError;

/// A file that cannot be read or written, a graph that does not fit together, a setting out of its range, or a state that
/// does not fit a module.
///
/// What goes wrong while something is computed is an engine's error: see
/// [`Engine::Error`](crypten_autograd::Engine::Error).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file that cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),

    /// A graph whose nodes do not fit together.
    #[error(transparent)]
    Graph(#[from] GraphError),

    /// A setting outside of its range.
    #[error(transparent)]
    Setting(#[from] SettingError),

    /// A state that does not fit a module.
    #[error(transparent)]
    State(#[from] StateMismatch),
}
