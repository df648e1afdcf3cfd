//! What can go wrong beside the arithmetic: always the caller's doing.

mod file; // with files

use crate::container::GraphError;
use crate::state::StateMismatch;

pub use file::{FileError, FileFlaw};

/// A state that does not fit a module, a graph that does not fit together, or a number that an optimiser cannot work
/// with.
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
    #[error("{setting} of {value}: {rule}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// Its value.
        value: f64,
        /// The rule that is broken.
        rule: &'static str,
    },

    /// A state that does not fit a module.
    #[error(transparent)]
    State(#[from] StateMismatch),
}

impl Error {
    /// The number itself, if it keeps the rule.
    pub(crate) fn unless(
        kept: bool,
        setting: &'static str,
        value: f64,
        rule: &'static str,
    ) -> Result<(), Self> {
        if kept { Ok(()) } else { Err(Self::Setting { setting, value, rule }) }
    }
}

/// The error of an engine for sizes that do not go together.
pub(crate) fn misfit<E: From<crypten_autograd::Error>>(
    operation: &'static str,
    left: &[usize],
    right: &[usize],
) -> E {
    let (left, right) = (left.to_vec(), right.to_vec());
    crypten_autograd::Error::from(crypten_ring::Error::ShapeMismatch { operation, left, right }).into()
}
