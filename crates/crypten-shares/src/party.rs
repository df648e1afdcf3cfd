//! One party's side of a session: its place, its connections, its source of randomness, its counters.

mod common; // what two parties draw alike
mod pace; // how far party 2 may run ahead
mod share; // what one party owns

use std::panic::Location;
use std::time::Instant;

use crypten_ring::Seed;
use zeroize::Zeroizing;

use crate::correlation::{Algebra, Kind, Rows, Supply};
use crate::error::Error;
use crate::ledger::{Disclosure, Ledger};
use crate::message::{Message, Operation, Step, Words};
use crate::net::{Metered, Net};
use crate::opening::Opening;
use crate::place::{Place, Rank};
use crate::provider::Provider;
use crate::stats::Stats;
use common::Common;
use pace::Pace;

pub(crate) use common::Purpose;

/// What every protocol takes first: this party's net, provider and counters.
pub struct Party {
    net: Box<dyn Net>,
    provider: Box<dyn Provider>,
    common: Common,
    sequence: u64,
    /// The same for rounds between parties 0 and 1 of a replicated session, of which party 2 knows nothing.
    pair_sequence: u64,
    pace: Pace,
    stats: Stats,
    ledger: Ledger,
    /// Buffers for correlations, kept because fresh memory costs more than filling it.
    buffers: Vec<Zeroizing<Vec<u64>>>,
}

impl Party {
    /// Takes a place in a session: agrees on a seed with each peer.
    ///
    /// # Rounds
    /// One, of 32 bytes.
    ///
    /// # Errors
    /// If the net fails or the operating system gives no randomness.
    pub async fn join(net: Box<dyn Net>, provider: Box<dyn Provider>) -> Result<Self, Error> {
        let common = Common::new(net.place().rank(), net.place().parties());
        let mut party = Self {
            net,
            provider,
            common,
            sequence: 0,
            pair_sequence: 0,
            pace: Pace::default(),
            stats: Stats::default(),
            ledger: Ledger::default(),
            buffers: Vec::new(),
        };
        match party.agree_on_seeds().await {
            Ok(()) => Ok(party),
            Err(error) => {
                party.abort(&error).await;
                Err(error)
            }
        }
    }

    async fn agree_on_seeds(&mut self) -> Result<(), Error> {
        let step = self.next_step(Operation::new("join"));
        let mut own = Vec::new();
        for peer in self.place().peers() {
            let seed = random_seed()?;
            self.net.send(peer, Message::new(step, seed.to_words().to_vec())).await?;
            own.push((peer, seed));
        }
        for (peer, own) in own {
            let theirs = Zeroizing::new(self.receive(peer, step, 4).await?.into_words());
            let own = Zeroizing::new(own.to_words());
            self.common.agree(peer, &Seed::from_words(std::array::from_fn(|i| own[i] ^ theirs[i])));
        }
        self.provider.begin(&mut *self.net).await
    }

    /// Which party this is, among how many.
    #[must_use]
    pub fn place(&self) -> Place {
        self.net.place()
    }

    /// What the session has cost so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// Everything that has been made public so far, in order.
    #[must_use]
    pub fn ledger(&self) -> &[Disclosure] {
        self.ledger.entries()
    }

    /// Names the line of the program that asks for what is opened next, for the ledger.
    pub fn called_from(&mut self, caller: &'static Location<'static>) {
        self.ledger.called_from(caller);
    }

    /// Notes that a tensor is opened.
    pub(crate) fn disclose(&mut self, operation: &'static str, shape: &[usize], to: Option<Rank>) {
        self.ledger.note(operation, shape, to, self.sequence);
    }

    /// The name of the source of correlated randomness.
    #[must_use]
    pub fn provider_name(&self) -> &'static str {
        self.provider.name()
    }

    /// Waits until every party has come this far.
    ///
    /// # Rounds
    /// One, without payload.
    ///
    /// # Errors
    /// If the net fails.
    pub async fn barrier(&mut self) -> Result<(), Error> {
        let mut opening = Opening::among_all(self, "barrier", Algebra::Xor);
        opening.send(self, Vec::new()).await?;
        opening.receive(self).await.map(drop)
    }

    /// Tells the peers why this party stops, if the error is not one that they make alike.
    pub async fn abort(&mut self, error: &Error) {
        if let Some(fault) = error.fault(self.place().rank()) {
            self.net.abort(fault).await;
        }
    }

    /// This party's part of a fresh sharing of zero among all parties.
    pub(crate) fn zero(&mut self, words: usize, algebra: Algebra) -> Vec<u64> {
        self.common.zero(self.net.place().peers(), words, algebra)
    }

    /// What this party and each of `peers` draw alike; every party calls it at the same time.
    pub(crate) fn draw<const N: usize>(
        &mut self,
        purpose: Purpose,
        peers: [Rank; N],
        words: usize,
    ) -> [Vec<u64>; N] {
        self.common.draw(purpose, peers, words)
    }

    /// Begins something of which party 2 of a replicated session sends so many words and waits for nobody.
    pub(crate) async fn keep_pace(&mut self, words: usize) -> Result<(), Error> {
        if self.is_replicated() {
            self.pace.begin(&mut *self.net, words as u64).await?;
        }
        Ok(())
    }

    /// Fresh correlations from the provider; nothing at a party that has dealt them to the others: its share of
    /// whatever comes of them is zero.
    pub(crate) async fn supply(&mut self, kind: Kind, units: usize) -> Result<Option<Supply>, Error> {
        // As for shares: parties that draw different things are at different steps from here on.
        self.sequence += 1;
        self.keep_pace(kind.correction_words() * units).await?;
        let mut net = Metered::new(&mut *self.net);
        let supply = self.provider.supply(&mut net, &kind, units).await;
        self.stats.bytes_dealt += net.received;
        supply
    }

    /// Spends the next unit of a supply: writes it into `out`, waiting for its corrections where they come from
    /// elsewhere.
    pub(crate) async fn expand(&mut self, supply: &mut Supply, out: &mut [u64]) -> Result<(), Error> {
        self.await_corrections(supply).await?;
        supply.unit(out);
        Ok(())
    }

    /// Room for units of a supply; give it back with [`Party::recycle_rows`].
    pub(crate) fn rows(&mut self, supply: &Supply, units: usize) -> Rows {
        Rows::new(supply, self.buffer(Rows::buffer_words(supply, units)))
    }

    pub(crate) fn recycle_rows(&mut self, rows: Rows) {
        self.recycle(rows.into_buffer());
    }

    /// Spends the next unit of a supply into the next row.
    pub(crate) async fn expand_row(&mut self, supply: &mut Supply, rows: &mut Rows) -> Result<(), Error> {
        self.await_corrections(supply).await?;
        rows.push(supply);
        Ok(())
    }

    async fn await_corrections(&mut self, supply: &mut Supply) -> Result<(), Error> {
        while let Some(words) = supply.lacking() {
            let started = Instant::now();
            let portion = self.provider.corrections(&mut *self.net, supply.kind(), words).await?;
            self.stats.bytes_dealt += 8 * portion.len() as u64;
            self.stats.waiting += started.elapsed();
            supply.feed(portion);
        }
        Ok(())
    }

    /// A buffer of `words` words of any content; give it back with [`Party::recycle`].
    pub(crate) fn buffer(&mut self, words: usize) -> Zeroizing<Vec<u64>> {
        let best = (0..self.buffers.len()).max_by_key(|&i| self.buffers[i].capacity());
        match best.map(|i| self.buffers.swap_remove(i)) {
            Some(mut buffer) if buffer.capacity() >= words => {
                buffer.resize(words, 0);
                buffer
            }
            // One that is too small is wiped here; growing it in place would leave its masks in freed memory.
            _ => Zeroizing::new(vec![0; words]),
        }
    }

    pub(crate) fn recycle(&mut self, buffer: Zeroizing<Vec<u64>>) {
        self.buffers.push(buffer);
    }

    fn next_step(&mut self, operation: Operation) -> Step {
        self.sequence += 1;
        Step { sequence: self.position(), operation }
    }

    /// Counts all that parties do alike, with a message or without: who has done something else is noticed.
    fn position(&self) -> u64 {
        self.sequence + self.common.spent()
    }

    /// Whether shares lie with parties 0 and 1, and products are replicated.
    #[must_use]
    pub fn is_replicated(&self) -> bool {
        self.provider.is_replicated()
    }

    /// Whether this party holds shares: all do, but party 2 of a replicated session.
    pub(crate) fn holds_shares(&self) -> bool {
        !self.is_replicated() || self.place().rank() < Rank::THIRD
    }

    /// The peers that hold shares with this party: all of them, or the other one of two in a replicated session.
    pub(crate) fn partners(&self) -> impl Iterator<Item = Rank> + use<> {
        let replicated = self.is_replicated();
        self.place().peers().filter(move |&peer| !replicated || peer < Rank::THIRD)
    }

    /// Sends words to one party outside an opening; [`Party::receive_from`] is the other end.
    pub(crate) async fn send_to(&mut self, to: Rank, step: Step, words: Vec<u64>) -> Result<(), Error> {
        self.stats.bytes_sent += 8 * words.len() as u64;
        Ok(self.net.send(to, Message::new(step, words)).await?)
    }

    /// Sends a message of an opening to every peer.
    pub(crate) async fn broadcast(&mut self, message: &Message) -> Result<(), Error> {
        self.send_to_all(self.place().peers(), message).await
    }

    /// Sends a message to several.
    pub(crate) async fn send_to_all(
        &mut self,
        peers: impl Iterator<Item = Rank>,
        message: &Message,
    ) -> Result<(), Error> {
        for peer in peers {
            self.stats.bytes_sent += 8 * message.words().len() as u64;
            self.net.send(peer, message.clone()).await?;
        }
        Ok(())
    }

    pub(crate) async fn receive_from(
        &mut self,
        from: Rank,
        step: Step,
        words: usize,
    ) -> Result<Words, Error> {
        Ok(self.receive(from, step, words).await?.into_words())
    }

    /// A step of all parties that is one round.
    pub(crate) fn round(&mut self, operation: &'static str) -> Step {
        self.stats.rounds += u64::from(self.place().parties() > 1);
        self.next_step(Operation::new(operation))
    }

    /// A step of the parties that hold shares that is one round.
    pub(crate) fn partners_round(&mut self, operation: &'static str) -> Step {
        if !self.is_replicated() {
            return self.round(operation);
        }
        self.stats.rounds += 1;
        self.pair_sequence += 1;
        Step { sequence: self.position() + self.pair_sequence, operation: Operation::new(operation) }
    }

    pub(crate) async fn receive(&mut self, from: Rank, step: Step, words: usize) -> Result<Message, Error> {
        let started = Instant::now();
        let mut message = self.net.receive(from).await?;
        while self.is_replicated() && self.pace.take(from, &message) {
            message = self.net.receive(from).await?;
        }
        self.stats.waiting += started.elapsed();
        self.stats.bytes_received += 8 * message.words().len() as u64;
        if message.step != step {
            return Err(Error::Parted { peer: from, here: step, there: message.step });
        }
        if message.words().len() != words {
            return Err(Error::WrongLength {
                peer: from,
                step,
                expected: words,
                actual: message.words().len(),
            });
        }
        Ok(message)
    }
}

impl std::fmt::Debug for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Party({} of {}, ..)", self.place().rank(), self.place().parties())
    }
}

/// A fresh seed from the operating system.
pub(crate) fn random_seed() -> Result<Seed, Error> {
    let mut words = Zeroizing::new([0_u64; 4]);
    getrandom::fill(bytemuck::bytes_of_mut(&mut *words)).map_err(Error::Random)?;
    Ok(Seed::from_words(*words))
}
