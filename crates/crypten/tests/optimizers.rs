//! Optimisers on the secret engine: a step moves secret parameters as in the clear, in as many rounds for a network as
//! for one layer, and what is public stays so.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use crypten::autograd::{Engine, Plain};
use crypten::ndarray::{self, Array2, ArrayD, array};
use crypten::nn::{
    Adam, AdamOptions, AdamW, Error as Refused, Forward, Generator, Linear, Loss, MSELoss, Module, Optimizer,
    RMSprop, RMSpropOptions, ReLU, SGD, SGDOptions, Sequential, clip_grad_norm, clip_grad_value,
};
use crypten::{CostReport, Error, PlainText, ProviderKind, Session, Value, Var};

#[test]
fn pytorchs_numbers_serve_also_where_nothing_pulls() {
    crypten::local(2, FIRST, |session| {
        type Method = fn(Vec<Var<Session>>) -> Box<dyn Optimizer<Session>>;
        let methods: [Method; 2] =
            [|p| Box::new(Adam::new(p, 0.01).unwrap()), |p| Box::new(RMSprop::new(p, 0.01).unwrap())];
        for method in methods {
            let x = session.cryptensor(array![0.5, 0.25, -0.75], 0)?.requires_grad(true);
            let mut optimizer = method(vec![x.clone()]);
            for _ in 0..5 {
                optimizer.zero_grad();
                x.mul(&array![1.0, 0.0, -2.0])?.sum_all()?.backward()?;
                optimizer.step()?;
            }
            let moved = x.get_plain_text()? - array![0.5, 0.25, -0.75].into_dyn();
            assert!(moved[0] < -0.04 && moved[2] > 0.04, "{moved}");
            assert!(moved[1].abs() < 1e-3, "nothing pulls at it: {moved}");
        }
        Ok(())
    })
    .unwrap();
}

/// A method with a name, and the rounds of a step where some gradients are products and others are not.
struct Case<E: Engine> {
    name: &'static str,
    method: Box<dyn Optimizer<E>>,
    rounds: u64,
}

fn cases<E: Engine>(parameters: &dyn Fn() -> Vec<Var<E>>) -> Result<Vec<Case<E>>, Refused> {
    let momentum = SGDOptions { momentum: 0.9, weight_decay: 0.01, ..SGDOptions::default() };
    let nesterov = SGDOptions { nesterov: true, ..momentum };
    let threshold = SGDOptions { grad_threshold: Some(0.05), ..SGDOptions::default() };
    let adam = AdamOptions { eps: 0.01, weight_decay: 0.01, ..AdamOptions::default() };
    let rmsprop = RMSpropOptions { eps: 0.01, momentum: 0.5, ..RMSpropOptions::default() };
    let centered =
        RMSpropOptions { centered: true, weight_decay: 0.01, alpha: 0.9, eps: 0.05, momentum: 0.0 };
    let case = |name, method, rounds| Case { name, method, rounds };
    Ok(vec![
        case("SGD", Box::new(SGD::new(parameters(), 0.1)?), 1),
        case("SGD in small steps", Box::new(SGD::new(parameters(), 1e-3)?), 1),
        case("SGD with momentum", Box::new(SGD::with_options(parameters(), 0.1, momentum)?), 1),
        case("SGD with Nesterov's momentum", Box::new(SGD::with_options(parameters(), 0.1, nesterov)?), 1),
        case("SGD with a threshold", Box::new(SGD::with_options(parameters(), 0.1, threshold)?), 7),
        case("Adam", Box::new(Adam::with_options(parameters(), 0.01, adam)?), 28),
        case("AdamW", Box::new(AdamW::with_options(parameters(), 0.01, adam)?), 28),
        case("RMSprop", Box::new(RMSprop::with_options(parameters(), 0.01, rmsprop)?), 28),
        case("RMSprop, centred", Box::new(RMSprop::with_options(parameters(), 0.01, centered)?), 30),
    ])
}

const FIRST: ProviderKind = ProviderKind::InsecureFirstParty;

#[test]
fn secret_parameters_move_as_in_the_clear_in_a_constant_number_of_rounds() {
    for layers in [1, 3] {
        let engine = Plain::default();
        let expected = Vec::from_iter((0..cases::<Plain>(&Vec::new).unwrap().len()).map(|case| {
            let network = network(&engine, layers).unwrap();
            let mut method = cases(&|| network.parameters()).unwrap().swap_remove(case).method;
            for _ in 0..3 {
                learn(&engine, &network, &mut *method, |step| step()).unwrap();
            }
            values(&network, |value| Ok(value.to_owned())).unwrap()
        }));
        crypten::local(2, FIRST, |session| {
            for (case, expected) in expected.iter().enumerate() {
                let network = encrypted(session, layers)?;
                let Case { name, mut method, rounds } =
                    cases(&|| network.parameters()).unwrap().swap_remove(case);
                for step in 0..3 {
                    let stepped = |step: &mut dyn FnMut() -> Result<(), Error>| {
                        let (result, cost) = session.cost(step);
                        result.map(|()| cost.total().stats.rounds)
                    };
                    let found = learn(session, &network, &mut *method, stepped)?;
                    assert_eq!(found, rounds, "rounds of step {step} of {name} with {layers} layers");
                }
                for (found, expected) in values(&network, Value::get_plain_text)?.iter().zip(expected) {
                    let off = (found - expected).iter().fold(0.0_f64, |most, off| most.max(off.abs()));
                    assert!(off < 4e-3, "{name} with {layers} layers is off by {off}");
                }
            }
            Ok(())
        })
        .unwrap();
    }
}

#[test]
fn public_parameters_stay_public_and_cost_nothing() {
    crypten::local(2, FIRST, |session| {
        let hidden = session.cryptensor(array![1.0, 2.0], 0)?.requires_grad(true);
        for open_only in [true, false] {
            for case in 0..cases::<Session>(&Vec::new).unwrap().len() {
                let open = [array![1.0, -2.0], array![0.5, 3.0]].map(|x| Var::constant(session, x));
                let [first, second] = open.map(|x| x.map(|x| x.requires_grad(true)));
                let mut parameters = vec![first?, second?];
                let public = parameters.clone();
                if !open_only {
                    parameters.insert(1, hidden.clone());
                }
                let Case { name, mut method, rounds } =
                    cases(&|| parameters.clone()).unwrap().swap_remove(case);
                for parameter in &parameters {
                    parameter.square()?.sum_all()?.backward()?;
                }
                let (stepped, cost) = session.cost(|| method.step());
                stepped?;
                method.zero_grad();
                let found = cost.total().stats.rounds;
                assert!(
                    if open_only { found == 0 } else { (1..=rounds).contains(&found) },
                    "{name}: {found}"
                );
                for parameter in &public {
                    assert!(matches!(parameter.value(), Value::Public(_)), "{name} hides what is public");
                }
            }
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn gradients_are_clipped_in_a_constant_number_of_rounds() {
    let mut rounds = Vec::new();
    for layers in [1, 3] {
        let engine = Plain::default();
        let clear = network(&engine, layers).unwrap();
        let clipped = |by_norm: bool| {
            loss(&engine, &clear).unwrap();
            match by_norm {
                true => drop(clip_grad_norm(&clear.parameters(), 0.3).unwrap()),
                false => clip_grad_value(&clear.parameters(), 0.05).unwrap(),
            }
            let gradients = clear.parameters().iter().map(|it| it.gradient().unwrap().to_owned()).collect();
            clear.zero_grad();
            Vec::<ArrayD<f64>>::clone(&gradients)
        };
        let expected = [clipped(false), clipped(true)];
        let found = crypten::local(2, FIRST, |session| {
            let network = encrypted(session, layers)?;
            let mut rounds = Vec::new();
            for (by_norm, expected) in [false, true].into_iter().zip(&expected) {
                loss(session, &network)?;
                let (clipped, cost) = session.cost(|| match by_norm {
                    true => clip_grad_norm(&network.parameters(), 0.3).map(drop),
                    false => clip_grad_value(&network.parameters(), 0.05),
                });
                clipped?;
                rounds.push(cost.total().stats.rounds);
                for (parameter, expected) in network.parameters().iter().zip(expected) {
                    let found = parameter.gradient()?.get_plain_text()?;
                    assert!((found - expected).iter().all(|off| off.abs() < 2e-3), "by norm: {by_norm}");
                }
                network.zero_grad();
            }
            Ok(rounds)
        })
        .unwrap();
        rounds.extend(found);
    }
    assert!(rounds.iter().all(|found| *found == rounds[0]), "{rounds:?}");
}

#[test]
fn weighted_sums_of_public_and_secret_tensors_are_rounded_in_one_round() {
    for (parties, provider) in [(2, FIRST), (3, FIRST), (3, ProviderKind::Replicated)] {
        crypten::local(parties, provider, weighted_sums_agree).unwrap();
    }
}

fn weighted_sums_agree(session: &Session) -> Result<(), Error> {
    // Party 2 deals masks to the others, if products are replicated, and takes part in no rounding.
    let rounds = |cost: &CostReport| match cost.total().stats.rounds {
        0 if session.rank() == 2 => 1,
        rounds => rounds,
    };
    let (x, y) = (array![1.5, -300.25, 0.0625], array![-2.0, 0.5, 40.0]);
    let hidden = session.cryptensor(&x, 0)?;
    let product = session.cryptensor(&y, 1)?.mul(&hidden)?;
    let mask = hidden.gt(0)?;
    let [x, y] = [x, y].map(ndarray::Array::into_dyn);
    let (exact, bits) = (&x * &y, x.mapv(|x| f64::from(u8::from(x > 0.0))));
    let [hidden, product, mask] = [hidden, product, mask].map(Value::from);
    let public = session.constant(y.clone())?;
    let sums = [
        vec![(1.0, &hidden), (-0.001, &product)],
        vec![(0.9, &hidden), (1.0, &product), (0.3, &public)],
        vec![(3.0, &mask), (-0.7, &mask)],
        vec![(2.0, &product), (1e-7, &product)],
        vec![(0.1, &public), (2.0, &public)],
    ];
    let expected = [&x - 0.001 * &exact, 0.9 * &x + &exact + 0.3 * &y, 2.3 * &bits, 2.0 * &exact, 2.1 * &y];
    let (found, cost) = session.cost(|| session.weighted_sums(&sums));
    let found = found?;
    assert_eq!(rounds(&cost), 1);
    assert!(matches!(found[4], Value::Public(_)));
    for (found, expected) in found.iter().zip(expected) {
        for (found, expected) in found.get_plain_text()?.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-4 * expected.abs().max(1.0), "{found}, not {expected}");
        }
    }
    let large =
        session.cryptensor(array![600.0, -512.0], 0)?.mul(session.cryptensor(array![500.0, 3.0], 1)?)?;
    let large = session.weighted_sums(&[vec![(5000.0, &large.into())]])?[0].get_plain_text()?;
    assert!((large - array![1.5e9, -7.68e6].into_dyn()).iter().all(|off| off.abs() < 1.0), "rounded first");
    let whole = [vec![(2.0, &hidden), (-1.0, &hidden)], vec![(5.0, &mask)]];
    let (sums, cost) = session.cost(|| session.weighted_sums(&whole));
    assert_eq!(cost.total().stats.rounds, 0, "nothing is to be rounded");
    assert_eq!(sums?[0].get_plain_text()?, x);
    assert!(session.weighted_sums(&[vec![(f64::NAN, &hidden)]]).is_err());
    assert!(session.weighted_sums(&[vec![]]).is_err());
    Ok(())
}

/// So many linear layers, with a ReLU between.
fn network<E: Engine>(engine: &E, layers: usize) -> Result<Sequential<E>, E::Error> {
    let generator = Generator::new(engine, 4);
    let last = Linear::new(&generator, 3, 2)?;
    (1..layers).try_fold(Sequential::new().push(last), |network, _| {
        Ok(Sequential::new().push(Linear::new(&generator, 3, 3)?).push(ReLU).push(network))
    })
}

/// The same with secret parameters.
fn encrypted(session: &Session, layers: usize) -> Result<Sequential<Session>, Error> {
    let network = network(session, layers)?;
    network.map_state(&mut |_, value| Ok(session.cryptensor(value.get_plain_text()?, 0)?.into()))?;
    Ok(network)
}

/// A backward pass from a loss of public data, so that the gradients of secret parameters are products.
fn loss<E: Engine>(engine: &E, network: &Sequential<E>) -> Result<(), E::Error> {
    let x = Array2::from_shape_fn((4, 3), |(row, column)| ((5 * row + 3 * column) % 7) as f64 / 4.0 - 0.5);
    let y = Array2::from_shape_fn((4, 2), |(row, column)| ((row + 2 * column) % 3) as f64 - 1.0);
    let (x, y) = (Var::constant(engine, x)?, Var::constant(engine, y)?);
    MSELoss::default().forward(&network.forward(&x)?, &y)?.backward()
}

/// One step down the loss, inside of what is around it.
fn learn<E: Engine, T>(
    engine: &E,
    network: &Sequential<E>,
    method: &mut dyn Optimizer<E>,
    around: impl Fn(&mut dyn FnMut() -> Result<(), E::Error>) -> Result<T, E::Error>,
) -> Result<T, E::Error> {
    method.zero_grad();
    loss(engine, network)?;
    around(&mut || method.step())
}

fn values<E: Engine>(
    network: &Sequential<E>,
    plain: impl Fn(&E::Tensor) -> Result<ArrayD<f64>, E::Error>,
) -> Result<Vec<ArrayD<f64>>, E::Error> {
    network.parameters().iter().map(|parameter| plain(&parameter.value())).collect()
}
