//! Modules whose parameters are hidden and opened.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use crypten::autograd::{Engine, Plain, PlainTensor, Var};
use crypten::ndarray::array;
use crypten::nn::{BatchNorm1d, Forward, Generator, Linear, Module, ReLU, Sequential, StateDict};
use crypten::{Encrypt, Error, PlainText, ProviderKind, Session, Value};

/// One unit of 16 fractional bits.
const UNIT: f64 = 1.0 / 65536.0;

#[test]
fn a_state_of_one_party_serves_all_encrypted() {
    each(|session| {
        let model = network(session, 0)?;
        model.encrypt_state(trained(session, 1).as_ref(), 1)?;
        assert!(all_secret(&model));

        let (x, clear) =
            (array![[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]], network(&Plain::default(), 5).unwrap());
        clear.eval();
        model.eval();
        let expected = clear.forward(&Var::constant(&Plain::default(), x.clone()).unwrap()).unwrap().value();
        let found = model.forward(&Var::from(&session.cryptensor(&x, 0)?))?.get_plain_text()?;
        assert!((found - expected).iter().all(|off| off.abs() < 64.0 * UNIT));
        Ok(())
    });
}

#[test]
fn decrypt_undoes_encrypt_in_one_round() {
    each(|session| {
        // Each party has other numbers; those of party 1 count.
        let model = network(session, session.rank() as u64)?;
        model.encrypt(1)?;
        model.encrypt(0)?; // nothing is public any more
        assert_eq!(session.stats().rounds, 0, "sharing sends no message");
        model.decrypt()?;
        assert_eq!(session.stats().rounds, 1);
        assert_eq!(session.ledger().len(), 1);
        assert!(model.state_dict().iter().all(|(_, value)| matches!(value, Value::Public(_))));
        let original = network(&Plain::default(), 1).unwrap().state_dict();
        for (name, value) in model.state_dict().iter() {
            let (found, original) = (value.get_plain_text()?, original.tensor(name).unwrap());
            assert!((&found - original).iter().all(|off| off.abs() <= UNIT / 2.0), "{name}");
        }
        Ok(())
    });
}

#[test]
fn a_model_is_opened_to_one_party_alone() {
    each(|session| {
        let model = network(session, 5)?;
        model.requires_grad(false);
        model.encrypt(0)?;
        let opened = model.decrypt_to(1)?;
        assert!(all_secret(&model));
        assert!(model.parameters().iter().all(|parameter| !parameter.needs_grad()));
        assert_eq!(opened.is_some(), session.rank() == 1);
        for (name, x) in opened.iter().flat_map(StateDict::iter) {
            let original = network(&Plain::default(), 5).unwrap().state_dict();
            assert!((x - original.tensor(name).unwrap()).iter().all(|off| off.abs() <= UNIT / 2.0));
        }
        Ok(())
    });
}

#[test]
fn a_state_that_does_not_fit_is_refused_by_name_at_its_owner() {
    let ends = crypten::local(2, FIRST, |session| {
        let model = Linear::new(&Generator::new(session, 0), 3, 4)?;
        let before = model.state_dict();
        let result = model.encrypt_state(trained(session, 0).as_ref(), 0);
        match (session.rank(), result) {
            (0, Err(Error::Model(error))) => {
                let message = error.to_string();
                assert!(message.contains("missing [\"weight\", \"bias\"]"), "{message}");
                assert!(message.contains("3.weight"), "{message}");
                assert_eq!(before.len(), model.state_dict().len());
            }
            (0, other) => panic!("{other:?}"),
            (_, result) => result?,
        }
        Ok(())
    });
    ends.unwrap();
}

#[test]
fn a_state_that_cannot_be_shared_changes_nothing_at_its_owner() {
    let ends = crypten::local(2, FIRST, |session| {
        let model = network(session, 0)?;
        let before = model.state_dict();
        let state = trained(session, 0).map(|state| {
            // The first of the tensors can be shared, the last one cannot.
            let huge = |(name, x): (&str, &PlainTensor)| match name {
                "3.bias" => (name.to_owned(), x.mapv(|_| 1e30).into_shared()),
                _ => (name.to_owned(), x.clone()),
            };
            StateDict::from_iter(state.iter().map(huge))
        });
        let result = model.encrypt_state(state.as_ref(), 0);
        assert_eq!(result.is_err(), session.rank() == 0);
        if session.rank() == 0 {
            for ((name, after), (_, before)) in model.state_dict().iter().zip(before.iter()) {
                assert_eq!(after.get_plain_text()?, before.get_plain_text()?, "{name}");
            }
        }
        Ok(())
    });
    ends.unwrap();
}

#[test]
fn a_state_without_an_owner_is_refused() {
    let ends = crypten::local(2, FIRST, |session| {
        let model = network(session, 0)?;
        assert!(model.encrypt_state(None, session.rank()).is_err(), "the owner passes nothing");
        assert!(model.encrypt(2).is_err(), "there is no party 2");
        Ok(())
    });
    ends.unwrap();
}

const FIRST: ProviderKind = ProviderKind::InsecureFirstParty;

fn each(program: impl Fn(&Session) -> Result<(), Error> + Sync) {
    for (parties, provider) in [(2, FIRST), (3, FIRST), (3, ProviderKind::Replicated)] {
        crypten::local(parties, provider, &program).unwrap();
    }
}

fn network<E: Engine>(engine: &E, seed: u64) -> Result<Sequential<E>, E::Error> {
    let generator = Generator::new(engine, seed);
    Ok(Sequential::new()
        .push(Linear::new(&generator, 3, 4)?)
        .push(BatchNorm1d::new(&generator, 4)?)
        .push(ReLU)
        .push(Linear::new(&generator, 4, 2)?))
}

/// The state of a network that only one party has trained.
fn trained(session: &Session, by: usize) -> Option<StateDict<PlainTensor>> {
    (session.rank() == by).then(|| network(&Plain::default(), 5).unwrap().state_dict())
}

fn all_secret(model: &Sequential<Session>) -> bool {
    model.state_dict().iter().all(|(_, value)| matches!(value, Value::Secret(_)))
}
