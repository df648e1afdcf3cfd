//! The same operations in the clear, and their inputs.

use ndarray::{Array2, ArrayD, Axis, Ix2, Ix4, IxDyn, s};

/// Numbers spread evenly over a range, the same ones for the same seed (splitmix64; not for secrets).
pub(super) fn uniform(seed: u64, shape: &[usize], low: f64, high: f64) -> ArrayD<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ArrayD::from_shape_simple_fn(IxDyn(shape), || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        low + (high - low) * ((word ^ (word >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    })
}

/// A matrix product.
pub(super) fn matmul(x: &ArrayD<f64>, y: &ArrayD<f64>) -> ArrayD<f64> {
    let matrix = |a: &ArrayD<f64>| a.view().into_dimensionality::<Ix2>().expect("a matrix").to_owned();
    matrix(x).dot(&matrix(y)).into_dyn()
}

/// The largest elements along an axis.
pub(super) fn max(x: &ArrayD<f64>, axis: Axis) -> ArrayD<f64> {
    x.map_axis(axis, |row| row.iter().copied().fold(f64::MIN, f64::max))
}

/// The first position of the largest element.
pub(super) fn position_of_max(row: impl Iterator<Item = f64>) -> usize {
    let best = row.enumerate().fold((0, f64::MIN), |best, (i, v)| if v > best.1 { (i, v) } else { best });
    best.0
}

/// The softmax of rows.
pub(super) fn softmax(x: &ArrayD<f64>) -> ArrayD<f64> {
    let powers = x.mapv(f64::exp);
    let sums = powers.sum_axis(Axis(1)).insert_axis(Axis(1));
    powers / sums
}

/// The maximum over windows of two by two.
pub(super) fn max_pool(x: &ArrayD<f64>) -> ArrayD<f64> {
    let x = x.view().into_dimensionality::<Ix4>().expect("four axes");
    let (n, c, h, w) = x.dim();
    let corner = |y: usize, z: usize| x.slice(s![.., .., y..h / 2 * 2; 2, z..w / 2 * 2; 2]).to_owned();
    let mut out = corner(0, 0);
    for (y, z) in [(0, 1), (1, 0), (1, 1)] {
        out.zip_mut_with(&corner(y, z), |a, &b| *a = a.max(b));
    }
    debug_assert_eq!(out.dim(), (n, c, h / 2, w / 2));
    out.into_dyn()
}

/// A convolution with stride 1: patches and a matrix product.
pub(super) fn conv(x: &ArrayD<f64>, kernel: &ArrayD<f64>, padding: usize) -> ArrayD<f64> {
    let x = x.view().into_dimensionality::<Ix4>().expect("four axes");
    let (n, c, h, w) = x.dim();
    let (o, kh, kw) = (kernel.shape()[0], kernel.shape()[2], kernel.shape()[3]);
    let (rows, columns) = (h + 2 * padding + 1 - kh, w + 2 * padding + 1 - kw);
    let weights = kernel.to_shape((o, c * kh * kw)).expect("a kernel is contiguous").to_owned();
    let mut out = ArrayD::zeros(IxDyn(&[n, o, rows, columns]));
    for i in 0..n {
        let patches = Array2::from_shape_fn((c * kh * kw, rows * columns), |(k, p)| {
            let (channel, dy, dx) = (k / (kh * kw), k / kw % kh, k % kw);
            let (y, z) = (p / columns + dy, p % columns + dx);
            let inside = y >= padding && z >= padding && y - padding < h && z - padding < w;
            if inside { x[[i, channel, y - padding, z - padding]] } else { 0.0 }
        });
        let product =
            weights.dot(&patches).into_shape_with_order((o, rows, columns)).expect("as many elements");
        out.index_axis_mut(Axis(0), i).assign(&product);
    }
    out
}

/// LeNet on images and parameters in the order of the layers.
pub(super) fn lenet(p: &[ArrayD<f64>; 9]) -> ArrayD<f64> {
    let relu = |x: ArrayD<f64>| x.mapv(|v| v.max(0.0));
    let bias = |x: ArrayD<f64>, b: &ArrayD<f64>| {
        let tail = IxDyn(&[b.len(), 1, 1]);
        x + b.to_shape(tail).expect("as many elements")
    };
    let first = max_pool(&relu(bias(conv(&p[0], &p[1], 0), &p[2])));
    let second = max_pool(&relu(bias(conv(&first, &p[3], 0), &p[4])));
    let flat = second.to_shape(IxDyn(&[p[0].shape()[0], 800])).expect("as many elements").to_owned();
    let third = relu(matmul(&flat, &p[5].t().to_owned()) + &p[6]);
    matmul(&third, &p[7].t().to_owned()) + &p[8]
}
