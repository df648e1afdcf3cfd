//! Runs a program as every party of a session, each on a thread of its own.

use std::time::Duration;

use crypten_comm::{MemoryMesh, QuicConfig, QuicMesh};
use crypten_ring::RingTensor;
use crypten_shares::{ArithmeticShare, Net, Party, ProviderKind, Rank, serve_as_dealer};

/// How a session is set up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) parties: usize,
    pub(crate) provider: ProviderKind,
    /// Over QUIC on loopback instead of memory.
    pub(crate) quic: bool,
}

impl Setting {
    /// A function for each node that connects it.
    fn nodes(self) -> Vec<Box<dyn FnOnce() -> Box<dyn Net> + Send>> {
        let deadline = Duration::from_secs(60);
        let dealer = self.provider == ProviderKind::Dealer;
        if self.quic {
            let configs = QuicConfig::local(self.parties, dealer).expect("loopback has free ports");
            let connect = |config| Box::new(QuicMesh::connect(config).expect("nodes meet")) as Box<dyn Net>;
            return configs.into_iter().map(|config| Box::new(move || connect(config)) as _).collect();
        }
        let mesh = if dealer {
            MemoryMesh::with_dealer(self.parties, deadline)
        } else {
            MemoryMesh::new(self.parties, deadline)
        };
        let nodes = mesh.expect("a mesh of this size exists");
        nodes.into_iter().map(|node| Box::new(move || Box::new(node) as Box<dyn Net>) as _).collect()
    }
}

/// What every party's program returned, in rank order.
pub(crate) fn parties<T: Send>(setting: Setting, program: impl AsyncFn(&mut Party) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let mut running = Vec::new();
        for (rank, connect) in setting.nodes().into_iter().enumerate() {
            if rank == setting.parties {
                scope.spawn(|| {
                    pollster::block_on(serve_as_dealer(&mut *connect())).expect("the dealer serves")
                });
                continue;
            }
            let program = &program;
            running.push(scope.spawn(move || {
                pollster::block_on(async {
                    let mut party = Party::join(connect(), setting.provider.make().expect("shares makes it"))
                        .await
                        .expect("parties join");
                    program(&mut party).await
                })
            }));
        }
        running.into_iter().map(|party| party.join().expect("no party panics")).collect()
    })
}

/// The sharing of a value that party 0 owns.
pub(crate) async fn share(party: &mut Party, value: &RingTensor) -> ArithmeticShare {
    let own = party.place().is_first().then_some(value);
    party.share(Rank::FIRST, value.shape(), own).await.expect("party 0 owns the value")
}
