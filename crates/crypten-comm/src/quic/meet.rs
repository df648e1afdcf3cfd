//! Finding each other: every node listens, dials the nodes of lower rank and greets those of higher rank.
//!
//! A dial is repeated until the peer answers. What cannot be mended by waiting (a wrong certificate, other
//! terms, a peer that gave up) ends the attempt, but only after the others had a moment to be told.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crypten_shares::Rank;
use quinn::{
    ClientConfig, Connection, ConnectionError, Endpoint, EndpointConfig, Incoming, RecvStream, SendStream,
    ServerConfig, TokioRuntime, TransportConfig,
};
use tokio::net::lookup_host;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::close;
use super::config::QuicConfig;
use super::handshake::{Hello, exchange};
use super::serve::LINGER;
use super::tls::{self, Strangers};
use super::tuning::MAX_DATAGRAM;
use crate::clock::after;
use crate::error::Error;

/// How long one dial may take before it is begun anew.
const ATTEMPT: Duration = Duration::from_secs(2);

/// The pause between two dials.
const PAUSE: Duration = Duration::from_millis(50);

/// How long a node that has failed waits for others to be told why.
const GRACE: Duration = Duration::from_secs(1);

/// How many connections may be in the making at once.
const CROWD: usize = 256;

/// A peer that is connected and agrees on the terms.
pub(super) struct Met {
    pub(super) connection: Connection,
    pub(super) send: SendStream,
    pub(super) receive: RecvStream,
}

/// Nobody, a peer, or a peer that makes a session impossible.
type Greeting = Result<Option<(Rank, Met)>, (Rank, Error)>;

/// Connects to all other nodes; the list is in rank order, with nothing at the own rank.
pub(super) async fn everyone(config: QuicConfig) -> Result<(Endpoint, Vec<Option<Met>>), Error> {
    let own = config.place.rank();
    let room = Arc::new(Room::open(config)?);
    match room.gather(after(room.config.connect_deadline)).await {
        Ok(met) => {
            // Whoever comes now is too late.
            room.endpoint.set_server_config(None);
            Ok((room.endpoint.clone(), met))
        }
        Err(error) => {
            close::abort_all(&room.endpoint, error.fault(own));
            let _ = timeout(LINGER, room.endpoint.wait_idle()).await;
            Err(error)
        }
    }
}

struct Room {
    endpoint: Endpoint,
    config: QuicConfig,
    hello: Hello,
    strangers: Strangers,
    /// For loopback, and for all other paths.
    transports: [Arc<TransportConfig>; 2],
    servers: [Arc<ServerConfig>; 2],
}

impl Room {
    fn open(config: QuicConfig) -> Result<Self, Error> {
        let listen = |source| Error::Listen { address: config.listen, source };
        let bound = config.tuning.bind(config.listen).map_err(listen)?;
        let (own, peers) = (config.place.rank(), config.nodes.len().saturating_sub(1));
        let transports = [true, false]
            .map(|loopback| config.tuning.transport(loopback, config.deadline, bound.buffer, peers));

        let strangers = Strangers::default();
        let accepted =
            config.ranks().filter(|&rank| rank > own).filter_map(|rank| config.pin(rank)).collect();
        let tls = Arc::new(tls::server(&config.identity, accepted, strangers.clone())?);
        let servers = [0, 1].map(|kind| {
            let mut server = ServerConfig::with_crypto(tls.clone());
            server.transport_config(Arc::clone(&transports[kind])).migration(false).max_incoming(2 * CROWD);
            Arc::new(server)
        });

        let mut general = EndpointConfig::default();
        // Cannot fail: the longest that QUIC knows is allowed.
        let _ = general.max_udp_payload_size(MAX_DATAGRAM);
        let server = servers[1].as_ref().clone();
        let endpoint = Endpoint::new(general, Some(server), bound.socket, Arc::new(TokioRuntime));
        let endpoint = endpoint.map_err(listen)?;
        let hello = Hello::of(&config);
        Ok(Self { endpoint, config, hello, strangers, transports, servers })
    }

    async fn gather(self: &Arc<Self>, deadline: Instant) -> Result<Vec<Option<Met>>, Error> {
        let own = self.config.place.rank();
        let mut missing: BTreeSet<Rank> = self.config.ranks().filter(|&rank| rank != own).collect();
        let mut met: Vec<Option<Met>> = self.config.ranks().map(|_| None).collect();
        let mut greetings: JoinSet<Greeting> = JoinSet::new();
        for &rank in missing.range(..own) {
            greetings.spawn(Arc::clone(self).dial(rank));
        }
        let (mut failure, mut until) = (None, deadline);
        while !missing.is_empty() {
            tokio::select! {
                incoming = self.endpoint.accept(), if greetings.len() < CROWD => match incoming {
                    Some(incoming) => drop(greetings.spawn(Arc::clone(self).greet(incoming))),
                    None => break,
                },
                Some(greeting) = greetings.join_next() => match greeting {
                    Ok(Ok(Some((rank, peer)))) => {
                        if missing.remove(&rank) {
                            met[rank.index()] = Some(peer);
                        } else {
                            tracing::warn!(%rank, "a second connection of a node was closed");
                            peer.connection.close(close::LEFT, b"");
                        }
                    }
                    Ok(Ok(None)) => {}
                    Ok(Err((rank, error))) => {
                        missing.remove(&rank);
                        if failure.is_none() {
                            failure = Some(error);
                            until = until.min(after(GRACE));
                        }
                    }
                    Err(error) => tracing::error!(%error, "a task that greets a node ended"),
                },
                () = sleep_until(until) => break,
            }
        }
        match failure {
            Some(error) => Err(error),
            None if missing.is_empty() => Ok(met),
            None => {
                let missing = missing.into_iter().collect();
                Err(Error::NotConnected { missing, strangers: self.strangers.seen() })
            }
        }
    }

    /// Connects to a node of lower rank. Never gives up by itself.
    async fn dial(self: Arc<Self>, rank: Rank) -> Greeting {
        loop {
            match self.attempt(rank).await {
                Ok(Some(met)) => return Ok(Some((rank, met))),
                // The peer may be on its way up, or back.
                Ok(None) | Err(Error::Lost { .. }) => sleep(PAUSE).await,
                Err(error) => return Err((rank, error)),
            }
        }
    }

    async fn attempt(&self, rank: Rank) -> Result<Option<Met>, Error> {
        let (Some(node), nodes) = (self.config.nodes.get(rank.index()), self.config.nodes.len()) else {
            return Ok(None);
        };
        let Ok(Some(address)) = self.resolve(&node.address).await else {
            return Ok(None);
        };
        let strangers = Strangers::default();
        let tls = tls::client(&self.config.identity, node.fingerprint, strangers.clone())?;
        let mut client = ClientConfig::new(Arc::new(tls));
        client.transport_config(Arc::clone(&self.transports[kind(address)]));
        let Ok(connecting) = self.endpoint.connect_with(client, address, "crypten") else {
            return Ok(None);
        };
        let connection = match timeout(ATTEMPT, connecting).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => {
                return match strangers.seen().first() {
                    Some(&presented) => {
                        Err(Error::WrongCertificate { peer: rank, expected: node.fingerprint, presented })
                    }
                    None => Err(close::error(rank, nodes, error)),
                };
            }
            Err(_) => return Ok(None),
        };
        let lost = |error: ConnectionError| close::error(rank, nodes, error);
        let (mut send, mut receive) = connection.open_bi().await.map_err(lost)?;
        exchange(&self.hello, rank, nodes, &mut send, &mut receive).await?;
        Ok(Some(Met { connection, send, receive }))
    }

    /// The address behind `host:port`, of the kind that this node's socket can reach if there is one.
    async fn resolve(&self, address: &str) -> io::Result<Option<SocketAddr>> {
        let found: Vec<SocketAddr> = lookup_host(address).await?.collect();
        let fits = |candidate: &&SocketAddr| candidate.is_ipv4() == self.config.listen.is_ipv4();
        Ok(found.iter().find(fits).or(found.first()).copied())
    }

    /// Answers whoever dials. A stranger is nobody; only a listed node can make a session impossible.
    async fn greet(self: Arc<Self>, incoming: Incoming) -> Greeting {
        let address = incoming.remote_address();
        let Ok(connecting) = incoming.accept_with(Arc::clone(&self.servers[kind(address)])) else {
            return Ok(None);
        };
        let connection = match connecting.await {
            Ok(connection) => connection,
            Err(error) => {
                tracing::warn!(%address, %error, "somebody dialled and was not let in");
                return Ok(None);
            }
        };
        let Some(rank) = self.rank_of(&connection) else {
            return Ok(None);
        };
        let Ok((mut send, mut receive)) = connection.accept_bi().await else {
            return Ok(None);
        };
        let nodes = self.config.nodes.len();
        match exchange(&self.hello, rank, nodes, &mut send, &mut receive).await {
            Ok(()) => Ok(Some((rank, Met { connection, send, receive }))),
            // It may dial again.
            Err(Error::Lost { .. }) => Ok(None),
            Err(error) => Err((rank, error)),
        }
    }

    fn rank_of(&self, connection: &Connection) -> Option<Rank> {
        let fingerprint = tls::fingerprint_of(connection)?;
        let own = self.config.place.rank();
        self.config.ranks().find(|&rank| rank > own && self.config.pin(rank) == Some(fingerprint))
    }
}

/// Which of the two transports an address needs.
fn kind(address: SocketAddr) -> usize {
    usize::from(!address.ip().to_canonical().is_loopback())
}
