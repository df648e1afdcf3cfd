//! The correlation of a sign: a mask, what a comparison needs of its bits, and a bit that masks the outcome.
//!
//! The 63 low bits of a mask `r` fall into 16 groups of four. Dealt are the exclusive-or shares of all products of
//! bits inside each group, so that a comparison with public bits is local inside a group; and for each node of the
//! tree that combines four groups to one, masks for its wires with all products of masks that it needs.

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

fn products_of(wires: usize) -> usize {
    if wires == WIRES { 22 } else { 15 }
}

/// The unit of a sign: independent `r`, masks of all wires, a random bit `b`; dependent the products of the bits
/// of `r` in each group, `r_63`, the products of masks, `b` modulo 2^64, and what the use of the sign adds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignUnit<'a> {
    pub(crate) independent: &'a [u64],
    pub(crate) dependent: &'a [u64],
}

impl<'a> SignUnit<'a> {
    const MASKS: usize = UNIT;
    const BIT: usize = Self::MASKS + 33 * LANES;
    /// Words of the independent part.
    pub(crate) const INDEPENDENT: usize = Self::BIT + LANES;
    const GROUPS: usize = 0;
    const TOP: usize = 232 * LANES;
    const PRODUCTS: usize = 233 * LANES;
    const ARITHMETIC_BIT: usize = Self::PRODUCTS + 96 * LANES;
    const EXTRA: usize = Self::ARITHMETIC_BIT + UNIT;
    /// Words of the dependent part for [`SignUse::Bit`].
    pub(crate) const DEPENDENT: usize = Self::EXTRA;

    pub(super) fn runs(used: SignUse) -> Runs {
        let extra = match used {
            SignUse::Bit => 0,
            SignUse::Relu => UNIT,
            SignUse::TruncatedRelu { .. } => 4 * UNIT,
        };
        (
            vec![(Additive, UNIT), (Xor, 34 * LANES)],
            vec![(Xor, Self::ARITHMETIC_BIT), (Additive, UNIT + extra)],
        )
    }

    #[inline(always)]
    pub(super) fn complete(used: SignUse, independent: &[u64], dependent: &mut [u64]) {
        let r = unit(independent);
        let planes = planes_of(r);
        for (group, bits) in planes[..63].chunks(4).enumerate() {
            subset_products(bits, &mut dependent[LANES * 15 * group..]);
        }
        dependent[Self::TOP..Self::TOP + LANES].copy_from_slice(&planes[63]);
        let (mut mask, mut product) = (0, 0);
        for wires in NODES {
            let masks: [Plane; WIRES] = std::array::from_fn(|wire| match wire < wires {
                true => plane(&independent[Self::MASKS..], mask + wire),
                false => [0; LANES],
            });
            for factors in &PRODUCTS[..products_of(wires)] {
                let value = factors.iter().fold([u64::MAX; LANES], |value, &wire| and(value, masks[wire]));
                let at = Self::PRODUCTS + LANES * product;
                dependent[at..at + LANES].copy_from_slice(&value);
                product += 1;
            }
            mask += wires;
        }
        let (_, words) = dependent.split_at_mut(Self::ARITHMETIC_BIT);
        let (bit, extra) = words.split_at_mut(UNIT);
        bit.copy_from_slice(&spread(plane(&independent[Self::BIT..], 0)));
        match used {
            SignUse::Bit => {}
            SignUse::Relu => (0..UNIT).for_each(|i| extra[i] = bit[i].wrapping_mul(r[i])),
            SignUse::TruncatedRelu { bits } => {
                for i in 0..UNIT {
                    let (shifted, top) = (r[i] >> bits, r[i] >> 63);
                    extra[i] = shifted;
                    extra[UNIT + i] = top;
                    extra[2 * UNIT + i] = bit[i].wrapping_neg() & shifted;
                    extra[3 * UNIT + i] = bit[i] & top;
                }
            }
        }
    }

    /// The mask of the value.
    #[inline(always)]
    pub(crate) fn mask(self) -> &'a [u64; UNIT] {
        unit(self.independent)
    }

    /// The share of the mask's highest bit.
    #[inline(always)]
    pub(crate) fn top(self) -> Plane {
        plane(&self.dependent[Self::TOP..], 0)
    }

    /// The share of the bit that masks the sign.
    #[inline(always)]
    pub(crate) fn bit(self) -> Plane {
        plane(&self.independent[Self::BIT..], 0)
    }

    /// The additive share of the same bit.
    #[inline(always)]
    pub(crate) fn arithmetic_bit(self) -> &'a [u64; UNIT] {
        unit(&self.dependent[Self::ARITHMETIC_BIT..])
    }

    /// Row number `index` of the additive words that the use of the sign adds.
    #[inline(always)]
    pub(crate) fn extra(self, index: usize) -> &'a [u64; UNIT] {
        unit(&self.dependent[Self::EXTRA + UNIT * index..])
    }

    /// The mask of wire `wire` of node `node`.
    #[inline(always)]
    pub(crate) fn wire_mask(self, node: usize, wire: usize) -> Plane {
        plane(&self.independent[Self::MASKS..], NODES[..node].iter().sum::<usize>() + wire)
    }

    /// Shares of `[c < r]` and `[c = r]` on bits `4 group .. 4 group + width`, from the public planes of `c`.
    #[inline(always)]
    pub(crate) fn compare_group(self, group: usize, c: &[Plane], is_first: bool) -> (Plane, Plane) {
        compare_bits(&self.dependent[Self::GROUPS + LANES * 15 * group..], c, is_first)
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
        lt_node(
            opened,
            &masks,
            &self.dependent[Self::PRODUCTS + LANES * before..],
            upper_lt,
            is_first,
            wires == WIRES,
        )
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
