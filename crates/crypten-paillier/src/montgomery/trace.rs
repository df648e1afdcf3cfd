//! What the kernels were asked to do: for tests that it is the same for every secret.

use std::cell::RefCell;

/// One call of a kernel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operation {
    /// A multiplication or a squaring.
    Multiply,
    /// A selection from a table.
    Select {
        /// How long the table is.
        n_octets: usize,
    },
}

thread_local! {
    static OPERATIONS: RefCell<Vec<Operation>> = const { RefCell::new(Vec::new()) };
}

/// Notes one call.
pub(super) fn record(operation: Operation) {
    OPERATIONS.with_borrow_mut(|operations| operations.push(operation));
}

/// The calls of this thread while `work` runs.
pub(super) fn operations_of<T>(work: impl FnOnce() -> T) -> Vec<Operation> {
    OPERATIONS.take();
    work();
    OPERATIONS.take()
}
