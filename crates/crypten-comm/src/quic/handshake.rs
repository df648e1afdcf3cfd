//! What two nodes say first: who they are and on which terms they compute.
//!
//! Both send magic (8 bytes), protocol version (4, little endian), length (4, little endian) and that many
//! bytes of JSON, and compare. Both have both sides, so both find the same difference and name it.

use std::time::Duration;

use crypten_shares::Rank;
use quinn::{ReadError, ReadExactError, RecvStream, SendStream, WriteError};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::close;
use super::config::{QuicConfig, Terms};
use crate::error::Error;
use crate::identity::Fingerprint;

/// The most bytes of JSON that are read.
pub(super) const LIMIT: usize = 64 * 1024;

const MAGIC: [u8; 8] = *b"CRYPTEN\0";
const VERSION: u32 = 1;
const PREAMBLE: usize = 16;

/// How long a node that is about to stop waits until the peer has its side of the disagreement.
const PARTING: Duration = Duration::from_millis(500);

/// What a node says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Hello {
    rank: usize,
    parties: usize,
    /// One fingerprint for the whole list of nodes.
    nodes: Fingerprint,
    terms: Terms,
}

impl Hello {
    pub(super) fn of(config: &QuicConfig) -> Self {
        Self {
            rank: config.place.rank().index(),
            parties: config.place.parties(),
            nodes: Fingerprint::of_all(config.nodes.iter().map(|node| node.fingerprint)),
            terms: config.terms.clone(),
        }
    }

    fn encode(&self) -> Vec<u8> {
        // A structure of numbers and texts always has JSON, and its length has been checked.
        let json = serde_json::to_vec(self).unwrap_or_default();
        let length = u32::try_from(json.len()).unwrap_or_default();
        [&MAGIC[..], &VERSION.to_le_bytes()[..], &length.to_le_bytes()[..], &json[..]].concat()
    }

    /// The first thing that differs: its name, here, there.
    fn difference(&self, theirs: &Self, peer: Rank) -> Option<(String, String, String)> {
        let number = |what: &str, here: usize, there: usize| {
            (here != there).then(|| (what.to_owned(), here.to_string(), there.to_string()))
        };
        let nodes = (self.nodes != theirs.nodes)
            .then(|| ("list of nodes".to_owned(), self.nodes.to_string(), theirs.nodes.to_string()));
        let terms = || self.terms.difference(&theirs.terms);
        number("rank", peer.index(), theirs.rank)
            .or_else(|| number("number of parties", self.parties, theirs.parties))
            .or(nodes)
            .or_else(|| terms().map(|(what, here, there)| (what.into(), here.into(), there.into())))
    }
}

/// Says hello to `peer`, hears its hello and compares. `nodes` is how many ranks there are.
pub(super) async fn exchange(
    hello: &Hello,
    peer: Rank,
    nodes: usize,
    send: &mut SendStream,
    receive: &mut RecvStream,
) -> Result<(), Error> {
    send.write_all(&hello.encode()).await.map_err(|error| match error {
        WriteError::ConnectionLost(error) => close::error(peer, nodes, error),
        _ => Error::NotACrypten { peer },
    })?;
    let outcome = hear(hello, peer, nodes, receive).await;
    if matches!(outcome, Err(Error::Disagreement { .. })) {
        // Closing at once would discard what the peer needs to name the disagreement too.
        let _ = send.finish();
        let _ = timeout(PARTING, send.stopped()).await;
    }
    outcome
}

async fn hear(hello: &Hello, peer: Rank, nodes: usize, receive: &mut RecvStream) -> Result<(), Error> {
    let failed = |error| match error {
        ReadExactError::ReadError(ReadError::ConnectionLost(error)) => close::error(peer, nodes, error),
        _ => Error::NotACrypten { peer },
    };
    let mut preamble = [0; PREAMBLE];
    receive.read_exact(&mut preamble).await.map_err(failed)?;
    let number = |at: usize| u32::from_le_bytes(std::array::from_fn(|i| preamble[at + i]));
    if preamble[..MAGIC.len()] != MAGIC {
        return Err(Error::NotACrypten { peer });
    }
    let differ = |(what, here, there): (String, String, String)| Error::Disagreement {
        peer,
        what: printable(&what),
        here: printable(&here),
        there: printable(&there),
    };
    if number(8) != VERSION {
        return Err(differ(("protocol version".into(), VERSION.to_string(), number(8).to_string())));
    }
    let length = usize::try_from(number(12)).ok().filter(|&length| length <= LIMIT);
    let mut json = vec![0; length.ok_or(Error::NotACrypten { peer })?];
    receive.read_exact(&mut json).await.map_err(failed)?;
    let theirs: Hello = serde_json::from_slice(&json).map_err(|_| Error::NotACrypten { peer })?;
    hello.difference(&theirs, peer).map_or(Ok(()), |difference| Err(differ(difference)))
}

/// A peer's text, fit for a terminal: cut, and without control characters.
fn printable(text: &str) -> String {
    text.chars().take(80).map(|letter| if letter.is_control() { '?' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_text_is_cut_and_cleaned() {
        assert_eq!(printable("\u{1b}[31mred\n"), "?[31mred?");
        assert_eq!(printable(&"x".repeat(1000)).len(), 80);
    }

    #[test]
    fn nodes_that_agree_find_no_difference() {
        let configs = QuicConfig::local(2, false).unwrap();
        let (here, there) = (Hello::of(&configs[0]), Hello::of(&configs[1]));
        assert_eq!(here.difference(&there, configs[1].place.rank()), None);
        assert_eq!(here.difference(&here, configs[1].place.rank()).unwrap().0, "rank");
    }
}
