//! What layers, models and training cost, counted: rounds and bytes of one party.

use crypten::autograd::{Plain, Var, no_grad};
use crypten::ndarray::{Array1, ArrayD};
use crypten::nn::{
    Conv2d, CrossEntropyLoss, Forward, Generator, Linear, Loss, MaxPool2d, Module, Optimizer, ReLU, SGD,
    Sequential,
};
use crypten::{Conv2d as Geometry, Encrypt, Error, Pool2d, ProviderKind, Session, Stats, Value};

use crate::zoo::{self, Network, batch};
use crate::{assert_close, two};

#[test]
fn a_layer_and_its_relu_cost_one_round_and_four() {
    two(|session| {
        let generator = Generator::new(session, 3);
        let linear = Sequential::new().push(Linear::new(&generator, 8, 5)?).push(ReLU);
        let conv = || Conv2d::new(&generator, 2, 3, [3, 3], Geometry::padded(1));
        let convolution = Sequential::new().push(conv()?).push(ReLU);
        let pooled = Sequential::new().push(conv()?).push(MaxPool2d::new(Pool2d::square(2))).push(ReLU);
        let cases = [
            (&linear, vec![4, 8], 1 + 4),
            (&convolution, vec![2, 2, 6, 6], 1 + 4),
            // A maximum of unrounded products, which knows where it stands.
            (&pooled, vec![2, 2, 6, 6], 1 + 4 + 4),
        ];
        for (model, shape, rounds) in cases {
            model.encrypt(0)?;
            let x = session.cryptensor(batch(&shape), 1)?;
            for recorded in [false, true] {
                let forward = || model.forward(&Var::from(&x));
                let (output, cost) = session.cost(|| if recorded { forward() } else { no_grad(forward) });
                assert_eq!(cost.total().stats.rounds, rounds, "{shape:?}, recorded {recorded}:\n{cost}");
                let Value::Secret(output) = output?.value() else { panic!("the model is secret") };
                assert_eq!(output.scale(), session.scale(), "nothing is left to round");
            }
        }
        Ok(())
    });
}

#[test]
fn weights_travel_once_until_they_change() {
    two(|session| {
        let model = zoo::lenet(&Generator::new(session, 7))?;
        model.encrypt(0)?;
        model.eval();
        let weights = model.named_parameters().into_iter().filter(|(name, _)| name.ends_with("weight"));
        let weights: usize = weights.map(|(_, weight)| weight.numel()).sum();
        let x = session.cryptensor(batch(&[1, 1, 28, 28]), 1)?;
        let infer = || {
            let (scores, cost) = session.cost(|| no_grad(|| model.forward(&Var::from(&x))));
            scores.map(|scores| (scores.value(), cost.total().stats))
        };
        let ((first, once), (second, again)) = (infer()?, infer()?);
        // Two convolutions with pooling and ReLU, two layers with ReLU, and one without.
        assert_eq!((once.rounds, again.rounds), (2 * (1 + 4 + 4) + 2 * (1 + 4) + 1, once.rounds));
        assert_eq!(once.bytes_sent - again.bytes_sent, 8 * weights as u64);
        let off = first.get_plain_text()? - second.get_plain_text()?;
        assert!(off.iter().all(|off| off.abs() < 1e-3));

        // Other numbers have another mask.
        let weight = model.parameters().swap_remove(0);
        weight.set_value(session.cryptensor(batch(weight.shape()), 0)?.into())?;
        let (_, changed) = infer()?;
        assert_eq!(changed.bytes_sent - again.bytes_sent, 8 * weight.numel() as u64);

        // Those that are trained have none.
        let trained = zoo::lenet(&Generator::new(session, 7))?;
        trained.encrypt(0)?;
        for _ in 0..2 {
            let (scores, cost) = session.cost(|| trained.forward(&Var::from(&x)));
            scores?;
            assert_eq!(cost.total().stats.bytes_sent, once.bytes_sent);
        }
        // Frozen ones need no `no_grad`.
        trained.requires_grad(false);
        let forward = || session.cost(|| trained.forward(&Var::from(&x))).1.total().stats.bytes_sent;
        assert_eq!((forward(), forward()), (once.bytes_sent, again.bytes_sent));
        Ok(())
    });
}

#[test]
fn what_is_public_makes_inference_and_training_cheaper() {
    let networks: [Network; 2] = [zoo::MLP, zoo::CONVOLUTIONAL];
    for network in networks {
        let expected = in_the_clear(&network).unwrap();
        let [both, model, input] = [(true, true), (true, false), (false, true)].map(|(model, input)| {
            let run = |session: &Session| one_step(session, &network, model, input);
            crypten::local(2, ProviderKind::InsecureFirstParty, run).unwrap().swap_remove(0)
        });
        for run in [&both, &model, &input] {
            assert_close("scores", &run.scores, &expected.scores, 2e-3);
            assert_close("parameters after a step", &run.parameters, &expected.parameters, 2e-3);
        }
        let rounds = [&both, &model, &input].map(|run| (run.inference.rounds, run.training.rounds));
        assert_eq!(rounds, network.rounds, "{}", network.name);
        let bytes = [&both, &model, &input].map(|run| (run.inference.bytes_sent, run.training.bytes_sent));
        assert!(bytes[1].0 < bytes[0].0 && bytes[1].1 < bytes[0].1, "{}: {bytes:?}", network.name);
        assert!(bytes[2].0 < bytes[0].0 && bytes[2].1 < bytes[0].1, "{}: {bytes:?}", network.name);
    }
}

#[test]
fn a_step_of_a_perceptron_takes_51_rounds() {
    two(|session| {
        let model = zoo::perceptron(&Generator::new(session, 1), [784, 128, 128, 10])?;
        model.encrypt(0)?;
        let x = Var::from(&session.cryptensor(batch(&[128, 784]), 1)?);
        let target = Var::from(&session.cryptensor(zoo::one_hot(128, 10), 1)?);
        let (loss, forward) =
            session.cost(|| CrossEntropyLoss::default().forward(&model.forward(&x)?, &target));
        let (passed, backward) = session.cost(|| loss?.backward());
        passed?;
        // Two layers with ReLU, one without; the logits rounded, their largest, powers, logarithm, softmax; targets.
        let expected = 2 * (1 + 4) + 1 + (1 + 8 + 6 + 9 + 6) + 1;
        assert_eq!(forward.total().stats.rounds, expected, "{forward}");
        // A gradient is rounded, then goes to the weights and on at once; on the way it passes a mask.
        let expected = (1 + 1) + 1 + (1 + 1) + 1 + (1 + 1);
        assert_eq!(backward.total().stats.rounds, expected, "{backward}");
        let mut optimizer = SGD::new(model.parameters(), 0.01)?;
        let (stepped, step) = session.cost(|| optimizer.step());
        stepped?;
        assert_eq!(step.total().stats.rounds, 1, "all parameters together: {step}");
        Ok(())
    });
}

/// What a network has computed, and what that has cost.
struct Run {
    scores: ArrayD<f64>,
    parameters: ArrayD<f64>,
    inference: Stats,
    training: Stats,
}

/// One inference and one step of training, the model or the input or both in secret.
fn one_step(session: &Session, network: &Network, model: bool, input: bool) -> Result<Run, Error> {
    let layers = (network.secret)(&Generator::new(session, 11))?;
    if model {
        layers.encrypt(0)?;
    }
    let value = batch(network.input);
    let x = match input {
        true => Var::from(&session.cryptensor(&value, 1)?),
        false => Var::constant(session, value)?,
    };
    let (scores, inference) = session.cost(|| no_grad(|| layers.forward(&x)));
    let mut optimizer = SGD::new(layers.parameters(), 0.5)?;
    let (passed, training) = session.cost(|| zoo::loss(&layers, &x)?.backward());
    passed?;
    optimizer.step()?;
    let value = |value: Value| value.get_plain_text();
    let parameters = layers.parameters().into_iter().map(|parameter| value(parameter.value()));
    let parameters = joined(&parameters.collect::<Result<Vec<_>, Error>>()?);
    let (inference, training) = (inference.total().stats, training.total().stats);
    Ok(Run { scores: value(scores?.value())?, parameters, inference, training })
}

/// The same on plain numbers.
fn in_the_clear(network: &Network) -> Result<Run, crypten::autograd::Error> {
    let engine = Plain::default();
    let layers = (network.plain)(&Generator::new(&engine, 11))?;
    let x = Var::constant(&engine, batch(network.input))?;
    let scores = layers.forward(&x)?.value().to_owned();
    let mut optimizer = SGD::new(layers.parameters(), 0.5).unwrap();
    zoo::loss(&layers, &x)?.backward()?;
    optimizer.step()?;
    let parameters = layers.parameters().into_iter().map(|parameter| parameter.value().to_owned());
    let parameters = joined(&parameters.collect::<Vec<_>>());
    Ok(Run { scores, parameters, inference: Stats::default(), training: Stats::default() })
}

/// All elements in a row.
fn joined(arrays: &[ArrayD<f64>]) -> ArrayD<f64> {
    arrays.iter().flatten().copied().collect::<Array1<f64>>().into_dyn()
}
