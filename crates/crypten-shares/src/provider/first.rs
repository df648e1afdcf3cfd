//! Party 0 makes all correlated randomness itself. **Insecure**: it could read every value. For development.

use std::collections::HashMap;

use async_trait::async_trait;
use crypten_ring::Seed;
use zeroize::Zeroizing;

use crate::correlation::{Kind, Supply};
use crate::error::Error;
use crate::message::{Message, Operation, Step};
use crate::net::Net;
use crate::party::random_seed;
use crate::place::Rank;
use crate::provider::Provider;

/// The step in which a party learns its seed.
pub(super) const SEED: Step = Step { sequence: 0, operation: Operation::new("provider seed") };

/// Party 0 as the source of correlated randomness: no dealer is needed and nothing is sent, but party 0 knows
/// every mask and could read every value. For development and measurement only.
#[derive(Default)]
pub struct InsecureFirstParty {
    /// At party 0 the seeds of all parties, elsewhere this party's own.
    seeds: Vec<Seed>,
    used: HashMap<Kind, u64>,
}

impl InsecureFirstParty {
    /// The provider before it has begun.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Provider for InsecureFirstParty {
    fn name(&self) -> &'static str {
        "insecure-first-party"
    }

    async fn begin(&mut self, net: &mut dyn Net) -> Result<(), Error> {
        if net.place().is_first() {
            self.seeds.reserve_exact(net.place().parties());
            self.seeds.push(random_seed()?);
            for peer in net.place().peers() {
                let seed = random_seed()?;
                net.send(peer, Message::new(SEED, seed.to_words().to_vec())).await?;
                self.seeds.push(seed);
            }
        } else {
            self.seeds.push(receive_seed(net, Rank::FIRST).await?);
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
        Ok(Some(if net.place().is_first() {
            Supply::dealt(kind, &self.seeds, first, units)
        } else {
            Supply::expanded(kind, &self.seeds[0], first, units)
        }))
    }
}

impl std::fmt::Debug for InsecureFirstParty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InsecureFirstParty(..)")
    }
}

/// Reserves units of a kind; returns the number of the first.
pub(super) fn advance(used: &mut HashMap<Kind, u64>, kind: &Kind, units: usize) -> u64 {
    let next = used.entry(kind.clone()).or_default();
    *next += units as u64;
    *next - units as u64
}

/// A party's seed, as it comes from whoever makes the correlations.
pub(super) async fn receive_seed(net: &mut dyn Net, from: Rank) -> Result<Seed, Error> {
    let message = net.receive(from).await?;
    if message.step != SEED {
        return Err(Error::Parted { peer: from, here: SEED, there: message.step });
    }
    let words = Zeroizing::new(message.into_words());
    let actual = words.len();
    let words: Zeroizing<[u64; 4]> =
        Zeroizing::new(words[..].try_into().map_err(|_| Error::WrongLength {
            peer: from,
            step: SEED,
            expected: 4,
            actual,
        })?);
    Ok(Seed::from_words(*words))
}
