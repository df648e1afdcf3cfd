//! Three parties of whom no two collude: the third deals masks to the other two, and sees no opening.
//!
//! Shares lie with parties 0 and 1, which run the protocols of two parties. Party 2 takes no part in their openings, so
//! that it may know the masks: it deals them as a dealer would, without being asked, since it runs the same program.
//! Products need no masks; they are replicated, over all three parties: see `protocol/replicated.rs`. Party 2 owns and
//! learns values as any party does.
//!
//! Sources: the setting of D. Bogdanov, S. Laur, J. Willemson, "Sharemind", ESORICS '08; masks from the third party as
//! in S. Wagh, D. Gupta, N. Chandran, "SecureNN", PETS '19.

use std::collections::HashMap;

use async_trait::async_trait;
use crypten_ring::Seed;
use zeroize::Zeroizing;

use crate::correlation::{Dealing, Kind, Supply};
use crate::error::{Error, Misuse};
use crate::message::{Buffers, Message, Operation, Step, Words};
use crate::net::Net;
use crate::party::random_seed;
use crate::place::Rank;
use crate::provider::Provider;
use crate::provider::corrections::send_corrections;
use crate::provider::first::{SEED, advance, receive_seed};

const CORRECTION: Operation = Operation::new("correction");

/// Three parties without a dealer. Semi-honest, and any one of them may be corrupt: two together could read everything.
#[derive(Default)]
pub struct Replicated {
    /// At party 2 the seeds of parties 0 and 1, elsewhere this party's own.
    seeds: Vec<Seed>,
    used: HashMap<Kind, u64>,
    /// How many supplies there have been.
    supplies: u64,
    /// At party 2: for corrections.
    buffers: Buffers,
}

impl Replicated {
    /// The provider before it has begun.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn step(&self) -> Step {
        Step { sequence: self.supplies, operation: CORRECTION }
    }

    /// Deals units of a kind: sends party 0 their corrections.
    async fn deal(&self, net: &mut dyn Net, kind: &Kind, first: u64, units: usize) -> Result<(), Error> {
        if kind.correction_words() == 0 {
            return Ok(());
        }
        let mut dealing = Dealing::new(kind, &self.seeds);
        send_corrections(net, self.step(), &mut dealing, first..first + units as u64, &self.buffers).await
    }
}

#[async_trait]
impl Provider for Replicated {
    fn name(&self) -> &'static str {
        "replicated"
    }

    fn is_replicated(&self) -> bool {
        true
    }

    async fn begin(&mut self, net: &mut dyn Net) -> Result<(), Error> {
        let parties = net.place().parties();
        if parties != 3 {
            return Err(Misuse::NotThreeParties { parties }.into());
        }
        if net.place().rank() == Rank::THIRD {
            for peer in [Rank::FIRST, Rank::SECOND] {
                let seed = random_seed()?;
                net.send(peer, Message::new(SEED, seed.to_words().to_vec())).await?;
                self.seeds.push(seed);
            }
        } else {
            self.seeds.push(receive_seed(net, Rank::THIRD).await?);
        }
        Ok(())
    }

    async fn supply(
        &mut self,
        net: &mut dyn Net,
        kind: &Kind,
        units: usize,
    ) -> Result<Option<Supply>, Error> {
        let first = advance(&mut self.used, kind, units);
        self.supplies += 1;
        match net.place().rank() {
            Rank::FIRST => Ok(Some(Supply::awaiting(kind, &self.seeds[0], first, units))),
            Rank::SECOND => Ok(Some(Supply::expanded(kind, &self.seeds[0], first, units))),
            _ => self.deal(net, kind, first, units).await.map(|()| None),
        }
    }

    async fn corrections(
        &mut self,
        net: &mut dyn Net,
        _: &Kind,
        words: usize,
    ) -> Result<Zeroizing<Words>, Error> {
        let (peer, here) = (Rank::THIRD, self.step());
        let message = net.receive(peer).await?;
        let (there, actual) = (message.step, message.words().len());
        if there != here {
            return Err(Error::Parted { peer, here, there });
        }
        if actual == 0 || actual > words {
            return Err(Error::WrongLength { peer, step: there, expected: words, actual });
        }
        Ok(Zeroizing::new(message.into_words()))
    }
}

impl std::fmt::Debug for Replicated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Replicated(..)")
    }
}
