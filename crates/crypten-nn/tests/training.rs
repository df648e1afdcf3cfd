//! Small networks trained in the clear until they make no mistake, and what first values look like.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::f64::consts::PI;

use crypten_autograd::{Plain, Var};
use crypten_nn::init::{self, Fan, Nonlinearity};
use crypten_nn::{
    Adam, CosineAnnealingLR, CrossEntropyLoss, Error, Forward, Generator, Linear, Module, Optimizer, ReLU,
    SGD, SGDOptions, Schedule, Sequential, SettingError, clip_grad_norm,
};
use ndarray::{Array1, Array2, Axis, array};

/// Two half circles, one within the reach of the other, and which of them each point lies on.
fn moons(count: usize) -> (Array2<f64>, Array1<usize>) {
    let classes = Array1::from_shape_fn(count, |point| point % 2);
    let points = Array2::from_shape_fn((count, 2), |(point, axis)| {
        let angle = PI * (point / 2) as f64 / (count / 2 - 1) as f64;
        match (point % 2, axis) {
            (0, 0) => angle.cos(),
            (0, _) => angle.sin(),
            (_, 0) => 1.0 - angle.cos(),
            (_, _) => 0.5 - angle.sin(),
        }
    });
    (points, classes)
}

fn classifier(engine: &Plain) -> Result<Sequential<Plain>, crypten_autograd::Error> {
    let generator = Generator::new(engine, 3);
    Ok(Sequential::new()
        .push(Linear::new(&generator, 2, 16)?)
        .push(ReLU)
        .push(Linear::new(&generator, 16, 16)?)
        .push(ReLU)
        .push(Linear::new(&generator, 16, 2)?))
}

/// How many points are told wrong after the training.
fn mistakes(
    mut optimizer: impl Optimizer<Plain>,
    network: &Sequential<Plain>,
) -> Result<usize, crypten_autograd::Error> {
    let (points, classes) = moons(60);
    let x = Var::constant(&Plain::default(), points)?;
    let mut schedule = CosineAnnealingLR::new(&optimizer, 300, 1e-3).unwrap();
    for _ in 0..300 {
        optimizer.zero_grad();
        CrossEntropyLoss::default().forward_classes(&network.forward(&x)?, &classes)?.backward()?;
        clip_grad_norm(optimizer.parameters(), 5.0)?;
        optimizer.step()?;
        schedule.step(&mut optimizer);
    }
    let scores = network.forward(&x)?.value();
    let rows = scores.axis_iter(Axis(0)).zip(&classes);
    Ok(rows.filter(|(row, class)| usize::from(row[1] > row[0]) != **class).count())
}

#[test]
fn two_moons_are_told_apart_by_adam() {
    let network = classifier(&Plain::default()).unwrap();
    let optimizer = Adam::new(network.parameters(), 0.02).unwrap();
    assert_eq!(mistakes(optimizer, &network).unwrap(), 0);
}

#[test]
fn two_moons_are_told_apart_by_descent_with_momentum() {
    let network = classifier(&Plain::default()).unwrap();
    let options = SGDOptions { momentum: 0.9, nesterov: true, ..SGDOptions::default() };
    let optimizer = SGD::with_options(network.parameters(), 0.1, options).unwrap();
    assert_eq!(mistakes(optimizer, &network).unwrap(), 0);
}

#[test]
fn settings_out_of_range_are_refused() {
    let rate = SGD::<Plain>::new([], -0.5).unwrap_err();
    let expected = "0 or above and finite";
    assert_eq!(rate, Error::Setting(SettingError { setting: "learning rate", value: -0.5, expected }));
    let nesterov = SGDOptions { nesterov: true, ..SGDOptions::default() };
    let message = SGD::<Plain>::with_options([], 0.1, nesterov).unwrap_err().to_string();
    assert_eq!(message, "momentum of 0, expected above 0 for Nesterov's variant");
    let options = crypten_nn::AdamOptions { betas: [0.9, 1.0], ..Default::default() };
    assert!(Adam::<Plain>::with_options([], 0.1, options).is_err());
    let dampening = SGDOptions { dampening: f64::NAN, ..SGDOptions::default() };
    assert!(SGD::<Plain>::with_options([], 0.1, dampening).is_err());
    let threshold = SGDOptions { grad_threshold: Some(-1.0), ..SGDOptions::default() };
    let message = SGD::<Plain>::with_options([], 0.1, threshold).unwrap_err().to_string();
    assert_eq!(message, "gradient threshold of -1, expected 0 or above and finite");
}

#[test]
fn gradients_beyond_the_threshold_count_as_zero() {
    let engine = Plain::default();
    let parameters = [array![1.0, 2.0, 3.0, 4.0].into_dyn(), array![[5.0]].into_dyn()];
    let parameters = parameters.map(|x| Var::leaf(&engine, x.into_shared()));
    let options = SGDOptions { grad_threshold: Some(1.5), momentum: 0.5, ..SGDOptions::default() };
    let mut method = SGD::with_options(parameters.clone(), 1.0, options).unwrap();
    let gradients = [array![1.5, 1.6, -1.5, -100.0].into_dyn(), array![[0.5]].into_dyn()];
    for _ in 0..2 {
        method.zero_grad();
        for (parameter, gradient) in parameters.iter().zip(&gradients) {
            parameter.backward_with(&gradient.to_shared()).unwrap();
        }
        method.step().unwrap();
    }
    // The velocity of the second step is 1.5 times the gradient.
    assert_eq!(parameters[0].value(), array![1.0 - 3.75, 2.0, 3.0 + 3.75, 4.0].into_dyn());
    assert_eq!(parameters[1].value(), array![[5.0 - 1.25]].into_dyn());
}

#[test]
fn equal_seeds_make_equal_networks() {
    let state = |seed| {
        let layer = Linear::new(&Generator::new(&Plain::new(seed), 5), 4, 3).unwrap();
        layer.parameters().iter().map(Var::value).collect::<Vec<_>>()
    };
    assert_eq!(state(1), state(2));
}

#[test]
fn first_values_have_the_deviations_of_their_sources() {
    let generator = &Generator::new(&Plain::default(), 7);
    let var = &Var::leaf(&Plain::default(), Array2::zeros((300, 200)).into_dyn().into_shared());
    let check = |name: &str, deviation: f64, bound: f64| {
        let values = var.value();
        let found = values.std(0.0);
        assert!((found / deviation - 1.0).abs() < 0.02, "{name}: {found}, not {deviation}");
        assert!(values.iter().all(|value| value.abs() <= bound), "{name}");
    };
    let xavier = 2.0 * (2.0_f64 / 500.0).sqrt();
    init::xavier_uniform_(var, 2.0, generator).unwrap();
    check("xavier_uniform", xavier, xavier * 3.0_f64.sqrt());
    init::xavier_normal_(var, 2.0, generator).unwrap();
    check("xavier_normal", xavier, f64::INFINITY);
    let kaiming = (2.0_f64 / 200.0).sqrt();
    init::kaiming_uniform_(var, Fan::In, Nonlinearity::ReLU, generator).unwrap();
    check("kaiming_uniform", kaiming, kaiming * 3.0_f64.sqrt());
    init::kaiming_normal_(var, Fan::Out, Nonlinearity::Linear, generator).unwrap();
    check("kaiming_normal", (1.0_f64 / 300.0).sqrt(), f64::INFINITY);
    init::kaiming_uniform_(var, Fan::In, Nonlinearity::LeakyReLU(5.0_f64.sqrt()), generator).unwrap();
    let default = Linear::new(generator, 200, 300).unwrap().weight().value().std(0.0);
    check("kaiming_uniform of a new layer", default, (1.0_f64 / 200.0).sqrt());
    init::ones_(var).unwrap();
    assert_eq!(var.value().sum(), 60000.0);
    let drawn = &Generator::from_engine(&Plain::new(9));
    init::uniform_(var, 1.0, 3.0, drawn).unwrap();
    assert!(var.value().iter().all(|value| (1.0..3.0).contains(value)));
    init::normal_(var, 0.0, 0.5, drawn).unwrap();
    check("normal", 0.5, f64::INFINITY);
    assert!(
        init::xavier_normal_(
            &Var::leaf(&Plain::default(), Array1::zeros(3).into_dyn().into_shared()),
            1.0,
            drawn
        )
        .is_err()
    );
}
