//! Correlations dealt before the run: what is recorded, dealt and replayed opens the same; everything else is refused.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use crypten_comm::MemoryMesh;
use crypten_ring::RingTensor;
use crypten_shares::{
    Error, FileError, FileFlaw, Kind, Net, Party, Place, Plan, Provider, ProviderKind, Rank, Recorder,
    Request, StoredProvider, compare, deal, dealt_file, product, reveal,
};

/// Runs a program as every party, each on a thread of its own, and returns what each comes to, in rank order.
fn run<T: Send>(
    parties: usize,
    provider: impl Fn(Place) -> Result<Box<dyn Provider>, Error> + Sync,
    program: impl AsyncFn(&mut Party) -> Result<T, Error> + Sync,
) -> Vec<Result<T, Error>> {
    let nodes = MemoryMesh::new(parties, Duration::from_secs(60)).unwrap();
    std::thread::scope(|scope| {
        let mut running = Vec::new();
        for node in nodes {
            let (provider, program) = (&provider, &program);
            running.push(scope.spawn(move || {
                pollster::block_on(async {
                    let provider = provider(node.place())?;
                    let mut party = Party::join(Box::new(node), provider).await?;
                    let result = program(&mut party).await;
                    if let Err(error) = &result {
                        party.abort(error).await;
                    }
                    result
                })
            }));
        }
        running.into_iter().map(|party| party.join().unwrap()).collect()
    })
}

fn secret() -> RingTensor {
    RingTensor::from_vec(&[3, 400], (0..1200_i64).map(|i| (i - 600).cast_unsigned()).collect())
}

/// `relu(x) x`, times a matrix: what it asks for is several units of several kinds, one of them twice.
async fn program(party: &mut Party) -> Result<RingTensor, Error> {
    let value = secret();
    let own = party.place().is_first().then_some(&value);
    let x = party.share(Rank::FIRST, value.shape(), own).await?;
    let positive = compare::relu(party, &x).await?;
    let square = product::multiply(party, &positive, &x, None).await?;
    let tall = x.try_linear(|own| own.reshape(&[400, 3]))?;
    let small = product::matmul(party, &square, &tall, None).await?;
    let result = product::multiply(party, &small, &small, None).await?;
    reveal::reveal(party, &result).await
}

/// What [`program`] opens.
fn expected() -> RingTensor {
    let positive = secret().map(|word| if word.cast_signed() < 0 { 0 } else { word });
    let small = (&positive * &secret()).matmul(&secret().reshape(&[400, 3]).unwrap());
    &small * &small
}

/// What [`program`] asks for.
fn rehearse(parties: usize) -> Plan {
    let recordings = Mutex::new(Vec::new());
    let recorder = |_: Place| -> Result<Box<dyn Provider>, Error> {
        let recorder = Recorder::new(ProviderKind::InsecureFirstParty.make().expect("shares makes it"));
        let recording = recorder.recording();
        recording.start();
        recordings.lock().unwrap().push(recording);
        Ok(Box::new(recorder))
    };
    for opened in run(parties, recorder, program) {
        assert_eq!(opened.unwrap(), expected());
    }
    let plans: Vec<Plan> =
        recordings.into_inner().unwrap().iter().map(|recording| recording.take()).collect();
    assert!(plans.iter().all(|plan| *plan == plans[0]), "all parties ask for the same");
    plans.into_iter().next().unwrap()
}

/// Opens the files of a dealing.
fn stored(directory: &Path) -> impl Fn(Place) -> Result<Box<dyn Provider>, Error> + Sync {
    let directory = directory.to_path_buf();
    move |place| Ok(Box::new(StoredProvider::open(party_file(&directory, place.rank().index()), place)?))
}

fn party_file(directory: &Path, rank: usize) -> PathBuf {
    directory.join(dealt_file(rank))
}

/// A plan, and a fresh dealing of it in a directory of its own.
fn dealing(parties: usize) -> (Plan, tempfile::TempDir) {
    let (plan, directory) = (rehearse(parties), tempfile::tempdir().unwrap());
    deal(&plan, parties, directory.path(), |_, _| {}).unwrap();
    (plan, directory)
}

/// Why the file at `path` is refused by the party at `place`.
fn flaw(path: &Path, place: Place) -> FileFlaw {
    match StoredProvider::open(path, place) {
        Err(Error::File(FileError::Flawed { path: named, flaw })) => {
            assert_eq!(named, path);
            flaw
        }
        other => panic!("{other:?} is no flaw of a file"),
    }
}

#[test]
fn a_replay_opens_what_the_rehearsal_opened() {
    for parties in [1, 2, 3] {
        let (plan, directory) = (rehearse(parties), tempfile::tempdir().unwrap());
        let path = directory.path().join("plan.txt");
        plan.save(&path).unwrap();
        assert_eq!(Plan::load(&path).unwrap(), plan);
        assert!(plan.totals().len() < plan.requests().len(), "one kind is asked for twice");

        let mut heard = Vec::new();
        let files = deal(&plan, parties, directory.path(), |done, total| heard.push((done, total))).unwrap();
        assert_eq!(files.len(), parties);
        let steps: Vec<(u64, u64)> = (1..=plan.units()).map(|done| (done, plan.units())).collect();
        assert_eq!(heard, steps);
        for opened in run(parties, stored(directory.path()), program) {
            assert_eq!(opened.unwrap(), expected());
        }
    }
}

#[test]
fn a_run_that_differs_is_refused_by_name() {
    let (plan, directory) = dealing(2);
    let results = run(2, stored(directory.path()), async |party| {
        let value = secret();
        let own = party.place().is_first().then_some(&value);
        let x = party.share(Rank::FIRST, value.shape(), own).await?;
        let positive = compare::relu(party, &x).await?;
        product::square(party, &positive, None).await
    });
    for result in results {
        let error = result.unwrap_err();
        let Error::OffPlan(deviation) = &error else { panic!("{error:?}") };
        assert_eq!(deviation.asked, Request { kind: Kind::Square, units: 5 });
        assert_eq!(deviation.planned.as_ref(), plan.requests().get(deviation.position));
        let sentence = error.to_string();
        let named = format!("request {} is 5 units of square; the plan has ", deviation.position);
        assert!(sentence.contains(&named), "{sentence}");
        assert!(sentence.contains("units of product there"), "{sentence}");
    }
}

#[test]
fn a_run_that_goes_on_after_its_plan_is_refused() {
    let (plan, directory) = dealing(2);
    let results = run(2, stored(directory.path()), async |party| {
        program(party).await?;
        program(party).await
    });
    for result in results {
        let error = result.unwrap_err();
        let Error::OffPlan(deviation) = &error else { panic!("{error:?}") };
        assert_eq!((deviation.position, &deviation.planned), (plan.requests().len(), &None));
        assert!(error.to_string().ends_with("the plan ends before it"), "{error}");
    }
}

#[test]
fn a_file_serves_once() {
    let (_, directory) = dealing(2);
    let place = |rank| Place::new(rank, 2).unwrap();
    let path = party_file(directory.path(), 1);

    let held = StoredProvider::open(&path, place(1)).unwrap();
    assert_eq!(flaw(&path, place(1)), FileFlaw::InUse);
    // Nothing has been taken from it, so it is as good as new.
    drop(held);

    assert!(run(2, stored(directory.path()), program).iter().all(Result::is_ok));
    for rank in 0..2 {
        assert_eq!(flaw(&party_file(directory.path(), rank), place(rank)), FileFlaw::Used);
    }
    for result in run(2, stored(directory.path()), program) {
        assert!(result.unwrap_err().to_string().contains("masks must not serve twice"));
    }
}

#[test]
fn a_run_that_stops_early_has_used_its_files() {
    let (_, directory) = dealing(2);
    let results = run(2, stored(directory.path()), async |party| {
        let value = secret();
        let own = party.place().is_first().then_some(&value);
        let x = party.share(Rank::FIRST, value.shape(), own).await?;
        compare::relu(party, &x).await.map(drop)
    });
    assert!(results.iter().all(Result::is_ok));
    for rank in 0..2 {
        let place = Place::new(rank, 2).unwrap();
        assert_eq!(flaw(&party_file(directory.path(), rank), place), FileFlaw::Used);
    }
}

#[test]
fn files_of_two_dealings_are_refused_and_the_odd_one_named() {
    let (plan, directory) = dealing(3);
    let other = tempfile::tempdir().unwrap();
    deal(&plan, 3, other.path(), |_, _| {}).unwrap();
    let mixed = |place: Place| -> Result<Box<dyn Provider>, Error> {
        let rank = place.rank().index();
        let directory = if rank == 1 { other.path() } else { directory.path() };
        Ok(Box::new(StoredProvider::open(party_file(directory, rank), place)?))
    };
    for result in run(3, mixed, program) {
        match result.unwrap_err() {
            Error::OtherDealing { peer } => assert_eq!(peer.index(), 1),
            error => panic!("{error:?}"),
        }
    }
    // Nobody has taken anything: both dealings are still good.
    assert!(run(3, stored(directory.path()), program).iter().all(Result::is_ok));
    assert!(run(3, stored(other.path()), program).iter().all(Result::is_ok));
}

#[test]
fn a_changed_file_is_refused() {
    let (_, directory) = dealing(2);
    let path = party_file(directory.path(), 0);
    let (good, place) = (std::fs::read(&path).unwrap(), Place::new(0, 2).unwrap());
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
        flaw(&path, place)
    };
    assert_eq!(changed(&|bytes| bytes.clear()), FileFlaw::Foreign);
    assert_eq!(changed(&|bytes| bytes[0] ^= 1), FileFlaw::Foreign);
    assert_eq!(changed(&|bytes| bytes[8] = 9), FileFlaw::Version { found: 9 });
    // The seed, the identity, the plan.
    for at in [16, 50, 110] {
        assert_eq!(changed(&|bytes| bytes[at] ^= 1), FileFlaw::Checksum, "byte {at}");
    }
    // The length of the plan.
    assert_eq!(changed(&|bytes| bytes[102] ^= 0xff), FileFlaw::Length);
    for cut in [good.len() - 1, good.len() - 8, 120, 90, 20] {
        assert_eq!(changed(&|bytes| bytes.truncate(cut)), FileFlaw::Length, "cut at {cut}");
    }
    assert_eq!(changed(&|bytes| bytes.extend([0; 8])), FileFlaw::Length);
    std::fs::write(&path, &good).unwrap();
    assert_eq!(flaw(&path, Place::new(1, 2).unwrap()), FileFlaw::Rank { found: 0, expected: 1 });
    assert_eq!(flaw(&path, Place::new(0, 3).unwrap()), FileFlaw::Parties { found: 2, expected: 3 });
    assert!(StoredProvider::open(&path, place).is_ok());
}

#[test]
fn changed_corrections_end_the_run() {
    let (_, directory) = dealing(2);
    let path = party_file(directory.path(), 0);
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 40;
    bytes[last] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let results = run(2, stored(directory.path()), program);
    let [first, second] = &results[..] else { panic!("two parties") };
    assert!(
        matches!(first, Err(Error::File(FileError::Flawed { flaw: FileFlaw::Checksum, .. }))),
        "{first:?}"
    );
    assert!(matches!(second, Err(Error::Net(_))), "{second:?}");
}

#[test]
fn a_dealing_overwrites_nothing_and_is_for_its_owner_alone() {
    let (plan, directory) = dealing(2);
    let path = party_file(directory.path(), 0);
    let before = std::fs::read(&path).unwrap();
    let again = deal(&plan, 2, directory.path(), |_, _| {});
    assert!(matches!(again, Err(Error::File(FileError::System { .. }))), "{again:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_dealing_for_nobody_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(deal(&Plan::default(), 0, directory.path(), |_, _| {}), Err(Error::Misuse(_))));
    let mut plan = Plan::default();
    plan.push(Request { kind: Kind::Product, units: usize::MAX });
    assert!(matches!(deal(&plan, 2, directory.path(), |_, _| {}), Err(Error::Misuse(_))));
}
