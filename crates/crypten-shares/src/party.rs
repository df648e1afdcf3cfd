//! One party's side of a session: its place, its connections, its source of randomness, its counters.

use std::panic::Location;
use std::time::Instant;

use crypten_ring::{Prg, RingTensor, Seed};
use zeroize::{Zeroize, Zeroizing};

use crate::correlation::{Algebra, Kind, Supply};
use crate::error::{Error, Misuse};
use crate::ledger::{Disclosure, Ledger};
use crate::message::{MAX_WORDS, Message, Operation, Step};
use crate::net::Net;
use crate::opening::Opening;
use crate::place::{Place, Rank};
use crate::provider::Provider;
use crate::share::{ArithmeticShare, BinaryShare};
use crate::stats::Stats;

/// What party 0 of a replicated session says to party 2 now and then: how far it has come.
const TAKEN: Operation = Operation::new("taken");

/// Words of correction that party 2 may deal before party 0 has said anything new (128 MiB): twice as many wait at most.
const WINDOW: u64 = 1 << 24;

/// What every protocol takes first: this party's net, provider and counters.
pub struct Party {
    net: Box<dyn Net>,
    provider: Box<dyn Provider>,
    /// One seed with each peer, for sharings of zero.
    pairwise: Vec<(Rank, Seed)>,
    /// How many streams of each of these seeds are spent.
    streams: u64,
    sequence: u64,
    /// The same for rounds between parties 0 and 1 of a replicated session, of which party 2 knows nothing.
    pair_sequence: u64,
    /// In a replicated session: words of correction that have been asked for, and windows of them that party 0 has taken.
    dealt: u64,
    taken: u64,
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
        let mut party = Self {
            net,
            provider,
            pairwise: Vec::new(),
            streams: 0,
            sequence: 0,
            pair_sequence: 0,
            dealt: 0,
            taken: 0,
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
            self.pairwise.push((peer, Seed::from_words(std::array::from_fn(|i| own[i] ^ theirs[i]))));
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

    /// Shares a tensor that one party owns: its sharing of zero, with the value added at the owner.
    ///
    /// # Rounds
    /// None: no message is sent. In a replicated session one of 8 bytes an element from party 2 to party 1, if party 2 is
    /// the owner. Every party passes the shape; the owner alone passes the value.
    ///
    /// # Errors
    /// [`Misuse::NotTheOwner`] if the owner passes no value or another party does.
    pub async fn share(
        &mut self,
        owner: Rank,
        shape: &[usize],
        value: Option<&RingTensor>,
    ) -> Result<ArithmeticShare, Error> {
        self.share_words(owner, shape, value, Algebra::Additive).await.map(ArithmeticShare::new)
    }

    /// Shares words that one party owns by exclusive or; otherwise as [`Party::share`].
    ///
    /// # Rounds
    /// None: no message is sent. In a replicated session one of 8 bytes an element from party 2 to party 1, if party 2 is
    /// the owner. Every party passes the shape; the owner alone passes the value.
    ///
    /// # Errors
    /// [`Misuse::NotTheOwner`] if the owner passes no value or another party does.
    pub async fn share_binary(
        &mut self,
        owner: Rank,
        shape: &[usize],
        value: Option<&RingTensor>,
    ) -> Result<BinaryShare, Error> {
        self.share_words(owner, shape, value, Algebra::Xor).await.map(BinaryShare::new)
    }

    /// Uniformly random words that no party knows, shared by exclusive or: each party draws a share of its own.
    ///
    /// # Rounds
    /// None: no message is sent.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub fn random_binary(&mut self, shape: &[usize]) -> Result<BinaryShare, Error> {
        self.sequence += 1;
        if self.is_replicated() && self.place().rank() == Rank::THIRD {
            return Ok(BinaryShare::zeros(shape));
        }
        Ok(BinaryShare::new(Prg::new(&random_seed()?, 0).tensor(shape)))
    }

    async fn share_words(
        &mut self,
        owner: Rank,
        shape: &[usize],
        value: Option<&RingTensor>,
        algebra: Algebra,
    ) -> Result<RingTensor, Error> {
        self.place().party(owner.index())?;
        if (self.place().rank() == owner) != value.is_some() {
            return Err(Misuse::NotTheOwner { owner }.into());
        }
        // Parties that share different things are at different steps from here on.
        self.sequence += 1;
        if let Some(value) = value
            && value.shape() != shape
        {
            let (left, right) = (value.shape().to_vec(), shape.to_vec());
            return Err(crypten_ring::Error::ShapeMismatch { operation: "share", left, right }.into());
        }
        let words = shape.iter().product();
        let mut own = match (self.is_replicated(), owner, self.place().rank()) {
            (true, Rank::THIRD, _) => self.hand_over(words, value, algebra).await?,
            (true, _, Rank::THIRD) => vec![0; words],
            _ => self.zero_among(self.partners(), words, algebra),
        };
        self.next_stream();
        if let Some(value) = value.filter(|_| !(self.is_replicated() && owner == Rank::THIRD)) {
            algebra.accumulate(&mut own, &value.words());
        }
        Ok(RingTensor::from_vec(shape, own))
    }

    /// The sharing between parties 0 and 1 of what party 2 owns: party 0 draws its share together with party 2, which sends
    /// party 1 the other.
    async fn hand_over(
        &mut self,
        words: usize,
        value: Option<&RingTensor>,
        algebra: Algebra,
    ) -> Result<Vec<u64>, Error> {
        let step = self.round("hand over");
        if self.place().is_first() {
            return Ok(self.common(Rank::THIRD, words));
        }
        let Some(value) = value else {
            let mut own = Vec::with_capacity(words);
            while own.len() < words {
                let piece = MAX_WORDS.min(words - own.len());
                own.extend(self.receive_from(Rank::THIRD, step, piece).await?);
            }
            return Ok(own);
        };
        let mut rest = value.words().into_owned();
        algebra.remove(&mut rest, &self.common(Rank::FIRST, words));
        for piece in rest.chunks(MAX_WORDS) {
            self.send_to(Rank::SECOND, step, piece.to_vec()).await?;
        }
        Ok(vec![0; words])
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
        let sum = self.zero_among(self.place().peers(), words, algebra);
        self.next_stream();
        sum
    }

    /// This party's part of a sharing of zero with `peers`, from the stream that is next.
    fn zero_among(&self, peers: impl Iterator<Item = Rank>, words: usize, algebra: Algebra) -> Vec<u64> {
        let own = self.place().rank();
        let mut sum = vec![0; words];
        let mut mask = vec![0; if self.pairwise.is_empty() { 0 } else { words }];
        for peer in peers {
            self.fill_common(peer, &mut mask);
            if own < peer { algebra.accumulate(&mut sum, &mask) } else { algebra.remove(&mut sum, &mask) }
        }
        mask.zeroize();
        sum
    }

    /// Words that this party and `peer` draw alike, and nobody else knows, from the stream that is next.
    pub(crate) fn common(&self, peer: Rank, words: usize) -> Vec<u64> {
        let mut drawn = vec![0; words];
        self.fill_common(peer, &mut drawn);
        drawn
    }

    fn fill_common(&self, peer: Rank, out: &mut [u64]) {
        let seed = self.pairwise.iter().find(|(other, _)| *other == peer);
        let (_, seed) = seed.expect("there is a seed with each peer");
        Prg::new(seed, self.streams).fill(out);
    }

    /// Goes on to the next stream of each common seed; every party does so at the same time.
    pub(crate) fn next_stream(&mut self) {
        self.streams += 1;
    }

    /// Fresh correlations from the provider; nothing at a party that has dealt them to the others: its share of whatever
    /// comes of them is zero.
    pub(crate) async fn supply(&mut self, kind: Kind, units: usize) -> Result<Option<Supply>, Error> {
        // As for shares: parties that draw different things are at different steps from here on.
        self.sequence += 1;
        if self.is_replicated() {
            self.keep_pace((kind.correction_words() * units) as u64).await?;
        }
        self.provider.supply(&mut *self.net, &kind, units).await
    }

    /// Keeps party 2, which waits for nobody while it deals, from running ahead without bounds.
    async fn keep_pace(&mut self, words: u64) -> Result<(), Error> {
        let before = self.dealt / WINDOW;
        self.dealt += words;
        let step = |window| Step { sequence: window, operation: TAKEN };
        for window in before..self.dealt / WINDOW {
            match self.place().rank() {
                Rank::FIRST => {
                    self.net.send(Rank::THIRD, Message::new(step(window), Vec::new())).await?;
                }
                Rank::THIRD => {
                    while self.taken < window {
                        let there = self.net.receive(Rank::FIRST).await?.step;
                        if there.operation != TAKEN {
                            return Err(Error::Parted { peer: Rank::FIRST, here: step(self.taken), there });
                        }
                        self.taken += 1;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Spends the next unit of a supply: writes it into `out`, waiting for its corrections where they come from elsewhere.
    pub(crate) async fn expand(&mut self, supply: &mut Supply, out: &mut [u64]) -> Result<(), Error> {
        while let Some(words) = supply.lacking() {
            let started = Instant::now();
            let portion = self.provider.corrections(&mut *self.net, supply.kind(), words).await?;
            self.stats.bytes_dealt += 8 * portion.len() as u64;
            self.stats.waiting += started.elapsed();
            supply.feed(portion);
        }
        supply.unit(out);
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
        Step { sequence: self.sequence, operation }
    }

    /// Whether shares lie with parties 0 and 1, and products are replicated.
    #[must_use]
    pub fn is_replicated(&self) -> bool {
        self.provider.is_replicated()
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
    ) -> Result<Vec<u64>, Error> {
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
        Step { sequence: self.pair_sequence, operation: Operation::new(operation) }
    }

    pub(crate) async fn receive(&mut self, from: Rank, step: Step, words: usize) -> Result<Message, Error> {
        let started = Instant::now();
        let mut message = self.net.receive(from).await?;
        while message.step.operation == TAKEN && self.is_replicated() {
            self.taken += 1;
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
