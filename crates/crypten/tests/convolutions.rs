//! Convolutions and pooling of secret tensors against plain loops over random geometry, at 2 and 3 parties.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "harness/check.rs"]
mod check;

use check::{check, numbers};
use crypten::ndarray::{ArrayD, Axis, Dimension, IxDyn, array, indices};
use crypten::{
    Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d, CrypTensor, Error, Pool1d, Pool2d, ProviderKind,
};
use proptest::prelude::*;

/// A tensor filled from random numbers, which come in another order for each `turn`.
fn filled(pool: &ArrayD<f64>, turn: usize, shape: &[usize]) -> ArrayD<f64> {
    let (pool, count) = (pool.as_slice().unwrap(), shape.iter().product::<usize>());
    let values = (0..count).map(|i| pool[(i + turn) * 7 % pool.len()]).collect();
    ArrayD::from_shape_vec(IxDyn(shape), values).unwrap()
}

/// A list of channels, with axes of length 1 behind.
fn per_channel(bias: &ArrayD<f64>, places: usize) -> ArrayD<f64> {
    (0..places).fold(bias.clone(), |bias, axis| bias.insert_axis(Axis(axis + 1)))
}

/// The result over two axes of tensors that have one.
fn in_a_row(
    x: &ArrayD<f64>,
    kernel: &ArrayD<f64>,
    product: impl Fn(&ArrayD<f64>, &ArrayD<f64>) -> ArrayD<f64>,
) -> ArrayD<f64> {
    let row = |x: &ArrayD<f64>| x.clone().insert_axis(Axis(2));
    product(&row(x), &row(kernel)).index_axis_move(Axis(2), 0)
}

fn convolved(x: &ArrayD<f64>, kernel: &ArrayD<f64>, geometry: Conv2d) -> ArrayD<f64> {
    let (&[n, _, h, w], &[o, per_group, kh, kw]) = (x.shape(), kernel.shape()) else { panic!("four axes") };
    let Conv2d { stride, padding, dilation, groups } = geometry;
    let length = |size: usize, k: usize, axis: usize| {
        (size + 2 * padding[axis] - dilation[axis] * (k - 1) - 1) / stride[axis] + 1
    };
    ArrayD::from_shape_fn(IxDyn(&[n, o, length(h, kh, 0), length(w, kw, 1)]), |at| {
        let mut sum = 0.0;
        for (i, dy, dx) in indices((per_group, kh, kw)) {
            let channel = at[1] / (o / groups) * per_group + i;
            let row = (at[2] * stride[0] + dy * dilation[0]).wrapping_sub(padding[0]);
            let column = (at[3] * stride[1] + dx * dilation[1]).wrapping_sub(padding[1]);
            if row < h && column < w {
                sum += x[[at[0], channel, row, column]] * kernel[[at[1], i, dy, dx]];
            }
        }
        sum
    })
}

fn transposed(x: &ArrayD<f64>, kernel: &ArrayD<f64>, geometry: ConvTranspose2d) -> ArrayD<f64> {
    let (&[n, c, h, w], &[_, per_group, kh, kw]) = (x.shape(), kernel.shape()) else { panic!("four axes") };
    let ConvTranspose2d { stride, padding, output_padding, dilation, groups } = geometry;
    let length = |size: usize, k: usize, axis: usize| {
        (size - 1) * stride[axis] + dilation[axis] * (k - 1) + output_padding[axis] + 1 - 2 * padding[axis]
    };
    let (rows, columns) = (length(h, kh, 0), length(w, kw, 1));
    let mut out = ArrayD::<f64>::zeros(IxDyn(&[n, per_group * groups, rows, columns]));
    for (image, channel, y, z) in indices((n, c, h, w)) {
        for (o, dy, dx) in indices((per_group, kh, kw)) {
            let row = (y * stride[0] + dy * dilation[0]).wrapping_sub(padding[0]);
            let column = (z * stride[1] + dx * dilation[1]).wrapping_sub(padding[1]);
            if row < rows && column < columns {
                let to = channel / (c / groups) * per_group + o;
                out[[image, to, row, column]] += x[[image, channel, y, z]] * kernel[[channel, o, dy, dx]];
            }
        }
    }
    out
}

/// How many windows an axis has.
fn windows(geometry: &Pool2d, axis: usize, size: usize) -> usize {
    let (stride, padding) = (geometry.stride[axis], geometry.padding[axis]);
    let span = geometry.dilation[axis] * (geometry.kernel[axis] - 1) + 1;
    let end = size + 2 * padding + if geometry.ceil_mode { stride - 1 } else { 0 };
    let starts_in_time = |begin: usize| !geometry.ceil_mode || begin < size + padding;
    (0..).map(|i| i * stride).take_while(|&begin| begin + span <= end && starts_in_time(begin)).count()
}

/// What stands in a window of `[n, c, h, w]`: numbers, `padding` around the tensor, nothing past that.
fn window(x: &ArrayD<f64>, geometry: &Pool2d, at: &[usize], padding: Option<f64>) -> Vec<Option<f64>> {
    let position =
        |axis: usize, offset: usize| at[2 + axis] * geometry.stride[axis] + offset * geometry.dilation[axis];
    let [h, w] = [x.shape()[2], x.shape()[3]];
    let [top, left] = geometry.padding;
    indices((geometry.kernel[0], geometry.kernel[1]))
        .into_iter()
        .map(|(dy, dx)| {
            let (row, column) = (position(0, dy), position(1, dx));
            if row >= h + 2 * top || column >= w + 2 * left {
                return None;
            }
            match (row.checked_sub(top), column.checked_sub(left)) {
                (Some(row), Some(column)) if row < h && column < w => Some(x[[at[0], at[1], row, column]]),
                _ => padding,
            }
        })
        .collect()
}

fn pooled(
    x: &ArrayD<f64>,
    geometry: &Pool2d,
    padding: Option<f64>,
    value: impl Fn(&[f64]) -> f64,
) -> ArrayD<f64> {
    let (rows, columns) = (windows(geometry, 0, x.shape()[2]), windows(geometry, 1, x.shape()[3]));
    ArrayD::from_shape_fn(IxDyn(&[x.shape()[0], x.shape()[1], rows, columns]), |at| {
        let window: Vec<f64> = window(x, geometry, at.slice(), padding).into_iter().flatten().collect();
        value(&window)
    })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::MIN, f64::max)
}

fn pooling() -> impl Strategy<Value = Pool2d> {
    let two = |range: std::ops::Range<usize>| [range.clone(), range];
    (two(1..4), two(1..4), two(0..3), two(1..3), any::<bool>()).prop_map(
        |(kernel, stride, padding, dilation, ceil_mode)| {
            let half = |axis: usize| (dilation[axis] * (kernel[axis] - 1)).div_ceil(2);
            let padding = [padding[0].min(half(0)), padding[1].min(half(1))];
            Pool2d { kernel, stride, padding, dilation, ceil_mode }
        },
    )
}

/// The pooling of a row: what `geometry` says of the last axis.
fn last_axis(geometry: &Pool2d) -> (Pool1d, Pool2d) {
    let Pool2d { kernel, stride, padding, dilation, ceil_mode } = *geometry;
    let row = Pool2d {
        kernel: [1, kernel[1]],
        stride: [1, stride[1]],
        padding: [0, padding[1]],
        dilation: [1, dilation[1]],
        ceil_mode,
    };
    let (kernel, stride, padding, dilation) = (kernel[1], stride[1], padding[1], dilation[1]);
    (Pool1d { kernel, stride, padding, dilation, ceil_mode }, row)
}

proptest! {
    #![proptest_config(crypten_laws::cases(16))]

    #[test]
    fn convolutions_agree_with_plain_loops(
        pool in numbers(vec![211], 8.0),
        (n, groups, ci, co) in (1_usize..3, 1_usize..3, 1_usize..3, 1_usize..3),
        (size, kernel) in ([4_usize..8, 4_usize..8], [1_usize..4, 1_usize..4]),
        stride in [1_usize..4, 1_usize..4], padding in [0_usize..3, 0_usize..3], dilation in [1_usize..3, 1_usize..3],
    ) {
        let geometry = Conv2d { stride, padding, dilation, groups };
        let x = filled(&pool, 0, &[n, ci * groups, size[0], size[1]]);
        let k = filled(&pool, 31, &[co * groups, ci, kernel[0], kernel[1]]);
        let bias = filled(&pool, 62, &[co * groups]);
        if geometry.output_shape(x.shape(), k.shape()).is_err() {
            return Ok(());
        }
        let expected = convolved(&x, &k, geometry) + per_channel(&bias, 2);
        let inputs = [x.clone(), k.clone(), bias.clone()];
        check(&inputs, &expected, 1.0, |_, v| v[0].conv2d(&v[1], Some(&v[2]), geometry));
        check(&inputs, &expected, 1.0, |_, v| v[0].conv2d(&k, Some(&bias), geometry));
        check(&inputs, &expected, 1.0, |_, v| crypten::conv2d(&x, &v[1], Some(&bias), geometry));

        let line = Conv1d { stride: stride[1], padding: padding[1], dilation: dilation[1], groups };
        let row = Conv2d { stride: [1, stride[1]], padding: [0, padding[1]], dilation: [1, dilation[1]], groups };
        let x = filled(&pool, 93, &[n, ci * groups, size[1]]);
        let k = filled(&pool, 124, &[co * groups, ci, kernel[1]]);
        let expected = in_a_row(&x, &k, |x, k| convolved(x, k, row)) + per_channel(&bias, 1);
        let inputs = [x.clone(), k.clone(), bias.clone()];
        check(&inputs, &expected, 1.0, |_, v| v[0].conv1d(&v[1], Some(&v[2]), line));
        check(&inputs, &expected, 1.0, |_, v| v[0].conv1d(&k, Some(&bias), line));
        check(&inputs, &expected, 1.0, |_, v| crypten::conv1d(&x, &v[1], Some(&v[2]), line));
    }

    #[test]
    fn transposed_convolutions_agree_with_plain_loops(
        pool in numbers(vec![211], 8.0),
        (n, groups, ci, co) in (1_usize..3, 1_usize..3, 1_usize..3, 1_usize..3),
        (size, kernel) in ([1_usize..5, 1_usize..5], [1_usize..4, 1_usize..4]),
        stride in [1_usize..4, 1_usize..4], padding in [0_usize..3, 0_usize..3], dilation in [1_usize..3, 1_usize..3],
        more in [0_usize..3, 0_usize..3],
    ) {
        let output_padding = [0, 1].map(|axis: usize| more[axis] % stride[axis].max(dilation[axis]));
        let geometry = ConvTranspose2d { stride, padding, output_padding, dilation, groups };
        let x = filled(&pool, 0, &[n, ci * groups, size[0], size[1]]);
        let k = filled(&pool, 31, &[ci * groups, co, kernel[0], kernel[1]]);
        let bias = filled(&pool, 62, &[co * groups]);
        let something_is_left = (0..2).all(|axis| {
            let spread = (size[axis] - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1;
            spread + output_padding[axis] > 2 * padding[axis]
        });
        prop_assert_eq!(geometry.output_shape(x.shape(), k.shape()).is_ok(), something_is_left);
        if !something_is_left {
            return Ok(());
        }
        let expected = transposed(&x, &k, geometry) + per_channel(&bias, 2);
        let inputs = [x.clone(), k.clone(), bias.clone()];
        check(&inputs, &expected, 1.0, |_, v| v[0].conv_transpose2d(&v[1], Some(&v[2]), geometry));
        check(&inputs, &expected, 1.0, |_, v| v[0].conv_transpose2d(&k, Some(&bias), geometry));
        check(&inputs, &expected, 1.0, |_, v| crypten::conv_transpose2d(&x, &v[1], Some(&bias), geometry));

        let line = ConvTranspose1d {
            stride: stride[1], padding: padding[1], output_padding: output_padding[1], dilation: dilation[1], groups,
        };
        let row = ConvTranspose2d {
            stride: [1, stride[1]],
            padding: [0, padding[1]],
            output_padding: [0, output_padding[1]],
            dilation: [1, dilation[1]],
            groups,
        };
        let x = filled(&pool, 93, &[n, ci * groups, size[1]]);
        let k = filled(&pool, 124, &[ci * groups, co, kernel[1]]);
        let expected = in_a_row(&x, &k, |x, k| transposed(x, k, row)) + per_channel(&bias, 1);
        let inputs = [x.clone(), k.clone(), bias.clone()];
        check(&inputs, &expected, 1.0, |_, v| v[0].conv_transpose1d(&v[1], Some(&v[2]), line));
        check(&inputs, &expected, 1.0, |_, v| v[0].conv_transpose1d(&k, Some(&bias), line));
        check(&inputs, &expected, 1.0, |_, v| crypten::conv_transpose1d(&x, &v[1], Some(&v[2]), line));
    }

    #[test]
    fn averages_of_windows_agree_with_plain_loops(
        pool in numbers(vec![211], 8.0), geometry in pooling(), size in [4_usize..8, 4_usize..8],
    ) {
        let x = filled(&pool, 0, &[2, 2, size[0], size[1]]);
        if windows(&geometry, 0, size[0]) == 0 || windows(&geometry, 1, size[1]) == 0 {
            prop_assert!(geometry.output_shape(x.shape()).is_err());
            return Ok(());
        }
        let expected = pooled(&x, &geometry, Some(0.0), mean);
        check(std::slice::from_ref(&x), &expected, 8.0, |_, v| v[0].avg_pool2d(geometry));
        let expected = pooled(&x.mapv(|x| x * x), &geometry, Some(0.0), mean);
        check(std::slice::from_ref(&x), &expected, 40.0, |_, v| v[0].square()?.avg_pool2d(geometry));
        let (line, row) = last_axis(&geometry);
        let lines = x.index_axis(Axis(2), 1).to_owned();
        let expected = pooled(&x, &row, Some(0.0), mean).index_axis_move(Axis(2), 1);
        check(&[lines], &expected, 8.0, |_, v| v[0].avg_pool1d(line));
    }

    #[test]
    fn maxima_of_windows_agree_with_plain_loops(
        pool in numbers(vec![211], 8.0), geometry in pooling(), size in [4_usize..8, 4_usize..8],
    ) {
        let x = filled(&pool, 0, &[2, 2, size[0], size[1]]);
        if windows(&geometry, 0, size[0]) == 0 || windows(&geometry, 1, size[1]) == 0 {
            prop_assert!(geometry.output_shape(x.shape()).is_err());
            return Ok(());
        }
        let one = std::slice::from_ref(&x);
        let expected = pooled(&x, &geometry, None, largest);
        check(one, &expected, 0.0, |_, v| v[0].max_pool2d(geometry));
        check(one, &expected, 0.0, |_, v| Ok(v[0].max_pool2d_with_indices(geometry)?.0));
        let shape = [expected.shape(), &[geometry.kernel[0] * geometry.kernel[1]]].concat();
        let places = ArrayD::from_shape_fn(IxDyn(&shape), |at| {
            let window = window(&x, &geometry, at.slice(), None);
            let largest = expected[&at.slice()[..4]];
            let place = window.iter().position(|&value| value == Some(largest));
            f64::from(u8::from(place == Some(at[4])))
        });
        check(one, &places, 0.0, |_, v| Ok(v[0].max_pool2d_with_indices(geometry)?.1));
        let expected = pooled(&x.mapv(|x| x * x), &geometry, None, largest);
        check(one, &expected, 1.0, |_, v| v[0].square()?.max_pool2d(geometry));
        let (line, row) = last_axis(&geometry);
        let lines = x.index_axis(Axis(2), 1).to_owned();
        let expected = pooled(&x, &row, None, largest).index_axis_move(Axis(2), 1);
        check(&[lines], &expected, 0.0, |_, v| v[0].max_pool1d(line));
    }

    #[test]
    fn adaptive_pooling_agrees_with_plain_loops(
        pool in numbers(vec![211], 8.0), size in [1_usize..8, 1_usize..8],
        output in [proptest::option::of(1_usize..6), proptest::option::of(1_usize..6)],
    ) {
        let x = filled(&pool, 0, &[2, 1, size[0], size[1]]);
        let lengths = [0, 1].map(|axis: usize| output[axis].unwrap_or(size[axis]));
        let expected = |value: fn(&[f64]) -> f64| {
            ArrayD::from_shape_fn(IxDyn(&[2, 1, lengths[0], lengths[1]]), |at| {
                let range = |axis: usize| {
                    let (i, size, length) = (at[2 + axis] as f64, size[axis] as f64, lengths[axis] as f64);
                    (i * size / length).floor() as usize..((i + 1.0) * size / length).ceil() as usize
                };
                let rows = range(0).flat_map(|row| range(1).map(move |column| (row, column)));
                value(&rows.map(|(row, column)| x[[at[0], 0, row, column]]).collect::<Vec<_>>())
            })
        };
        let one = std::slice::from_ref(&x);
        check(one, &expected(mean), 8.0, |_, v| v[0].adaptive_avg_pool2d(output));
        check(one, &expected(largest), 0.0, |_, v| v[0].adaptive_max_pool2d(output));
    }
}

#[test]
fn images_without_a_batch_are_pooled_alike() {
    let x = ArrayD::from_shape_fn(IxDyn(&[3, 4, 6]), |at| (at[0] * 5 + at[1] * 7 % 4 + at[2] * 3 % 5) as f64);
    let geometry = Pool2d::new([2, 3]);
    let alone = |pooled: ArrayD<f64>| pooled.index_axis_move(Axis(0), 0);
    let batch = x.clone().insert_axis(Axis(0));
    let means = alone(pooled(&batch, &geometry, Some(0.0), mean));
    check(std::slice::from_ref(&x), &means, 4.0, |_, v| v[0].avg_pool2d(geometry));
    let maxima = alone(pooled(&batch, &geometry, None, largest));
    check(std::slice::from_ref(&x), &maxima, 0.0, |_, v| v[0].max_pool2d(geometry));
}

#[test]
fn a_window_that_is_all_padding_has_a_mean_but_no_maximum() {
    let x = array![[3.0, 5.0, 8.0]].into_dyn();
    let sparse = Pool2d { stride: [1, 1], padding: [0, 2], dilation: [1, 4], ..Pool2d::new([1, 2]) };
    let means = array![[4.0, 0.0, 1.5]].into_dyn();
    check(std::slice::from_ref(&x), &means, 1.0, |_, v| v[0].avg_pool2d(sparse));
    crypten::local(2, ProviderKind::InsecureFirstParty, |session| {
        let error = session.cryptensor(&x, 0)?.max_pool2d(sparse).unwrap_err();
        assert_eq!(error.to_string(), "pooling of shape [1, 3]: no window is all padding");
        Ok(())
    })
    .unwrap();
}

#[test]
fn geometry_that_does_not_fit_gets_a_typed_error() {
    crypten::local(2, ProviderKind::InsecureFirstParty, |session| {
        let x = session.cryptensor(ArrayD::<f64>::zeros(IxDyn(&[1, 2, 5])), 0)?;
        let kernel = ArrayD::<f64>::zeros(IxDyn(&[1, 3, 2]));
        let sentence = |result: Result<CrypTensor, Error>| result.unwrap_err().to_string();
        assert_eq!(
            sentence(x.conv1d(&kernel, None, Conv1d::default())),
            "conv1d of input [1, 2, 5] by kernel [1, 3, 2]: the groups divide both channel counts, and the kernel has \
             c / groups channels"
        );
        assert!(sentence(x.conv2d(&kernel, None, Conv2d::default())).contains("input is [n, c, h, w]"));
        let narrow = ConvTranspose1d { padding: 4, ..ConvTranspose1d::default() };
        let turned = ArrayD::<f64>::zeros(IxDyn(&[2, 1, 2]));
        assert!(sentence(x.conv_transpose1d(&turned, None, narrow)).contains("leaves something of the result"));
        assert!(sentence(x.max_pool2d(Pool2d::square(3))).contains("no larger than the padded input"));
        assert!(sentence(x.adaptive_avg_pool2d([None, Some(0)])).contains("there is an output position"));
        let public = crypten::conv1d(&turned, &turned, None, Conv1d::default());
        assert!(matches!(public, Err(Error::NothingSecret)));
        let (fitting, bias) = (ArrayD::<f64>::zeros(IxDyn(&[1, 2, 2])), array![1.0, 2.0]);
        assert_eq!(
            sentence(x.conv1d(&fitting, Some(&bias), Conv1d::default())),
            "bias of shapes [1, 1, 4] and [2]"
        );
        Ok(())
    })
    .unwrap();
}
