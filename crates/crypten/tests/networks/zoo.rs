//! Small networks, written once for every engine, and their data.

use crypten::Session;
use crypten::autograd::{Conv2d as Geometry, Engine, Plain, Pool2d, Var};
use crypten::ndarray::{Array2, ArrayD};
use crypten::nn::{
    Conv2d, CrossEntropyLoss, Flatten, Forward, Generator, Linear, Loss, MaxPool2d, ReLU, Sequential,
};

type Builder<E> = fn(&Generator<E>) -> Result<Sequential<E>, <E as Engine>::Error>;

/// A network for both engines.
pub(crate) struct Network {
    pub(crate) name: &'static str,
    pub(crate) input: &'static [usize],
    pub(crate) plain: Builder<Plain>,
    pub(crate) secret: Builder<Session>,
    /// Rounds of an inference, and of a loss with its gradients, where both model and input are secret, where the model
    /// is, and where the input is.
    pub(crate) rounds: [(u64, u64); 3],
}

pub(crate) const MLP: Network = Network {
    name: "perceptron",
    input: &[8, 6],
    plain: |generator| perceptron(generator, [6, 5, 5, 3]),
    secret: |generator| perceptron(generator, [6, 5, 5, 3]),
    rounds: [(11, 11 + 26 + 8), (10, 10 + 26 + 7), (8, 8 + 26 + 8)],
};

pub(crate) const CONVOLUTIONAL: Network = Network {
    name: "convolutional network",
    input: &[4, 1, 8, 8],
    plain: convolutional,
    secret: convolutional,
    rounds: [(10, 10 + 26 + 6), (9, 9 + 26 + 5), (8, 8 + 26 + 6)],
};

/// Three linear layers with ReLUs in between.
pub(crate) fn perceptron<E: Engine>(
    generator: &Generator<E>,
    [inputs, first, second, outputs]: [usize; 4],
) -> Result<Sequential<E>, E::Error> {
    Ok(Sequential::new()
        .push(Linear::new(generator, inputs, first)?)
        .push(ReLU)
        .push(Linear::new(generator, first, second)?)
        .push(ReLU)
        .push(Linear::new(generator, second, outputs)?))
}

/// A convolution, pooled, and a linear layer.
fn convolutional<E: Engine>(generator: &Generator<E>) -> Result<Sequential<E>, E::Error> {
    Ok(Sequential::new()
        .push(Conv2d::new(generator, 1, 3, [3, 3], Geometry::padded(1))?)
        .push(MaxPool2d::new(Pool2d::square(2)))
        .push(ReLU)
        .push(Flatten::default())
        .push(Linear::new(generator, 3 * 4 * 4, 3)?))
}

/// LeNet-5, with maxima and ReLUs.
pub(crate) fn lenet<E: Engine>(generator: &Generator<E>) -> Result<Sequential<E>, E::Error> {
    Ok(Sequential::new()
        .push(Conv2d::new(generator, 1, 6, [5, 5], Geometry::padded(2))?)
        .push(MaxPool2d::new(Pool2d::square(2)))
        .push(ReLU)
        .push(Conv2d::new(generator, 6, 16, [5, 5], Geometry::default())?)
        .push(MaxPool2d::new(Pool2d::square(2)))
        .push(ReLU)
        .push(Flatten::default())
        .push(Linear::new(generator, 400, 120)?)
        .push(ReLU)
        .push(Linear::new(generator, 120, 84)?)
        .push(ReLU)
        .push(Linear::new(generator, 84, 10)?))
}

/// The cross entropy of a network's scores, where the rows are of one public class after the other.
pub(crate) fn loss<E: Engine>(model: &dyn Forward<E>, x: &Var<E>) -> Result<Var<E>, E::Error> {
    let scores = model.forward(x)?;
    let &[rows, classes] = scores.shape() else { panic!("scores are a matrix") };
    CrossEntropyLoss::default().forward(&scores, &Var::constant(x.engine(), one_hot(rows, classes))?)
}

/// One class after the other.
pub(crate) fn one_hot(rows: usize, classes: usize) -> Array2<f64> {
    Array2::from_shape_fn((rows, classes), |(row, class)| f64::from(u8::from(row % classes == class)))
}

/// Numbers between -1 and 1 with nothing regular about them.
pub(crate) fn batch(shape: &[usize]) -> ArrayD<f64> {
    let numbers = Plain::new(5).uniform(shape).expect("a shape without axes of length 0");
    numbers.mapv(|number| 2.0 * number - 1.0)
}
