//! The correlation of a comparison with zero by two parties: products of a mask's bits on the way of the carry,
//! products of the masks of wires by one lookup a node.

use crypten_ring::LANES;

use crate::correlation::EqualityUnit;
use crate::correlation::joint::carry::Chain;
use crate::correlation::joint::planes::SUBSET_PRODUCTS;
use crate::correlation::joint::side::Side;
use crate::correlation::joint::words::complete_bits;
use crate::error::Error;

/// Bits of a group, and wires into a node.
const BITS: u32 = 4;

/// Products of them.
const PRODUCTS: u32 = (1 << BITS) - 1;

pub(super) async fn complete(side: &mut Side<'_>) -> Result<(), Error> {
    let products = |number: u8| SUBSET_PRODUCTS[usize::from(number)];
    let mut chain = Chain::new(side.words(&side.sources(&[0])), None);
    for group in 0..64 / BITS as usize {
        let targets = side.targets(&[group * PRODUCTS as usize * LANES]);
        let masks = side.plane_masks(&targets, PRODUCTS);
        let shares = chain.pass(side, BITS, PRODUCTS, masks, products).await?;
        side.put_planes(&targets, PRODUCTS, &shares);
    }
    let nodes = (0..EqualityUnit::NODES).map(|node| {
        (
            EqualityUnit::MASKS + node * BITS as usize * LANES,
            EqualityUnit::PRODUCTS_AT + node * PRODUCTS as usize * LANES,
        )
    });
    let (sources, targets): (Vec<_>, Vec<_>) = nodes.unzip();
    let (sources, targets) = (side.sources(&sources), side.targets(&targets));
    let own = side.bits(&sources, BITS);
    side.look_up_planes(BITS, &own, &targets, PRODUCTS, products).await?;
    let bits = side.bits(&side.sources(&[EqualityUnit::BIT]), 1);
    complete_bits(side, &bits, &side.targets(&[EqualityUnit::BIT_WORDS_AT])).await
}
