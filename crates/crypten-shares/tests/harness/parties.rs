//! Runs a program as every party of a session, each on a thread of its own, over a memory mesh.

use std::time::Duration;

use crypten_comm::MemoryMesh;
use crypten_ring::RingTensor;
use crypten_shares::{ArithmeticShare, Party, ProviderKind, Rank, serve_as_dealer};

/// What every party's program returned, in rank order.
pub fn parties<T: Send>(
    count: usize,
    provider: ProviderKind,
    program: impl AsyncFn(&mut Party) -> T + Sync,
) -> Vec<T> {
    let deadline = Duration::from_secs(60);
    let mut nodes = match provider {
        ProviderKind::Dealer => MemoryMesh::with_dealer(count, deadline),
        _ => MemoryMesh::new(count, deadline),
    }
    .expect("a mesh of this size exists");
    let dealer = (nodes.len() > count).then(|| nodes.pop().expect("the dealer is the last node"));
    std::thread::scope(|scope| {
        let running: Vec<_> = nodes
            .into_iter()
            .map(|node| {
                let program = &program;
                scope.spawn(move || {
                    pollster::block_on(async {
                        let mut party = Party::join(Box::new(node), provider.make())
                            .await
                            .expect("parties join");
                        program(&mut party).await
                    })
                })
            })
            .collect();
        if let Some(mut dealer) = dealer {
            scope.spawn(move || pollster::block_on(serve_as_dealer(&mut dealer)).expect("the dealer serves"));
        }
        running
            .into_iter()
            .map(|party| party.join().expect("no party panics"))
            .collect()
    })
}

/// The sharing of a value that party 0 owns.
pub fn share(party: &mut Party, value: &RingTensor) -> ArithmeticShare {
    let own = party.place().is_first().then_some(value);
    party
        .share(Rank::FIRST, value.shape(), own)
        .expect("party 0 owns the value")
}
