//! One party's place in a running computation.

use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crypten_ring::Scale;
use crypten_shares::{Disclosure, Net, Party, Place, Plan, Rank, Recorder, Recording, Stats};

use crate::cost::{Cost, CostReport, Costs};
use crate::error::Error;
use crate::plain::Plain;
use crate::tensor::CrypTensor;

/// A party's side of a session. Cloning gives another handle to the same session.
///
/// All parties run the same program: they call the same operations on the same shapes in the same order, from one
/// thread. At the next operation that needs the peers, a party that shared or computed something else is stopped with
/// an error that says where the programs parted. Operations that send nothing, like sums, are not compared.
#[derive(Clone)]
pub struct Session {
    inner: Arc<Inner>,
}

struct Inner {
    place: Place,
    replicated: bool,
    scale: Scale,
    recording: Recording,
    /// Computes what is public; draws nothing, so that all parties compute the same.
    clear: crypten_autograd::Plain,
    state: Mutex<State>,
}

struct State {
    party: Box<Party>,
    /// Whether an error has ended the session.
    over: bool,
    /// What has been spent, by operation.
    costs: Costs,
}

impl Session {
    /// A session over any transport and any source of correlated randomness.
    ///
    /// # Errors
    /// If the parties cannot join.
    pub fn new(
        net: Box<dyn Net>,
        provider: Box<dyn crypten_shares::Provider>,
        scale: Scale,
    ) -> Result<Self, Error> {
        let recorder = Recorder::new(provider);
        let recording = recorder.recording();
        let party = pollster::block_on(Party::join(net, Box::new(recorder)))?;
        let (place, replicated, party) = (party.place(), party.is_replicated(), Box::new(party));
        let state = Mutex::new(State { party, over: false, costs: Costs::new() });
        let clear = crypten_autograd::Plain::default();
        Ok(Self { inner: Arc::new(Inner { place, replicated, scale, recording, clear, state }) })
    }

    /// This party's rank.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.inner.place.rank().index()
    }

    /// The number of parties.
    #[must_use]
    pub fn parties(&self) -> usize {
        self.inner.place.parties()
    }

    /// The precision of encrypted numbers.
    #[must_use]
    pub fn scale(&self) -> Scale {
        self.inner.scale
    }

    /// What the session has cost this party so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.state().party.stats()
    }

    /// Runs a part of a program and tells what it has cost this party, operation by operation.
    ///
    /// ```
    /// # fn main() -> Result<(), crypten::Error> {
    /// # crypten::local(2, crypten::ProviderKind::InsecureFirstParty, |session| {
    /// let x = session.cryptensor(crypten::ndarray::array![1.0, -2.0, 3.0], 0)?;
    /// let (y, cost) = session.cost(|| x.sigmoid()?.mul(&x));
    /// assert_eq!(cost.total().stats.rounds, 7);
    /// println!("{cost}");
    /// # y.map(drop)
    /// # })?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn cost<T>(&self, part: impl FnOnce() -> T) -> (T, CostReport) {
        let before = self.state().costs.clone();
        let result = part();
        let after = self.state().costs.clone();
        (result, CostReport::between(&before, after))
    }

    /// Everything that has been made public so far: which tensor, to whom, where in the program. In order.
    #[must_use]
    pub fn ledger(&self) -> Vec<Disclosure> {
        self.state().party.ledger().to_vec()
    }

    /// Begins to note what the session asks of its source of correlated randomness, until [`Session::take_plan`].
    ///
    /// What is dealt from a plan serves a session from its beginning, so a recording begins before the first operation.
    pub fn record(&self) {
        self.inner.recording.start();
    }

    /// What the session has asked for since [`Session::record`], for [`crypten::deal`](crate::deal); the recording
    /// ends.
    ///
    /// It depends on shapes and public values: whether public factors are whole decides what is rounded. It is the same at
    /// every party and says nothing of secrets.
    /// [`crypten::rehearse`](crate::rehearse) gets it without peers.
    #[must_use]
    pub fn take_plan(&self) -> Plan {
        self.inner.recording.take()
    }

    /// Encrypts a tensor that party `src` owns. Every party calls it with a tensor of the same shape; only the values
    /// of `src` are used.
    ///
    /// # Rounds
    /// None: sharing sends no message.
    ///
    /// # Errors
    /// If there is no party `src`, or its values do not fit the precision. Only `src` notices that, and may call again
    /// with values that fit; if it gives up instead, its peers find that it has left.
    pub fn cryptensor(&self, x: impl Plain, src: usize) -> Result<CrypTensor, Error> {
        let x = x.plain();
        if src == self.rank() {
            self.share(src, x.shape(), Some(&x))
        } else {
            self.share(src, x.shape(), None)
        }
    }

    /// The part of [`Session::cryptensor`] of a party that owns nothing: it knows the shape only.
    ///
    /// # Errors
    /// If there is no party `src`, or it is this one.
    pub fn cryptensor_of(&self, shape: &[usize], src: usize) -> Result<CrypTensor, Error> {
        self.share(src, shape, None)
    }

    /// Waits until every party has come this far.
    ///
    /// # Rounds
    /// One, without payload.
    ///
    /// # Errors
    /// If a peer or the network fails.
    pub fn barrier(&self) -> Result<(), Error> {
        self.perform("barrier", async |party| party.barrier().await)
    }

    /// Runs a protocol of `crypten-shares` in this session.
    ///
    /// # Errors
    /// What the protocol returns. An error that the peers cannot share ends the session, and tells them why.
    pub fn run<T>(
        &self,
        protocol: impl AsyncFnOnce(&mut Party) -> Result<T, crypten_shares::Error>,
    ) -> Result<T, Error> {
        self.perform("run", protocol)
    }

    /// The same, counted under the name of an operation.
    pub(crate) fn perform<T>(
        &self,
        operation: &'static str,
        protocol: impl AsyncFnOnce(&mut Party) -> Result<T, crypten_shares::Error>,
    ) -> Result<T, Error> {
        let mut state = self.inner.state.lock().map_err(|_| Error::SessionOver)?;
        let State { party, over, costs } = &mut *state;
        if *over {
            return Err(Error::SessionOver);
        }
        let (started, before) = (Instant::now(), party.stats());
        let result = pollster::block_on(protocol(party));
        let cost = Cost { calls: 1, stats: party.stats() - before, elapsed: started.elapsed() };
        costs.entry(operation).or_default().add(&cost);
        if let Err(error) = &result
            && error.fault(party.place().rank()).is_some()
        {
            pollster::block_on(party.abort(error));
            *over = true;
        }
        Ok(result?)
    }

    /// The same for an opening, which stands in the ledger with the line of the program that asked for it.
    #[track_caller]
    pub(crate) fn disclose<T>(
        &self,
        protocol: impl AsyncFnOnce(&mut Party) -> Result<T, crypten_shares::Error>,
    ) -> Result<T, Error> {
        let caller = Location::caller();
        self.perform("reveal", async |party| {
            party.called_from(caller);
            protocol(party).await
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This party's place.
    #[must_use]
    pub fn place(&self) -> Place {
        self.inner.place
    }

    /// Whether shares lie with parties 0 and 1 of three.
    pub(crate) fn is_replicated(&self) -> bool {
        self.inner.replicated
    }

    /// The distance of neighbouring numbers at the session's precision.
    pub(crate) fn unit(&self) -> f64 {
        self.scale().decode_scalar(1)
    }

    /// What computes with public numbers.
    pub(crate) fn clear(&self) -> &crypten_autograd::Plain {
        &self.inner.clear
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    fn share(
        &self,
        src: usize,
        shape: &[usize],
        x: Option<&crate::plain::Public>,
    ) -> Result<CrypTensor, Error> {
        let owner: Rank = self.inner.place.party(src)?;
        let words = x.map(|x| x.encode(self.scale())).transpose()?;
        let share =
            self.perform("cryptensor", async |party| party.share(owner, shape, words.as_ref()).await)?;
        Ok(CrypTensor::new(self, share, self.scale()))
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session(party {} of {})", self.rank(), self.parties())
    }
}
