//! The law of the network: what is sent from one node to another arrives complete, unmodified and in order.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::time::Duration;

use crypten_comm::{Link, MemoryMesh, QuicConfig, QuicMesh};
use crypten_shares::{MAX_WORDS, Message, Net, Operation, Step};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const DEADLINE: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug)]
enum Mesh {
    Memory,
    Slow,
    Quic,
}

fn nodes(mesh: Mesh, parties: usize) -> Vec<Box<dyn Net>> {
    let boxed = |nodes: Vec<_>| nodes.into_iter().map(|node| Box::new(node) as Box<dyn Net>).collect();
    match mesh {
        Mesh::Memory => boxed(MemoryMesh::new(parties, DEADLINE).unwrap()),
        Mesh::Slow => {
            let link = Link { round_trip: Duration::from_millis(4), bits_per_second: 1_000_000_000 };
            boxed(MemoryMesh::with_link(parties, DEADLINE, link).unwrap())
        }
        Mesh::Quic => {
            let configs = QuicConfig::local(parties, false).unwrap();
            let connecting: Vec<_> = configs
                .into_iter()
                .map(|config| std::thread::spawn(|| QuicMesh::connect(config).unwrap()))
                .collect();
            connecting.into_iter().map(|node| Box::new(node.join().unwrap()) as Box<dyn Net>).collect()
        }
    }
}

/// The words of message `number` from one node to another: a function of all three.
fn words(from: usize, to: usize, number: usize, length: usize) -> Vec<u64> {
    let start = ((from * 64 + to) << 32 | number << 20) as u64;
    (start..start + length as u64).collect()
}

fn lengths() -> impl Strategy<Value = Vec<usize>> {
    let length = prop_oneof![4 => 0_usize..300, 1 => Just(0), 1 => Just(MAX_WORDS), 1 => 2_000_usize..20_000];
    vec(length, 1..6)
}

proptest! {
    #![proptest_config(crypten_laws::cases(12))]

    #[test]
    fn messages_survive_every_mesh(
        mesh in select(vec![Mesh::Memory, Mesh::Slow, Mesh::Quic]), parties in select(vec![2_usize, 3, 5]), lengths in lengths(),
    ) {
        let step = |number: usize| Step { sequence: number as u64, operation: Operation::new("law") };
        std::thread::scope(|scope| {
            for mut net in nodes(mesh, parties) {
                let lengths = &lengths;
                scope.spawn(move || pollster::block_on(async {
                    let own = net.place().rank().index();
                    for (number, &length) in lengths.iter().enumerate() {
                        for peer in net.place().peers() {
                            let words = words(own, peer.index(), number, length);
                            net.send(peer, Message::new(step(number), words)).await.unwrap();
                        }
                    }
                    for peer in net.place().peers() {
                        for (number, &length) in lengths.iter().enumerate() {
                            let message = net.receive(peer).await.unwrap();
                            assert_eq!(message.step, step(number));
                            assert!(message.words() == words(peer.index(), own, number, length), "message {number}");
                        }
                    }
                }));
            }
        });
    }
}
