//! Memory that a thread keeps for packed operands: fresh memory costs more than packing.

use std::cell::Cell;

use crate::simd::amx::Line;

/// Lines that a thread keeps between products (64 MiB); what a larger product needs is given back.
const KEPT: usize = 1 << 20;

thread_local! {
    static LINES: Cell<Vec<Line>> = const { Cell::new(Vec::new()) };
}

/// Runs `work` on `count` lines of any content.
pub(super) fn with_lines<R>(count: usize, work: impl FnOnce(&mut [Line]) -> R) -> R {
    let mut lines = LINES.take();
    if lines.len() < count {
        lines.resize(count, Line::ZERO);
    }
    let result = work(&mut lines[..count]);
    if lines.len() <= KEPT {
        LINES.set(lines);
    }
    result
}
