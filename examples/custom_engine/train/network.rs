//! A small network on two rings of points, for any engine: nothing here knows what a number is.

use crypten_autograd::{Engine, PlainTensor, Var};
use crypten_nn::{
    BCEWithLogitsLoss, Forward, Generator, Linear, Loss, Module, Optimizer, SGD, SGDOptions, Sequential, Tanh,
};
use ndarray::{Array2, Axis, concatenate};

/// The steps after which the loss is noted.
pub(crate) const NOTED: [usize; 6] = [0, 50, 100, 200, 400, 800];

/// What a training came to.
pub(crate) struct Run {
    pub(crate) losses: Vec<f64>,
    /// The share of points that are told right.
    pub(crate) accuracy: f64,
}

/// Trains on an engine; `read` looks at a tensor.
pub(crate) fn train<E: Engine>(
    engine: &E,
    read: impl Fn(&E::Tensor) -> PlainTensor,
) -> Result<Run, E::Error> {
    let generator = Generator::new(engine, 5);
    let network = Sequential::new()
        .push(Linear::new(&generator, 2, 8)?)
        .push(Tanh)
        .push(Linear::new(&generator, 8, 1)?);
    let (points, inside) = rings();
    let (x, y) = (Var::constant(engine, points)?, Var::constant(engine, inside.clone())?);
    let options = SGDOptions { momentum: 0.9, ..SGDOptions::default() };
    let mut optimizer =
        SGD::with_options(network.parameters(), 0.2, options).expect("the settings are in their ranges");
    let mut losses = Vec::new();
    for step in 0..=NOTED[NOTED.len() - 1] {
        let loss = BCEWithLogitsLoss::default().forward(&network.forward(&x)?, &y)?;
        if NOTED.contains(&step) {
            losses.push(read(&loss.value()).sum());
        }
        optimizer.zero_grad();
        loss.backward()?;
        optimizer.step()?;
    }
    let told = read(&network.forward(&x)?.value());
    let right = told.iter().zip(&inside).filter(|&(&logit, &inside)| (logit > 0.0) == (inside == 1.0));
    Ok(Run { losses, accuracy: right.count() as f64 / inside.len() as f64 })
}

/// Points on a ring and on one within it, and which of them are within.
fn rings() -> (Array2<f64>, Array2<f64>) {
    const COUNT: usize = 40;
    let ring = |radius: f64| {
        Array2::from_shape_fn((COUNT, 2), |(point, axis)| {
            let angle = std::f64::consts::TAU * point as f64 / COUNT as f64;
            radius * if axis == 0 { angle.cos() } else { angle.sin() }
        })
    };
    let inside = Array2::from_shape_fn((2 * COUNT, 1), |(point, _)| f64::from(u8::from(point < COUNT)));
    (concatenate![Axis(0), ring(0.5), ring(1.0)], inside)
}
