//! A mesh between threads of one process: a queue for every ordered pair of nodes.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use crypten_shares::{Fault, Message, Misuse, Net, NetError, Place, Rank};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::clock::Clock;
use crate::lane::{Ending, Fate, Inbox, peer_of};
use crate::link::{Link, Pace, Parcel};

/// Makes nodes that are connected in memory, for tests and for protocols in one process.
///
/// # Security
/// Nothing is encrypted, nothing needs to be: whoever reads this process's memory has all shares.
#[derive(Debug)]
pub struct MemoryMesh;

impl MemoryMesh {
    /// Connected nodes of `parties` parties, in rank order. `deadline` is how long one waits for a message.
    ///
    /// # Errors
    /// [`Misuse::NoSuchPlace`] if no session has that many parties.
    ///
    /// # Panics
    /// If the system cannot start a thread, which serves the deadlines.
    #[expect(clippy::new_ret_no_self, reason = "a mesh is only ever seen through its nodes")]
    pub fn new(parties: usize, deadline: Duration) -> Result<Vec<MemoryNet>, Misuse> {
        Self::build(parties, false, deadline, None)
    }

    /// The same and a dealer, who comes last.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub fn with_dealer(parties: usize, deadline: Duration) -> Result<Vec<MemoryNet>, Misuse> {
        Self::build(parties, true, deadline, None)
    }

    /// As [`new`](Self::new), but every message takes the time that it would take on `link`.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub fn with_link(parties: usize, deadline: Duration, link: Link) -> Result<Vec<MemoryNet>, Misuse> {
        Self::build(parties, false, deadline, Some(link))
    }

    fn build(
        parties: usize,
        dealer: bool,
        deadline: Duration,
        link: Option<Link>,
    ) -> Result<Vec<MemoryNet>, Misuse> {
        let last = Place::dealer(parties)?;
        let mut places = (0..parties).map(|rank| Place::new(rank, parties)).collect::<Result<Vec<_>, _>>()?;
        places.extend(dealer.then_some(last));

        let mut leaving: Vec<Vec<Option<Outbox>>> = places.iter().map(|_| Vec::new()).collect();
        let mut arriving: Vec<Vec<Option<Inbox>>> = places.iter().map(|_| Vec::new()).collect();
        for (from, (place, leaving)) in places.iter().zip(&mut leaving).enumerate() {
            for (to, arriving) in arriving.iter_mut().enumerate() {
                let (outbox, inbox) = lane(place.rank(), link);
                leaving.push((from != to).then_some(outbox));
                arriving.push((from != to).then_some(inbox));
            }
        }

        let clock = Clock::start();
        let nodes = places.into_iter().zip(leaving.into_iter().zip(arriving));
        Ok(nodes
            .map(|(place, (leaving, arriving))| {
                let peers = leaving.into_iter().zip(arriving);
                let peers =
                    peers.map(|(outbox, inbox)| Some(Peer { outbox: outbox?, inbox: inbox? })).collect();
                MemoryNet { place, deadline, peers, clock: Arc::clone(&clock) }
            })
            .collect())
    }
}

/// One node of a [`MemoryMesh`].
#[derive(Debug)]
pub struct MemoryNet {
    place: Place,
    deadline: Duration,
    /// In rank order; nothing at the own rank, and nothing at all after an abort.
    peers: Vec<Option<Peer>>,
    clock: Arc<Clock>,
}

#[async_trait]
impl Net for MemoryNet {
    fn place(&self) -> Place {
        self.place
    }

    async fn send(&mut self, to: Rank, message: Message) -> Result<(), NetError> {
        let peer = peer_of(&mut self.peers, to)?;
        let parcel = peer.outbox.pace.stamp(message);
        peer.outbox.queue.send(parcel).map_err(|_| peer.inbox.gone())
    }

    async fn receive(&mut self, from: Rank) -> Result<Message, NetError> {
        peer_of(&mut self.peers, from)?.inbox.next(self.clock.handle(), self.deadline).await
    }

    async fn abort(&mut self, fault: Fault) {
        for peer in self.peers.drain(..).flatten() {
            // Nobody else sets this, and dropping the peer then closes the queue.
            let _ = peer.outbox.fate.set(Ending::Aborted(fault));
        }
    }
}

#[derive(Debug)]
struct Peer {
    outbox: Outbox,
    inbox: Inbox,
}

#[derive(Debug)]
struct Outbox {
    queue: UnboundedSender<Parcel>,
    pace: Pace,
    fate: Fate,
}

fn lane(from: Rank, link: Option<Link>) -> (Outbox, Inbox) {
    let (queue, arriving) = unbounded_channel();
    let fate = Fate::default();
    (Outbox { queue, pace: Pace::new(link), fate: Arc::clone(&fate) }, Inbox::new(from, arriving, fate))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use crypten_shares::{Operation, Step};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn message(sequence: u64) -> Message {
        Message::new(Step { sequence, operation: Operation::new("test") }, vec![sequence])
    }

    #[test]
    fn a_dealer_comes_last() {
        let nodes = MemoryMesh::with_dealer(2, SECOND).unwrap();
        assert_eq!(nodes.len(), 3);
        assert_eq!(nodes[2].place(), Place::dealer(2).unwrap());
        assert!(MemoryMesh::new(0, SECOND).is_err());
    }

    #[test]
    fn a_link_delays_messages_and_their_latencies_overlap() {
        let link = Link { round_trip: Duration::from_millis(200), bits_per_second: 0 };
        let mut nodes = MemoryMesh::with_link(2, 30 * SECOND, link).unwrap();
        let (ranks, start) = ([nodes[0].place.rank(), nodes[1].place.rank()], Instant::now());
        pollster::block_on(async {
            for sequence in 0..100 {
                nodes[0].send(ranks[1], message(sequence)).await.unwrap();
            }
            for sequence in 0..100 {
                assert_eq!(nodes[1].receive(ranks[0]).await.unwrap().words(), [sequence]);
            }
        });
        assert!(start.elapsed() >= link.round_trip / 2);
        assert!(start.elapsed() < 20 * link.round_trip, "a hundred latencies in a row");
    }

    #[test]
    fn a_message_that_is_not_due_is_kept_for_the_next_call() {
        let link = Link { round_trip: SECOND, bits_per_second: 0 };
        let mut nodes = MemoryMesh::with_link(2, Duration::from_millis(400), link).unwrap();
        let ranks = [nodes[0].place.rank(), nodes[1].place.rank()];
        pollster::block_on(async {
            nodes[0].send(ranks[1], message(7)).await.unwrap();
            assert!(matches!(nodes[1].receive(ranks[0]).await, Err(NetError::Silent { .. })));
            assert_eq!(nodes[1].receive(ranks[0]).await.unwrap().words(), [7]);
        });
    }
}
