//! Correlations about the bits of a mask: signs, equality, conversions.
//!
//! The 64 bits of a mask `r` fall into 16 groups of four. Dealt are the exclusive-or shares of all products of
//! bits inside each group, so that a comparison with public bits is local inside a group; and for each node of
//! the tree that combines four groups to one, masks for its wires with all products of masks that it needs.

use crypten_ring::{LANES, Plane, UNIT, planes_of};

use crate::correlation::Algebra::{self, Additive, Xor};
use crate::correlation::SignUse;

/// Runs of independent and of dependent words.
pub(super) type Runs = (Vec<(Algebra, usize)>, Vec<(Algebra, usize)>);

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

/// All-ones at party 0, zeros elsewhere: a public 1 as an exclusive-or sharing.
#[inline(always)]
pub(crate) fn first_ones(is_first: bool) -> Plane {
    [if is_first { u64::MAX } else { 0 }; LANES]
}

#[inline(always)]
fn and(a: Plane, b: Plane) -> Plane {
    std::array::from_fn(|lane| a[lane] & b[lane])
}

/// `a ^ b & c`.
#[inline(always)]
fn fold(a: Plane, b: Plane, c: Plane) -> Plane {
    std::array::from_fn(|lane| a[lane] ^ (b[lane] & c[lane]))
}

#[inline(always)]
fn xor(a: Plane, b: Plane) -> Plane {
    std::array::from_fn(|lane| a[lane] ^ b[lane])
}

/// Plane number `index` of a row of planes.
#[inline(always)]
fn plane(words: &[u64], index: usize) -> Plane {
    std::array::from_fn(|lane| words[LANES * index + lane])
}

/// Writes the products of up to four planes for every non-empty subset, in order of the subset's bit mask.
#[inline(always)]
fn subset_products(bits: &[Plane], out: &mut [u64]) {
    let mut products = [[u64::MAX; LANES]; 16];
    for subset in 1..1_usize << bits.len() {
        let lowest = subset.trailing_zeros() as usize;
        products[subset] = and(products[subset & (subset - 1)], bits[lowest]);
        out[LANES * (subset - 1)..LANES * subset].copy_from_slice(&products[subset]);
    }
}

/// Spreads the bits of a plane into words 0 and 1.
#[inline(always)]
fn spread(plane: Plane, out: &mut [u64]) {
    for (lane, out) in out.chunks_mut(64).enumerate() {
        for (i, word) in out.iter_mut().enumerate() {
            *word = plane[lane] >> i & 1;
        }
    }
}

fn unit(words: &[u64]) -> &[u64; UNIT] {
    words[..UNIT].try_into().expect("a unit of words")
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
                let value = factors
                    .iter()
                    .fold([u64::MAX; LANES], |value, &wire| and(value, masks[wire]));
                let at = Self::PRODUCTS + LANES * product;
                dependent[at..at + LANES].copy_from_slice(&value);
                product += 1;
            }
            mask += wires;
        }
        let (_, words) = dependent.split_at_mut(Self::ARITHMETIC_BIT);
        let (bit, extra) = words.split_at_mut(UNIT);
        spread(plane(&independent[Self::BIT..], 0), bit);
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
        plane(
            &self.independent[Self::MASKS..],
            NODES[..node].iter().sum::<usize>() + wire,
        )
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
        let masks = std::array::from_fn(|wire| {
            if wire < wires {
                self.wire_mask(node, wire)
            } else {
                [0; LANES]
            }
        });
        let before = NODES[..node]
            .iter()
            .map(|&wires| products_of(wires))
            .sum::<usize>();
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

/// Shares of `[c < r]` and `[c = r]`, for public planes of `c` and the dealt products of the planes of `r`.
///
/// With `d = not c`: `eq` is the product of all `d_i ^ r_i`, and `lt` the sum over `i` of `d_i r_i` times the
/// `d_k ^ r_k` of all higher `k`. One variable after the other is folded into the table of products.
#[inline(always)]
fn compare_bits(products: &[u64], c: &[Plane], is_first: bool) -> (Plane, Plane) {
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
    let lt1 = fold(
        fold(fold(p(4), o3, p(3)), o2, fold(p(2), o3, masks[L1])),
        ol1,
        eq32,
    );
    let eq321 = fold(
        fold(fold(p(7), o3, p(6)), o2, fold(p(5), o3, masks[E1])),
        o1,
        eq32,
    );
    let times_eq321 = |start: usize, wire: usize, opened: Plane| {
        let q = |index: usize| p(start + index);
        let eq32_mask = fold(fold(q(3), o3, q(1)), o2, fold(q(0), o3, masks[wire]));
        let eq321_mask = fold(
            fold(fold(q(6), o3, q(5)), o2, fold(q(4), o3, q(2))),
            o1,
            eq32_mask,
        );
        fold(eq321_mask, opened, eq321)
    };
    let lt = xor(xor(upper_lt, lt2), xor(lt1, times_eq321(8, L0, ol0)));
    (
        lt,
        if need_eq {
            times_eq321(15, E0, o0)
        } else {
            [0; LANES]
        },
    )
}

/// The unit of an equality: as [`SignUnit`], with `eq` wires only and all 64 bits in groups.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EqualityUnit<'a>(pub(crate) &'a [u64]);

impl<'a> EqualityUnit<'a> {
    const MASKS: usize = UNIT;
    const BIT: usize = Self::MASKS + 20 * LANES;
    const INDEPENDENT: usize = Self::BIT + LANES;
    const GROUPS: usize = Self::INDEPENDENT;
    const PRODUCTS: usize = Self::GROUPS + 240 * LANES;
    const ARITHMETIC_BIT: usize = Self::PRODUCTS + 75 * LANES;

    pub(super) fn runs() -> Runs {
        (
            vec![(Additive, UNIT), (Xor, 21 * LANES)],
            vec![(Xor, Self::ARITHMETIC_BIT - Self::INDEPENDENT), (Additive, UNIT)],
        )
    }

    #[inline(always)]
    pub(super) fn complete(independent: &[u64], dependent: &mut [u64]) {
        let planes = planes_of(unit(independent));
        for (group, bits) in planes.chunks(4).enumerate() {
            subset_products(bits, &mut dependent[LANES * 15 * group..]);
        }
        for node in 0..5 {
            let masks: [Plane; 4] = std::array::from_fn(|i| plane(&independent[Self::MASKS..], 4 * node + i));
            subset_products(
                &masks,
                &mut dependent[Self::PRODUCTS - Self::INDEPENDENT + LANES * 15 * node..],
            );
        }
        let bit = plane(&independent[Self::BIT..], 0);
        spread(bit, &mut dependent[Self::ARITHMETIC_BIT - Self::INDEPENDENT..]);
    }

    pub(crate) fn mask(self) -> &'a [u64; UNIT] {
        unit(self.0)
    }

    #[inline(always)]
    pub(crate) fn compare_group(self, group: usize, c: &[Plane], is_first: bool) -> Plane {
        compare_bits(&self.0[Self::GROUPS + LANES * 15 * group..], c, is_first).1
    }

    #[inline(always)]
    pub(crate) fn wire_mask(self, node: usize, wire: usize) -> Plane {
        plane(&self.0[Self::MASKS..], 4 * node + wire)
    }

    #[inline(always)]
    pub(crate) fn combine(self, node: usize, opened: &[Plane; 4], is_first: bool) -> Plane {
        product_of_wires(&self.0[Self::PRODUCTS + LANES * 15 * node..], opened, is_first)
    }

    pub(crate) fn bit(self) -> Plane {
        plane(&self.0[Self::BIT..], 0)
    }

    pub(crate) fn arithmetic_bit(self) -> &'a [u64; UNIT] {
        unit(&self.0[Self::ARITHMETIC_BIT..])
    }
}

/// The share of the product of four wires `o_i ^ m_i`, for opened `o` and dealt products of the masks `m`.
#[inline(always)]
fn product_of_wires(products: &[u64], opened: &[Plane; 4], is_first: bool) -> Plane {
    // A wire o ^ m is "c = r" with c = not o and r = m.
    compare_bits(products, &opened.map(|plane| plane.map(|word| !word)), is_first).1
}

pub(super) fn complete_and(independent: &[u64], dependent: &mut [u64]) {
    for lane in 0..LANES {
        dependent[lane] = independent[lane] & independent[LANES + lane];
    }
}

pub(super) fn complete_bit(independent: &[u64], dependent: &mut [u64]) {
    spread(plane(independent, 0), dependent);
}

#[inline(always)]
pub(super) fn complete_mask(independent: &[u64], dependent: &mut [u64]) {
    dependent.copy_from_slice(planes_of(unit(independent)).as_flattened());
}
