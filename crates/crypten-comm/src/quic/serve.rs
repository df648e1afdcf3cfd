//! The network thread: connects, runs the streams until the mesh is dropped, says goodbye.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use crypten_shares::Rank;
use tokio::runtime::{Builder, Handle};
use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::config::QuicConfig;
use super::meet::{self, Met};
use super::{Peer, close, streams};
use crate::error::Error;
use crate::lane::{Fate, Inbox};
use crate::link::Pace;

/// How long queued messages may at least take to leave after the mesh was dropped.
const DRAIN: Duration = Duration::from_secs(2);

/// How long the last datagrams are waited for, which say that this node has gone.
pub(super) const LINGER: Duration = Duration::from_millis(100);

/// What the mesh gets when all nodes are connected.
pub(super) struct Connected {
    pub(super) clock: Handle,
    pub(super) peers: Vec<Option<Peer>>,
}

/// Runs until `stopped` is signalled or its sender is dropped. Reports once.
pub(super) fn run(
    config: QuicConfig,
    report: &SyncSender<Result<Connected, Error>>,
    stopped: oneshot::Receiver<()>,
) {
    match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            let clock = runtime.handle().clone();
            runtime.block_on(serve(config, clock, report, stopped));
            // A name that is still being looked up is not waited for.
            runtime.shutdown_timeout(LINGER);
        }
        // Nobody to report to means that nobody waits.
        Err(error) => drop(report.send(Err(Error::Thread(error)))),
    }
}

async fn serve(
    config: QuicConfig,
    clock: Handle,
    report: &SyncSender<Result<Connected, Error>>,
    stopped: oneshot::Receiver<()>,
) {
    let link = config.link;
    // A slow network takes its time; a peer that is gone ends the wait by its silence.
    let drain = config.deadline.max(DRAIN);
    let (endpoint, met) = match meet::everyone(config).await {
        Ok(connected) => connected,
        Err(error) => return drop(report.send(Err(error))),
    };
    // Kept so that no connection is closed before its queue is empty.
    let connections: Vec<_> = met.iter().flatten().map(|met| met.connection.clone()).collect();
    let (nodes, mut writers) = (met.len(), JoinSet::new());
    let peers = met.into_iter().enumerate().map(|(index, met)| {
        let (rank, met) = (Rank::new(index)?, met?);
        Some(start(rank, nodes, met, Pace::new(link), &mut writers))
    });
    let peers = peers.collect();
    // If nobody takes the report, the sender of `stopped` is gone too.
    drop(report.send(Ok(Connected { clock, peers })));

    // Ends with an error when the sender is dropped, which is a signal as well.
    let _ = stopped.await;
    let all_written = async { while writers.join_next().await.is_some() {} };
    if timeout(drain, all_written).await.is_err() {
        tracing::warn!("messages were still queued when this node left");
    }
    endpoint.close(close::LEFT, b"");
    drop(connections);
    let _ = timeout(LINGER, endpoint.wait_idle()).await;
}

/// Starts the two tasks of one connection.
fn start(rank: Rank, nodes: usize, met: Met, pace: Pace, writers: &mut JoinSet<()>) -> Peer {
    let Met { connection, send, receive } = met;
    let (outbox, leaving) = unbounded_channel();
    let (arrived, arriving) = unbounded_channel();
    let (budget, fate) = (Arc::new(Semaphore::new(streams::BUDGET)), Fate::default());
    writers.spawn(streams::write(leaving, send));
    tokio::spawn(streams::read(streams::Reading {
        peer: rank,
        nodes,
        connection: connection.clone(),
        stream: receive,
        arrived,
        budget: Arc::clone(&budget),
        fate: Arc::clone(&fate),
    }));
    Peer { connection, outbox, pace, inbox: Inbox::new(rank, arriving, fate), budget }
}
