//! Corrections on their way to party 0, from whoever deals.

use std::ops::Range;

use zeroize::Zeroizing;

use crate::correlation::Dealing;
use crate::error::Error;
use crate::message::{MAX_WORDS, Message, Step};
use crate::net::Net;
use crate::place::Rank;

/// Deals some units and sends party 0 their corrections, several units a message or several messages a unit.
pub(super) async fn send_corrections(
    net: &mut dyn Net,
    step: Step,
    dealing: &mut Dealing,
    units: Range<u64>,
) -> Result<(), Error> {
    let (independent, dependent) = (dealing.layout().independent_words(), dealing.layout().dependent_words());
    let mut unit = Zeroizing::new(vec![0; independent + dependent]);
    let mut batch = Vec::with_capacity(dependent.min(MAX_WORDS));
    for index in units {
        dealing.deal(index, &mut unit);
        for piece in unit[independent..].chunks(MAX_WORDS) {
            if batch.len() + piece.len() > MAX_WORDS {
                let full = std::mem::replace(&mut batch, Vec::with_capacity(MAX_WORDS));
                net.send(Rank::FIRST, Message::new(step, full)).await?;
            }
            batch.extend(piece);
        }
    }
    if !batch.is_empty() {
        net.send(Rank::FIRST, Message::new(step, batch)).await?;
    }
    Ok(())
}
