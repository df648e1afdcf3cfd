//! Two parties without a third: what they make together carries every protocol. Short keys, so that it is quick.

use std::time::Duration;

use async_trait::async_trait;
use crypten_comm::{MemoryMesh, MemoryNet};
use crypten_paillier::{KeyLength, provider};
use crypten_ring::{RingTensor, Scale};
use crypten_shares::{
    ArithmeticShare, Error, Fault, Message, Misuse, Net, NetError, Operation, Party, Place, ProviderKind,
    Rank, Recorder, StoredProvider, bounded, compare, dealt_file, exponential, maximum, product, reveal,
    truncate,
};
use ndarray::{ArrayD, Axis, Ix2};

fn length() -> KeyLength {
    KeyLength::insecure(512).expect("a length for tests")
}

fn mesh(parties: usize) -> Vec<MemoryNet> {
    MemoryMesh::new(parties, Duration::from_secs(60)).expect("a mesh")
}

/// What the parties open of a protocol's result on numbers that party 0 owns.
fn opened(
    x: &ArrayD<f64>,
    protocol: impl AsyncFn(&mut Party, &ArithmeticShare) -> Result<ArithmeticShare, Error> + Sync,
) -> ArrayD<f64> {
    let words: RingTensor = Scale::default().encode(&x.view()).expect("small numbers");
    let run = |net: MemoryNet| {
        pollster::block_on(async {
            let mut party = Party::join(Box::new(net), Box::new(provider(length()))).await.expect("two join");
            let own = party.place().is_first().then_some(&words);
            let x = party.share(Rank::FIRST, words.shape(), own).await.expect("shared");
            let result = protocol(&mut party, &x).await.expect("computed");
            reveal::reveal(&mut party, &result).await.expect("opened")
        })
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let parties: Vec<_> = mesh(2).into_iter().map(|net| scope.spawn(move || run(net))).collect();
        parties.into_iter().map(|party| party.join().expect("no party panics")).collect()
    });
    assert_eq!(results[0].words(), results[1].words());
    Scale::default().decode(&results[0])
}

fn close(result: &ArrayD<f64>, expected: &ArrayD<f64>) {
    assert_eq!(result.shape(), expected.shape());
    let off = (result - expected).iter().fold(0.0_f64, |off, x| off.max(x.abs()));
    assert!(off < 2e-3, "off by {off}");
}

fn numbers(shape: &[usize]) -> ArrayD<f64> {
    let mut next = -3.0;
    ArrayD::from_shape_fn(shape, |_| {
        next = if next > 3.0 { next - 6.1 } else { next + 0.37 };
        next
    })
}

#[test]
fn products_and_quotients_need_no_third_party() {
    let x = numbers(&[4, 4]);
    let matrix = x.clone().into_dimensionality::<Ix2>().expect("a matrix");
    close(
        &opened(&x, async |party, x| product::matmul(party, x, x, Some(16)).await),
        &matrix.dot(&matrix).into_dyn(),
    );
    close(&opened(&x, async |party, x| product::multiply(party, x, x, Some(16)).await), &(&x * &x));
    close(&opened(&x, async |party, x| truncate::divide(party, x, 10).await), &x.mapv(|x| x / 10.0));
}

#[test]
fn comparisons_and_maxima_need_no_third_party() {
    let x = numbers(&[3, 5]);
    close(&opened(&x, async |party, x| compare::relu(party, x).await), &x.mapv(|x| x.max(0.0)));
    close(
        &opened(&x, async |party, x| maximum::maximum(party, x, 1).await),
        &x.map_axis(Axis(1), |row| row.iter().fold(f64::MIN, |most, &x| most.max(x))),
    );
}

#[test]
fn smooth_functions_need_no_third_party() {
    let (x, scale) = (numbers(&[3]), Scale::default());
    close(&opened(&x, async |party, x| exponential::exp(party, x, scale).await), &x.mapv(f64::exp));
    close(
        &opened(&x, async |party, x| bounded::sigmoid(party, x, scale).await),
        &x.mapv(|x| 1.0 / (1.0 + (-x).exp())),
    );
}

#[test]
fn more_than_two_parties_are_refused() {
    std::thread::scope(|scope| {
        for net in mesh(3) {
            scope.spawn(|| {
                let joined = pollster::block_on(Party::join(Box::new(net), Box::new(provider(length()))));
                assert!(matches!(joined, Err(Error::Misuse(Misuse::NotTwoParties { parties: 3 }))));
            });
        }
    });
}

/// What becomes of a message's words.
type Change = fn(&mut Vec<u64>);

/// A net that changes the words of one operation.
struct Tampering {
    net: MemoryNet,
    operation: Operation,
    change: Change,
}

#[async_trait]
impl Net for Tampering {
    fn place(&self) -> Place {
        self.net.place()
    }

    async fn send(&mut self, to: Rank, message: Message) -> Result<(), NetError> {
        let (step, mut words) = (message.step, message.words().to_vec());
        if step.operation == self.operation {
            (self.change)(&mut words);
        }
        self.net.send(to, Message::new(step, words)).await
    }

    async fn receive(&mut self, from: Rank) -> Result<Message, NetError> {
        self.net.receive(from).await
    }

    async fn abort(&mut self, fault: Fault) {
        self.net.abort(fault).await;
    }
}

/// What party 0 says of a party 1 whose words of one operation are changed.
fn error_after(operation: &str, change: Change) -> Error {
    let mut nets = mesh(2).into_iter();
    let (first, second) = (nets.next().expect("party 0"), nets.next().expect("party 1"));
    let second = Tampering { net: second, operation: Operation::new(operation), change };
    std::thread::scope(|scope| {
        let party = scope.spawn(|| {
            pollster::block_on(Party::join(Box::new(first), Box::new(provider(length()))))
                .expect_err("the peer misbehaves")
        });
        // It fails too, once party 0 has gone.
        scope.spawn(|| drop(pollster::block_on(Party::join(Box::new(second), Box::new(provider(length()))))));
        party.join().expect("party 0 does not panic")
    })
}

#[test]
fn a_peer_that_sends_no_key_and_no_ciphertexts_is_named() {
    let changes: [(&str, Change); 4] = [
        ("public key", |words| words.fill(7)),
        // The modulus becomes even.
        ("public key", |words| words[8] ^= 1 << 24),
        ("base choices", |words| words[..16].fill(0)),
        ("base seeds", |words| words[..16].fill(u64::MAX)),
    ];
    for (operation, change) in changes {
        let error = error_after(operation, change);
        assert!(matches!(error, Error::Unusable { peer, .. } if peer.index() == 1), "{operation}: {error:?}");
    }
    let error = error_after("public key", |words| words.push(0));
    assert!(matches!(error, Error::WrongLength { peer, .. } if peer.index() == 1), "{error:?}");
}

#[test]
fn two_parties_deal_for_a_run_in_advance() {
    let directory = tempfile::tempdir().expect("a directory");
    let program = async |party: &mut Party| {
        let own =
            party.place().is_first().then(|| RingTensor::from_vec(&[3], vec![5 << 16, 7 << 16, u64::MAX]));
        let x = party.share(Rank::FIRST, &[3], own.as_ref()).await?;
        let square = product::multiply(party, &x, &x, Some(16)).await?;
        let y = compare::relu(party, &square).await?;
        Ok::<_, Error>(reveal::reveal(party, &y).await?.words().to_vec())
    };
    let both = |run: &(dyn Fn(MemoryNet) -> Vec<u64> + Sync)| {
        std::thread::scope(|scope| {
            let parties: Vec<_> = mesh(2).into_iter().map(|net| scope.spawn(move || run(net))).collect();
            parties.into_iter().map(|party| party.join().expect("no party panics")).collect::<Vec<_>>()
        })
    };
    let plans = std::sync::Mutex::new(Vec::new());
    let rehearsed = both(&|net| {
        let first = ProviderKind::InsecureFirstParty.make().expect("shares makes it");
        let recorder = Recorder::new(first);
        let recording = recorder.recording();
        recording.start();
        let opened = pollster::block_on(async {
            let mut party = Party::join(Box::new(net), Box::new(recorder)).await?;
            program(&mut party).await
        });
        plans.lock().expect("no party panics").push(recording.take());
        opened.expect("rehearsed")
    });
    let plan = plans.into_inner().expect("no party panics").remove(0);
    both(&|mut net| {
        let mut made = 0;
        let dealt = provider(length()).deal(&mut net, &plan, directory.path(), |done, of| {
            assert!(done <= of);
            made = done;
        });
        pollster::block_on(dealt).expect("dealt");
        assert_eq!(made, plan.units());
        Vec::new()
    });
    let replayed = both(&|net| {
        let file = directory.path().join(dealt_file(net.place().rank().index()));
        let stored = StoredProvider::open(file, net.place()).expect("a dealing");
        pollster::block_on(async {
            let mut party = Party::join(Box::new(net), Box::new(stored)).await?;
            program(&mut party).await
        })
        .expect("replayed")
    });
    assert_eq!(replayed[0], replayed[1]);
    for (replayed, rehearsed) in replayed[0].iter().zip(&rehearsed[0]) {
        assert!(replayed.abs_diff(*rehearsed) <= 1, "a truncation is off by one at most");
    }
}
