//! Normalisation of secret tensors against plain loops, with public and secret parameters, at 2 and 3 parties.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "harness/check.rs"]
mod check;

use check::{check, numbers};
use crypten::ndarray::{ArrayD, Dimension, IxDyn, array};
use crypten::{BatchNorm, Error, ProviderKind};
use proptest::prelude::*;

const EPS: f64 = 1e-5;
/// The inverse root is off by a few units, the difference from the mean is below 8, the weight below 2.
const CLOSE: f64 = 256.0;

/// Numbers of which every second one along an axis other than the channels' is large, so that no variance is small.
fn apart(pool: &ArrayD<f64>, shape: &[usize]) -> ArrayD<f64> {
    let pool = pool.as_slice().unwrap();
    ArrayD::from_shape_fn(IxDyn(shape), |at| {
        let position = at.slice().iter().zip(shape).fold(0, |sum, (&i, &n)| sum * n + i);
        let others: usize = at.slice().iter().sum::<usize>() - at[1];
        pool[position * 7 % pool.len()] + 4.0 * (others % 2) as f64
    })
}

/// The first numbers of a pool under a shape, from the `turn`-th on.
fn filled(pool: &ArrayD<f64>, turn: usize, shape: &[usize]) -> ArrayD<f64> {
    let count: usize = shape.iter().product();
    let values = pool.iter().copied().cycle().skip(turn).take(count).collect();
    ArrayD::from_shape_vec(IxDyn(shape), values).unwrap()
}

/// Mean and biased variance of the elements that stand at chosen coordinates, and how many they are.
fn moments(x: &ArrayD<f64>, chosen: impl Fn(&[usize]) -> bool) -> (f64, f64, f64) {
    let chosen: Vec<f64> = x.indexed_iter().filter(|(at, _)| chosen(at.slice())).map(|(_, &v)| v).collect();
    let count = chosen.len() as f64;
    let mean = chosen.iter().sum::<f64>() / count;
    (mean, chosen.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count, count)
}

/// The definition: `alike` says which coordinates are normalised together, `parameters` gives weight and bias.
fn normalized(
    x: &ArrayD<f64>,
    alike: impl Fn(&[usize], &[usize]) -> bool,
    parameters: impl Fn(&[usize]) -> (f64, f64),
) -> ArrayD<f64> {
    ArrayD::from_shape_fn(x.raw_dim(), |at| {
        let (mean, variance, _) = moments(x, |other| alike(at.slice(), other));
        let (weight, bias) = parameters(at.slice());
        (x[at.slice()] - mean) / (variance + EPS).sqrt() * weight + bias
    })
}

/// Shapes `[n, c]`, `[n, c, l]` and `[n, c, h, w]`.
fn images() -> impl Strategy<Value = Vec<usize>> {
    (2_usize..5, 1_usize..4, proptest::collection::vec(2_usize..4, 0..3))
        .prop_map(|(n, c, places)| [vec![n, c], places].concat())
}

proptest! {
    #![proptest_config(crypten_laws::cases(8))]

    #[test]
    fn batches_are_normalized_by_their_own_moments(
        pool in numbers(vec![199], 1.0), parameters in numbers(vec![12], 2.0), shape in images(),
    ) {
        let (x, channels) = (apart(&pool, &shape), shape[1]);
        let [weight, bias] = [0, 4].map(|turn| filled(&parameters, turn, &[channels]));
        let training = BatchNorm { training: true, ..BatchNorm::default() };
        let same = |at: &[usize], other: &[usize]| at[1] == other[1];
        let inputs = [x.clone(), weight.clone(), bias.clone()];
        let expected = normalized(&x, same, |at| (weight[at[1]], bias[at[1]]));
        check(&inputs, &expected, CLOSE, |_, v| {
            Ok(v[0].batchnorm(Some(&v[1]), Some(&v[2]), None, None, training)?.0)
        });
        check(&inputs, &expected, CLOSE, |_, v| {
            Ok(v[0].batchnorm(Some(&weight), Some(&bias), None, None, BatchNorm::default())?.0)
        });
        let expected = normalized(&x, same, |_| (1.0, 0.0));
        check(&inputs, &expected, CLOSE, |_, v| Ok(v[0].batchnorm(None, None, None, None, training)?.0));
    }

    #[test]
    fn running_statistics_follow_the_batches(
        pool in numbers(vec![199], 1.0), parameters in numbers(vec![12], 2.0), shape in images(),
        momentum in 0.05_f64..0.9,
    ) {
        let (x, channels) = (apart(&pool, &shape), shape[1]);
        let [mean, var] = [0, 4].map(|turn| filled(&parameters, turn, &[channels]).mapv(f64::abs));
        let training = BatchNorm { training: true, momentum, ..BatchNorm::default() };
        let entered = |old: &ArrayD<f64>, new: fn((f64, f64, f64)) -> f64| {
            ArrayD::from_shape_fn(IxDyn(&[channels]), |at| {
                (1.0 - momentum) * old[at[0]] + momentum * new(moments(&x, |other| other[1] == at[0]))
            })
        };
        let means = entered(&mean, |(mean, _, _)| mean);
        let variances = entered(&var, |(_, variance, count)| variance * count / (count - 1.0));
        let inputs = [x.clone(), mean.clone(), var.clone()];
        check(&inputs, &means, 8.0, |_, v| {
            Ok(v[0].batchnorm(None, None, Some(&v[1]), Some(&v[2]), training)?.1.unwrap().mean)
        });
        check(&inputs, &variances, 48.0, |_, v| {
            Ok(v[0].batchnorm(None, None, Some(&v[1]), Some(&v[2]), training)?.1.unwrap().var)
        });
        check(&inputs, &variances, 48.0, |_, v| {
            Ok(v[0].batchnorm(None, None, Some(&mean), Some(&var), training)?.1.unwrap().var)
        });
        check(&inputs, &means, 8.0, |_, v| {
            Ok(v[0].batchnorm(None, None, Some(&v[1]), Some(&var), training)?.1.unwrap().mean)
        });
    }

    #[test]
    fn evaluation_normalizes_by_running_statistics(
        pool in numbers(vec![199], 1.0), parameters in numbers(vec![16], 2.0), shape in images(),
    ) {
        let (x, channels) = (apart(&pool, &shape), shape[1]);
        let [weight, bias, mean, var] = [0, 4, 8, 12].map(|turn| filled(&parameters, turn, &[channels]));
        let var = var.mapv(|v| v.abs() + 1.0);
        let expected = ArrayD::from_shape_fn(IxDyn(&shape), |at| {
            let channel = at[1];
            let root = (var[channel] + EPS).sqrt();
            (x[at.slice()] - mean[channel]) / root * weight[channel] + bias[channel]
        });
        let options = BatchNorm::default();
        let inputs = [x.clone(), weight.clone(), bias.clone(), mean.clone(), var.clone()];
        check(&inputs, &expected, 8.0, |_, v| {
            Ok(v[0].batchnorm(Some(&weight), Some(&bias), Some(&mean), Some(&var), options)?.0)
        });
        check(&inputs, &expected, CLOSE, |_, v| {
            Ok(v[0].batchnorm(Some(&v[1]), Some(&v[2]), Some(&mean), Some(&var), options)?.0)
        });
        check(&inputs, &expected, CLOSE, |_, v| {
            let (output, running) = v[0].batchnorm(Some(&v[1]), Some(&v[2]), Some(&v[3]), Some(&v[4]), options)?;
            assert!(running.is_none());
            Ok(output)
        });
    }

    #[test]
    fn layers_are_normalized_by_their_own_moments(
        pool in numbers(vec![199], 1.0), parameters in numbers(vec![48], 2.0),
        shape in proptest::collection::vec(2_usize..5, 3), outer in 0_usize..3,
    ) {
        let x = apart(&pool, &shape);
        let (inner, same) = (&shape[outer..], |at: &[usize], other: &[usize]| at[..outer] == other[..outer]);
        let [weight, bias] = [0, 24].map(|turn| filled(&parameters, turn, inner));
        let expected = normalized(&x, same, |at| (weight[&at[outer..]], bias[&at[outer..]]));
        let inputs = [x.clone(), weight.clone(), bias.clone()];
        check(&inputs, &expected, CLOSE, |_, v| v[0].layer_norm(inner, Some(&v[1]), Some(&v[2]), EPS));
        check(&inputs, &expected, CLOSE, |_, v| v[0].layer_norm(inner, Some(&weight), Some(&bias), EPS));
        let expected = normalized(&x, same, |_| (1.0, 0.0));
        check(&inputs, &expected, CLOSE, |_, v| v[0].layer_norm(inner, None, None, EPS));
    }

    #[test]
    fn groups_of_channels_are_normalized_by_their_own_moments(
        pool in numbers(vec![199], 1.0), parameters in numbers(vec![12], 2.0),
        (groups, size) in (1_usize..3, 1_usize..3), places in proptest::collection::vec(2_usize..4, 1..3),
    ) {
        let channels = groups * size;
        let shape = [vec![2, channels], places].concat();
        let x = apart(&pool, &shape);
        let [weight, bias] = [0, 6].map(|turn| filled(&parameters, turn, &[channels]));
        let of_channel = |at: &[usize]| (weight[at[1]], bias[at[1]]);
        let inputs = [x.clone(), weight.clone(), bias.clone()];
        let same = |at: &[usize], other: &[usize]| at[0] == other[0] && at[1] / size == other[1] / size;
        let expected = normalized(&x, same, of_channel);
        check(&inputs, &expected, CLOSE, |_, v| v[0].group_norm(groups, Some(&v[1]), Some(&v[2]), EPS));
        check(&inputs, &expected, CLOSE, |_, v| v[0].group_norm(groups, Some(&weight), Some(&bias), EPS));
        let expected = normalized(&x, |at, other| at[..2] == other[..2], of_channel);
        check(&inputs, &expected, CLOSE, |_, v| v[0].instance_norm(Some(&v[1]), Some(&bias), EPS));
    }
}

#[test]
fn what_cannot_be_normalized_gets_a_typed_error() {
    crypten::local(2, ProviderKind::InsecureFirstParty, |session| {
        let x = session.cryptensor(&array![[1.0, 2.0]], 0)?;
        let training = BatchNorm { training: true, ..BatchNorm::default() };
        let lone = x.batchnorm(None, None, None, None, training);
        assert!(matches!(lone, Err(Error::TooFewElements { elements: 1, .. })));
        let (one, two) = (array![1.0], array![1.0, 2.0]);
        let options = BatchNorm::default();
        let short = x.batchnorm(Some(&one), None, Some(&two), Some(&two), options).unwrap_err();
        assert_eq!(short.to_string(), "batchnorm of shapes [2] and [1]");
        assert!(x.batchnorm(None, None, Some(&two), None, options).is_err());
        assert!(x.layer_norm(&[3], None, None, EPS).is_err());
        assert!(x.group_norm(3, None, None, EPS).is_err());
        assert!(x.sum_all().instance_norm(None, None, EPS).is_err());
        assert_eq!(x.batchnorm(None, None, Some(&two), Some(&two), options)?.0.shape(), [1, 2]);
        Ok(())
    })
    .unwrap();
}
