//! Three epochs in secret beside three in the clear.

use crypten::autograd::{self, Engine, Plain, Var};
use crypten::ndarray::{ArrayD, Axis};
use crypten::nn::{Adam, AdamOptions, Forward, Generator, Optimizer, SGD, SGDOptions};
use crypten::{Encrypt, Error, ProviderKind, Session};

use crate::zoo::{self, Network, batch};

/// How far a loss may be from that in the clear: parameters of 16 fractional bits that six steps have moved.
const BAND: f64 = 5e-3;

/// How a network follows its gradients.
#[derive(Clone, Copy, Debug)]
enum Method {
    Descent,
    Adam,
}

impl Method {
    fn of<E: Engine>(self, model: &dyn Forward<E>) -> Box<dyn Optimizer<E>> {
        let parameters = model.parameters();
        match self {
            Self::Descent => {
                let options = SGDOptions { momentum: 0.9, ..SGDOptions::default() };
                Box::new(SGD::with_options(parameters, 0.5, options).unwrap())
            }
            Self::Adam => {
                let options = AdamOptions { betas: [0.9, 0.9], eps: 1e-2, weight_decay: 0.0 };
                Box::new(Adam::with_options(parameters, 0.05, options).unwrap())
            }
        }
    }
}

#[test]
fn networks_learn_as_in_the_clear() {
    for (parties, provider) in [(2, ProviderKind::InsecureFirstParty), (3, ProviderKind::Replicated)] {
        for network in [zoo::MLP, zoo::CONVOLUTIONAL] {
            for method in [Method::Descent, Method::Adam] {
                let expected = in_the_clear(&network, method).unwrap();
                assert!(expected[5] < expected[0] - 0.05, "there is something to learn: {expected:?}");
                let curves =
                    crypten::local(parties, provider, |session| in_secret(session, &network, method));
                for found in curves.unwrap() {
                    let close = found.iter().zip(&expected).all(|(found, loss)| (found - loss).abs() < BAND);
                    assert!(
                        close,
                        "{} by {method:?} at {parties}: {found:?}, not {expected:?}",
                        network.name
                    );
                }
            }
        }
    }
}

fn in_the_clear(network: &Network, method: Method) -> Result<Vec<f64>, autograd::Error> {
    let engine = Plain::default();
    let model = (network.plain)(&Generator::new(&engine, 11))?;
    let losses = train(&model, method, &Var::constant(&engine, images(network))?)?;
    Ok(losses.iter().map(|loss| loss.value().sum()).collect())
}

fn in_secret(session: &Session, network: &Network, method: Method) -> Result<Vec<f64>, Error> {
    let model = (network.secret)(&Generator::new(session, 11))?;
    model.encrypt(0)?;
    let x = session.cryptensor(images(network), 1)?;
    let losses = train(&model, method, &Var::from(&x))?;
    losses.iter().map(|loss| Ok(loss.value().get_plain_text()?.sum())).collect()
}

/// Three epochs of two batches each; the loss before each step.
fn train<E: Engine>(model: &dyn Forward<E>, method: Method, x: &Var<E>) -> Result<Vec<Var<E>>, E::Error> {
    let (mut optimizer, rows) = (method.of(model), x.shape()[0] / 2);
    let step = |position: usize| {
        let batch = x.narrow(0, position % 2 * rows, rows)?;
        optimizer.zero_grad();
        let loss = zoo::loss(model, &batch)?;
        loss.backward()?;
        optimizer.step()?;
        Ok(loss)
    };
    (0..6).map(step).collect()
}

/// Two batches, in which each class is a little brighter than the one before.
fn images(network: &Network) -> ArrayD<f64> {
    let (rows, mut shape) = (network.input[0], network.input.to_vec());
    shape[0] *= 2;
    let mut images = batch(&shape);
    for (row, mut image) in images.axis_iter_mut(Axis(0)).enumerate() {
        let brightness = (row % rows % 3) as f64 - 1.0;
        image.mapv_inplace(|pixel| 0.3 * pixel + 0.6 * brightness);
    }
    images
}
