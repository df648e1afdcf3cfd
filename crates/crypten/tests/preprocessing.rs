//! A program is rehearsed, its correlations are dealt, and it runs on the files.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::time::Duration;

use crypten::comm::MemoryMesh;
use crypten::ndarray::{ArrayD, array};
use crypten::shares::Net;
use crypten::{Config, Error, Scale, Session, StoredProvider, dealt_file};

fn program(session: &Session) -> Result<ArrayD<f64>, Error> {
    let x = session.cryptensor(array![[1.5, -2.0], [0.25, 3.0]], 0)?;
    let y = session.cryptensor(array![[2.0, 1.0], [-1.0, 0.5]], 1)?;
    x.matmul(&y)?.relu()?.gt(1)?.get_plain_text()
}

#[test]
fn a_rehearsed_program_runs_on_dealt_files() {
    let plan = crypten::rehearse(2, program).unwrap();
    let directory = tempfile::tempdir().unwrap();
    crypten::deal(&plan, 2, directory.path(), |_, _| {}).unwrap();
    let run = || -> Vec<Result<ArrayD<f64>, Error>> {
        let nodes = MemoryMesh::new(2, Duration::from_secs(60)).unwrap();
        std::thread::scope(|scope| {
            let directory = directory.path();
            let party = |node: crypten::comm::MemoryNet| {
                move || {
                    let place = node.place();
                    let file = directory.join(dealt_file(place.rank().index()));
                    let provider = StoredProvider::open(file, place)?;
                    program(&Session::new(Box::new(node), Box::new(provider), Scale::default())?)
                }
            };
            let running: Vec<_> = nodes.into_iter().map(|node| scope.spawn(party(node))).collect();
            running.into_iter().map(|party| party.join().unwrap()).collect()
        })
    };
    for opened in run() {
        assert_eq!(opened.unwrap(), array![[1.0, 0.0], [0.0, 1.0]].into_dyn());
    }
    for refused in run() {
        assert!(matches!(refused, Err(Error::FlawedFile { .. })), "{refused:?}");
    }
}

#[test]
fn a_session_records_from_where_it_is_told_to() {
    let plans = crypten::local(2, crypten::ProviderKind::Dealer, |session| {
        let x = session.cryptensor(array![1.0, 2.0], 0)?;
        x.square()?;
        session.record();
        x.matmul(&x)?;
        let plan = session.take_plan();
        x.square()?;
        Ok((plan, session.take_plan()))
    })
    .unwrap();
    for (plan, after) in plans {
        assert_eq!(plan.totals().len(), 1, "{plan}");
        assert_eq!(plan.totals()[0].to_string(), "1 unit of matmul [2] x [2]");
        assert!(after.requests().is_empty());
    }
}

#[test]
fn a_configuration_names_a_file_beside_itself() {
    let directory = tempfile::tempdir().unwrap();
    let plan = crypten::provision::Plan {
        hosts: vec!["127.0.0.1:7000".into(), "127.0.0.1:7001".into()],
        dealer: None,
        provider: None,
        precision: 16,
    };
    let party = crypten::provision::provision(directory.path(), &plan).unwrap().remove(0);
    let path = party.join("party.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("preprocessing = \"dealt\"\n{text}")).unwrap();
    let config = Config::load(&party).unwrap();
    assert_eq!(config.preprocessing, Some(party.join("dealt")));
    // Without a provider and without the file there is nothing to join with.
    assert!(matches!(config.join(), Err(Error::File { .. })));
}
