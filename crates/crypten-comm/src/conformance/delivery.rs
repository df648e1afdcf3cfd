//! What is sent arrives: complete, unmodified and in order.

use crypten_shares::{MAX_WORDS, Net, Rank};

use super::{everyone, message, peers, receive, send};

pub(super) fn messages_arrive_in_order<N: Net>(nodes: Vec<N>) {
    everyone(nodes, |mut node| {
        let own = node.place().rank();
        for sequence in 0..100 {
            for to in peers(&node) {
                send(&mut node, to, message(sequence, words(own, to, sequence, 3)));
            }
        }
        for from in peers(&node) {
            for sequence in 0..100 {
                let got = receive(&mut node, from);
                assert_eq!(got.step, message(sequence, vec![]).step, "messages arrived in another order");
                assert_eq!(got.words(), words(from, own, sequence, 3), "a message arrived modified");
            }
        }
    });
}

pub(super) fn empty_and_longest_messages_arrive<N: Net>(nodes: Vec<N>) {
    let sizes = [0, MAX_WORDS, 0, 0, 1, MAX_WORDS];
    everyone(nodes, |mut node| {
        let own = node.place().rank();
        for to in peers(&node) {
            for (sequence, size) in (0..).zip(sizes) {
                send(&mut node, to, message(sequence, words(own, to, sequence, size)));
            }
        }
        for from in peers(&node) {
            for (sequence, size) in (0..).zip(sizes) {
                let got = receive(&mut node, from);
                assert!(got.words() == words(from, own, sequence, size), "{size} words arrived modified");
            }
        }
    });
}

/// Each node sends 32 MB, spread over its peers, before any node receives.
pub(super) fn everyone_may_send_before_anyone_receives<N: Net>(nodes: Vec<N>) {
    let each = 32_u64.div_ceil(nodes.len() as u64 - 1);
    let nodes = everyone(nodes, |mut node| {
        let own = node.place().rank();
        for to in peers(&node) {
            for sequence in 0..each {
                send(&mut node, to, message(sequence, words(own, to, sequence, MAX_WORDS)));
            }
        }
        node
    });
    everyone(nodes, |mut node| {
        let own = node.place().rank();
        for from in peers(&node) {
            for sequence in 0..each {
                let got = receive(&mut node, from);
                let same = got.words() == words(from, own, sequence, MAX_WORDS);
                assert!(same, "megabyte {sequence} from party {from} arrived modified");
            }
        }
    });
}

pub(super) fn messages_of_any_size_arrive_unmodified<N: Net>(nodes: Vec<N>) {
    let size = |from: Rank, to: Rank, round| {
        let random = words(from, to, round, 2);
        // Mostly short, sometimes long.
        (random[0] % if random[1].is_multiple_of(8) { 50_000 } else { 300 }) as usize
    };
    everyone(nodes, |mut node| {
        let own = node.place().rank();
        for round in 0..30 {
            for to in peers(&node) {
                send(&mut node, to, message(round, words(own, to, round, size(own, to, round))));
            }
            for from in peers(&node) {
                let got = receive(&mut node, from);
                let same = got.words() == words(from, own, round, size(from, own, round));
                assert!(same, "the message of round {round} from party {from} arrived modified");
            }
        }
    });
}

/// Words that look random and that both ends can compute (splitmix64).
fn words(from: Rank, to: Rank, sequence: u64, count: usize) -> Vec<u64> {
    let mut state = (from.index() as u64) << 56 | (to.index() as u64) << 48 | sequence << 20;
    std::iter::repeat_with(|| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    })
    .take(count)
    .collect()
}
