//! The correlation of signs: a mask, what a comparison needs of its bits, and for each sign a bit that masks it.
//!
//! The bits of a mask `r` below the sign fall into groups of four, 16 of them or 4. Dealt are the exclusive-or shares
//! of all products of bits inside each group, so that a comparison with public bits is local inside a group; and for
//! each node of the tree that combines four groups to one, masks for its wires with all products of masks that it
//! needs.

use std::ops::Range;

use crypten_ring::{LANES, Plane, UNIT, planes_of};

use crate::correlation::Algebra::{Additive, Xor};
use crate::correlation::SignUse;
use crate::correlation::planes::{
    Runs, and, compare_bits, first_ones, fold, plane, spread, subset_products, unit, xor,
};

/// Wires into each of the five nodes of a sign tree, the node at the root last. The least significant node of
/// each level needs no `eq` of its own, so the `eq` of its lowest child is no wire.
pub(crate) const NODES: [usize; 5] = [6, 7, 7, 7, 6];

/// Wires of a node in the order in which they travel: `eq` and `lt` of its children, least significant child 0.
pub(crate) const WIRES: usize = 7;
const E1: usize = 0;
const E2: usize = 1;
const E3: usize = 2;
const L0: usize = 3;
const L1: usize = 4;
const L2: usize = 5;
const E0: usize = 6;

/// Products of wire masks that are dealt for a node; the last seven only where `eq` is needed.
const PRODUCTS: [&[usize]; 22] = [
    &[E3, L2],
    &[E3, E2],
    &[E3, L1],
    &[E2, L1],
    &[E3, E2, L1],
    &[E3, E1],
    &[E2, E1],
    &[E3, E2, E1],
    &[E3, L0],
    &[E2, L0],
    &[E1, L0],
    &[E3, E2, L0],
    &[E3, E1, L0],
    &[E2, E1, L0],
    &[E3, E2, E1, L0],
    &[E3, E0],
    &[E2, E0],
    &[E1, E0],
    &[E3, E2, E0],
    &[E3, E1, E0],
    &[E2, E1, E0],
    &[E3, E2, E1, E0],
];

/// How many products are dealt for a node of six or seven wires.
pub(super) fn products_of(wires: usize) -> usize {
    if wires == WIRES { 22 } else { 15 }
}

/// The products that are dealt for a node whose wires have these masks, the first lowest.
pub(super) fn products_of_wires(wires: usize, masks: u8) -> u64 {
    let products = PRODUCTS[..products_of(wires)].iter().enumerate();
    products
        .map(|(index, factors)| u64::from(factors.iter().all(|wire| masks >> wire & 1 == 1)) << index)
        .sum()
}

/// Which bits of a masked value a sign is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Window {
    /// All 64: exact for every value.
    Full,
    /// Bit `low + 16`, with a borrow from the 16 bits below it: for values below `2^(low + 16)` in magnitude, where
    /// `2^low` more or less does not matter.
    Narrow {
        /// The lowest bit that is looked at, at most 46.
        low: u32,
    },
}

impl Window {
    /// The bits that are compared.
    pub(crate) fn bits(self) -> Range<usize> {
        match self {
            Self::Full => 0..63,
            Self::Narrow { low } => low as usize..low as usize + 16,
        }
    }

    /// Wires into each node of the tree.
    pub(crate) fn nodes(self) -> &'static [usize] {
        match self {
            Self::Full => &NODES,
            Self::Narrow { .. } => &NODES[..1],
        }
    }

    /// Planes of products of bits in a group, and of the bit above them all.
    fn group_planes(self) -> usize {
        match self {
            Self::Full => 233,
            Self::Narrow { .. } => 61,
        }
    }

    /// Masks of wires, and of the outcome.
    fn wire_planes(self) -> usize {
        self.nodes().iter().sum::<usize>() + 1
    }

    fn product_planes(self) -> usize {
        self.nodes().iter().map(|&wires| products_of(wires)).sum()
    }
}

impl SignUse {
    /// Rows of additive words beside the masking bit.
    fn rows(self) -> usize {
        match self {
            Self::Bit => 0,
            Self::Relu => 1,
            Self::TruncatedRelu { .. } => 4,
        }
    }
}

/// Where the parts of the signs of one row of correlations lie: each at a base, a stride apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignRow {
    /// Signs in a row.
    pub(crate) signs: usize,
    /// Masks in a row: one that all signs share, or one a sign.
    pub(crate) masks: usize,
    pub(crate) window: Window,
    rows: usize,
}

impl SignRow {
    /// Signs of several translates of one masked value.
    pub(crate) fn shared(signs: usize, window: Window, used: SignUse) -> Self {
        Self { signs, masks: 1, window, rows: used.rows() }
    }

    /// Signs of several values.
    pub(crate) fn separate(signs: usize) -> Self {
        Self { signs, masks: signs, window: Window::Full, rows: 0 }
    }

    fn wires_at(self) -> usize {
        self.masks * UNIT
    }

    /// Words of the independent part.
    pub(crate) fn independent(self) -> usize {
        self.wires_at() + self.signs * self.window.wire_planes() * LANES
    }

    fn products_at(self) -> usize {
        self.masks * self.window.group_planes() * LANES
    }

    fn words_at(self) -> usize {
        self.products_at() + self.signs * self.window.product_planes() * LANES
    }

    /// Words of the dependent part.
    pub(crate) fn dependent(self) -> usize {
        self.words_at() + self.signs * (1 + self.rows) * UNIT
    }

    pub(super) fn runs(self) -> Runs {
        (
            vec![(Additive, self.masks * UNIT), (Xor, self.independent() - self.wires_at())],
            vec![(Xor, self.words_at()), (Additive, self.dependent() - self.words_at())],
        )
    }

    /// Where the mask of the sign at `place` begins in the independent part.
    #[inline(always)]
    pub(super) fn mask_at(self, place: usize) -> usize {
        if self.masks == 1 { 0 } else { place * UNIT }
    }

    /// Where the masks of the wires of the sign at `place` begin in the independent part.
    #[inline(always)]
    pub(super) fn wire_masks_at(self, place: usize) -> usize {
        self.wires_at() + place * self.window.wire_planes() * LANES
    }

    /// Where the bit that masks the sign at `place` begins in the independent part.
    pub(super) fn masking_bit_at(self, place: usize) -> usize {
        self.wire_masks_at(place + 1) - LANES
    }

    /// Where the products of the bits of mask number `mask` begin in the dependent part.
    #[inline(always)]
    pub(super) fn groups_at(self, mask: usize) -> usize {
        mask * self.window.group_planes() * LANES
    }

    /// Where the products of the nodes of the sign at `place` begin in the dependent part.
    #[inline(always)]
    pub(super) fn node_products_at(self, place: usize) -> usize {
        self.products_at() + place * self.window.product_planes() * LANES
    }

    /// Where the words of the sign at `place` begin in the dependent part.
    #[inline(always)]
    pub(super) fn sign_words_at(self, place: usize) -> usize {
        self.words_at() + place * (1 + self.rows) * UNIT
    }

    /// The sign at `place` of a row.
    #[inline(always)]
    pub(crate) fn sign<'a>(self, place: usize, independent: &'a [u64], dependent: &'a [u64]) -> SignUnit<'a> {
        let mask = if self.masks == 1 { 0 } else { place };
        let (wires, groups) = (self.window.wire_planes() * LANES, self.window.group_planes() * LANES);
        let (products, words) = (self.window.product_planes() * LANES, (1 + self.rows) * UNIT);
        SignUnit {
            mask: unit(&independent[self.mask_at(place)..]),
            wires: &independent[self.wire_masks_at(place)..][..wires],
            groups: &dependent[self.groups_at(mask)..][..groups],
            products: &dependent[self.node_products_at(place)..][..products],
            words: &dependent[self.sign_words_at(place)..][..words],
        }
    }

    #[inline(always)]
    pub(super) fn complete(self, used: SignUse, independent: &[u64], dependent: &mut [u64]) {
        let (groups, wires) = (self.window.group_planes() * LANES, self.window.wire_planes() * LANES);
        let masks = independent[..self.wires_at()].chunks(UNIT);
        for (mask, out) in masks.zip(dependent.chunks_mut(groups)) {
            let planes = planes_of(unit(mask));
            let bits = self.window.bits();
            let (top, mut at) = (planes[bits.end], 0);
            for bits in planes[bits].chunks(4) {
                subset_products(bits, &mut out[at..]);
                at += LANES * ((1 << bits.len()) - 1);
            }
            out[at..].copy_from_slice(&top);
        }
        let (products, words) =
            dependent[self.products_at()..].split_at_mut(self.words_at() - self.products_at());
        let per_sign = self.window.product_planes() * LANES;
        let signs = independent[self.wires_at()..].chunks(wires).zip(products.chunks_mut(per_sign));
        for (place, ((wires, products), words)) in
            signs.zip(words.chunks_mut((1 + self.rows) * UNIT)).enumerate()
        {
            complete_nodes(self.window, wires, products);
            let bit = plane(wires, self.window.wire_planes() - 1);
            let r = &independent[self.mask_at(place)..][..UNIT];
            complete_words(used, bit, unit(r), words);
        }
    }
}

/// The products of the masks of a tree's wires.
#[inline(always)]
fn complete_nodes(window: Window, wires: &[u64], out: &mut [u64]) {
    let (mut mask, mut product) = (0, 0);
    for &count in window.nodes() {
        let masks: [Plane; WIRES] = std::array::from_fn(|wire| match wire < count {
            true => plane(wires, mask + wire),
            false => [0; LANES],
        });
        for factors in &PRODUCTS[..products_of(count)] {
            let value = factors.iter().fold([u64::MAX; LANES], |value, &wire| and(value, masks[wire]));
            out[LANES * product..LANES * (product + 1)].copy_from_slice(&value);
            product += 1;
        }
        mask += count;
    }
}

/// The masking bit modulo 2^64, and what the use of the sign adds.
#[inline(always)]
fn complete_words(used: SignUse, bit: Plane, r: &[u64; UNIT], words: &mut [u64]) {
    let (bits, extra) = words.split_at_mut(UNIT);
    bits.copy_from_slice(&spread(bit));
    match used {
        SignUse::Bit => {}
        SignUse::Relu => (0..UNIT).for_each(|i| extra[i] = bits[i].wrapping_mul(r[i])),
        SignUse::TruncatedRelu { bits: shift } => {
            for i in 0..UNIT {
                let (shifted, top) = (r[i] >> shift, r[i] >> 63);
                extra[i] = shifted;
                extra[UNIT + i] = top;
                extra[2 * UNIT + i] = bits[i].wrapping_neg() & shifted;
                extra[3 * UNIT + i] = bits[i] & top;
            }
        }
    }
}

/// What one sign has of a row: the mask `r` and the products of its bits in each group, then masks of all wires and
/// of the outcome, the products of those masks, the outcome's mask modulo 2^64, and what the use of the sign adds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignUnit<'a> {
    mask: &'a [u64; UNIT],
    groups: &'a [u64],
    wires: &'a [u64],
    products: &'a [u64],
    words: &'a [u64],
}

impl<'a> SignUnit<'a> {
    /// The mask of the value.
    #[inline(always)]
    pub(crate) fn mask(self) -> &'a [u64; UNIT] {
        self.mask
    }

    /// The share of the bit of the mask above those that are compared.
    #[inline(always)]
    pub(crate) fn top(self) -> Plane {
        plane(self.groups, self.groups.len() / LANES - 1)
    }

    /// The share of the bit that masks the sign.
    #[inline(always)]
    pub(crate) fn bit(self) -> Plane {
        plane(self.wires, self.wires.len() / LANES - 1)
    }

    /// The additive share of the same bit.
    #[inline(always)]
    pub(crate) fn arithmetic_bit(self) -> &'a [u64; UNIT] {
        unit(self.words)
    }

    /// Row number `index` of the additive words that the use of the sign adds.
    #[inline(always)]
    pub(crate) fn extra(self, index: usize) -> &'a [u64; UNIT] {
        unit(&self.words[UNIT * (1 + index)..])
    }

    /// The mask of wire `wire` of node `node`.
    #[inline(always)]
    pub(crate) fn wire_mask(self, node: usize, wire: usize) -> Plane {
        plane(self.wires, NODES[..node].iter().sum::<usize>() + wire)
    }

    /// Shares of `[c < r]` and `[c = r]` on the bits of a group, from the public planes of `c`.
    #[inline(always)]
    pub(crate) fn compare_group(self, group: usize, c: &[Plane], is_first: bool) -> (Plane, Plane) {
        compare_bits(&self.groups[LANES * 15 * group..], c, is_first)
    }

    /// Combines the four children of a node; `upper_lt` is this party's share of its most significant `lt`.
    #[inline(always)]
    pub(crate) fn combine(
        self,
        node: usize,
        opened: &[Plane; WIRES],
        upper_lt: Plane,
        is_first: bool,
    ) -> (Plane, Plane) {
        let wires = NODES[node];
        let masks =
            std::array::from_fn(|wire| if wire < wires { self.wire_mask(node, wire) } else { [0; LANES] });
        let before = NODES[..node].iter().map(|&wires| products_of(wires)).sum::<usize>();
        lt_node(opened, &masks, &self.products[LANES * before..], upper_lt, is_first, wires == WIRES)
    }
}

/// Shares of `lt` and `eq` of a node with opened masked wires:
/// `lt = lt3 + eq3 (lt2 + eq2 (lt1 + eq1 lt0))`, `eq = eq3 eq2 eq1 eq0`.
#[inline(always)]
fn lt_node(
    opened: &[Plane; WIRES],
    masks: &[Plane; WIRES],
    products: &[u64],
    upper_lt: Plane,
    is_first: bool,
    need_eq: bool,
) -> (Plane, Plane) {
    let p = |index: usize| plane(products, index);
    let [o1, o2, o3, ol0, ol1, ol2, o0] = *opened;
    let eq3 = fold(masks[E3], o3, first_ones(is_first));
    let lt2 = fold(fold(p(0), o3, masks[L2]), ol2, eq3);
    let eq32 = fold(fold(p(1), o3, masks[E2]), o2, eq3);
    let lt1 = fold(fold(fold(p(4), o3, p(3)), o2, fold(p(2), o3, masks[L1])), ol1, eq32);
    let eq321 = fold(fold(fold(p(7), o3, p(6)), o2, fold(p(5), o3, masks[E1])), o1, eq32);
    let times_eq321 = |start: usize, wire: usize, opened: Plane| {
        let q = |index: usize| p(start + index);
        let eq32_mask = fold(fold(q(3), o3, q(1)), o2, fold(q(0), o3, masks[wire]));
        let eq321_mask = fold(fold(fold(q(6), o3, q(5)), o2, fold(q(4), o3, q(2))), o1, eq32_mask);
        fold(eq321_mask, opened, eq321)
    };
    let lt = xor(xor(upper_lt, lt2), xor(lt1, times_eq321(8, L0, ol0)));
    (lt, if need_eq { times_eq321(15, E0, o0) } else { [0; LANES] })
}
