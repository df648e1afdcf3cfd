//! The dealer: a separate process that knows all seeds and streams corrections to party 0, ahead of demand.
//!
//! It sees requests (kinds and counts) and nothing else: no share, no opened value. It must not collude with a
//! party. Each kind is a stream of its own. A request names the stream, its kind and up to which unit it is
//! needed; the dealer sends that much, and then as much again, since what was asked for once is likely to be asked
//! for again.

use std::collections::HashMap;

use async_trait::async_trait;
use crypten_ring::Seed;

use crate::correlation::{Dealing, Kind, Supply};
use crate::error::Error;
use crate::message::{MAX_WORDS, Message, Operation, Step};
use crate::net::{Net, NetError};
use crate::party::random_seed;
use crate::place::Rank;
use crate::provider::Provider;
use crate::provider::first::{SEED, advance, receive_seed};

const REQUEST: Operation = Operation::new("deal");
const CORRECTION: Operation = Operation::new("correction");

/// Words of corrections that the dealer sends ahead of demand at the most, for each kind (64 MiB).
const AHEAD_WORDS: usize = 1 << 23;

/// A party's side of a dealer that runs as a process of its own.
#[derive(Default)]
pub struct Dealer {
    seed: Option<Seed>,
    used: HashMap<Kind, u64>,
    /// At party 0: streams by kind, and what has come of each.
    streams: HashMap<Kind, u64>,
    received: Vec<Vec<u64>>,
}

impl Dealer {
    /// The provider before it has begun.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for the units before `end` and waits until their corrections are here.
    async fn corrections(&mut self, net: &mut dyn Net, kind: &Kind, units: usize) -> Result<Vec<u64>, Error> {
        let dealer = net.place().dealer_rank();
        let known = self.streams.len() as u64;
        let stream = *self.streams.entry(kind.clone()).or_insert(known);
        self.received.resize_with(self.streams.len(), Vec::new);
        let step = Step {
            sequence: stream,
            operation: REQUEST,
        };
        let request = [vec![units as u64], kind.to_words()].concat();
        net.send(dealer, Message::new(step, request)).await?;
        let wanted = units * kind.correction_words();
        let position = usize::try_from(stream).expect("streams are counted from 0");
        while self.received[position].len() < wanted {
            let message = net.receive(dealer).await?;
            let Step { sequence, operation } = message.step;
            let of = usize::try_from(sequence)
                .ok()
                .filter(|&of| of < self.received.len());
            match of {
                Some(of) if operation == CORRECTION => self.received[of].extend(message.words()),
                _ => {
                    let here = Step {
                        sequence: stream,
                        operation: CORRECTION,
                    };
                    return Err(Error::Parted {
                        peer: dealer,
                        here,
                        there: message.step,
                    });
                }
            }
        }
        let rest = self.received[position].split_off(wanted);
        Ok(std::mem::replace(&mut self.received[position], rest))
    }
}

#[async_trait]
impl Provider for Dealer {
    fn name(&self) -> &'static str {
        "dealer"
    }

    async fn begin(&mut self, net: &mut dyn Net) -> Result<(), Error> {
        let dealer = net.place().dealer_rank();
        self.seed = Some(receive_seed(net, dealer).await?);
        Ok(())
    }

    async fn supply(&mut self, net: &mut dyn Net, kind: &Kind, units: usize) -> Result<Supply, Error> {
        let first = advance(&mut self.used, kind, units);
        let corrections = if net.place().is_first() {
            Some(self.corrections(net, kind, units).await?)
        } else {
            None
        };
        let seed = self
            .seed
            .as_ref()
            .expect("a party begins before it asks for supplies");
        Ok(match corrections {
            Some(corrections) => Supply::corrected(kind, seed, first, units, corrections),
            None => Supply::expanded(kind, seed, first, units),
        })
    }
}

impl std::fmt::Debug for Dealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dealer(..)")
    }
}

/// One kind's stream at the dealer.
struct Stream {
    dealing: Dealing,
    /// How many units have been sent.
    dealt: u64,
    /// How many units have been asked for.
    wanted: u64,
}

/// Serves the parties of one session as their dealer, until party 0 leaves. `net` is the dealer's own, at
/// [`crate::Place::dealer`].
///
/// # Errors
/// If the net fails or party 0 asks for what does not exist.
pub async fn serve_as_dealer(net: &mut dyn Net) -> Result<(), Error> {
    let mut seeds = Vec::new();
    for party in net.place().everyone() {
        let seed = random_seed()?;
        net.send(party, Message::new(SEED, seed.to_words().to_vec()))
            .await?;
        seeds.push(seed);
    }
    let mut streams: Vec<Stream> = Vec::new();
    loop {
        let message = match net.receive(Rank::FIRST).await {
            Ok(message) => message,
            Err(NetError::Left { .. }) => return Ok(()),
            // A party that computes for long asks for nothing: that is no fault.
            Err(NetError::Silent { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        let unknown = || Error::UnknownCorrelation { peer: Rank::FIRST };
        let Step { sequence, operation } = message.step;
        let ([units, kind @ ..], true) = (message.words(), operation == REQUEST) else {
            return Err(unknown());
        };
        let position = usize::try_from(sequence).map_err(|_| unknown())?;
        let kind = Kind::from_words(kind).ok_or_else(unknown)?;
        if position == streams.len() {
            streams.push(Stream {
                dealing: Dealing::new(&kind, &seeds),
                dealt: 0,
                wanted: 0,
            });
        }
        let stream = streams.get_mut(position).ok_or_else(unknown)?;
        stream.wanted = stream.wanted.checked_add(*units).ok_or_else(unknown)?;
        let ahead = AHEAD_WORDS / stream.dealing.layout().dependent_words().max(1);
        let target = stream.wanted.saturating_add((*units).min(ahead as u64));
        match deal_until(net, message.step.sequence, stream, target).await {
            // Party 0 is done before it has taken all that was dealt ahead.
            Err(Error::Net(NetError::Left { .. })) => return Ok(()),
            result => result?,
        }
    }
}

/// Sends the corrections of the units before `target`, several units a message or several messages a unit.
async fn deal_until(net: &mut dyn Net, sequence: u64, stream: &mut Stream, target: u64) -> Result<(), Error> {
    let layout = stream.dealing.layout().clone();
    let (independent, dependent) = (layout.independent_words(), layout.dependent_words());
    let step = Step {
        sequence,
        operation: CORRECTION,
    };
    let mut unit = vec![0; independent + dependent];
    let mut batch = Vec::with_capacity(dependent.min(MAX_WORDS));
    while stream.dealt < target {
        stream.dealing.deal(stream.dealt, &mut unit);
        stream.dealt += 1;
        for piece in unit[independent..].chunks(MAX_WORDS) {
            if batch.len() + piece.len() > MAX_WORDS {
                net.send(Rank::FIRST, Message::new(step, std::mem::take(&mut batch)))
                    .await?;
            }
            batch.extend(piece);
        }
    }
    if !batch.is_empty() {
        net.send(Rank::FIRST, Message::new(step, batch)).await?;
    }
    Ok(())
}
