//! What a party sees: words that never repeat, whatever the values; and parties that part are noticed.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "harness/parties.rs"]
mod parties;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use crypten_comm::MemoryMesh;
use crypten_ring::RingTensor;
use crypten_shares::{
    Error, Fault, Message, Net, NetError, Party, Place, ProviderKind, Rank, compare, convert, maximum,
    product, reveal, serve_as_dealer, truncate,
};
use parties::{Setting, parties, share};

/// A net that keeps what is received.
struct Spy {
    net: Box<dyn Net>,
    seen: Arc<Mutex<Vec<u64>>>,
}

#[async_trait]
impl Net for Spy {
    fn place(&self) -> Place {
        self.net.place()
    }

    async fn send(&mut self, to: Rank, message: Message) -> Result<(), NetError> {
        self.net.send(to, message).await
    }

    async fn receive(&mut self, from: Rank) -> Result<Message, NetError> {
        let message = self.net.receive(from).await?;
        self.seen.lock().unwrap().extend(message.words());
        Ok(message)
    }

    async fn abort(&mut self, fault: Fault) {
        self.net.abort(fault).await;
    }
}

/// All words that each party receives while `program` runs.
fn views(count: usize, provider: ProviderKind, program: impl AsyncFn(&mut Party) + Sync) -> Vec<Vec<u64>> {
    let deadline = Duration::from_secs(60);
    let dealer = provider == ProviderKind::Dealer;
    let mesh =
        if dealer { MemoryMesh::with_dealer(count, deadline) } else { MemoryMesh::new(count, deadline) };
    let mut nets = mesh.unwrap();
    std::thread::scope(|scope| {
        if dealer {
            let mut net = nets.pop().unwrap();
            scope.spawn(move || pollster::block_on(serve_as_dealer(&mut net)).unwrap());
        }
        let run = |net| {
            let seen = Arc::<Mutex<Vec<u64>>>::default();
            let spy = Spy { net: Box::new(net), seen: Arc::clone(&seen) };
            pollster::block_on(async {
                let mut party =
                    Party::join(Box::new(spy), provider.make().expect("shares makes it")).await.unwrap();
                program(&mut party).await;
                // Nobody leaves while another still sends.
                party.barrier().await.unwrap();
            });
            std::mem::take(&mut *seen.lock().unwrap())
        };
        let running: Vec<_> = nets.into_iter().map(|net| scope.spawn(move || run(net))).collect();
        running.into_iter().map(|party| party.join().unwrap()).collect()
    })
}

/// With zeros as inputs, a word that is not masked by fresh randomness shows itself again and again.
#[test]
fn nothing_that_a_party_receives_repeats() {
    for (count, provider) in
        [(2, ProviderKind::Dealer), (3, ProviderKind::Dealer), (3, ProviderKind::Replicated)]
    {
        let views = views(count, provider, async |party| {
            let zeros = RingTensor::zeros(&[16, 16]);
            for owner in party.place().everyone() {
                let own = (party.place().rank() == owner).then_some(&zeros);
                let x = party.share(owner, &[16, 16], own).await.unwrap();
                let y = product::multiply(party, &x, &x, Some(16)).await.unwrap();
                product::square(party, &y, None).await.unwrap();
                product::matmul(party, &x, &y, None).await.unwrap();
                truncate::divide(party, &x, 10).await.unwrap();
                compare::relu(party, &x).await.unwrap();
                compare::is_zero(party, &x).await.unwrap();
                maximum::maximum(party, &x, 1).await.unwrap();
                let bits = convert::to_binary(party, &x).await.unwrap();
                convert::to_arithmetic(party, &bits).await.unwrap();
            }
        });
        for (rank, view) in views.iter().enumerate() {
            // Bits of few elements travel in words that are not full, and a correction may be a small number.
            let long: Vec<u64> = view.iter().copied().filter(|word| word.leading_zeros() < 24).collect();
            let different: HashSet<u64> = long.iter().copied().collect();
            assert_eq!(different.len(), long.len(), "party {rank} of {count} with {provider:?}");
            assert!(rank > 1 || long.len() > 1000, "party {rank} saw {} words", long.len());
        }
        let zeros = views.iter().flatten().filter(|word| **word == 0).count();
        let words = views.iter().map(Vec::len).sum::<usize>();
        assert!(zeros * 20 < words, "{zeros} of {words} words are zero with {provider:?}");
    }
}

const REPLICATED: Setting = Setting { parties: 3, provider: ProviderKind::Replicated, quic: false };

/// The common streams of parties that have done something else must not meet: the next message says so.
#[test]
fn replicated_parties_that_part_are_noticed_at_the_next_message() {
    let value = RingTensor::full(&[5], 3);
    let ends = parties(REPLICATED, async |party| {
        let x = share(party, &value).await;
        if party.place().is_first() {
            party.share(Rank::FIRST, &[5], Some(&value)).await.unwrap();
        }
        product::square(party, &x, None).await.map(drop)
    });
    for (rank, end) in ends.iter().enumerate().take(2) {
        assert!(matches!(end, Err(Error::Parted { peer, .. }) if peer.index() == 1 - rank), "{end:?}");
    }
}

#[test]
fn the_third_party_keeps_pace_over_many_operations() {
    let value = RingTensor::full(&[3], 1);
    let opened = parties(REPLICATED, async |party| {
        let mut x = share(party, &value).await;
        for _ in 0..60 {
            let square = product::square(party, &x, None).await.unwrap();
            x = compare::relu(party, &square).await.unwrap();
        }
        reveal::reveal(party, &x).await.unwrap()
    });
    assert!(opened.iter().all(|opened| *opened == value));
}
