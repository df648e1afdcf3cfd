//! One party's place in a running computation.

use std::sync::{Arc, Mutex, PoisonError};

use crypten_ring::Scale;
use crypten_shares::{Net, Party, Place, Rank, Stats};

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
    scale: Scale,
    state: Mutex<State>,
}

enum State {
    Running(Box<Party>),
    /// An error has ended the session; the counters as they stood then.
    Over(Stats),
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
        let party = pollster::block_on(Party::join(net, provider))?;
        let (place, state) = (party.place(), Mutex::new(State::Running(Box::new(party))));
        Ok(Self { inner: Arc::new(Inner { place, scale, state }) })
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
        match &*self.inner.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Running(party) => party.stats(),
            State::Over(stats) => *stats,
        }
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
        self.run(async |party| party.barrier().await)
    }

    /// Runs a protocol of `crypten-shares` in this session.
    ///
    /// # Errors
    /// What the protocol returns. An error that the peers cannot share ends the session, and tells them why.
    pub fn run<T>(
        &self,
        protocol: impl AsyncFnOnce(&mut Party) -> Result<T, crypten_shares::Error>,
    ) -> Result<T, Error> {
        let mut state = self.inner.state.lock().map_err(|_| Error::SessionOver)?;
        let State::Running(party) = &mut *state else {
            return Err(Error::SessionOver);
        };
        let result = pollster::block_on(protocol(party));
        if let Err(error) = &result
            && error.fault(party.place().rank()).is_some()
        {
            pollster::block_on(party.abort(error));
            *state = State::Over(party.stats());
        }
        Ok(result?)
    }

    /// This party's place.
    #[must_use]
    pub fn place(&self) -> Place {
        self.inner.place
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
        let share = self.run(async |party| party.share(owner, shape, words.as_ref()))?;
        Ok(CrypTensor::new(self, share, self.scale()))
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session(party {} of {})", self.rank(), self.parties())
    }
}
