//! What does not arrive ends in time, with an error that names the peer.

use std::time::{Duration, Instant};

use crypten_shares::{Fault, FaultKind, Net, NetError, Rank};

use super::{everyone, message, peers, receive, receive_error, send};

/// A deadline that is meant to pass.
pub(super) const SHORT: Duration = Duration::from_millis(300);

/// How much later than the deadline an error may come, on a busy computer.
const SLACK: Duration = Duration::from_secs(10);

pub(super) fn a_silent_peer_is_named<N: Net>(nodes: Vec<N>) {
    everyone(nodes, |mut node| {
        for from in peers(&node).into_iter().take(2) {
            let start = Instant::now();
            let error = receive_error(&mut node, from);
            let waited = start.elapsed();
            let named = matches!(error, NetError::Silent { peer, .. } if peer == from);
            assert!(named, "the silence of party {from} was reported as {error:?}");
            assert!(waited >= SHORT / 2, "the deadline of {SHORT:?} passed after {waited:?}");
            assert!(waited <= SHORT + SLACK, "the deadline of {SHORT:?} passed only after {waited:?}");
        }
        node
    });
}

pub(super) fn what_was_sent_before_leaving_arrives<N: Net>(nodes: Vec<N>) {
    let leaver = last(&nodes);
    everyone(nodes, |mut node| {
        if node.place().rank() == leaver {
            for to in peers(&node) {
                for sequence in 0..10 {
                    send(&mut node, to, message(sequence, vec![sequence; 20_000]));
                }
            }
            return;
        }
        for sequence in 0..10 {
            assert_eq!(receive(&mut node, leaver).words(), vec![sequence; 20_000]);
        }
        // Again and again: the peer does not come back.
        for _ in 0..2 {
            let error = receive_error(&mut node, leaver);
            let named = matches!(
                error,
                NetError::Left { peer } | NetError::Lost { peer, .. } if peer == leaver
            );
            assert!(named, "the leaving of party {leaver} was reported as {error:?}");
        }
    });
}

pub(super) fn an_abort_says_why<N: Net>(nodes: Vec<N>) {
    let stopper = last(&nodes);
    let fault = Fault { kind: FaultKind::Parted, culprit: Rank::FIRST };
    everyone(nodes, |mut node| {
        if node.place().rank() == stopper {
            pollster::block_on(node.abort(fault));
        } else {
            let error = receive_error(&mut node, stopper);
            let named = matches!(
                error,
                NetError::Aborted { peer, fault: reason } if peer == stopper && reason == fault
            );
            assert!(named, "the abort of party {stopper} ({fault}) was reported as {error:?}");
        }
        node
    });
}

pub(super) fn nobody_is_there_to_talk_to_oneself<N: Net>(nodes: Vec<N>) {
    everyone(nodes, |mut node| {
        let place = node.place();
        for nobody in [place.rank(), place.dealer_rank()] {
            let sent = pollster::block_on(node.send(nobody, message(0, vec![])));
            let named = matches!(sent, Err(NetError::NoSuchPeer { peer }) if peer == nobody);
            assert!(named, "sending to node {nobody}, which is no peer, gave {sent:?}");
            let error = receive_error(&mut node, nobody);
            let named = matches!(error, NetError::NoSuchPeer { peer } if peer == nobody);
            assert!(named, "receiving from node {nobody}, which is no peer, gave {error:?}");
        }
    });
}

/// The party of highest rank.
fn last<N: Net>(nodes: &[N]) -> Rank {
    nodes.last().map_or(Rank::FIRST, |node| node.place().rank())
}
