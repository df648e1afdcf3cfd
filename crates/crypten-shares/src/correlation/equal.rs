//! The correlation of a comparison with zero: a mask, all products of its bits in groups of four, and for each node
//! of the tree that joins four groups, masks of its wires with all their products.

use crypten_ring::{LANES, Plane, UNIT, planes_of};

use crate::correlation::Algebra::{Additive, Xor};
use crate::correlation::planes::{
    Runs, compare_bits, plane, product_of_wires, spread, subset_products, unit,
};

/// The unit of an equality: as [`SignUnit`], with `eq` wires only and all 64 bits in groups.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EqualityUnit<'a>(pub(crate) &'a [u64]);

impl<'a> EqualityUnit<'a> {
    /// Nodes of the tree.
    pub(super) const NODES: usize = 5;
    /// Where the masks of the wires begin in the independent part.
    pub(super) const MASKS: usize = UNIT;
    /// Where the bit that masks the outcome lies in the independent part.
    pub(super) const BIT: usize = Self::MASKS + 20 * LANES;
    const INDEPENDENT: usize = Self::BIT + LANES;
    const GROUPS: usize = Self::INDEPENDENT;
    const PRODUCTS: usize = Self::GROUPS + 240 * LANES;
    const ARITHMETIC_BIT: usize = Self::PRODUCTS + 75 * LANES;
    /// Where the products of the masks of wires begin in the dependent part.
    pub(super) const PRODUCTS_AT: usize = Self::PRODUCTS - Self::INDEPENDENT;
    /// Where the words of the masking bit begin in the dependent part.
    pub(super) const BIT_WORDS_AT: usize = Self::ARITHMETIC_BIT - Self::INDEPENDENT;

    pub(super) fn runs() -> Runs {
        (vec![(Additive, UNIT), (Xor, 21 * LANES)], vec![(Xor, Self::BIT_WORDS_AT), (Additive, UNIT)])
    }

    #[inline(always)]
    pub(super) fn complete(independent: &[u64], dependent: &mut [u64]) {
        let planes = planes_of(unit(independent));
        for (group, bits) in planes.chunks(4).enumerate() {
            subset_products(bits, &mut dependent[LANES * 15 * group..]);
        }
        for node in 0..Self::NODES {
            let masks: [Plane; 4] = std::array::from_fn(|i| plane(&independent[Self::MASKS..], 4 * node + i));
            subset_products(&masks, &mut dependent[Self::PRODUCTS_AT + LANES * 15 * node..]);
        }
        let bit = plane(&independent[Self::BIT..], 0);
        dependent[Self::BIT_WORDS_AT..].copy_from_slice(&spread(bit));
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
