//! How far party 2 of a replicated session may run ahead: it waits for nobody while it deals.
//!
//! Every supply and every product is a ticket. When party 0 begins one, it tells party 2 that it has taken the one
//! before; party 2 begins one only when few are not taken yet. So party 2 is never far ahead, in time or in memory.

use std::collections::VecDeque;

use crate::error::Error;
use crate::message::{Message, Operation, Step};
use crate::net::{Net, NetError};
use crate::place::Rank;

/// What party 0 says of a ticket.
const TAKEN: Operation = Operation::new("taken");

/// Tickets that party 2 may be ahead.
const MOST_TICKETS: usize = 16;

/// Words that may be on their way to the others, beside those of one ticket (128 MiB).
const MOST_WORDS: u64 = 1 << 24;

#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Tickets begun.
    begun: u64,
    /// At party 2: the words of those that are not taken yet.
    waiting: VecDeque<u64>,
}

impl Pace {
    /// Begins a ticket of so many words.
    pub(super) async fn begin(&mut self, net: &mut dyn Net, words: u64) -> Result<(), Error> {
        match net.place().rank() {
            Rank::FIRST if self.begun > 0 => {
                let step = Step { sequence: self.begun, operation: TAKEN };
                match net.send(Rank::THIRD, Message::new(step, Vec::new())).await {
                    // Party 2 has dealt all that it had to, and its program has ended.
                    Err(NetError::Left { .. }) => {}
                    sent => sent?,
                }
            }
            Rank::THIRD => {
                let total = |waiting: &VecDeque<u64>| waiting.iter().sum::<u64>();
                while self.waiting.len() >= MOST_TICKETS
                    || !self.waiting.is_empty() && total(&self.waiting) + words > MOST_WORDS
                {
                    let message = net.receive(Rank::FIRST).await?;
                    let (here, there) = (self.next(), message.step);
                    if !self.take(Rank::FIRST, &message) {
                        return Err(Error::Parted { peer: Rank::FIRST, here, there });
                    }
                }
                self.waiting.push_back(words);
            }
            _ => {}
        }
        self.begun += 1;
        Ok(())
    }

    /// Whether a message says that the oldest ticket is taken; then it is.
    pub(super) fn take(&mut self, from: Rank, message: &Message) -> bool {
        let is_next = from == Rank::FIRST && message.step == self.next() && message.words().is_empty();
        is_next && self.waiting.pop_front().is_some()
    }

    /// What party 0 says of the oldest ticket that is not taken.
    fn next(&self) -> Step {
        Step { sequence: self.begun + 1 - self.waiting.len() as u64, operation: TAKEN }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_waited_for_is_taken() {
        let mut pace = Pace { begun: 3, waiting: VecDeque::from([10, 20]) };
        let said = |sequence| Message::new(Step { sequence, operation: TAKEN }, Vec::new());
        assert!(!pace.take(Rank::SECOND, &said(2)));
        assert!(!pace.take(Rank::FIRST, &said(1)));
        assert!(pace.take(Rank::FIRST, &said(2)) && !pace.take(Rank::FIRST, &said(2)));
        assert!(pace.take(Rank::FIRST, &said(3)) && !pace.take(Rank::FIRST, &said(4)));
    }
}
