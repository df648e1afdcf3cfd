//! Corrections on their way to party 0, from whoever deals.

use std::ops::Range;

use zeroize::Zeroizing;

use crate::correlation::Dealing;
use crate::error::Error;
use crate::message::{Buffers, MAX_WORDS, Message, Step};
use crate::net::Net;
use crate::place::Rank;

/// Words of the units that travel together (256 KiB): few enough to stay in the cache until they are spent.
const TOGETHER: usize = 1 << 15;

/// Deals some units and sends party 0 their corrections, several units a message or several messages a unit.
pub(super) async fn send_corrections(
    net: &mut dyn Net,
    step: Step,
    dealing: &mut Dealing,
    units: Range<u64>,
    buffers: &Buffers,
) -> Result<(), Error> {
    let (independent, dependent) = (dealing.layout().independent_words(), dealing.layout().dependent_words());
    let mut own = Zeroizing::new(vec![0; independent]);
    if dependent > MAX_WORDS {
        let mut correction = Zeroizing::new(vec![0; dependent]);
        for index in units {
            dealing.deal(index, &mut own, &mut correction);
            for piece in correction.chunks(MAX_WORDS) {
                let mut words = buffers.take(piece.len());
                words.copy_from_slice(piece);
                net.send(Rank::FIRST, Message::new(step, words)).await?;
            }
        }
        return Ok(());
    }
    let together = (TOGETHER / dependent).max(1);
    for first in units.clone().step_by(together) {
        let batch = first..units.end.min(first + together as u64);
        let mut words = buffers.take((batch.end - batch.start) as usize * dependent);
        for (index, correction) in batch.zip(words.chunks_exact_mut(dependent)) {
            dealing.deal(index, &mut own, correction);
        }
        net.send(Rank::FIRST, Message::new(step, words)).await?;
    }
    Ok(())
}
