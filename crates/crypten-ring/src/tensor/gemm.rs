//! The product of two matrices modulo 2^64, by packed panels.
//!
//! The loops are those of K. Goto and R. van de Geijn, "Anatomy of high-performance matrix multiplication"
//! (2008): the right operand is packed into panels that stay in the second-level cache, the left operand into
//! panels that stay in the first, and a register tile multiplies them (see `simd.rs`).

mod bytes; // by bytes, on tile registers
mod scratch; // memory for packed operands

use std::ops::Range;

use ndarray::ArrayView2;

use crate::simd::{MAX_TILE, Tile, vectorized};
use scratch::with_lines;

/// A right operand that can be packed into panels.
pub(super) trait Right {
    /// Rows and columns.
    fn size(&self) -> (usize, usize);

    /// Writes row `row` from column `first` on into `out`, as many words as it takes.
    fn pack_row(&self, row: usize, first: usize, out: &mut [u64]);
}

impl Right for ArrayView2<'_, u64> {
    fn size(&self) -> (usize, usize) {
        self.dim()
    }

    #[inline]
    fn pack_row(&self, row: usize, first: usize, out: &mut [u64]) {
        let line = self.row(row);
        match line.as_slice() {
            Some(line) => out.copy_from_slice(&line[first..first + out.len()]),
            None => out.iter_mut().enumerate().for_each(|(i, word)| *word = line[first + i]),
        }
    }
}

/// Words of a line of scratch memory.
const LINE_WORDS: usize = 8;
/// Depth of a packed block.
const DEPTH: usize = 256;
/// Columns of a packed block of the right operand: 256 x 512 words are 1 MiB.
const COLUMNS: usize = 512;
/// Rows of a packed block of the left operand.
const ROWS: usize = 120;

/// Adds the product of a matrix and a right operand to `out`, which holds rows of the result one after the other.
pub(super) fn add_product(out: &mut [u64], left: ArrayView2<'_, u64>, right: &impl Right) {
    let ((rows, depth), (_, columns)) = (left.dim(), right.size());
    if rows <= 2 {
        return add_few_rows(out, left, right);
    }
    if bytes::pays(rows, depth, columns) {
        return bytes::add_product(out, left, right);
    }
    add_product_by_words(out, left, right);
}

fn add_product_by_words(out: &mut [u64], left: ArrayView2<'_, u64>, right: &impl Right) {
    let ((rows, depth), (_, columns)) = (left.dim(), right.size());
    let tile = Tile::best(rows);
    let beside = DEPTH.min(depth) * COLUMNS.min(columns).next_multiple_of(tile.columns);
    let above = DEPTH.min(depth) * ROWS.min(rows).next_multiple_of(tile.rows);
    with_lines((beside + above).div_ceil(LINE_WORDS), |lines| {
        let (right_block, left_block) = bytemuck::must_cast_slice_mut(lines).split_at_mut(beside);
        multiply_blocks(tile, out, left, right, left_block, right_block);
    });
}

/// The loops over blocks, with room for packed ones.
fn multiply_blocks(
    tile: Tile,
    out: &mut [u64],
    left: ArrayView2<'_, u64>,
    right: &impl Right,
    left_block: &mut [u64],
    right_block: &mut [u64],
) {
    let ((rows, depth), (_, columns)) = (left.dim(), right.size());
    let mut line = vec![0; COLUMNS.min(columns)];
    let mut product = [0; MAX_TILE];
    for first_column in (0..columns).step_by(COLUMNS) {
        let width = COLUMNS.min(columns - first_column);
        for first_depth in (0..depth).step_by(DEPTH) {
            let deep = DEPTH.min(depth - first_depth);
            pack_right(
                right_block,
                &mut line[..width],
                right,
                first_depth..first_depth + deep,
                first_column,
                tile.columns,
            );
            for first_row in (0..rows).step_by(ROWS) {
                let height = ROWS.min(rows - first_row);
                pack_left(
                    left_block,
                    &left,
                    first_row..first_row + height,
                    first_depth..first_depth + deep,
                    tile.rows,
                );
                for column in (0..width).step_by(tile.columns) {
                    let right_panel = &right_block[column * deep..(column + tile.columns) * deep];
                    for row in (0..height).step_by(tile.rows) {
                        let left_panel = &left_block[row * deep..(row + tile.rows) * deep];
                        tile.multiply(left_panel, right_panel, &mut product);
                        let used = tile.columns.min(width - column);
                        for (i, part) in
                            product.chunks_exact(tile.columns).take(tile.rows.min(height - row)).enumerate()
                        {
                            let start = (first_row + row + i) * columns + first_column + column;
                            for (word, &part) in out[start..start + used].iter_mut().zip(part) {
                                *word = word.wrapping_add(part);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// One or two rows do not repay packing: the rows of the right operand are scaled and added.
fn add_few_rows(out: &mut [u64], left: ArrayView2<'_, u64>, right: &impl Right) {
    let (depth, columns) = right.size();
    let mut line = vec![0; columns];
    for k in 0..depth {
        right.pack_row(k, 0, &mut line);
        for (out, left) in out.chunks_exact_mut(columns).zip(left.column(k)) {
            vectorized(
                #[inline(always)]
                || {
                    for (word, &own) in out.iter_mut().zip(&line) {
                        *word = word.wrapping_add(left.wrapping_mul(own));
                    }
                },
            );
        }
    }
}

/// Packs columns from `first` on, `line.len()` of them, into panels of `width` columns; missing columns are zero.
fn pack_right(
    block: &mut [u64],
    line: &mut [u64],
    right: &impl Right,
    depths: Range<usize>,
    first: usize,
    width: usize,
) {
    let deep = depths.len();
    for (k, depth) in depths.enumerate() {
        right.pack_row(depth, first, line);
        for (panel, words) in line.chunks(width).enumerate() {
            let start = (panel * deep + k) * width;
            block[start..start + words.len()].copy_from_slice(words);
            block[start + words.len()..start + width].fill(0);
        }
    }
}

/// Packs rows into panels of `height` rows; missing rows are zero.
fn pack_left(
    block: &mut [u64],
    left: &ArrayView2<'_, u64>,
    rows: Range<usize>,
    depths: Range<usize>,
    height: usize,
) {
    let deep = depths.len();
    for (i, row) in rows.clone().enumerate() {
        let panel = &mut block[i / height * height * deep..][..height * deep];
        let line = left.row(row);
        for (k, depth) in depths.clone().enumerate() {
            panel[k * height + i % height] = line[depth];
        }
    }
    let used = rows.len() % height;
    if used != 0 {
        for words in block[rows.len() / height * height * deep..][..height * deep].chunks_exact_mut(height) {
            words[used..].fill(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::prg::{Prg, Seed};
    use crate::simd::amx;

    fn matrix(prg: &mut Prg, rows: usize, columns: usize, largest: bool) -> Array2<u64> {
        let words = prg.words(rows * columns);
        let words = if largest { vec![u64::MAX; words.len()] } else { words };
        Array2::from_shape_vec((rows, columns), words).unwrap()
    }

    #[test]
    fn every_way_of_multiplying_agrees_with_the_definition() {
        let mut prg = Prg::new(&Seed::from_words([6; 4]), 0);
        let shapes = [
            (1, 1, 1),
            (32, 64, 32),
            (33, 65, 31),
            (70, 130, 200),
            (5, 1100, 7),
            (1030, 3, 40),
            (16, 300, 529),
            (121, 257, 130),
        ];
        for ((rows, depth, columns), largest) in
            shapes.into_iter().flat_map(|shape| [(shape, false), (shape, true)])
        {
            // A transposed left operand has no rows in one piece.
            let left = matrix(&mut prg, depth, rows, largest).reversed_axes();
            let right = matrix(&mut prg, depth, columns, largest);
            let mut expected = vec![7_u64; rows * columns];
            for (i, word) in expected.iter_mut().enumerate() {
                for k in 0..depth {
                    let product = left[[i / columns, k]].wrapping_mul(right[[k, i % columns]]);
                    *word = word.wrapping_add(product);
                }
            }
            let check = |name: &str, multiply: &dyn Fn(&mut [u64])| {
                let mut out = vec![7; rows * columns];
                multiply(&mut out);
                assert!(out == expected, "{rows}x{depth}x{columns} {name}");
            };
            check("by words", &|out| add_product_by_words(out, left.view(), &right.view()));
            // Where the machine has no tile registers, there is no other way.
            if amx::is_available() {
                check("by bytes", &|out| bytes::add_product(out, left.view(), &right.view()));
            }
            if rows <= 2 {
                check("by rows", &|out| add_few_rows(out, left.view(), &right.view()));
            }
        }
    }
}
