//! The dealer: a separate process that knows all seeds and streams corrections to party 0, ahead of demand.
//!
//! It sees requests (kinds and counts) and nothing else: no share, no opened value. It must not collude with a
//! party. Each kind is a stream of its own. A request names the stream, its kind and how many units are needed; the
//! dealer sends them and, from the second request on, as many again ahead of demand.

use std::collections::{HashMap, VecDeque};

use async_trait::async_trait;
use crypten_ring::Seed;
use zeroize::Zeroizing;

use crate::correlation::{Dealing, Kind, Supply};
use crate::error::{Error, Misuse};
use crate::message::{Buffers, Message, Operation, Step, Words};
use crate::net::{Net, NetError};
use crate::party::random_seed;
use crate::place::Rank;
use crate::plan::Request;
use crate::provider::Provider;
use crate::provider::corrections::send_corrections;
use crate::provider::first::{SEED, advance, receive_seed};

const REQUEST: Operation = Operation::new("deal");
const CORRECTION: Operation = Operation::new("correction");

/// Words of corrections that the dealer sends ahead of demand at the most, for each kind (64 MiB).
const AHEAD_WORDS: usize = 1 << 23;

/// Words of corrections that one request may ask for (2 GiB).
pub(crate) const MOST_WORDS: u64 = 1 << 28;

/// Streams that one session may have.
const MOST_STREAMS: usize = 1 << 20;

/// Streams whose buffers the dealer keeps between requests; those of others are made anew.
const LIVE_STREAMS: usize = 256;

/// Words of a unit of these streams together (1 GiB); a buffer is about twice a unit.
const LIVE_WORDS: usize = 1 << 27;

/// A party's side of a dealer that runs as a process of its own.
#[derive(Default)]
pub struct Dealer {
    seed: Option<Seed>,
    used: HashMap<Kind, u64>,
    /// At party 0: the streams by kind, and what has come of each.
    numbers: HashMap<Kind, usize>,
    streams: Vec<Incoming>,
}

/// What party 0 has of one stream.
#[derive(Default)]
struct Incoming {
    /// Corrections that have not been spent, in the portions in which they came.
    portions: VecDeque<Zeroizing<Words>>,
    /// Words that have been asked for.
    asked: usize,
    /// Words that have come.
    received: usize,
    /// Words that may come in all: what was asked for, and ahead of demand once more what a request asked for.
    most: usize,
}

impl Dealer {
    /// The provider before it has begun.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for the next units.
    async fn request(&mut self, net: &mut dyn Net, kind: &Kind, units: usize) -> Result<(), Error> {
        let next = self.streams.len();
        let number = *self.numbers.entry(kind.clone()).or_insert(next);
        if number == next {
            self.streams.push(Incoming::default());
        }
        let words = units * kind.correction_words();
        let stream = &mut self.streams[number];
        stream.asked += words;
        stream.most = stream.most.max(stream.asked + words);
        let step = Step { sequence: number as u64, operation: REQUEST };
        let request = [vec![units as u64], kind.to_words()].concat();
        Ok(net.send(net.place().dealer_rank(), Message::new(step, request)).await?)
    }

    /// Receives one message of any stream.
    async fn receive(&mut self, net: &mut dyn Net, here: Step) -> Result<(), Error> {
        let dealer = net.place().dealer_rank();
        let message = net.receive(dealer).await?;
        let there = message.step;
        let stream = usize::try_from(there.sequence).ok().and_then(|of| self.streams.get_mut(of));
        let stream = stream.filter(|_| there.operation == CORRECTION && !message.words().is_empty());
        let stream = stream.ok_or(Error::Parted { peer: dealer, here, there })?;
        let (actual, expected) = (message.words().len(), stream.most - stream.received);
        if actual > expected {
            return Err(Error::WrongLength { peer: dealer, step: there, expected, actual });
        }
        stream.received += actual;
        stream.portions.push_back(Zeroizing::new(message.into_words()));
        Ok(())
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

    async fn supply(
        &mut self,
        net: &mut dyn Net,
        kind: &Kind,
        units: usize,
    ) -> Result<Option<Supply>, Error> {
        // Every party comes to the same answer, so none is left waiting.
        if !(Request { kind: kind.clone(), units }).is_bounded() {
            return Err(Misuse::TooMuchRandomness { limit: MOST_WORDS }.into());
        }
        let first = advance(&mut self.used, kind, units);
        if net.place().is_first() {
            self.request(net, kind, units).await?;
        }
        let seed = self.seed.as_ref().expect("a party begins before it asks for supplies");
        let make = if net.place().is_first() { Supply::awaiting } else { Supply::expanded };
        Ok(Some(make(kind, seed, first, units)))
    }

    async fn corrections(
        &mut self,
        net: &mut dyn Net,
        kind: &Kind,
        words: usize,
    ) -> Result<Zeroizing<Words>, Error> {
        let number = self.numbers[kind];
        let here = Step { sequence: number as u64, operation: CORRECTION };
        loop {
            if let Some(mut portion) = self.streams[number].portions.pop_front() {
                if portion.len() > words {
                    let rest = portion[words..].to_vec();
                    self.streams[number].portions.push_front(Zeroizing::new(rest.into()));
                    portion.truncate(words);
                }
                return Ok(portion);
            }
            self.receive(net, here).await?;
        }
    }
}

impl std::fmt::Debug for Dealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dealer(..)")
    }
}

/// One kind's stream at the dealer.
struct Stream {
    kind: Kind,
    dealing: Option<Box<Dealing>>,
    /// When it was last asked for, in requests.
    last: u64,
    /// How many units have been sent.
    dealt: u64,
    /// How many units have been asked for.
    wanted: u64,
}

/// Serves the parties of one session as their dealer, until party 0 leaves. `net` is the dealer's own, at
/// [`crate::Place::dealer`].
///
/// # Errors
/// If the net fails or party 0 asks for what does not exist; the parties are told.
pub async fn serve_as_dealer(net: &mut dyn Net) -> Result<(), Error> {
    let result = serve(net).await;
    if let Err(error) = &result
        && let Some(fault) = error.fault(net.place().rank())
    {
        net.abort(fault).await;
    }
    result
}

async fn serve(net: &mut dyn Net) -> Result<(), Error> {
    let mut seeds = Vec::new();
    for party in net.place().everyone() {
        let seed = random_seed()?;
        net.send(party, Message::new(SEED, seed.to_words().to_vec())).await?;
        seeds.push(seed);
    }
    let (mut streams, buffers) = (Vec::<Stream>::new(), Buffers::default());
    for request in 0.. {
        let message = match net.receive(Rank::FIRST).await {
            Ok(message) => message,
            Err(NetError::Left { .. }) => break,
            // A party that computes for long asks for nothing: that is no fault.
            Err(NetError::Silent { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        let (position, target) =
            requested(&message, &mut streams).ok_or(Error::UnknownCorrelation { peer: Rank::FIRST })?;
        forget_the_oldest(&mut streams, position);
        streams[position].last = request;
        match deal_until(net, position as u64, &mut streams[position], &seeds, target, &buffers).await {
            // Party 0 is done before it has taken all that was dealt ahead.
            Err(Error::Net(NetError::Left { .. })) => break,
            result => result?,
        }
    }
    Ok(())
}

/// Drops the buffers of the streams that were asked for the longest ago, if there are too many or too large ones beside
/// those of `next`.
fn forget_the_oldest(streams: &mut [Stream], next: usize) {
    loop {
        let live = || streams.iter().enumerate().filter(|(i, stream)| *i != next && stream.dealing.is_some());
        let words = live().map(|(_, stream)| stream.kind.layout().words()).sum::<usize>();
        if live().count() < LIVE_STREAMS && words <= LIVE_WORDS {
            return;
        }
        if let Some((oldest, _)) = live().min_by_key(|(_, stream)| stream.last) {
            streams[oldest].dealing = None;
        }
    }
}

/// The stream that a message asks for and up to which unit it is to be dealt; `None` if it asks for what does not
/// exist, or for too much.
fn requested(message: &Message, streams: &mut Vec<Stream>) -> Option<(usize, u64)> {
    let Step { sequence, operation } = message.step;
    let Request { kind, units } = Request::from_words(message.words()).filter(|_| operation == REQUEST)?;
    let position = usize::try_from(sequence).ok().filter(|&position| position < MOST_STREAMS)?;
    if position == streams.len() {
        streams.push(Stream { kind: kind.clone(), dealing: None, last: 0, dealt: 0, wanted: 0 });
    }
    let stream = streams.get_mut(position).filter(|stream| stream.kind == kind)?;
    let (units, width) = (units as u64, kind.correction_words().max(1) as u64);
    // What was asked for twice is likely to be asked for again.
    let ahead = if stream.wanted > 0 { units.min(AHEAD_WORDS as u64 / width) } else { 0 };
    stream.wanted = stream.wanted.checked_add(units)?;
    Some((position, stream.wanted.checked_add(ahead)?))
}

/// Sends the corrections of the units before `target`.
async fn deal_until(
    net: &mut dyn Net,
    sequence: u64,
    stream: &mut Stream,
    seeds: &[Seed],
    target: u64,
    buffers: &Buffers,
) -> Result<(), Error> {
    let units = stream.dealt.min(target)..target;
    stream.dealt = units.end.max(stream.dealt);
    if stream.kind.correction_words() == 0 {
        return Ok(());
    }
    let dealing = stream.dealing.get_or_insert_with(|| Box::new(Dealing::new(&stream.kind, seeds)));
    send_corrections(net, Step { sequence, operation: CORRECTION }, dealing, units, buffers).await
}
