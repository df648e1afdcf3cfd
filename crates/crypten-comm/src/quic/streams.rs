//! The two tasks of a connection: one drains the queue of messages into the stream, one reads messages from it.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use crypten_shares::{Buffers, HEADER_BYTES, Header, Message, Rank, payload_of};
use quinn::{Connection, ReadError, ReadExactError, RecvStream, SendStream, WriteError};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep_until};

use super::close;
use crate::lane::{Ending, Fate};
use crate::link::Parcel;

/// How many words are read ahead of the receiver (256 MiB). Then the stream is left to its flow control.
pub(super) const BUDGET: usize = 256 << 17;

/// How many queued messages are written together.
const TOGETHER: usize = 64;

/// Payloads up to this many bytes are copied behind their headers; longer ones are handed over as they lie.
const COPIED: usize = 16 * 1024;

/// What a message of that many words takes from the budget.
pub(super) fn cost(words: usize) -> usize {
    words + HEADER_BYTES / 8
}

/// Writes messages until their queue is closed, then waits until the peer has acknowledged all of them.
///
/// Ends early when the connection does; the reading task says why.
pub(super) async fn write(mut queue: UnboundedReceiver<Parcel>, mut stream: SendStream) {
    let (mut parcels, mut batch) = (Vec::new(), Batch::default());
    while queue.recv_many(&mut parcels, TOGETHER).await > 0 {
        for Parcel { due, message } in parcels.drain(..) {
            if let Some(due) = due.filter(|&due| due > Instant::now()) {
                if batch.flush(&mut stream).await.is_err() {
                    return;
                }
                sleep_until(due).await;
            }
            batch.add(&message);
        }
        if batch.flush(&mut stream).await.is_err() {
            return;
        }
    }
    if stream.finish().is_ok() {
        // Whether the peer took all or closed before: there is nothing left to do.
        let _ = stream.stopped().await;
    }
}

#[derive(Default)]
struct Batch {
    chunks: Vec<Bytes>,
    short: BytesMut,
}

impl Batch {
    fn add(&mut self, message: &Message) {
        let payload = message.payload();
        self.short.extend_from_slice(&message.header());
        if payload.as_ref().len() <= COPIED {
            self.short.extend_from_slice(payload.as_ref());
        } else {
            self.seal();
            self.chunks.push(Bytes::from_owner(payload));
        }
    }

    fn seal(&mut self) {
        if !self.short.is_empty() {
            self.chunks.push(self.short.split().freeze());
        }
    }

    async fn flush(&mut self, stream: &mut SendStream) -> Result<(), WriteError> {
        self.seal();
        let written = stream.write_all_chunks(&mut self.chunks).await;
        self.chunks.clear();
        written
    }
}

/// What the reading task needs.
pub(super) struct Reading {
    pub(super) peer: Rank,
    /// How many ranks there are.
    pub(super) nodes: usize,
    pub(super) connection: Connection,
    pub(super) stream: RecvStream,
    pub(super) arrived: UnboundedSender<Parcel>,
    pub(super) budget: Arc<Semaphore>,
    pub(super) fate: Fate,
}

/// Reads messages until the peer ends or sends what is no message, and leaves the reason for the receiver.
pub(super) async fn read(reading: Reading) {
    let Reading { peer, nodes, connection, mut stream, arrived, budget, fate } = reading;
    let buffers = Buffers::default();
    let ending = loop {
        match next(&mut stream, &budget, &buffers).await {
            Ok(message) => {
                if arrived.send(Parcel { due: None, message }).is_err() {
                    return;
                }
            }
            Err(Stop::Lost(error)) => break close::ending(peer, nodes, error),
            Err(Stop::Ended) => break Ending::Left,
            Err(Stop::Malformed) => break Ending::Malformed,
            Err(Stop::Oversized(words)) => break Ending::Oversized(words),
        }
    };
    // Nobody else sets this. It is there before the queue is closed.
    let _ = fate.set(ending);
    drop(arrived);
    // The stream stays open, so that the peer hears the reason from `abort` and not a reset stream.
    connection.closed().await;
}

/// Why there is no next message.
enum Stop {
    Lost(quinn::ConnectionError),
    Ended,
    Malformed,
    Oversized(u64),
}

async fn next(stream: &mut RecvStream, budget: &Semaphore, buffers: &Buffers) -> Result<Message, Stop> {
    let mut bytes = [0; HEADER_BYTES];
    stream.read_exact(&mut bytes).await.map_err(|error| match error {
        ReadExactError::FinishedEarly(0) => Stop::Ended,
        other => stop(other),
    })?;
    let header = Header::decode(bytes).map_err(Stop::Oversized)?;
    let cost = u32::try_from(cost(header.words())).map_err(|_| Stop::Malformed)?;
    // The semaphore is never closed.
    if let Ok(permits) = budget.acquire_many(cost).await {
        permits.forget();
    }
    let mut words = header.buffer(buffers);
    stream.read_exact(payload_of(&mut words)).await.map_err(stop)?;
    Ok(Message::new(header.step, words))
}

fn stop(error: ReadExactError) -> Stop {
    match error {
        ReadExactError::ReadError(ReadError::ConnectionLost(error)) => Stop::Lost(error),
        _ => Stop::Malformed,
    }
}
