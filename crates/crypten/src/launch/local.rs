//! A session among threads of this process, for tests and exploring.

use std::time::Duration;

use crypten_comm::{MemoryMesh, MemoryNet};
use crypten_ring::Scale;
use crypten_shares::{Net, ProviderKind};

use crate::error::Error;
use crate::session::Session;

/// Runs `program` as every party of a session, each on a thread of its own, and returns their results in rank order.
///
/// # Security
/// All parties live in one process: nothing is hidden from whoever runs it.
///
/// # Errors
/// The first party's error, in rank order.
pub fn local<T: Send>(
    parties: usize,
    provider: ProviderKind,
    program: impl Fn(&Session) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error> {
    let deadline = Duration::from_secs(120);
    let mut nodes = match provider {
        ProviderKind::Dealer => MemoryMesh::with_dealer(parties, deadline)?,
        _ => MemoryMesh::new(parties, deadline)?,
    };
    let dealer = (nodes.len() > parties).then(|| nodes.pop()).flatten();
    std::thread::scope(|scope| {
        let run = |node: MemoryNet| {
            let source = crate::source::provider(provider, node.place().rank().index());
            program(&Session::new(Box::new(node), source, Scale::default())?)
        };
        let running: Vec<_> = nodes.into_iter().map(|node| scope.spawn(move || run(node))).collect();
        if let Some(mut dealer) = dealer {
            // If it fails, so do the parties, and say why.
            scope.spawn(move || pollster::block_on(crypten_shares::serve_as_dealer(&mut dealer)));
        }
        let join = |(rank, party): (usize, std::thread::ScopedJoinHandle<'_, Result<T, Error>>)| {
            party.join().map_err(|_| Error::Panicked { rank })?
        };
        running.into_iter().enumerate().map(join).collect()
    })
}
