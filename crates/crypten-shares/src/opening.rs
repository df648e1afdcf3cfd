//! One round in which every party sends its shares to every other.

use std::collections::VecDeque;

use crate::correlation::Algebra;
use crate::error::Error;
use crate::message::{MAX_WORDS, Message, Step, Words};
use crate::party::Party;
use crate::place::Rank;

/// One round in which every party that holds shares sends them to every other: pieces are sent as they are computed and
/// combined as they come, so that a long opening streams while the rest is still being worked on.
pub(crate) struct Opening {
    step: Step,
    algebra: Algebra,
    peers: Vec<Rank>,
    sent: VecDeque<Message>,
}

impl Opening {
    /// An opening inside a protocol, among the parties that hold shares.
    pub(crate) fn new(party: &mut Party, operation: &'static str, algebra: Algebra) -> Self {
        let (step, peers) = (party.partners_round(operation), party.partners().collect());
        Self { step, algebra, peers, sent: VecDeque::new() }
    }

    /// An opening to every party.
    pub(crate) fn among_all(party: &mut Party, operation: &'static str, algebra: Algebra) -> Self {
        let (step, peers) = (party.round(operation), party.place().peers().collect());
        Self { step, algebra, peers, sent: VecDeque::new() }
    }

    /// Sends the next piece of this party's shares.
    pub(crate) async fn send(&mut self, party: &mut Party, words: Vec<u64>) -> Result<(), Error> {
        debug_assert!(words.len() <= MAX_WORDS);
        let message = Message::new(self.step, words);
        party.send_to_all(self.peers.iter().copied(), &message).await?;
        self.sent.push_back(message);
        Ok(())
    }

    /// The opened values of the oldest piece that has been sent and not yet received.
    pub(crate) async fn receive(&mut self, party: &mut Party) -> Result<Words, Error> {
        let own = self.sent.pop_front().expect("a piece is received after it has been sent");
        let mut total: Option<Words> = None;
        for &peer in &self.peers {
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
