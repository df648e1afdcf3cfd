//! Steps of training: the same lines for the secret engine and for its plain twin.

use anyhow::Result;
use crypten::autograd::{Engine, Plain, PlainTensor, Var};
use crypten::nn::{
    CrossEntropyLoss, Forward, Generator, Linear, Loss, Module, Optimizer, ReLU, SGD, Sequential,
};
use crypten::{CrypTensor, Encrypt, Session, Value};
use ndarray::{Array2, ArrayD, Axis, IxDyn};

use super::cases::Case;
use super::plain;

/// 784-128-128-10 with ReLU, batch 128, cross entropy, one step of descent; the result is the new parameters. Model,
/// images and labels are secret.
pub(super) fn mlp_train_step(session: &Session) -> Result<Case> {
    let x = plain::uniform(30, &[128, 784], 0.0, 1.0);
    let classes = plain::uniform(31, &[128], 0.0, 10.0);
    let y = Array2::from_shape_fn((128, 10), |(i, class)| f64::from(u8::from(classes[i] as usize == class)));
    let y = y.into_dyn();

    let clear = Plain::default();
    let twin = Mlp::new(&clear, [Var::constant(&clear, x.clone())?, Var::constant(&clear, y.clone())?])?;
    let expected = flat(&twin.step()?);

    let data = [session.cryptensor(x, 0)?, session.cryptensor(y, 1)?];
    let mlp = Mlp::new(session, data.each_ref().map(Var::from))?;
    mlp.network.encrypt(0)?;
    let initial = mlp.network.state_dict();
    let run = move || {
        // Every repetition starts from the same model.
        mlp.network.load_state_dict(&initial)?;
        joined(&mlp.step()?)
    };
    Ok(Case { run: Box::new(run), expected })
}

/// An epoch of a linear support vector machine as CrypTen's example has it by default: 50 samples of 100 features, the
/// hinge loss, a step of descent, and the share of right answers opened. The result is the new weights and bias.
pub(super) fn svm_epoch(session: &Session) -> Result<Case> {
    let x = plain::uniform(32, &[50, 100], -1.0, 1.0);
    let y = x.sum_axis(Axis(1)).mapv(f64::signum).insert_axis(Axis(1)).into_dyn();

    let clear = Plain::default();
    let twin = Svm::new(&clear, [Var::constant(&clear, x.clone())?, Var::constant(&clear, y.clone())?])?;
    let expected = flat(&twin.epoch()?.parameters);

    let data = [session.cryptensor(x, 0)?, session.cryptensor(y, 1)?];
    let svm = Svm::new(session, data.each_ref().map(Var::from))?;
    svm.model.encrypt(0)?;
    let initial = svm.model.state_dict();
    let run = move || {
        svm.model.load_state_dict(&initial)?;
        let epoch = svm.epoch()?;
        epoch.right.get_plain_text()?;
        joined(&epoch.parameters)
    };
    Ok(Case { run: Box::new(run), expected })
}

struct Mlp<E: Engine> {
    network: Sequential<E>,
    images: Var<E>,
    labels: Var<E>,
}

impl<E: Engine> Mlp<E> {
    fn new(engine: &E, [images, labels]: [Var<E>; 2]) -> Result<Self, E::Error> {
        let generator = Generator::new(engine, 33);
        let network = Sequential::new()
            .push(Linear::new(&generator, 784, 128)?)
            .push(ReLU)
            .push(Linear::new(&generator, 128, 128)?)
            .push(ReLU)
            .push(Linear::new(&generator, 128, 10)?);
        Ok(Self { network, images, labels })
    }

    fn step(&self) -> Result<Vec<E::Tensor>, E::Error> {
        let mut optimizer = SGD::new(self.network.parameters(), 0.01).expect("a positive rate");
        optimizer.zero_grad();
        let loss = CrossEntropyLoss::default().forward(&self.network.forward(&self.images)?, &self.labels)?;
        loss.backward()?;
        optimizer.step()?;
        Ok(values(&self.network.parameters()))
    }
}

struct Svm<E: Engine> {
    model: Linear<E>,
    samples: Var<E>,
    sides: Var<E>,
}

struct Epoch<T> {
    /// As they are afterwards.
    parameters: Vec<T>,
    /// The share of samples that were on the right side before.
    right: T,
}

impl<E: Engine> Svm<E> {
    fn new(engine: &E, [samples, sides]: [Var<E>; 2]) -> Result<Self, E::Error> {
        Ok(Self { model: Linear::new(&Generator::new(engine, 34), 100, 1)?, samples, sides })
    }

    fn epoch(&self) -> Result<Epoch<E::Tensor>, E::Error> {
        let mut optimizer = SGD::new(self.model.parameters(), 0.5).expect("a positive rate");
        optimizer.zero_grad();
        let margins = self.model.forward(&self.samples)?.mul(&self.sides)?;
        (1.0 - &margins)?.relu()?.mean_all()?.backward()?;
        optimizer.step()?;
        let right = margins.detach().gt(0.0)?.mean_all()?.value();
        Ok(Epoch { parameters: values(&self.model.parameters()), right })
    }
}

fn values<E: Engine>(parameters: &[Var<E>]) -> Vec<E::Tensor> {
    parameters.iter().map(Var::value).collect()
}

/// All numbers in a row.
fn flat(tensors: &[PlainTensor]) -> ArrayD<f64> {
    let numbers: Vec<f64> = tensors.iter().flat_map(|tensor| tensor.iter().copied()).collect();
    ArrayD::from_shape_vec(IxDyn(&[numbers.len()]), numbers).expect("as many numbers as there are")
}

/// The same of secrets, rounded.
fn joined(tensors: &[Value]) -> Result<CrypTensor, crypten::Error> {
    let secret = |value: &Value| match value {
        Value::Secret(x) => x.rescale()?.flatten(0),
        Value::Public(_) => Err(crypten::Error::NothingSecret),
    };
    let rows = tensors.iter().map(secret).collect::<Result<Vec<_>, _>>()?;
    crypten::cat(&Vec::from_iter(&rows), 0)
}
