//! The correlation of a tournament by two parties: six signs, then products of their masking bits, alone and times the
//! mask of a difference, by lookups with the bits of a subset.

use crypten_ring::UNIT;

use crate::correlation::joint::side::Side;
use crate::correlation::joint::sign;
use crate::correlation::maximum::{EXTRA_WORDS, TRIPLES, signs};
use crate::correlation::{SignRow, SignUse};
use crate::error::Error;

/// The subsets of three bits whose products are dealt alone, in the order of their rows.
const ALONE: [usize; 4] = [3, 5, 6, 7];

pub(super) async fn complete(side: &mut Side<'_>) -> Result<(), Error> {
    let row = signs();
    sign::complete(side, row, SignUse::Bit).await?;
    for size in 1..=3 {
        complete_subsets(side, row, size).await?;
    }
    Ok(())
}

/// The rows of all winners for subsets of so many bits.
async fn complete_subsets(side: &mut Side<'_>, row: SignRow, size: u32) -> Result<(), Error> {
    let subsets = || (1..8_usize).filter(|subset| subset.count_ones() == size);
    let of_winners = || (0..TRIPLES.len()).flat_map(|winner| subsets().map(move |subset| (winner, subset)));
    let row_at = |winner: usize, index: usize| row.dependent() + winner * EXTRA_WORDS + index * UNIT;

    let mut own = vec![0; side.units() * of_winners().count() * UNIT];
    for member in 0..size as usize {
        let places = of_winners().map(|(winner, subset)| {
            let mut members = (0..3).filter(|bit| subset >> bit & 1 == 1);
            let bit = members.nth(member).expect("a subset has its size");
            row.masking_bit_at(TRIPLES[winner][bit].0)
        });
        let bits = side.bits(&side.sources(&places.collect::<Vec<_>>()), 1);
        own.iter_mut().zip(bits).for_each(|(own, bit)| *own |= bit << member);
    }
    let all = (1 << size) - 1;
    if size > 1 {
        let targets = of_winners().map(|(winner, subset)| {
            row_at(winner, ALONE.iter().position(|&alone| alone == subset).expect("all of two and more"))
        });
        let targets = side.targets(&targets.collect::<Vec<_>>());
        side.look_up_words(size, &own, &targets, None, |a, b| u64::from(a ^ b == all)).await?;
    }
    let masks: Vec<usize> = of_winners().map(|(winner, _)| row.mask_at(winner)).collect();
    let words = side.words(&side.sources(&masks));
    let targets = of_winners().map(|(winner, subset)| row_at(winner, ALONE.len() + subset - 1));
    let targets = side.targets(&targets.collect::<Vec<_>>());
    side.select_words(size, &own, &words, &targets, |_, bits| bits == all).await
}
