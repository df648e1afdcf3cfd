//! Kernels by instruction set: the only unsafe code of the crate.
//!
//! A matrix product is cut into tiles of `rows x columns` words that fit the registers. A tile takes a panel of
//! the left operand (`depth x rows`, one column of the tile after the other) and a panel of the right operand
//! (`depth x columns`) and returns their product.
//!
//! Without `vpmullq`, AVX2 multiplies words `a = a0 + 2^32 a1`, `b = b0 + 2^32 b1` as
//! `a0 b0 + 2^32 (a0 b1 + a1 b0)`: one `vpmuludq` for `a0 b0` and one `vpmulld` for both cross products, which are
//! summed apart in 32 bits and joined at the end: two multiplications for four words.
#![expect(
    unsafe_code,
    reason = "a function compiled for an instruction set may only be called where it exists"
)]

pub(crate) mod amx; // tiles of bytes

use std::sync::LazyLock;

/// A tile and the panels it wants.
#[derive(Clone, Copy)]
pub(crate) struct Tile {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// Overwrites the first `rows * columns` words of the last argument with the product of the panels.
    run: fn(&[u64], &[u64], &mut [u64; MAX_TILE]),
    name: &'static str,
    /// Time for a row, in percent of the best tile of the same name.
    cost: usize,
}

/// Words of the largest tile.
pub(crate) const MAX_TILE: usize = 128;

impl Tile {
    /// The best tile of this machine for a left operand of `rows` rows.
    pub(crate) fn best(rows: usize) -> Self {
        static FASTEST: LazyLock<Vec<Tile>> = LazyLock::new(|| {
            let name = Tile::available().next().map(|tile| tile.name);
            Tile::available().filter(|tile| Some(tile.name) == name).collect()
        });
        let cost = |tile: &&Self| rows.next_multiple_of(tile.rows) * tile.cost;
        *FASTEST.iter().min_by_key(cost).expect("the portable tile is always there")
    }

    /// All tiles that this machine can run, best first.
    pub(crate) fn available() -> impl Iterator<Item = Self> {
        let mut tiles = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
                tiles.push(x86::AVX512);
            }
            if is_x86_feature_detected!("avx2") {
                tiles.extend(x86::AVX2);
            }
        }
        tiles.push(PORTABLE);
        tiles.into_iter()
    }

    /// Multiplies two panels of equal depth; `out` gets the tile row by row.
    #[inline]
    pub(crate) fn multiply(self, left: &[u64], right: &[u64], out: &mut [u64; MAX_TILE]) {
        debug_assert_eq!(left.len() * self.columns, right.len() * self.rows);
        (self.run)(left, right, out);
    }
}

/// The name of the kernel for large matrices that this machine runs: `amx`, `avx512`, `avx2` or `portable`.
#[must_use]
pub fn kernel_name() -> &'static str {
    if amx::is_available() { "amx" } else { Tile::best(usize::MAX >> 8).name }
}

/// Runs `work` compiled for the widest vectors of this machine.
///
/// What is inlined into `work` is vectorised by the compiler for AVX-512 or AVX2; the result is the same on every
/// machine. A closure must say `#[inline(always)]`, and so must those that it calls: one that the compiler leaves apart
/// is compiled for the oldest machine.
#[inline]
pub fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
            // SAFETY: the features that the function is compiled for have just been detected.
            return unsafe { x86::with_avx512(work) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the feature that the function is compiled for has just been detected.
            return unsafe { x86::with_avx2(work) };
        }
    }
    work()
}

const PORTABLE: Tile = Tile { rows: 4, columns: 4, run: portable, name: "portable", cost: 100 };

fn portable(left: &[u64], right: &[u64], out: &mut [u64; MAX_TILE]) {
    let mut sums = [[0_u64; 4]; 4];
    for (a, b) in left.chunks_exact(4).zip(right.chunks_exact(4)) {
        for (sums, &a) in sums.iter_mut().zip(a) {
            for (sum, &b) in sums.iter_mut().zip(b) {
                *sum = sum.wrapping_add(a.wrapping_mul(b));
            }
        }
    }
    out[..16].copy_from_slice(sums.as_flattened());
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, __m512i, _mm256_add_epi32, _mm256_add_epi64, _mm256_mul_epu32, _mm256_mullo_epi32,
        _mm256_set1_epi64x, _mm256_setzero_si256, _mm256_shuffle_epi32, _mm256_slli_epi64, _mm512_add_epi64,
        _mm512_loadu_epi64, _mm512_mullo_epi64, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_storeu_epi64,
    };

    use super::{MAX_TILE, Tile};

    pub(super) const AVX512: Tile = Tile {
        rows: 8,
        columns: 16,
        // SAFETY: `Tile::available` offers this tile only where both features exist.
        run: |left, right, out| unsafe { tile_avx512(left, right, out) },
        name: "avx512",
        cost: 100,
    };

    /// Five rows fill the 16 registers best; four and six waste less on matrices of few rows.
    pub(super) const AVX2: [Tile; 3] = [avx2::<5>(100), avx2::<4>(107), avx2::<6>(113)];

    const fn avx2<const ROWS: usize>(cost: usize) -> Tile {
        Tile {
            rows: ROWS,
            columns: 4,
            // SAFETY: `Tile::available` offers this tile only where the feature exists.
            run: |left, right, out| unsafe { tile_avx2::<ROWS>(left, right, out) },
            name: "avx2",
            cost,
        }
    }

    #[target_feature(enable = "avx512f,avx512dq")]
    pub(super) fn with_avx512<R>(work: impl FnOnce() -> R) -> R {
        work()
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
        work()
    }

    #[target_feature(enable = "avx2")]
    fn tile_avx2<const ROWS: usize>(left: &[u64], right: &[u64], out: &mut [u64; MAX_TILE]) {
        let mut low = [_mm256_setzero_si256(); ROWS];
        let mut cross = [_mm256_setzero_si256(); ROWS];
        for (a, b) in left.chunks_exact(ROWS).zip(right.chunks_exact(4)) {
            let b: __m256i = bytemuck::must_cast([b[0], b[1], b[2], b[3]]);
            let swapped = _mm256_shuffle_epi32::<0b10_11_00_01>(b);
            for row in 0..ROWS {
                let a = _mm256_set1_epi64x(a[row].cast_signed());
                low[row] = _mm256_add_epi64(low[row], _mm256_mul_epu32(a, b));
                cross[row] = _mm256_add_epi32(cross[row], _mm256_mullo_epi32(a, swapped));
            }
        }
        for row in 0..ROWS {
            let sum = _mm256_add_epi32(cross[row], _mm256_shuffle_epi32::<0b10_11_00_01>(cross[row]));
            let words = _mm256_add_epi64(low[row], _mm256_slli_epi64::<32>(sum));
            out[4 * row..4 * row + 4].copy_from_slice(&bytemuck::must_cast::<__m256i, [u64; 4]>(words));
        }
    }

    #[target_feature(enable = "avx512f,avx512dq")]
    fn tile_avx512(left: &[u64], right: &[u64], out: &mut [u64; MAX_TILE]) {
        let mut sums = [[_mm512_setzero_si512(); 2]; 8];
        for (a, b) in left.chunks_exact(8).zip(right.chunks_exact(16)) {
            // SAFETY: the chunk holds 16 words, which are two vectors.
            let b: [__m512i; 2] = unsafe {
                [_mm512_loadu_epi64(b.as_ptr().cast()), _mm512_loadu_epi64(b[8..].as_ptr().cast())]
            };
            for row in 0..8 {
                let a = _mm512_set1_epi64(a[row].cast_signed());
                for half in 0..2 {
                    sums[row][half] = _mm512_add_epi64(sums[row][half], _mm512_mullo_epi64(a, b[half]));
                }
            }
        }
        for (sum, out) in sums.as_flattened().iter().zip(out.chunks_exact_mut(8)) {
            // SAFETY: the chunk holds 8 words, which are one vector.
            unsafe { _mm512_storeu_epi64(out.as_mut_ptr().cast(), *sum) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prg::{Prg, Seed};

    #[test]
    fn every_tile_computes_the_product() {
        for tile in Tile::available() {
            let Tile { rows, columns, name, .. } = tile;
            for depth in [0, 1, 5, 64] {
                let mut prg = Prg::new(&Seed::from_words([5; 4]), depth as u64);
                let (left, right) = (prg.words(depth * rows), prg.words(depth * columns));
                let mut out = [1; MAX_TILE];
                tile.multiply(&left, &right, &mut out);
                for (i, &word) in out[..rows * columns].iter().enumerate() {
                    let (row, column) = (i / columns, i % columns);
                    let expected = (0..depth).fold(0_u64, |sum, k| {
                        sum.wrapping_add(left[k * rows + row].wrapping_mul(right[k * columns + column]))
                    });
                    assert_eq!(word, expected, "{name} at [{row}, {column}], depth {depth}");
                }
            }
        }
    }
}
