//! Two small models, written once for every engine, and their loss curves.

use crypten::autograd::{Engine, PlainTensor, Var, no_grad};
use crypten::ndarray::{Array1, Array2, ArrayD, array};

/// Data and parameters of a model.
pub(crate) struct Model {
    pub(crate) data: Vec<ArrayD<f64>>,
    pub(crate) parameters: Vec<ArrayD<f64>>,
}

/// The regression of the documentation of `crypten::autograd`.
pub(crate) fn regression() -> Model {
    let x = array![[1.0, 2.0], [2.0, -1.0], [-1.0, 0.5], [3.0, 1.0]].into_dyn();
    let y = array![9.0, 2.0, 0.5, 10.0].into_dyn();
    Model { data: vec![x, y], parameters: vec![Array1::zeros(2).into_dyn(), Array1::zeros(1).into_dyn()] }
}

pub(crate) fn regression_loss<E: Engine>(data: &[Var<E>], p: &[Var<E>]) -> Result<Var<E>, E::Error> {
    (data[0].matmul(&p[0])? + &p[1] - &data[1])?.square()?.mean_all()
}

/// Two layers with a ReLU between, on eight points that lie inside or outside of a ring.
pub(crate) fn network() -> Model {
    let x = Array2::from_shape_fn((8, 2), |(i, j)| ((i * 7 + j * 5) % 11) as f64 / 5.5 - 0.9);
    let y = Array2::from_shape_fn((8, 1), |(i, _)| f64::from(u8::from(x.row(i).dot(&x.row(i)) > 0.7)));
    let weights = |rows, columns, turn: usize| {
        let weight = |(i, j): (usize, usize)| ((i * 3 + j * 7 + turn) % 9) as f64 / 6.0 - 0.65;
        Array2::from_shape_fn((rows, columns), weight).into_dyn()
    };
    let biases = |length| Array1::from_elem(length, 0.1).into_dyn();
    let parameters = vec![weights(2, 6, 1), biases(6), weights(6, 1, 4), biases(1)];
    Model { data: vec![x.into_dyn(), y.into_dyn()], parameters }
}

pub(crate) fn network_loss<E: Engine>(data: &[Var<E>], p: &[Var<E>]) -> Result<Var<E>, E::Error> {
    let hidden = (data[0].matmul(&p[0])? + &p[1])?.relu()?;
    (hidden.matmul(&p[2])? + &p[3] - &data[1])?.square()?.mean_all()
}

/// Three epochs of gradient descent; the losses, still as the engine holds them.
pub(crate) fn train<E: Engine>(
    data: &[Var<E>],
    parameters: &[Var<E>],
    rate: f64,
    loss: impl Fn(&[Var<E>], &[Var<E>]) -> Result<Var<E>, E::Error>,
) -> Result<Vec<E::Tensor>, E::Error> {
    let epoch = |_| {
        let loss = loss(data, parameters)?;
        loss.backward()?;
        no_grad(|| {
            parameters.iter().try_for_each(|parameter| {
                let step = Var::new(parameter.engine(), parameter.gradient()?).mul(rate)?;
                parameter.set_value(parameter.sub(&step)?.value())?;
                parameter.zero_grad();
                Ok::<(), E::Error>(())
            })
        })?;
        Ok(loss.value())
    };
    (0..3).map(epoch).collect()
}

/// The single number of a plain loss.
pub(crate) fn number(loss: &PlainTensor) -> f64 {
    loss.sum()
}
