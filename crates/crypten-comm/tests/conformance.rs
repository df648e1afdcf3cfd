//! Every transport of this crate keeps the laws of `Net`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "common/quic.rs"]
mod quic;

use std::time::Duration;

use crypten_comm::conformance::conformance;
use crypten_comm::{Link, MemoryMesh, QuicConfig, QuicMesh};
use crypten_shares::{Message, Net, Operation, Step};

fn quic_mesh(parties: usize, deadline: Duration, change: impl Fn(&mut QuicConfig)) -> Vec<QuicMesh> {
    let mut configs = QuicConfig::local(parties, false).unwrap();
    for config in &mut configs {
        config.deadline = deadline;
        change(config);
    }
    quic::connect_all(configs).into_iter().map(Result::unwrap).collect()
}

#[test]
fn the_memory_mesh_conforms() {
    conformance(|parties, deadline| MemoryMesh::new(parties, deadline).unwrap());
}

#[test]
fn the_memory_mesh_conforms_on_a_slow_link() {
    let link = Link { round_trip: Duration::from_millis(20), bits_per_second: 10_000_000_000 };
    conformance(|parties, deadline| MemoryMesh::with_link(parties, deadline, link).unwrap());
}

#[test]
fn the_quic_mesh_conforms() {
    conformance(|parties, deadline| quic_mesh(parties, deadline, |_| {}));
}

#[test]
fn the_quic_mesh_conforms_with_short_datagrams() {
    conformance(|parties, deadline| quic_mesh(parties, deadline, |c| c.tuning.datagram = Some(1400)));
}

#[test]
fn the_quic_mesh_conforms_on_a_slow_link() {
    let link = Link { round_trip: Duration::from_millis(20), bits_per_second: 10_000_000_000 };
    conformance(|parties, deadline| quic_mesh(parties, deadline, |c| c.link = Some(link)));
}

#[test]
fn a_dealer_is_a_node_like_any_other() {
    let mut nodes: Vec<_> =
        quic::connect_all(QuicConfig::local(2, true).unwrap()).into_iter().map(Result::unwrap).collect();
    let (dealer, party) = (nodes[2].place().rank(), nodes[0].place().rank());
    let step = Step { sequence: 0, operation: Operation::new("deal") };
    pollster::block_on(async {
        nodes[2].send(party, Message::new(step, vec![1, 2, 3])).await.unwrap();
        assert_eq!(nodes[0].receive(dealer).await.unwrap().words(), [1, 2, 3]);
    });
    assert!(nodes[0].wire_stats().received > 24);
}
