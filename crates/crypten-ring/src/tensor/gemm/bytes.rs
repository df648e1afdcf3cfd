//! The product of two matrices modulo 2^64 from products of their bytes.
//!
//! With `x = sum_i 2^(8i) x_i` and `y = sum_j 2^(8j) y_j`, the product is the sum over `s < 8` of `2^(8s)` times the
//! sum over `i + j = s` of the products of `x_i` and `y_j`: 36 products of matrices of bytes, whose sums of 32 bits are
//! exact where more than 32 bits count (`s < 4`) as long as the depth is at most 16512.

use std::ops::Range;

use ndarray::ArrayView2;

use super::Right;
use super::scratch::with_lines;
use crate::simd::amx::{self, BYTES, Line, PART, STEP, Sums, TILE_DEPTH, TILE_ROWS};
use crate::simd::vectorized;

/// Rows and columns of a block of the result.
const BLOCK: usize = 2 * TILE_ROWS;
/// Depth of a packed panel: 256 KiB for 32 rows.
const DEPTH: usize = 1024;
/// Columns of the right operand that are packed together: 1 MiB.
const COLUMNS: usize = 4 * BLOCK;
/// Rows of the left operand that are packed together.
const ROWS: usize = 1024;

/// Whether this machine multiplies such matrices faster by bytes than by words.
pub(super) fn pays(rows: usize, depth: usize, columns: usize) -> bool {
    /// Rows and columns from which packing pays, and how many times faster a full block is by bytes: both measured.
    const FEWEST: usize = 24;
    const ADVANTAGE: usize = 2;
    let full = |side: usize, unit: usize| side.next_multiple_of(unit);
    let blocks = full(rows, BLOCK) * full(depth, TILE_DEPTH) * full(columns, BLOCK);
    amx::is_available() && rows.min(columns) >= FEWEST && blocks <= ADVANTAGE * rows * depth * columns
}

/// Adds the product of a matrix and a right operand to `out`, which holds rows of the result one after the other.
pub(super) fn add_product(out: &mut [u64], left: ArrayView2<'_, u64>, right: &impl Right) {
    let ((rows, depth), (_, columns)) = (left.dim(), right.size());
    let most = panel_lines(DEPTH.min(depth));
    let (above, beside) =
        (ROWS.min(rows).div_ceil(BLOCK) * most, COLUMNS.min(columns).div_ceil(BLOCK) * most);
    with_lines(above + beside, |panels| {
        let (left_panels, right_panels) = panels.split_at_mut(above);
        multiply_panels(out, left, right, left_panels, right_panels);
    });
}

/// The loops over blocks, with room for packed panels.
fn multiply_panels(
    out: &mut [u64],
    left: ArrayView2<'_, u64>,
    right: &impl Right,
    left_panels: &mut [Line],
    right_panels: &mut [Line],
) {
    let ((rows, depth), (_, columns)) = (left.dim(), right.size());
    let mut lines = vec![0; 4 * COLUMNS];
    let mut sums = Box::new(Sums::ZERO);
    for first_row in (0..rows).step_by(ROWS) {
        let height = ROWS.min(rows - first_row);
        for first_depth in (0..depth).step_by(DEPTH) {
            let depths = first_depth..first_depth + DEPTH.min(depth - first_depth);
            let panel = panel_lines(depths.len());
            pack_left(left_panels, panel, &left, first_row..first_row + height, depths.clone());
            for first_column in (0..columns).step_by(COLUMNS) {
                let width = COLUMNS.min(columns - first_column);
                let span = first_column..first_column + width;
                pack_right(right_panels, panel, &mut lines, right, depths.clone(), span);
                for (row, left) in (0..height).step_by(BLOCK).zip(left_panels.chunks_exact(panel)) {
                    for (column, right) in (0..width).step_by(BLOCK).zip(right_panels.chunks_exact(panel)) {
                        sums.0.as_flattened_mut().as_flattened_mut().as_flattened_mut().fill(0);
                        amx::add_products(left, right, &mut sums);
                        let used = BLOCK.min(width - column);
                        for i in 0..BLOCK.min(height - row) {
                            let start = (first_row + row + i) * columns + first_column + column;
                            add_row(&mut out[start..start + used], &sums, i);
                        }
                    }
                }
            }
        }
    }
}

/// Lines of a panel of that depth.
fn panel_lines(depth: usize) -> usize {
    depth.div_ceil(TILE_DEPTH) * STEP
}

/// Adds row `i` of a block to a row of the result.
fn add_row(out: &mut [u64], sums: &Sums, i: usize) {
    vectorized(
        #[inline(always)]
        || {
            for (half, out) in out.chunks_mut(TILE_ROWS).enumerate() {
                let mut row = [0_u64; TILE_ROWS];
                for (s, tiles) in sums.0.iter().enumerate() {
                    let part = &tiles[2 * (i / TILE_ROWS) + half][i % TILE_ROWS];
                    for (word, &part) in row.iter_mut().zip(part) {
                        *word = word.wrapping_add(u64::from(part) << (8 * s));
                    }
                }
                for (word, &part) in out.iter_mut().zip(&row) {
                    *word = word.wrapping_add(part);
                }
            }
        },
    );
}

/// Packs rows into panels of 32, each with one part for each byte of a word; what is missing is zero.
fn pack_left(
    panels: &mut [Line],
    panel: usize,
    left: &ArrayView2<'_, u64>,
    rows: Range<usize>,
    depths: Range<usize>,
) {
    let mut copy = [0; TILE_DEPTH];
    for i in 0..rows.len().next_multiple_of(BLOCK) {
        let panel = &mut panels[i / BLOCK * panel..][..panel];
        for (step, first) in depths.clone().step_by(TILE_DEPTH).enumerate() {
            let panel = &mut panel[step * STEP..][..STEP];
            if i >= rows.len() {
                (0..BYTES).for_each(|byte| panel[byte * PART + i % BLOCK] = Line::ZERO);
                continue;
            }
            let (line, used) = (left.row(rows.start + i), TILE_DEPTH.min(depths.end - first));
            let whole = line.to_slice().and_then(|line| line[first..].first_chunk::<TILE_DEPTH>());
            let words = whole.filter(|_| used == TILE_DEPTH).unwrap_or_else(|| {
                copy.fill(0);
                (0..used).for_each(|k| copy[k] = line[first + k]);
                &copy
            });
            split_left(words, panel, i % BLOCK);
        }
    }
}

/// Writes the bytes of the words of line `at` of a step, one part for each byte.
fn split_left(words: &[u64; TILE_DEPTH], step: &mut [Line], at: usize) {
    vectorized(
        #[inline(always)]
        || {
            for byte in 0..BYTES {
                let Line(out) = &mut step[byte * PART + at];
                let out: &mut [u8; TILE_DEPTH] = bytemuck::must_cast_mut(out);
                for (out, word) in out.iter_mut().zip(words) {
                    *out = (word >> (8 * byte)) as u8;
                }
            }
        },
    );
}

/// Packs columns into panels of 32, four bytes of a column side by side; what is missing is zero.
fn pack_right(
    panels: &mut [Line],
    panel: usize,
    lines: &mut [u64],
    right: &impl Right,
    depths: Range<usize>,
    columns: Range<usize>,
) {
    let width = columns.len();
    let padded = width.next_multiple_of(BLOCK);
    let deep = depths.len().next_multiple_of(TILE_DEPTH);
    for first in (0..deep).step_by(4) {
        let (step, line) = (first / TILE_DEPTH, first % TILE_DEPTH / 4);
        for (k, words) in lines.chunks_exact_mut(COLUMNS).enumerate() {
            if first + k < depths.len() {
                right.pack_row(depths.start + first + k, columns.start, &mut words[..width]);
                words[width..padded].fill(0);
            } else {
                words[..padded].fill(0);
            }
        }
        let [a, b, c, d] = [0, 1, 2, 3].map(|k| lines[k * COLUMNS..][..padded].as_chunks::<TILE_ROWS>().0);
        for (tile, (((a, b), c), d)) in a.iter().zip(b).zip(c).zip(d).enumerate() {
            let step = &mut panels[tile / 2 * panel + step * STEP..][..STEP];
            split_right([a, b, c, d], step, tile % 2 * TILE_ROWS + line);
        }
    }
}

/// Writes the bytes of four lines of words to line `at` of a step, those of a column side by side, one part for each
/// byte: first pairs of bytes change places, then pairs of pairs.
fn split_right([a, b, c, d]: [&[u64; TILE_ROWS]; 4], step: &mut [Line], at: usize) {
    const EVEN_BYTES: u64 = 0x00ff_00ff_00ff_00ff;
    const EVEN_PAIRS: u64 = 0x0000_ffff_0000_ffff;
    let mut parts = [[0; TILE_ROWS]; BYTES];
    vectorized(
        #[inline(always)]
        || {
            for n in 0..TILE_ROWS {
                let even = |x: u64, y: u64| (x & EVEN_BYTES) | (y & EVEN_BYTES) << 8;
                let odd = |x: u64, y: u64| (x >> 8 & EVEN_BYTES) | (y & !EVEN_BYTES);
                let low = |x: u64, y: u64| (x & EVEN_PAIRS) | (y & EVEN_PAIRS) << 16;
                let high = |x: u64, y: u64| (x >> 16 & EVEN_PAIRS) | (y & !EVEN_PAIRS);
                let (evens, odds) =
                    ([even(a[n], b[n]), even(c[n], d[n])], [odd(a[n], b[n]), odd(c[n], d[n])]);
                // Bytes 0 and 4, 1 and 5, 2 and 6, 3 and 7 of the four words.
                let words = [
                    low(evens[0], evens[1]),
                    low(odds[0], odds[1]),
                    high(evens[0], evens[1]),
                    high(odds[0], odds[1]),
                ];
                for byte in 0..4 {
                    parts[byte][n] = words[byte] as u32;
                    parts[byte + 4][n] = (words[byte] >> 32) as u32;
                }
            }
        },
    );
    for (part, bytes) in parts.into_iter().enumerate() {
        step[part * PART + at] = Line(bytes);
    }
}
