//! What keeps QUIC nodes from connecting is found and named.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "common/quic.rs"]
mod quic;

use std::time::Duration;

use crypten_comm::{Error, Identity, QuicConfig, Terms};

/// Two configurations with a deadline that is meant to pass.
fn two() -> Vec<QuicConfig> {
    let mut configs = QuicConfig::local(2, false).unwrap();
    configs.iter_mut().for_each(|config| config.connect_deadline = Duration::from_secs(4));
    configs
}

#[test]
fn a_wrong_certificate_is_named_by_the_dialling_side() {
    let mut configs = two();
    let impostor = Identity::generate("impostor").unwrap();
    let (expected, presented) = (configs[0].identity.fingerprint(), impostor.fingerprint());
    configs[0].nodes[0].fingerprint = presented;
    configs[0].identity = impostor;
    let outcomes = quic::connect_all(configs);
    match &outcomes[1] {
        Err(Error::WrongCertificate { peer, expected: e, presented: p }) => {
            assert_eq!((peer.index(), *e, *p), (0, expected, presented));
        }
        other => panic!("{other:?}"),
    }
    match &outcomes[0] {
        Err(Error::NotConnected { missing, .. }) => assert_eq!(missing.len(), 1),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stranger_is_turned_away_by_the_accepting_side() {
    let mut configs = two();
    let stranger = Identity::generate("stranger").unwrap();
    let fingerprint = stranger.fingerprint();
    configs[1].nodes[1].fingerprint = fingerprint;
    configs[1].identity = stranger;
    let outcomes = quic::connect_all(configs);
    assert!(matches!(&outcomes[1], Err(Error::Refused { peer }) if peer.index() == 0), "{:?}", outcomes[1]);
    match &outcomes[0] {
        Err(Error::NotConnected { strangers, .. }) => assert_eq!(*strangers, [fingerprint]),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_disagreement_is_named_on_both_sides() {
    let mut configs = QuicConfig::local(2, false).unwrap();
    configs[0].terms = Terms::new().with("model", "lenet").with("precision", 16);
    configs[1].terms = Terms::new().with("model", "lenet").with("precision", 20);
    let outcomes = quic::connect_all(configs);
    for (outcome, values) in outcomes.iter().zip([("16", "20"), ("20", "16")]) {
        match outcome {
            Err(Error::Disagreement { what, here, there, .. }) => {
                assert_eq!((what.as_str(), here.as_str(), there.as_str()), ("precision", values.0, values.1));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn whoever_does_not_disagree_hears_that_others_do() {
    let mut configs = QuicConfig::local(3, false).unwrap();
    configs[2].terms = Terms::new().with("precision", 20);
    let outcomes = quic::connect_all(configs);
    for outcome in outcomes {
        // Whichever news is faster.
        let told = matches!(outcome, Err(Error::Disagreement { .. } | Error::Aborted { .. }));
        assert!(told, "{outcome:?}");
    }
}

#[test]
fn a_missing_peer_is_named_when_the_deadline_passes() {
    let mut configs = QuicConfig::local(3, false).unwrap();
    configs.truncate(1);
    configs[0].connect_deadline = Duration::from_millis(300);
    match quic::connect_all(configs).remove(0) {
        Err(Error::NotConnected { missing, strangers }) => {
            assert_eq!(missing.iter().map(|rank| rank.index()).collect::<Vec<_>>(), [1, 2]);
            assert!(strangers.is_empty());
        }
        other => panic!("{other:?}"),
    }
}
