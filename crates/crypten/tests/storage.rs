//! Saving and loading: what is saved is loaded, by 2 and 3 parties; files that do not belong together are refused, and
//! what one party fails at, all parties learn.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::path::{Path, PathBuf};

use crypten::ndarray::{ArrayD, array};
use crypten::{CrypTensor, Error, FileFlaw, ProviderKind, Scale, Session};

/// Runs a program as every party.
fn parties<T: Send>(parties: usize, program: impl Fn(&Session) -> Result<T, Error> + Sync) -> Vec<T> {
    crypten::local(parties, ProviderKind::InsecureFirstParty, program).unwrap()
}

/// Why each party cannot load `path`. The session lives on.
fn refusals(count: usize, path: &Path) -> Vec<Error> {
    parties(count, |session| {
        let error = session.load(path).unwrap_err();
        session.barrier()?;
        Ok(error)
    })
}

fn own_file(path: &Path, rank: usize) -> PathBuf {
    PathBuf::from(format!("{}.party-{rank}", path.display()))
}

/// Saves two tensors with `count` parties.
fn save(count: usize, path: &Path) {
    parties(count, |session| {
        let x = session.cryptensor(array![[1.5, -2.0], [0.25, 3.0]], 0)?;
        session.save(&[("x", &x), ("positive", &x.gt(0)?)], path)
    });
}

/// The party that every other one names, whose own error is `own`.
fn named(errors: &[Error], culprit: usize, own: impl Fn(&Error) -> bool) {
    for (rank, error) in errors.iter().enumerate() {
        match error {
            Error::NoFileAtParty { peer } if rank != culprit => assert_eq!(peer.index(), culprit),
            error => assert!(rank == culprit && own(error), "party {rank}: {error:?}"),
        }
    }
}

/// Checks that party 1 of 3 refuses its file with this flaw, and the others name it.
fn flawed(path: &Path, flaw: &FileFlaw) {
    named(&refusals(3, path), 1, |error| match error {
        Error::FlawedFile { path: file, flaw: found } => *file == own_file(path, 1) && found == flaw,
        _ => false,
    });
}

#[test]
fn what_is_saved_is_loaded() {
    let (values, empty) = (array![[1.5, -2.0], [0.25, 3.0]].into_dyn(), ArrayD::<f64>::zeros(vec![0, 3]));
    for count in [1, 2, 3] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model");
        parties(count, |session| {
            let x = session.cryptensor(&values, 0)?;
            let y = session.cryptensor(3.5, count - 1)?;
            let empty = session.cryptensor(&empty, 0)?;
            // A product that is not rounded yet, a bit, a whole number's fraction: three scales.
            let (product, bits, quarter) = ((&x * &y)?, x.gt(0)?, (x.gt(0)? * 0.25)?);
            let tensors =
                [("x", &x), ("", &product), ("bits é", &bits), ("quarter", &quarter), ("empty", &empty)];
            session.save(&tensors, &path)
        });
        let loaded = parties(count, |session| {
            let open = |(name, tensor): (String, CrypTensor)| -> Result<_, Error> {
                Ok((name, tensor.get_plain_text()?))
            };
            session.load(&path)?.into_iter().map(open).collect::<Result<Vec<_>, _>>()
        });
        for loaded in loaded {
            let names: Vec<&str> = loaded.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["x", "", "bits é", "quarter", "empty"]);
            assert_eq!(loaded[0].1, values);
            assert!((&loaded[1].1 - &(&values * 3.5)).iter().all(|off| off.abs() <= 1.0 / 65536.0));
            assert_eq!(loaded[2].1, array![[1.0, 0.0], [1.0, 1.0]].into_dyn());
            assert_eq!(loaded[3].1, array![[0.25, 0.0], [0.25, 0.25]].into_dyn());
            assert_eq!(loaded[4].1, empty);
        }
    }
}

#[test]
fn a_single_tensor_is_saved_and_loaded() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tensor");
    parties(2, |session| session.cryptensor(array![1.0, 2.0], 1)?.save(&path));
    let opened = parties(2, |session| session.load_tensor(&path)?.get_plain_text());
    assert_eq!(opened, [array![1.0, 2.0].into_dyn(), array![1.0, 2.0].into_dyn()]);

    save(2, &path);
    let errors = parties(2, |session| Ok(session.load_tensor(&path).unwrap_err()));
    assert!(errors.iter().all(|error| matches!(error, Error::NotOneTensor { count: 2, .. })), "{errors:?}");
}

#[test]
fn files_of_two_saves_are_refused_and_the_odd_one_named() {
    for (count, odd, culprit) in [(2, 1, 1), (2, 0, 1), (3, 0, 0), (3, 1, 1), (3, 2, 2)] {
        let directory = tempfile::tempdir().unwrap();
        let (path, other) = (directory.path().join("a"), directory.path().join("b"));
        save(count, &path);
        save(count, &other);
        std::fs::copy(own_file(&other, odd), own_file(&path, odd)).unwrap();
        for error in refusals(count, &path) {
            match error {
                Error::OtherSave { peer } => assert_eq!(peer.index(), culprit, "{odd} of {count}"),
                error => panic!("{error:?}"),
            }
        }
    }
}

#[test]
fn a_missing_file_leaves_nobody_waiting() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model");
    save(3, &path);
    std::fs::remove_file(own_file(&path, 1)).unwrap();
    let missing = |error: &Error| match error {
        Error::File { path: file, source } => {
            *file == own_file(&path, 1) && source.kind() == std::io::ErrorKind::NotFound
        }
        _ => false,
    };
    named(&refusals(3, &path), 1, missing);
}

#[test]
fn a_changed_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model");
    save(3, &path);
    let own = own_file(&path, 1);
    let good = std::fs::read(&own).unwrap();
    let changed = |change: &dyn Fn(&mut Vec<u8>), flaw: FileFlaw| {
        let mut bytes = good.clone();
        change(&mut bytes);
        std::fs::write(&own, bytes).unwrap();
        flawed(&path, &flaw);
    };
    changed(&|bytes| bytes.clear(), FileFlaw::Foreign);
    changed(&|bytes| *bytes = b"a text that is no file of shares".to_vec(), FileFlaw::Foreign);
    changed(&|bytes| bytes[8] = 2, FileFlaw::Version { found: 2 });
    // The identity, the number of parties, a share, the checksum.
    for at in [16, 48, good.len() - 40, good.len() - 1] {
        changed(&|bytes| bytes[at] ^= 1, FileFlaw::Checksum);
    }
    // The number of tensors, the number of axes.
    for at in [87, 103] {
        changed(&|bytes| bytes[at] = 0xff, FileFlaw::Length);
    }
    for cut in [good.len() - 1, good.len() - 32, 88, 20] {
        changed(&|bytes| bytes.truncate(cut), FileFlaw::Length);
    }
    changed(&|bytes| bytes.extend([0; 8]), FileFlaw::Length);
    let other = std::fs::read(own_file(&path, 2)).unwrap();
    changed(&|bytes| bytes.clone_from(&other), FileFlaw::Rank { found: 2, expected: 1 });

    let pair = directory.path().join("pair");
    save(2, &pair);
    let pairs = std::fs::read(own_file(&pair, 1)).unwrap();
    changed(&|bytes| bytes.clone_from(&pairs), FileFlaw::Parties { found: 2, expected: 3 });

    std::fs::write(&own, &good).unwrap();
    assert!(parties(3, |session| session.load(&path).map(|tensors| tensors.len())).iter().all(|&n| n == 2));
}

#[test]
fn another_precision_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model");
    save(1, &path);
    let node = crypten::comm::MemoryMesh::new(1, std::time::Duration::from_secs(1)).unwrap().remove(0);
    let provider = ProviderKind::InsecureFirstParty.make().expect("shares makes it");
    let session = Session::new(Box::new(node), provider, Scale::new(20).unwrap()).unwrap();
    let error = session.load(&path).unwrap_err();
    assert!(matches!(error, Error::OtherPrecision { found: 16, expected: 20, .. }), "{error:?}");
}

#[test]
fn shares_of_another_way_of_sharing_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model");
    save(3, &path);
    let errors =
        crypten::local(3, ProviderKind::Replicated, |session| Ok(session.load(&path).unwrap_err())).unwrap();
    for error in errors {
        assert!(error.to_string().contains("its shares are additive; this session's are not"), "{error}");
    }
    let x = crypten::local(3, ProviderKind::Replicated, |session| {
        session.cryptensor(array![1.0, -2.0], 2)?.save(&path)?;
        session.load_tensor(&path)?.square()?.get_plain_text()
    });
    assert!(x.unwrap().iter().all(|x| *x == array![1.0, 4.0].into_dyn()));
}

#[test]
fn a_save_that_fails_at_one_party_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model");
    save(3, &path);
    let before: Vec<_> = (0..3).map(|rank| std::fs::read(own_file(&path, rank)).unwrap()).collect();
    let errors = parties(3, |session| {
        let x = session.cryptensor(array![7.0], 0)?;
        let nowhere = directory.path().join("nowhere").join("model");
        let error = x.save(if session.rank() == 1 { &nowhere } else { &path }).unwrap_err();
        session.barrier()?;
        Ok(error)
    });
    named(&errors, 1, |error| matches!(error, Error::File { .. }));
    for (rank, before) in before.iter().enumerate() {
        assert_eq!(std::fs::read(own_file(&path, rank)).unwrap(), *before);
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 3, "no draft is left");
}

#[test]
fn two_tensors_of_one_name_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    parties(2, |session| {
        let x = session.cryptensor(1.0, 0)?;
        let error = session.save(&[("x", &x), ("x", &x)], directory.path().join("model")).unwrap_err();
        assert_eq!(error.to_string(), "two tensors are called \"x\"");
        Ok(())
    });
}

#[cfg(unix)]
#[test]
fn a_file_of_shares_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model");
    save(2, &path);
    for rank in 0..2 {
        let mode = std::fs::metadata(own_file(&path, rank)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn an_array_of_one_party_is_saved_and_loaded() {
    let directory = tempfile::tempdir().unwrap();
    let values = array![[1.5, -2.0, 0.0], [0.25, 3.0, 100.0]].into_dyn();
    for (count, src) in [(1, 0), (2, 1), (3, 2)] {
        let path = directory.path().join(format!("{count}.npy"));
        let opened = parties(count, |session| {
            let own = if session.rank() == src { path.clone() } else { PathBuf::from("/nowhere/at/all") };
            session.save_from_party(&values, &own, src)?;
            session.load_from_party(&own, src)?.get_plain_text()
        });
        assert!(opened.iter().all(|opened| *opened == values));
    }
    let scalar = directory.path().join("scalar.npy");
    let opened = parties(2, |session| {
        session.save_from_party(2.5, &scalar, 0)?;
        session.load_from_party(&scalar, 0)?.get_plain_text()
    });
    assert_eq!(opened[1].ndim(), 0);
    assert_eq!(opened[1].sum(), 2.5);
}

#[test]
fn an_array_that_cannot_be_read_or_written_is_named_by_all() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let load = |path: &Path| {
        parties(3, |session| {
            let error = session.load_from_party(path, 1).unwrap_err();
            session.barrier()?;
            Ok(error)
        })
    };
    named(&load(&at("missing.npy")), 1, |error| matches!(error, Error::File { .. }));

    std::fs::write(at("text.npy"), "1, 2, 3").unwrap();
    let foreign = |error: &Error| matches!(error, Error::FlawedFile { flaw: FileFlaw::Foreign, .. });
    named(&load(&at("text.npy")), 1, foreign);

    // Numbers that no encoding holds.
    crypten::local(1, ProviderKind::InsecureFirstParty, |session| {
        session.save_from_party(array![f64::NAN], at("nan.npy"), 0)
    })
    .unwrap();
    named(&load(&at("nan.npy")), 1, |error| matches!(error, Error::Misuse(_)));

    let errors = parties(3, |session| {
        let error = session.save_from_party(array![1.0], at("nowhere").join("x.npy"), 1).unwrap_err();
        session.barrier()?;
        Ok(error)
    });
    named(&errors, 1, |error| matches!(error, Error::File { .. }));
}
