//! Plain TCP as a transport: an example of bringing your own, and a yardstick for measurements.
//!
//! # Security
//! **Nothing is encrypted and nobody is authenticated.** Whoever is on the network reads every share that is
//! opened, changes it, or takes a party's place. Use `QuicMesh` of `crypten-comm` for anything real.
//!
//! A transport implements [`Net`] and nothing else. This one has two threads for each
//! peer, one that writes and one that reads, and no async runtime. It passes the suite
//! `crypten_comm::conformance`, see `tests/conformance.rs`.

mod connect;
mod frame;

use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{io, mem};

use async_trait::async_trait;
use crypten_shares::{Fault, Message, Net, NetError, Place, Rank};

use frame::{Ending, Frame};

/// A node's TCP connections to all others.
///
/// # Security
/// **Not encrypted, not authenticated**; see the crate's documentation.
#[derive(Debug)]
pub struct TcpMesh {
    place: Place,
    deadline: Duration,
    /// In rank order; nothing at the own rank.
    peers: Vec<Option<Peer>>,
}

#[derive(Debug)]
struct Peer {
    outbox: Sender<Frame>,
    inbox: Receiver<Result<Message, Ending>>,
    /// Why nothing more comes, once it is known.
    ending: Option<Ending>,
    writer: JoinHandle<()>,
}

impl TcpMesh {
    /// Connects to every other node. `addresses` are those of all nodes in rank order, this one included.
    ///
    /// `deadline` is how long [`receive`](Net::receive) waits; connecting may take 30 seconds.
    ///
    /// # Errors
    /// What the system says, or [`io::ErrorKind::TimedOut`] if not every node is there in time.
    pub fn connect(place: Place, addresses: &[SocketAddr], deadline: Duration) -> io::Result<Self> {
        let streams = connect::everyone(place, addresses)?;
        let peers = streams
            .into_iter()
            .enumerate()
            .map(|(index, stream)| match (Rank::new(index), stream) {
                (Some(rank), Some(stream)) => Peer::start(rank, stream).map(Some),
                _ => Ok(None),
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { place, deadline, peers })
    }

    fn peer(&mut self, peer: Rank) -> Result<&mut Peer, NetError> {
        self.peers.get_mut(peer.index()).and_then(Option::as_mut).ok_or(NetError::NoSuchPeer { peer })
    }
}

/// The futures of this implementation block the thread that polls them. That is allowed where every party
/// has a thread of its own, as in a session; an executor with other work would need another transport.
#[async_trait]
impl Net for TcpMesh {
    fn place(&self) -> Place {
        self.place
    }

    async fn send(&mut self, to: Rank, message: Message) -> Result<(), NetError> {
        let peer = self.peer(to)?;
        peer.outbox
            .send(Frame::Message(message))
            .map_err(|_| peer.ending.as_ref().unwrap_or(&Ending::Left).error(to))
    }

    async fn receive(&mut self, from: Rank) -> Result<Message, NetError> {
        let waited = self.deadline;
        let peer = self.peer(from)?;
        if let Some(ending) = &peer.ending {
            return Err(ending.error(from));
        }
        let ending = match peer.inbox.recv_timeout(waited) {
            Ok(Ok(message)) => return Ok(message),
            Ok(Err(ending)) => ending,
            Err(RecvTimeoutError::Timeout) => return Err(NetError::Silent { peer: from, waited }),
            Err(RecvTimeoutError::Disconnected) => Ending::Left,
        };
        Err(peer.ending.insert(ending).error(from))
    }

    async fn abort(&mut self, fault: Fault) {
        for peer in self.peers.iter().flatten() {
            // A peer that is gone cannot be told.
            let _ = peer.outbox.send(Frame::Abort(fault));
        }
    }
}

impl Drop for TcpMesh {
    /// Sends what is queued and closes the sending half of every connection.
    fn drop(&mut self) {
        for Peer { outbox, inbox, writer, .. } in mem::take(&mut self.peers).into_iter().flatten() {
            drop((outbox, inbox));
            // A panic there would have been seen as the end of the connection.
            let _ = writer.join();
        }
    }
}

impl Peer {
    fn start(rank: Rank, stream: TcpStream) -> io::Result<Self> {
        let (outbox, leaving) = channel();
        let (arrived, inbox) = channel();
        let reading = stream.try_clone()?;
        let writer = thread::Builder::new()
            .name(format!("tcp-write-{rank}"))
            .spawn(move || frame::write_all(&leaving, stream))?;
        // Not joined: it reads until the peer closes too, so that the system does not reset the connection
        // while the peer still has our last messages to read.
        thread::Builder::new()
            .name(format!("tcp-read-{rank}"))
            .spawn(move || frame::read_all(rank, &arrived, reading))?;
        Ok(Self { outbox, inbox, ending: None, writer })
    }
}
