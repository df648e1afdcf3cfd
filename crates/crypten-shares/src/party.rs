//! One party's side of a session: its place, its connections, its source of randomness, its counters.

use std::panic::Location;
use std::time::Instant;

use crypten_ring::{Prg, RingTensor, Seed};
use zeroize::{Zeroize, Zeroizing};

use crate::correlation::{Algebra, Kind, Supply};
use crate::error::{Error, Misuse};
use crate::ledger::{Disclosure, Ledger};
use crate::message::{Message, Operation, Step};
use crate::net::Net;
use crate::opening::Opening;
use crate::place::{Place, Rank};
use crate::provider::Provider;
use crate::share::{ArithmeticShare, BinaryShare};
use crate::stats::Stats;

/// What every protocol takes first: this party's net, provider and counters.
pub struct Party {
    net: Box<dyn Net>,
    provider: Box<dyn Provider>,
    /// One seed with each peer, for sharings of zero.
    pairwise: Vec<(Rank, Seed)>,
    /// How many sharings of zero have been made: each takes a stream of its own.
    zeros: u64,
    sequence: u64,
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
            zeros: 0,
            sequence: 0,
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
    /// None: no message is sent. Every party passes the shape; the owner alone passes the value.
    ///
    /// # Errors
    /// [`Misuse::NotTheOwner`] if the owner passes no value or another party does.
    pub fn share(
        &mut self,
        owner: Rank,
        shape: &[usize],
        value: Option<&RingTensor>,
    ) -> Result<ArithmeticShare, Error> {
        self.share_words(owner, shape, value, Algebra::Additive).map(ArithmeticShare::new)
    }

    /// Shares words that one party owns by exclusive or; otherwise as [`Party::share`].
    ///
    /// # Rounds
    /// None: no message is sent. Every party passes the shape; the owner alone passes the value.
    ///
    /// # Errors
    /// [`Misuse::NotTheOwner`] if the owner passes no value or another party does.
    pub fn share_binary(
        &mut self,
        owner: Rank,
        shape: &[usize],
        value: Option<&RingTensor>,
    ) -> Result<BinaryShare, Error> {
        self.share_words(owner, shape, value, Algebra::Xor).map(BinaryShare::new)
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
        Ok(BinaryShare::new(Prg::new(&random_seed()?, 0).tensor(shape)))
    }

    fn share_words(
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
        let zero = RingTensor::from_vec(shape, self.zero(shape.iter().product(), algebra));
        match (value, algebra) {
            (Some(value), _) if value.shape() != shape => {
                let (left, right) = (value.shape().to_vec(), shape.to_vec());
                Err(crypten_ring::Error::ShapeMismatch { operation: "share", left, right }.into())
            }
            (Some(value), Algebra::Additive) => Ok(value + &zero),
            (Some(value), Algebra::Xor) => Ok(value ^ &zero),
            (None, _) => Ok(zero),
        }
    }

    /// Waits until every party has come this far.
    ///
    /// # Rounds
    /// One, without payload.
    ///
    /// # Errors
    /// If the net fails.
    pub async fn barrier(&mut self) -> Result<(), Error> {
        let mut opening = Opening::new(self, "barrier", Algebra::Xor);
        opening.send(self, Vec::new()).await?;
        opening.receive(self).await.map(drop)
    }

    /// Tells the peers why this party stops, if the error is not one that they make alike.
    pub async fn abort(&mut self, error: &Error) {
        if let Some(fault) = error.fault(self.place().rank()) {
            self.net.abort(fault).await;
        }
    }

    /// This party's part of a fresh sharing of zero.
    pub(crate) fn zero(&mut self, words: usize, algebra: Algebra) -> Vec<u64> {
        let own = self.place().rank();
        let mut sum = vec![0; words];
        let mut mask = vec![0; if self.pairwise.is_empty() { 0 } else { words }];
        for (peer, seed) in &self.pairwise {
            Prg::new(seed, self.zeros).fill(&mut mask);
            for (sum, &mask) in sum.iter_mut().zip(&mask) {
                *sum = match algebra {
                    Algebra::Xor => *sum ^ mask,
                    Algebra::Additive if own < *peer => sum.wrapping_add(mask),
                    Algebra::Additive => sum.wrapping_sub(mask),
                };
            }
        }
        mask.zeroize();
        self.zeros += 1;
        sum
    }

    /// Fresh correlations from the provider.
    pub(crate) async fn supply(&mut self, kind: Kind, units: usize) -> Result<Supply, Error> {
        // As for shares: parties that draw different things are at different steps from here on.
        self.sequence += 1;
        let started = Instant::now();
        let supply = self.provider.supply(&mut *self.net, &kind, units).await?;
        self.stats.bytes_dealt += supply.bytes_received();
        self.stats.waiting += started.elapsed();
        Ok(supply)
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

    /// Sends words to one party outside an opening; [`Party::receive_from`] is the other end.
    pub(crate) async fn send_to(&mut self, to: Rank, step: Step, words: Vec<u64>) -> Result<(), Error> {
        self.stats.bytes_sent += 8 * words.len() as u64;
        Ok(self.net.send(to, Message::new(step, words)).await?)
    }

    /// Sends a message of an opening to every peer.
    pub(crate) async fn broadcast(&mut self, message: &Message) -> Result<(), Error> {
        for peer in self.place().peers() {
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

    /// A step that is one round.
    pub(crate) fn round(&mut self, operation: &'static str) -> Step {
        self.stats.rounds += u64::from(self.place().parties() > 1);
        self.next_step(Operation::new(operation))
    }

    pub(crate) async fn receive(&mut self, from: Rank, step: Step, words: usize) -> Result<Message, Error> {
        let started = Instant::now();
        let message = self.net.receive(from).await?;
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
