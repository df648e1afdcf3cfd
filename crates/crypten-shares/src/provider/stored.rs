//! Correlations that were dealt before the run: each party takes its part from a file.
//!
//! A file holds what all files of one dealing share (a random identity and the plan), the party's seed, and at party 0
//! the corrections of every request in order:
//!
//! ```text
//! kind, version, seed (4), identity (4), rank, parties, length of the plan, plan, checksum (4)
//! corrections of a request, checksum (4)                        at party 0, for every request
//! ```
//!
//! A file serves once. Before the first unit is handed out, the seed is overwritten with zeros: what is left of the
//! file is good for nothing.

mod deal; // makes the files
mod together; // the same, by two parties

use std::collections::HashMap;
use std::fmt;
use std::fs::{File, TryLockError};
use std::path::Path;

use async_trait::async_trait;
use crypten_ring::Seed;
use zeroize::Zeroizing;

use crate::correlation::{Kind, Supply};
use crate::error::{Error, FileError, FileFlaw};
use crate::message::{Message, Operation, Step};
use crate::net::Net;
use crate::place::Place;
use crate::plan::{Plan, Request};
use crate::protocol::tell::odd_one_out;
use crate::provider::Provider;
use crate::provider::first::advance;
use crate::sealed::SealedReader;

pub use deal::{deal, dealt_file};

const KIND: [u8; 8] = *b"CRYPTEND";
const VERSION: u64 = 2;

/// Where the seed stands in a file.
const SEED_AT: u64 = 2;

/// The step in which the parties compare their files.
const DEALING: Step = Step { sequence: 0, operation: Operation::new("dealing") };

/// A party's part of what [`deal`](fn@deal) made, as its source of correlated randomness.
///
/// The run must ask for exactly what the plan says, in that order.
///
/// # Security
/// Whoever dealt knows all masks and must collude with no party. No party knows more than its own file. The file is
/// locked while it is open, and serves once.
pub struct StoredProvider {
    file: SealedReader,
    seed: Seed,
    identity: [u64; 4],
    plan: Plan,
    /// How many requests have been met.
    position: usize,
    used: HashMap<Kind, u64>,
}

impl StoredProvider {
    /// The name by which configurations and reports call it.
    pub const NAME: &'static str = "stored";

    /// Opens the file of the party at `place`.
    ///
    /// # Errors
    /// If the file cannot be read and written, is no such file or a changed one, is in use or has been used, or belongs
    /// to another place.
    pub fn open(path: impl AsRef<Path>, place: Place) -> Result<Self, Error> {
        let path = path.as_ref();
        let file = File::options().read(true).write(true).open(path).map_err(FileError::at(path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FileError::flawed(path, FileFlaw::InUse).into()),
            Err(TryLockError::Error(source)) => return Err(FileError::at(path)(source).into()),
        }
        let mut file = SealedReader::begin(path, file, KIND, VERSION)?;
        let seed: Zeroizing<[u64; 4]> = Zeroizing::new(file.array()?);
        if *seed == [0; 4] {
            return Err(file.flawed(FileFlaw::Used).into());
        }
        let identity: [u64; 4] = file.array()?;
        let [rank, parties, length] = file.array::<3>()?;
        let words = file.words(length)?;
        file.check()?;
        let plan = Plan::from_words(&words).ok_or_else(|| file.flawed(FileFlaw::Malformed))?;
        if parties != place.parties() as u64 {
            let flaw = FileFlaw::Parties { found: parties, expected: place.parties() };
            return Err(file.flawed(flaw).into());
        }
        if rank != place.rank().index() as u64 {
            let flaw = FileFlaw::Rank { found: rank, expected: place.rank().index() };
            return Err(file.flawed(flaw).into());
        }
        let sealed = |request: &Request| u128::from(request.correction_words()) + 4;
        let corrections: u128 = plan.requests().iter().filter(|_| place.is_first()).map(sealed).sum();
        if u128::from(file.left()) != corrections {
            return Err(file.flawed(FileFlaw::Length).into());
        }
        let seed = Seed::from_words(*seed);
        Ok(Self { file, seed, identity, plan, position: 0, used: HashMap::new() })
    }

    /// What the run must ask for.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How many words of correction belong to a request, if it is the next one of the plan.
    fn planned(&self, asked: Request) -> Result<u64, Error> {
        match self.plan.requests().get(self.position) {
            Some(planned) if *planned == asked => Ok(planned.correction_words()),
            planned => {
                let deviation = Deviation { position: self.position, planned: planned.cloned(), asked };
                Err(Error::OffPlan(Box::new(deviation)))
            }
        }
    }
}

#[async_trait]
impl Provider for StoredProvider {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    async fn begin(&mut self, net: &mut dyn Net) -> Result<(), Error> {
        let place = net.place();
        let own = [self.identity, self.plan.digest()].concat();
        for peer in place.peers() {
            net.send(peer, Message::new(DEALING, own.clone())).await?;
        }
        let mut said = Vec::new();
        for rank in place.everyone() {
            if rank == place.rank() {
                said.push(own.clone());
                continue;
            }
            let message = net.receive(rank).await?;
            let (there, actual) = (message.step, message.words().len());
            if there != DEALING {
                return Err(Error::Parted { peer: rank, here: DEALING, there });
            }
            if actual != own.len() {
                return Err(Error::WrongLength { peer: rank, step: DEALING, expected: own.len(), actual });
            }
            said.push(message.words().to_vec());
        }
        match odd_one_out(&said) {
            Some(peer) => Err(Error::OtherDealing { peer }),
            None => Ok(()),
        }
    }

    async fn supply(
        &mut self,
        net: &mut dyn Net,
        kind: &Kind,
        units: usize,
    ) -> Result<Option<Supply>, Error> {
        let words = self.planned(Request { kind: kind.clone(), units })?;
        if self.position == 0 {
            self.file.overwrite(SEED_AT, &[0; 4])?;
        }
        self.position += 1;
        let first = advance(&mut self.used, kind, units);
        if !net.place().is_first() {
            return Ok(Some(Supply::expanded(kind, &self.seed, first, units)));
        }
        let corrections = self.file.words(words)?;
        self.file.check()?;
        Ok(Some(Supply::corrected(kind, &self.seed, first, units, corrections)))
    }
}

impl fmt::Debug for StoredProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredProvider({:?}, ..)", self.file)
    }
}

/// Where a run left the plan that was dealt for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// Which request it was, counted from 0.
    pub position: usize,
    /// What the plan has there; nothing if it has ended.
    pub planned: Option<Request>,
    /// What the run asked for.
    pub asked: Request,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { position, planned, asked } = self;
        match planned {
            Some(planned) => write!(f, "request {position} is {asked}; the plan has {planned} there"),
            None => write!(f, "request {position} is {asked}; the plan ends before it"),
        }
    }
}
