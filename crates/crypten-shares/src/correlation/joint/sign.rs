//! The correlation of signs by two parties: products of a mask's bits on the way of the carry, products of the masks of
//! wires by one lookup a node, and what the use of a sign adds.

use crypten_ring::{LANES, UNIT};

use crate::correlation::joint::carry::Chain;
use crate::correlation::joint::planes::SUBSET_PRODUCTS;
use crate::correlation::joint::side::Side;
use crate::correlation::joint::words::{complete_bits, complete_shifted, shift_choices};
use crate::correlation::sign::{WIRES, products_of, products_of_wires};
use crate::correlation::{SignRow, SignUse};
use crate::error::Error;

pub(super) async fn complete(side: &mut Side<'_>, row: SignRow, used: SignUse) -> Result<(), Error> {
    let mark = if let SignUse::TruncatedRelu { bits } = used { Some(bits) } else { None };
    let masks: Vec<usize> = (0..row.masks).map(|mask| mask * UNIT).collect();
    let mut chain = Chain::new(side.words(&side.sources(&masks)), mark);
    complete_groups(side, row, &mut chain).await?;
    complete_nodes(side, row).await?;
    let (bits, targets) = (masking_bits(side, row), word_targets(side, row, 0));
    complete_bits(side, &bits, &targets).await?;
    match used {
        SignUse::Bit => Ok(()),
        SignUse::Relu => {
            let masks: Vec<usize> = (0..row.signs).map(|place| row.mask_at(place)).collect();
            let (words, targets) = (side.words(&side.sources(&masks)), word_targets(side, row, 1));
            side.select_words(1, &bits, &words, &targets, |_, bit| bit == 1).await
        }
        SignUse::TruncatedRelu { bits: shift } => {
            chain.pass_to(side, 63).await?;
            complete_truncated(side, row, shift, &chain, &bits).await
        }
    }
}

/// The products of the bits in each group, and the bit above them all.
async fn complete_groups(side: &mut Side<'_>, row: SignRow, chain: &mut Chain) -> Result<(), Error> {
    let window = row.window.bits();
    chain.pass_to(side, window.start as u32).await?;
    let mut at = 0;
    for start in window.clone().step_by(4) {
        let bits = 4.min(window.end - start) as u32;
        let count = (1 << bits) - 1;
        let targets = group_targets(side, row, at);
        at += LANES * count as usize;
        let mut masks = side.plane_masks(&targets, count);
        if start + bits as usize == window.end {
            // Party 1's share of the bit above is its own bit and its share of the carry, which it may choose.
            let above = side.plane_masks(&group_targets(side, row, at), 1);
            for ((mask, above), bit) in masks.iter_mut().zip(above).zip(chain.own_bits(window.end as u32)) {
                *mask = *mask & !(1 << count) | ((above ^ u64::from(bit)) & 1) << count;
            }
        }
        let shares =
            chain.pass(side, bits, count, masks, |number| SUBSET_PRODUCTS[usize::from(number)]).await?;
        side.put_planes(&targets, count, &shares);
    }
    let above: Vec<u64> = chain.next_bits().into_iter().map(u64::from).collect();
    side.put_planes(&group_targets(side, row, at), 1, &above);
    Ok(())
}

/// The places so far into the products of each mask's bits.
fn group_targets(side: &Side<'_>, row: SignRow, at: usize) -> Vec<usize> {
    side.targets(&(0..row.masks).map(|mask| row.groups_at(mask) + at).collect::<Vec<_>>())
}

/// The products of the masks of all trees' wires: one lookup for nodes of six wires, one for those of seven.
async fn complete_nodes(side: &mut Side<'_>, row: SignRow) -> Result<(), Error> {
    for wires in [WIRES - 1, WIRES] {
        let (mut sources, mut targets) = (Vec::new(), Vec::new());
        for place in 0..row.signs {
            let (mut source, mut target) = (row.wire_masks_at(place), row.node_products_at(place));
            for &count in row.window.nodes() {
                if count == wires {
                    sources.push(source);
                    targets.push(target);
                }
                source += count * LANES;
                target += products_of(count) * LANES;
            }
        }
        if sources.is_empty() {
            continue;
        }
        let (sources, targets) = (side.sources(&sources), side.targets(&targets));
        let own = side.bits(&sources, wires as u32);
        let count = products_of(wires) as u32;
        let products: Vec<u64> = (0..1 << wires).map(|masks| products_of_wires(wires, masks)).collect();
        side.look_up_planes(wires as u32, &own, &targets, count, |masks| products[usize::from(masks)])
            .await?;
    }
    Ok(())
}

/// This party's shares of the bits that mask the signs.
pub(super) fn masking_bits(side: &Side<'_>, row: SignRow) -> Vec<u8> {
    let places: Vec<usize> = (0..row.signs).map(|place| row.masking_bit_at(place)).collect();
    side.bits(&side.sources(&places), 1)
}

/// Where each sign has this row of words.
fn word_targets(side: &Side<'_>, row: SignRow, index: usize) -> Vec<usize> {
    side.targets(&(0..row.signs).map(|place| row.sign_words_at(place) + index * UNIT).collect::<Vec<_>>())
}

/// `r >> shift`, `r >> 63`, and both times the masking bit.
async fn complete_truncated(
    side: &mut Side<'_>,
    row: SignRow,
    shift: u32,
    chain: &Chain,
    bits: &[u8],
) -> Result<(), Error> {
    let [shifted, top, shifted_times_bit, top_times_bit] =
        std::array::from_fn(|index| word_targets(side, row, 1 + index));
    let masks: Vec<usize> = (0..row.signs).map(|place| row.mask_at(place)).collect();
    let own: Vec<u64> = side.words(&side.sources(&masks)).iter().map(|r| r >> shift).collect();
    let choices = for_each_sign(&shift_choices(chain), row);
    complete_shifted(side, shift, &choices, &own, &shifted).await?;
    let tops = for_each_sign(&chain.next_bits(), row);
    complete_bits(side, &tops, &top).await?;
    let words = side.found(&shifted);
    side.select_words(1, bits, &words, &shifted_times_bit, |_, bit| bit == 1).await?;
    let both: Vec<u8> = bits.iter().zip(tops).map(|(bit, top)| bit | top << 1).collect();
    side.look_up_words(2, &both, &top_times_bit, None, |a, b| u64::from(a ^ b == 3)).await
}

/// What belongs to a mask, once for each sign under it.
fn for_each_sign(of_masks: &[u8], row: SignRow) -> Vec<u8> {
    of_masks.chunks_exact(UNIT).flat_map(|block| block.repeat(row.signs / row.masks)).collect()
}
