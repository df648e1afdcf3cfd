//! The same parties over plain TCP, without encryption: what the peers measure that do not encrypt.

use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use crypten::{Place, ProviderKind, Scale, Session};
use crypten_tcp_transport::TcpMesh;

/// How long a party waits for a message.
const DEADLINE: Duration = Duration::from_secs(120);

/// Starts every node of a session as a process of its own and waits for them.
pub(super) fn run(parties: usize, provider: ProviderKind, node: impl Fn() -> Command) -> Result<()> {
    let nodes = parties + usize::from(provider == ProviderKind::Dealer);
    let listeners =
        (0..nodes).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<Vec<_>, std::io::Error>>()?;
    let addresses = listeners
        .iter()
        .map(|port| Ok(port.local_addr()?.to_string()))
        .collect::<Result<Vec<_>>>()?
        .join(",");
    drop(listeners);
    let mut running = Vec::new();
    for rank in 0..nodes {
        let mut command = node();
        command.args(["--rank", &rank.to_string(), "--addresses", &addresses]);
        running.push(command.spawn().context("a party cannot be started")?);
    }
    // The dealer, the last, ends when party 0 has left.
    for mut party in running {
        ensure!(party.wait()?.success(), "a party failed");
    }
    Ok(())
}

/// This process's session, if it is a party; the dealer serves and returns nothing.
pub(super) fn join(
    rank: usize,
    parties: usize,
    provider: ProviderKind,
    addresses: &[SocketAddr],
) -> Result<Option<Session>> {
    let place = if rank == parties { Place::dealer(parties)? } else { Place::new(rank, parties)? };
    let mut mesh = TcpMesh::connect(place, addresses, DEADLINE)?;
    if rank == parties {
        pollster::block_on(crypten::shares::serve_as_dealer(&mut mesh))?;
        return Ok(None);
    }
    Ok(Some(Session::new(Box::new(mesh), crypten::provider(provider, rank), Scale::default())?))
}
