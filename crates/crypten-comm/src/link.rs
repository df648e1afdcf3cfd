//! A slower network: what a message costs on a link with a given round trip and bandwidth.
//!
//! A message of `b` bits that is handed over at time `t` leaves when the link is free, takes `b / bandwidth`
//! to leave and half a round trip to arrive. Messages follow each other on the link, so their latencies
//! overlap; only their bits queue. The time is fixed when a message is sent, by the sender.

use std::time::Duration;

use crypten_shares::{HEADER_BYTES, Message};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// A link between two nodes, the same in both directions, one for every ordered pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// How long a message and an immediate answer take, both empty.
    pub round_trip: Duration,
    /// The bandwidth of each direction; 0 for no limit.
    pub bits_per_second: u64,
}

impl Link {
    fn transmission(&self, bytes: usize) -> Duration {
        let nanoseconds = (8_000_000_000 * bytes as u128).checked_div(u128::from(self.bits_per_second));
        Duration::from_nanos(nanoseconds.map_or(0, |t| u64::try_from(t).unwrap_or(u64::MAX)))
    }
}

/// A message and the moment before which it must not arrive.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) due: Option<Instant>,
    pub(crate) message: Message,
}

/// The sending end of one direction of a link.
#[derive(Debug)]
pub(crate) struct Pace {
    link: Option<Link>,
    /// When the last message has left.
    free: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(link: Option<Link>) -> Self {
        Self { link, free: None }
    }

    /// Sends `message` now.
    pub(crate) fn stamp(&mut self, message: Message) -> Parcel {
        let Some(link) = self.link else {
            return Parcel { due: None, message };
        };
        let now = Instant::now();
        let start = self.free.map_or(now, |free| free.max(now));
        let end = start + link.transmission(HEADER_BYTES + size_of_val(message.words()));
        self.free = Some(end);
        Parcel { due: Some(end + link.round_trip / 2), message }
    }
}

#[cfg(test)]
mod tests {
    use crypten_shares::{Operation, Step};

    use super::*;

    #[test]
    fn latencies_overlap_and_bits_queue() {
        let link = Link { round_trip: Duration::from_secs(2), bits_per_second: 8 * 1056 };
        let mut pace = Pace::new(Some(link));
        let step = Step { sequence: 0, operation: Operation::new("x") };
        let message = Message::new(step, vec![0; 128]);
        let before = Instant::now();
        let first = pace.stamp(message.clone()).due.unwrap();
        let second = pace.stamp(message).due.unwrap();
        assert!(first >= before + Duration::from_secs(2));
        assert_eq!(second - first, Duration::from_secs(1));
    }

    #[test]
    fn no_link_is_no_delay() {
        let step = Step { sequence: 0, operation: Operation::new("x") };
        assert!(Pace::new(None).stamp(Message::new(step, vec![])).due.is_none());
        let free = Link { round_trip: Duration::ZERO, bits_per_second: 0 };
        assert_eq!(free.transmission(1 << 40), Duration::ZERO);
    }
}
