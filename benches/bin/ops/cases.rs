//! The operations: inputs, what is timed, what plain arithmetic gives.

use anyhow::{Result, bail};
use crypten::{Conv2d, CrypTensor, Error, Pool2d, Session};
use ndarray::{ArrayD, Axis, IxDyn};

use super::{plain, training};

/// The operations in the order of the table.
pub(super) const NAMES: [&str; 29] = [
    "add_1e6",
    "mul_public_1e6",
    "mul_1e6",
    "square_1e6",
    "matmul_512",
    "matmul_1024",
    "relu_1e5",
    "relu_1e6",
    "lt_1e5",
    "lt_1e6",
    "exp_1e5",
    "log_1e5",
    "reciprocal_1e5",
    "sqrt_1e5",
    "sigmoid_1e5",
    "tanh_1e5",
    "erf_1e5",
    "softmax_1000x10",
    "softmax_100x100",
    "max_1000x100",
    "argmax_1000x100",
    "maxpool_64x24x24",
    "conv_3x32_64x5",
    "conv_64x56_64x3",
    "reveal_1e6",
    "lenet_infer_1",
    "lenet_infer_32",
    "mlp_train_step",
    "svm_epoch",
];

/// One operation on inputs that are already shared.
pub(super) struct Case {
    pub(super) run: Box<dyn Fn() -> Result<CrypTensor, Error>>,
    pub(super) expected: ArrayD<f64>,
}

/// A unary or binary operation on inputs of one range.
fn with(
    session: &Session,
    inputs: &[ArrayD<f64>],
    run: impl Fn(&[CrypTensor]) -> Result<CrypTensor, Error> + 'static,
    expected: ArrayD<f64>,
) -> Result<Case> {
    let secret = inputs.iter().map(|input| session.cryptensor(input, 0)).collect::<Result<Vec<_>, _>>()?;
    Ok(Case { run: Box::new(move || run(&secret)), expected })
}

/// Prepares the operation called `name`.
pub(super) fn case(session: &Session, name: &str) -> Result<Case> {
    let five = |seed, shape: &[usize]| plain::uniform(seed, shape, -5.0, 5.0);
    let one = |seed, shape: &[usize]| plain::uniform(seed, shape, -1.0, 1.0);
    let n = if name.ends_with("1e5") { 100_000 } else { 1_000_000 };
    let (x, y) = match name {
        _ if name.ends_with("1e6") || name.ends_with("1e5") => (five(1, &[n]), five(2, &[n])),
        _ => (five(1, &[1000, 100]), ArrayD::zeros(IxDyn(&[]))),
    };
    let both = [x.clone(), y.clone()];
    let lone = [x.clone()];
    match name.rsplit_once('_').map_or(name, |(operation, _)| operation) {
        "add" => with(session, &both, |s| &s[0] + &s[1], &x + &y),
        "mul_public" => {
            let (public, expected) = (y.clone(), &x * &y);
            with(session, &lone, move |s| (&s[0] * &public)?.rescale(), expected)
        }
        "mul" => with(session, &both, |s| (&s[0] * &s[1])?.rescale(), &x * &y),
        "square" => with(session, &lone, |s| s[0].square()?.rescale(), &x * &x),
        "matmul" => {
            let size = if name.ends_with("512") { 512 } else { 1024 };
            let inputs = [one(3, &[size, size]), one(4, &[size, size])];
            let expected = plain::matmul(&inputs[0], &inputs[1]);
            with(session, &inputs, |s| s[0].matmul(&s[1])?.rescale(), expected)
        }
        "relu" => with(session, &lone, |s| s[0].relu(), x.mapv(|v| v.max(0.0))),
        "lt" => {
            let expected = ndarray::Zip::from(&x).and(&y).map_collect(|x, y| f64::from(u8::from(x < y)));
            with(session, &both, |s| s[0].lt(&s[1]), expected)
        }
        "exp" => with(session, &lone, |s| s[0].exp(), x.mapv(f64::exp)),
        "sigmoid" => with(session, &lone, |s| s[0].sigmoid(), x.mapv(|v| 1.0 / (1.0 + (-v).exp()))),
        "tanh" => with(session, &lone, |s| s[0].tanh(), x.mapv(f64::tanh)),
        "erf" => {
            let x = plain::uniform(11, &[n], -2.0, 2.0);
            let expected = x.mapv(libm::erf);
            with(session, &[x], |s| s[0].erf(), expected)
        }
        "log" => positive(session, n, CrypTensor::log, f64::ln),
        "reciprocal" => positive(session, n, CrypTensor::reciprocal, f64::recip),
        "sqrt" => positive(session, n, CrypTensor::sqrt, f64::sqrt),
        "softmax" => {
            let x = if name.ends_with("100x100") { five(12, &[100, 100]) } else { five(13, &[1000, 10]) };
            let expected = plain::softmax(&x);
            with(session, &[x], |s| s[0].softmax(1), expected)
        }
        "max" => with(session, &lone, |s| s[0].max(1), plain::max(&x, Axis(1))),
        "argmax" => {
            let expected = x.map_axis(Axis(1), |row| plain::position_of_max(row.iter().copied()) as f64);
            with(session, &lone, |s| s[0].argmax(1), expected)
        }
        "maxpool" => {
            let x = five(6, &[1, 64, 24, 24]);
            let expected = plain::max_pool(&x);
            with(session, &[x], |s| s[0].max_pool2d(Pool2d::square(2)), expected)
        }
        "conv_3x32" => convolution(session, five(7, &[1, 3, 32, 32]), one(8, &[64, 3, 5, 5]), 2),
        "conv_64x56" => convolution(session, one(9, &[1, 64, 56, 56]), one(10, &[64, 64, 3, 3]), 1),
        // What is timed is the opening of a tensor; the result that is checked is the tensor itself.
        "reveal" => with(session, &lone, |s| s[0].get_plain_text().map(|_| s[0].clone()), x),
        "mlp_train" => training::mlp_train_step(session),
        "svm" => training::svm_epoch(session),
        "lenet_infer" => lenet(session, if name.ends_with("32") { 32 } else { 1 }),
        _ => bail!("there is no operation {name}; there are {}", NAMES.join(", ")),
    }
}

/// A function of numbers between 0.5 and 20.
fn positive(
    session: &Session,
    count: usize,
    run: impl Fn(&CrypTensor) -> Result<CrypTensor, Error> + 'static,
    plain: impl Fn(f64) -> f64,
) -> Result<Case> {
    let x = plain::uniform(5, &[count], 0.5, 20.0);
    let expected = x.mapv(plain);
    with(session, &[x], move |s| run(&s[0]), expected)
}

fn convolution(session: &Session, x: ArrayD<f64>, kernel: ArrayD<f64>, padding: usize) -> Result<Case> {
    let expected = plain::conv(&x, &kernel, padding);
    with(
        session,
        &[x, kernel],
        move |s| s[0].conv2d(&s[1], None, Conv2d::padded(padding))?.rescale(),
        expected,
    )
}

/// conv 1-20 k5, ReLU, maxpool 2, conv 20-50 k5, ReLU, maxpool 2, fc 800-500, ReLU, fc 500-10; pooling goes first,
/// which gives the same.
fn lenet(session: &Session, batch: usize) -> Result<Case> {
    let layer = |seed, shape: &[usize], fan_in: usize| {
        let bound = (fan_in as f64).sqrt().recip();
        plain::uniform(seed, shape, -bound, bound)
    };
    let inputs = [
        plain::uniform(20, &[batch, 1, 28, 28], 0.0, 1.0),
        layer(21, &[20, 1, 5, 5], 25),
        layer(22, &[20], 25),
        layer(23, &[50, 20, 5, 5], 500),
        layer(24, &[50], 500),
        layer(25, &[500, 800], 800),
        layer(26, &[500], 800),
        layer(27, &[10, 500], 500),
        layer(28, &[10], 500),
    ];
    let expected = plain::lenet(&inputs);
    let run = |s: &[CrypTensor]| {
        let plain = Conv2d::default();
        let first = s[0].conv2d(&s[1], Some(&s[2]), plain)?.max_pool2d(Pool2d::square(2))?.relu()?;
        let second = first.conv2d(&s[3], Some(&s[4]), plain)?.max_pool2d(Pool2d::square(2))?.relu()?;
        let third = second.flatten(1)?.linear(&s[5], Some(&s[6]))?.relu()?;
        third.linear(&s[7], Some(&s[8]))?.rescale()
    };
    let mut secret =
        inputs.iter().map(|input| session.cryptensor(input, 0)).collect::<Result<Vec<_>, _>>()?;
    // The model stays: its weights are masked once, as in any service that classifies image after image.
    for weight in [1, 3, 5, 7] {
        secret[weight] = secret[weight].fixed()?;
    }
    Ok(Case { run: Box::new(move || run(&secret)), expected })
}
