//! The receiving end of one direction between two nodes, and how it ends.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crypten_shares::{Fault, Message, NetError, Rank};
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::time::Instant;

use crate::clock::{after, sleep, within};
use crate::link::Parcel;

/// Why nothing more will come from a peer.
#[derive(Debug)]
pub(crate) enum Ending {
    Aborted(Fault),
    Left,
    Lost(quinn::ConnectionError),
    Malformed,
    Oversized(u64),
}

impl Ending {
    pub(crate) fn error(&self, peer: Rank) -> NetError {
        match *self {
            Self::Aborted(fault) => NetError::Aborted { peer, fault },
            Self::Left => NetError::Left { peer },
            Self::Lost(ref source) => NetError::Lost { peer, source: Box::new(source.clone()) },
            Self::Malformed => NetError::Malformed { peer },
            Self::Oversized(words) => NetError::Oversized { peer, words },
        }
    }
}

/// How a peer ended. Written once, before its queue is closed; empty if it just went away.
pub(crate) type Fate = Arc<OnceLock<Ending>>;

/// Messages from one peer, then the error that ended them, again and again.
#[derive(Debug)]
pub(crate) struct Inbox {
    peer: Rank,
    queue: UnboundedReceiver<Parcel>,
    /// A message that has left the queue but is not due. Kept here so that no dropped future loses it.
    held: Option<Parcel>,
    fate: Fate,
}

impl Inbox {
    pub(crate) fn new(peer: Rank, queue: UnboundedReceiver<Parcel>, fate: Fate) -> Self {
        Self { peer, queue, held: None, fate }
    }

    /// The next message, once it is due.
    pub(crate) async fn next(&mut self, clock: &Handle, deadline: Duration) -> Result<Message, NetError> {
        let peer = self.peer;
        let silent = || NetError::Silent { peer, waited: deadline };
        let last = after(deadline);
        let parcel = match self.held.take() {
            Some(parcel) => parcel,
            None => match self.queue.try_recv() {
                Ok(parcel) => parcel,
                Err(TryRecvError::Disconnected) => return Err(self.gone()),
                Err(TryRecvError::Empty) => match within(clock, last, self.queue.recv()).await {
                    Ok(Some(parcel)) => parcel,
                    Ok(None) => return Err(self.gone()),
                    Err(_) => return Err(silent()),
                },
            },
        };
        let Some(due) = parcel.due.filter(|&due| due > Instant::now()) else {
            return Ok(parcel.message);
        };
        self.held = Some(parcel);
        sleep(clock, due.min(last)).await;
        if due > last {
            return Err(silent());
        }
        self.held.take().map(|parcel| parcel.message).ok_or_else(|| self.gone())
    }

    /// How the peer ended, as far as it is known.
    pub(crate) fn ending(&self) -> Option<&Ending> {
        self.fate.get()
    }

    /// The error of a peer whose queue is closed.
    pub(crate) fn gone(&self) -> NetError {
        self.ending().unwrap_or(&Ending::Left).error(self.peer)
    }
}

/// The peer of this rank in a list in rank order.
pub(crate) fn peer_of<P>(peers: &mut [Option<P>], peer: Rank) -> Result<&mut P, NetError> {
    peers.get_mut(peer.index()).and_then(Option::as_mut).ok_or(NetError::NoSuchPeer { peer })
}
