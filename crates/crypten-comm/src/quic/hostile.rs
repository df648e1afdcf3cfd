//! A peer with the right certificate that does whatever it likes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crypten_shares::{Fault, FaultKind, HEADER_BYTES, Net, NetError, Rank};
use quinn::{ClientConfig, Connection, Endpoint, RecvStream, SendStream, VarInt};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::handshake::{Hello, exchange};
use super::{QuicConfig, QuicMesh, tls};
use crate::error::Error;

const MINUTE: Duration = Duration::from_secs(60);

/// Node 1 of two, by hand.
struct Raw {
    connection: Connection,
    send: SendStream,
    receive: RecvStream,
    endpoint: Endpoint,
    runtime: Runtime,
}

impl Raw {
    fn dial(config: &QuicConfig) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let target: SocketAddr = config.nodes[0].address.parse().unwrap();
        let (endpoint, connection, (send, receive)) = runtime.block_on(async {
            let endpoint = Endpoint::client(config.listen).unwrap();
            let connection = loop {
                let strangers = tls::Strangers::default();
                let tls = tls::client(&config.identity, config.nodes[0].fingerprint, strangers).unwrap();
                let client = ClientConfig::new(Arc::new(tls));
                let connecting = endpoint.connect_with(client, target, "crypten").unwrap();
                if let Ok(connection) = timeout(Duration::from_secs(2), connecting).await {
                    break connection.unwrap();
                }
            };
            let streams = connection.open_bi().await.unwrap();
            (endpoint, connection, streams)
        });
        Self { connection, send, receive, endpoint, runtime }
    }

    fn greet(&mut self, config: &QuicConfig) {
        let (hello, peer) = (Hello::of(config), config.place.party(0).unwrap());
        let greeting = exchange(&hello, peer, 2, &mut self.send, &mut self.receive);
        self.runtime.block_on(greeting).unwrap();
    }

    fn write(&mut self, bytes: &[u8]) {
        self.runtime.block_on(self.send.write_all(bytes)).unwrap();
    }

    /// Lets the network run until node 0 has closed the connection.
    fn wait(self) {
        self.runtime.block_on(async {
            self.connection.closed().await;
            self.endpoint.wait_idle().await;
        });
    }
}

/// Node 0's error when it connects to a node 1 that sends `bytes` instead of a greeting.
fn connect_to(bytes: &[u8]) -> Error {
    let mut configs = QuicConfig::local(2, false).unwrap();
    let raw = configs.pop().unwrap();
    let node = configs.pop().unwrap();
    thread::scope(|scope| {
        let mesh = scope.spawn(|| QuicMesh::connect(node));
        let mut raw = Raw::dial(&raw);
        raw.write(bytes);
        raw.wait();
        mesh.join().unwrap().unwrap_err()
    })
}

/// Node 0's error when it receives from a node 1 that greets and then does `what`.
fn receive_from(what: impl FnOnce(Raw) -> Option<Raw>) -> (Rank, NetError) {
    let mut configs = QuicConfig::local(2, false).unwrap();
    for config in &mut configs {
        config.deadline = MINUTE;
    }
    let raw = configs.pop().unwrap();
    let node = configs.pop().unwrap();
    let peer = raw.place.rank();
    thread::scope(|scope| {
        let receiving = scope.spawn(move || {
            let mut mesh = QuicMesh::connect(node).unwrap();
            pollster::block_on(mesh.receive(peer)).unwrap_err()
        });
        let mut hand = Raw::dial(&raw);
        hand.greet(&raw);
        if let Some(hand) = what(hand) {
            hand.wait();
        }
        (peer, receiving.join().unwrap())
    })
}

#[test]
fn garbage_in_the_greeting_is_named() {
    let error = connect_to(b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
    assert!(matches!(error, Error::NotACrypten { peer } if peer.index() == 1), "{error:?}");
}

#[test]
fn a_greeting_that_is_too_long_is_refused_unread() {
    let error = connect_to(b"CRYPTEN\0\x01\0\0\0\xff\xff\xff\xff");
    assert!(matches!(error, Error::NotACrypten { .. }), "{error:?}");
}

#[test]
fn another_version_is_a_disagreement() {
    let error = connect_to(b"CRYPTEN\0\x09\0\0\0\0\0\0\0");
    match error {
        Error::Disagreement { what, here, there, .. } => {
            assert_eq!((what.as_str(), here.as_str(), there.as_str()), ("protocol version", "1", "9"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_oversized_length_is_named() {
    let (peer, error) = receive_from(|mut raw| {
        raw.write(&[0xff; HEADER_BYTES]);
        Some(raw)
    });
    assert!(matches!(error, NetError::Oversized { peer: p, words: u64::MAX } if p == peer), "{error:?}");
}

#[test]
fn half_a_message_is_malformed() {
    let (peer, error) = receive_from(|mut raw| {
        raw.write(&[0; HEADER_BYTES / 2]);
        raw.send.finish().unwrap();
        Some(raw)
    });
    assert!(matches!(error, NetError::Malformed { peer: p } if p == peer), "{error:?}");
}

#[test]
fn a_reason_that_makes_no_sense_is_the_peers_own_fault() {
    let (peer, error) = receive_from(|raw| {
        raw.connection.close(VarInt::from_u32(1), b"because");
        Some(raw)
    });
    let own = Fault { kind: FaultKind::Failed, culprit: peer };
    assert!(matches!(error, NetError::Aborted { peer: p, fault } if p == peer && fault == own), "{error:?}");
}

#[test]
fn a_killed_peer_is_lost() {
    let (peer, error) = receive_from(|raw| {
        // Without its runtime nothing is sent any more, as if the process had been killed.
        raw.runtime.shutdown_background();
        None
    });
    assert!(matches!(error, NetError::Lost { peer: p, .. } if p == peer), "{error:?}");
}
