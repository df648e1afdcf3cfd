//! Whether operations are recorded: a flag of the thread, on unless a guard turns it off.

use std::cell::Cell;
use std::marker::PhantomData;

thread_local! {
    static ENABLED: Cell<bool> = const { Cell::new(true) };
}

/// Computes without recording: results require no gradient and save nothing.
///
/// # Examples
/// ```
/// use crypten_autograd::{Plain, Var, no_grad};
///
/// # fn main() -> Result<(), crypten_autograd::Error> {
/// let x = Var::constant(&Plain::default(), ndarray::array![1.0, 2.0])?.requires_grad(true);
/// assert!(x.exp()?.needs_grad());
/// assert!(!no_grad(|| x.exp())?.needs_grad());
/// # Ok(())
/// # }
/// ```
pub fn no_grad<R>(compute: impl FnOnce() -> R) -> R {
    let _guard = set_grad_enabled(false);
    compute()
}

/// Computes with recording, also within [`no_grad`].
pub fn enable_grad<R>(compute: impl FnOnce() -> R) -> R {
    let _guard = set_grad_enabled(true);
    compute()
}

/// Whether this thread records operations.
#[must_use]
pub fn is_grad_enabled() -> bool {
    ENABLED.get()
}

/// Turns recording on or off for this thread, until the guard is dropped.
#[must_use = "recording is as before once the guard is dropped"]
pub fn set_grad_enabled(enabled: bool) -> GradGuard {
    GradGuard { before: ENABLED.replace(enabled), of_its_thread: PhantomData }
}

/// Puts recording back to what it was, when it is dropped.
#[derive(Debug)]
pub struct GradGuard {
    before: bool,
    /// The flag is the thread's, so the guard stays on it.
    of_its_thread: PhantomData<*const ()>,
}

impl Drop for GradGuard {
    fn drop(&mut self) {
        ENABLED.set(self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recording_is_as_before_when_a_guard_is_dropped() {
        assert!(is_grad_enabled());
        no_grad(|| {
            assert!(!is_grad_enabled());
            enable_grad(|| assert!(is_grad_enabled()));
            assert!(!is_grad_enabled());
        });
        assert!(is_grad_enabled());
    }

    #[test]
    fn recording_is_as_before_after_a_panic() {
        let panicked = std::panic::catch_unwind(|| no_grad(|| panic!("on purpose")));
        assert!(panicked.is_err() && is_grad_enabled());
    }
}
