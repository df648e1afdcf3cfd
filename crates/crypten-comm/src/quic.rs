//! A mesh between processes: QUIC, one UDP socket a node, one connection and one stream a pair.
//!
//! A thread of its own drives the sockets. The mesh talks to it over queues, so that computing and
//! communicating overlap and [`send`](crypten_shares::Net::send) never waits.

mod close;
mod config;
mod handshake;
mod meet;
mod serve;
mod streams;
mod tls;
mod tuning;

#[cfg(test)]
mod hostile;

use std::io;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use async_trait::async_trait;
use crypten_shares::{Fault, Message, Net, NetError, Place, Rank};
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Semaphore, oneshot};

pub use config::{NodeAddress, QuicConfig, Terms};
pub use tuning::{Congestion, Tuning};

use crate::error::Error;
use crate::lane::{Inbox, peer_of};
use crate::link::{Pace, Parcel};

/// A node's connections to all others.
///
/// # Security
/// Everything is encrypted and authenticated by TLS 1.3, in both directions, with the certificates that the
/// configuration pins. There is no early data and no resumption, so nothing can be replayed. Whoever watches
/// the network sees who talks to whom, when, and how much.
#[derive(Debug)]
pub struct QuicMesh {
    place: Place,
    deadline: Duration,
    /// In rank order; nothing at the own rank.
    peers: Vec<Option<Peer>>,
    clock: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What this node has put on the wire and taken from it, with headers, handshakes and repeats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WireStats {
    /// Bytes in sent UDP datagrams.
    pub sent: u64,
    /// Bytes in received UDP datagrams.
    pub received: u64,
}

impl QuicMesh {
    /// Connects to every other node of the session. Blocks until all are there and agree on the terms.
    ///
    /// Nodes may be started in any order: those of higher rank dial those of lower rank, again and again.
    ///
    /// # Errors
    /// An [`Error`] of the caller, a peer or the network, at the latest when `connect_deadline` has passed.
    pub fn connect(config: QuicConfig) -> Result<Self, Error> {
        config.check()?;
        let (place, deadline) = (config.place, config.deadline);
        let (report, reported) = mpsc::sync_channel(1);
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name(format!("crypten-net-{}", place.rank()))
            .spawn(move || serve::run(config, &report, stopped))
            .map_err(Error::Thread)?;
        match reported.recv() {
            Ok(Ok(serve::Connected { clock, peers })) => {
                Ok(Self { place, deadline, peers, clock, stop: Some(stop), thread: Some(thread) })
            }
            Ok(Err(error)) => {
                // The thread says goodbye to whoever it has reached; its own panic would have no new to tell.
                let _ = thread.join();
                Err(error)
            }
            Err(_) => Err(Error::Thread(io::ErrorKind::BrokenPipe.into())),
        }
    }

    /// What has gone over the wire so far.
    #[must_use]
    pub fn wire_stats(&self) -> WireStats {
        self.peers.iter().flatten().fold(WireStats::default(), |sum, peer| {
            let stats = peer.connection.stats();
            WireStats { sent: sum.sent + stats.udp_tx.bytes, received: sum.received + stats.udp_rx.bytes }
        })
    }
}

#[async_trait]
impl Net for QuicMesh {
    fn place(&self) -> Place {
        self.place
    }

    async fn send(&mut self, to: Rank, message: Message) -> Result<(), NetError> {
        let nodes = self.peers.len();
        let peer = peer_of(&mut self.peers, to)?;
        let parcel = peer.pace.stamp(message);
        peer.outbox.send(parcel).map_err(|_| peer.gone(to, nodes))
    }

    async fn receive(&mut self, from: Rank) -> Result<Message, NetError> {
        let peer = peer_of(&mut self.peers, from)?;
        let message = peer.inbox.next(&self.clock, self.deadline).await?;
        peer.budget.add_permits(streams::cost(message.words().len()));
        Ok(message)
    }

    async fn abort(&mut self, fault: Fault) {
        for peer in self.peers.iter().flatten() {
            close::abort(&peer.connection, fault);
        }
    }
}

impl Drop for QuicMesh {
    /// Sends what is queued, as far as peers take it in time, and says goodbye.
    fn drop(&mut self) {
        self.peers.clear();
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the network thread has been seen by then as the end of every queue.
            let _ = thread.join();
        }
    }
}

/// What the mesh holds of one connection; the streams are held by the network thread.
#[derive(Debug)]
struct Peer {
    connection: quinn::Connection,
    outbox: UnboundedSender<Parcel>,
    pace: Pace,
    inbox: Inbox,
    /// How many words the network thread may still read ahead.
    budget: Arc<Semaphore>,
}

impl Peer {
    /// Why nothing can be sent any more. The sending side may see the end before the receiving side.
    fn gone(&self, rank: Rank, nodes: usize) -> NetError {
        match (self.inbox.ending(), self.connection.close_reason()) {
            (None, Some(reason)) => close::ending(rank, nodes, reason).error(rank),
            _ => self.inbox.gone(),
        }
    }
}
