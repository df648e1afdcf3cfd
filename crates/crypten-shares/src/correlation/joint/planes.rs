//! Correlations of bits by two parties: products, the bits of a mask, a bit as a word.

use crypten_ring::{LANES, UNIT};

use crate::correlation::joint::carry::Chain;
use crate::correlation::joint::side::Side;
use crate::correlation::joint::words::complete_bits;
use crate::error::Error;

/// Products of two bits, two at a time.
pub(super) async fn complete_and(side: &mut Side<'_>) -> Result<(), Error> {
    let offsets: Vec<usize> = (0..UNIT).step_by(2 * LANES).collect();
    let targets = side.targets(&offsets);
    let a = side.bits(&side.sources(&offsets), 2);
    let b = side.bits(&side.sources(&offsets.iter().map(|offset| UNIT + offset).collect::<Vec<_>>()), 2);
    let own: Vec<u8> = a.into_iter().zip(b).map(|(a, b)| a | b << 2).collect();
    side.look_up_planes(4, &own, &targets, 2, |both| u64::from(both & both >> 2 & 3)).await
}

pub(super) async fn complete_bit(side: &mut Side<'_>) -> Result<(), Error> {
    let (own, targets) = (side.bits(&side.sources(&[0]), 1), side.targets(&[0]));
    complete_bits(side, &own, &targets).await
}

pub(super) async fn complete_mask(side: &mut Side<'_>) -> Result<(), Error> {
    const BITS: u32 = 4;
    let mut chain = Chain::new(side.words(&side.sources(&[0])), None);
    for group in 0..64 / BITS as usize {
        let targets = side.targets(&[group * BITS as usize * LANES]);
        let masks = side.plane_masks(&targets, BITS);
        let shares = chain.pass(side, BITS, BITS, masks, u64::from).await?;
        side.put_planes(&targets, BITS, &shares);
    }
    Ok(())
}

/// For each number of up to four bits, the products of its bits for every non-empty subset, in order of the subset's
/// bit mask: what [`subset_products`](crate::correlation::planes::subset_products) makes of planes. Of a number with
/// fewer bits, they are the first.
pub(super) const SUBSET_PRODUCTS: [u64; 16] = {
    let (mut products, mut number) = ([0; 16], 0);
    while number < 16 {
        let mut subset = 1;
        while subset < 16 {
            if number & subset == subset {
                products[number] |= 1 << (subset - 1);
            }
            subset += 1;
        }
        number += 1;
    }
    products
};
