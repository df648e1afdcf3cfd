//! The laws of [`Net`], for any transport.
//!
//! A transport crate depends on this one for its tests and calls [`conformance`] with a function that makes
//! connected nodes.

mod delivery;
mod endings;

use std::panic::resume_unwind;
use std::thread;
use std::time::Duration;

use crypten_shares::{Message, Net, NetError, Operation, Rank, Step};

/// Long enough for everything that is not meant to be waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Checks that the nodes which `connect` makes keep the laws of [`Net`], with 2, 3 and 5 parties.
///
/// `connect` gets the number of parties and the deadline of [`Net::receive`], and returns the connected
/// nodes in rank order. It is called many times. Each node is then used by a thread of its own.
///
/// # Panics
/// If a law is broken; the message says which. It is meant to be called by a test.
pub fn conformance<F, N>(connect: F)
where
    F: Fn(usize, Duration) -> Vec<N>,
    N: Net + 'static,
{
    for parties in [2, 3, 5] {
        let patient = || check_places(connect(parties, PATIENCE), parties);
        delivery::messages_arrive_in_order(patient());
        delivery::empty_and_longest_messages_arrive(patient());
        delivery::everyone_may_send_before_anyone_receives(patient());
        delivery::messages_of_any_size_arrive_unmodified(patient());
        endings::a_silent_peer_is_named(connect(parties, endings::SHORT));
        endings::what_was_sent_before_leaving_arrives(patient());
        endings::an_abort_says_why(patient());
        endings::nobody_is_there_to_talk_to_oneself(patient());
    }
}

fn check_places<N: Net>(nodes: Vec<N>, parties: usize) -> Vec<N> {
    assert_eq!(nodes.len(), parties, "connecting {parties} parties made another number of nodes");
    for (rank, node) in nodes.iter().enumerate() {
        assert_eq!(node.place().rank().index(), rank, "the nodes are not in rank order");
        assert_eq!(node.place().parties(), parties, "a node has another number of parties");
    }
    nodes
}

/// Runs `body` for every node in a thread of its own. A node that `body` returns stays until all are done.
fn everyone<N: Net, T: Send>(nodes: Vec<N>, body: impl Fn(N) -> T + Sync) -> Vec<T> {
    let body = &body;
    thread::scope(|scope| {
        let threads: Vec<_> = nodes.into_iter().map(|node| scope.spawn(move || body(node))).collect();
        let outcomes = threads.into_iter().map(|thread| thread.join());
        outcomes.map(|outcome| outcome.unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

fn peers<N: Net>(node: &N) -> Vec<Rank> {
    node.place().peers().collect()
}

fn message(sequence: u64, words: Vec<u64>) -> Message {
    Message::new(Step { sequence, operation: Operation::new("conformance") }, words)
}

fn send<N: Net>(node: &mut N, to: Rank, message: Message) {
    if let Err(error) = pollster::block_on(node.send(to, message)) {
        panic!("a message to party {to} could not be sent: {error:?}");
    }
}

fn receive<N: Net>(node: &mut N, from: Rank) -> Message {
    match pollster::block_on(node.receive(from)) {
        Ok(message) => message,
        Err(error) => panic!("a message from party {from} did not arrive: {error:?}"),
    }
}

fn receive_error<N: Net>(node: &mut N, from: Rank) -> NetError {
    match pollster::block_on(node.receive(from)) {
        Ok(message) => panic!("party {from} sent nothing, but {message:?} arrived"),
        Err(error) => error,
    }
}
