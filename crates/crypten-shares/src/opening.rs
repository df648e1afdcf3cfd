//! One round in which every party sends its shares to every other.

use std::collections::VecDeque;

use crate::correlation::Algebra;
use crate::error::Error;
use crate::message::{MAX_WORDS, Message, Step};
use crate::party::Party;

/// One round in which every party sends its shares to every other: pieces are sent as they are computed and
/// combined as they come, so that a long opening streams while the rest is still being worked on.
pub(crate) struct Opening {
    step: Step,
    algebra: Algebra,
    sent: VecDeque<Message>,
}

impl Opening {
    pub(crate) fn new(party: &mut Party, operation: &'static str, algebra: Algebra) -> Self {
        Self { step: party.round(operation), algebra, sent: VecDeque::new() }
    }

    /// Sends the next piece of this party's shares.
    pub(crate) async fn send(&mut self, party: &mut Party, words: Vec<u64>) -> Result<(), Error> {
        debug_assert!(words.len() <= MAX_WORDS);
        let message = Message::new(self.step, words);
        party.broadcast(&message).await?;
        self.sent.push_back(message);
        Ok(())
    }

    /// The opened values of the oldest piece that has been sent and not yet received.
    pub(crate) async fn receive(&mut self, party: &mut Party) -> Result<Vec<u64>, Error> {
        let own = self.sent.pop_front().expect("a piece is received after it has been sent");
        let mut total: Option<Vec<u64>> = None;
        for peer in party.place().peers() {
            let message = party.receive(peer, self.step, own.words().len()).await?;
            match &mut total {
                None => total = Some(message.into_words()),
                Some(total) => self.algebra.accumulate(total, message.words()),
            }
        }
        Ok(match total {
            None => own.into_words(),
            Some(mut total) => {
                self.algebra.accumulate(&mut total, own.words());
                total
            }
        })
    }
}
