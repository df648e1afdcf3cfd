//! Algebra on planes of shared bits: what dealer and parties have in common, and the completion of bit correlations.

use crypten_ring::{LANES, Plane, UNIT, planes_of};

use crate::correlation::Algebra;

/// Runs of independent and of dependent words.
pub(super) type Runs = (Vec<(Algebra, usize)>, Vec<(Algebra, usize)>);

/// All-ones at party 0, zeros elsewhere: a public 1 as an exclusive-or sharing.
#[inline(always)]
pub(crate) fn first_ones(is_first: bool) -> Plane {
    [if is_first { u64::MAX } else { 0 }; LANES]
}

#[inline(always)]
pub(super) fn and(a: Plane, b: Plane) -> Plane {
    std::array::from_fn(|lane| a[lane] & b[lane])
}

/// `a ^ b & c`.
#[inline(always)]
pub(super) fn fold(a: Plane, b: Plane, c: Plane) -> Plane {
    std::array::from_fn(|lane| a[lane] ^ (b[lane] & c[lane]))
}

#[inline(always)]
pub(super) fn xor(a: Plane, b: Plane) -> Plane {
    std::array::from_fn(|lane| a[lane] ^ b[lane])
}

/// Plane number `index` of a row of planes.
#[inline(always)]
pub(super) fn plane(words: &[u64], index: usize) -> Plane {
    std::array::from_fn(|lane| words[LANES * index + lane])
}

/// Writes the products of up to four planes for every non-empty subset, in order of the subset's bit mask.
#[inline(always)]
pub(super) fn subset_products(bits: &[Plane], out: &mut [u64]) {
    let mut products = [[u64::MAX; LANES]; 16];
    for subset in 1..1_usize << bits.len() {
        let lowest = subset.trailing_zeros() as usize;
        products[subset] = and(products[subset & (subset - 1)], bits[lowest]);
        out[LANES * (subset - 1)..LANES * subset].copy_from_slice(&products[subset]);
    }
}

/// The bits of a plane as words 0 and 1.
#[inline(always)]
pub(crate) fn spread(plane: Plane) -> [u64; UNIT] {
    let mut words = [0; UNIT];
    for lane in 0..LANES {
        for i in 0..64 {
            words[64 * lane + i] = plane[lane] >> i & 1;
        }
    }
    words
}

pub(super) fn unit(words: &[u64]) -> &[u64; UNIT] {
    words[..UNIT].try_into().expect("a unit of words")
}

/// Shares of `[c < r]` and `[c = r]`, for public planes of `c` and the dealt products of the planes of `r`.
///
/// With `d = not c`: `eq` is the product of all `d_i ^ r_i`, and `lt` the sum over `i` of `d_i r_i` times the
/// `d_k ^ r_k` of all higher `k`. One variable after the other is folded into the table of products.
#[inline(always)]
pub(super) fn compare_bits(products: &[u64], c: &[Plane], is_first: bool) -> (Plane, Plane) {
    let mut table = [first_ones(is_first); 16];
    for (subset, product) in table[..1 << c.len()].iter_mut().enumerate().skip(1) {
        *product = plane(products, subset - 1);
    }
    let mut lt = [0; LANES];
    for i in (0..c.len()).rev() {
        let d = c[i].map(|word| !word);
        let half = 1 << i;
        lt = fold(lt, d, table[half]);
        for subset in 0..half {
            table[subset] = fold(table[subset + half], d, table[subset]);
        }
    }
    (lt, table[0])
}

/// The share of the product of four wires `o_i ^ m_i`, for opened `o` and dealt products of the masks `m`.
#[inline(always)]
pub(super) fn product_of_wires(products: &[u64], opened: &[Plane; 4], is_first: bool) -> Plane {
    // A wire o ^ m is "c = r" with c = not o and r = m.
    compare_bits(products, &opened.map(|plane| plane.map(|word| !word)), is_first).1
}

pub(super) fn complete_bit(independent: &[u64], dependent: &mut [u64]) {
    dependent.copy_from_slice(&spread(plane(independent, 0)));
}

#[inline(always)]
pub(super) fn complete_mask(independent: &[u64], dependent: &mut [u64]) {
    dependent.copy_from_slice(planes_of(unit(independent)).as_flattened());
}
