//! Variances, norms, inner and outer products and cosines against plain ndarray.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "harness/check.rs"]
mod check;

use check::{UNIT, check, numbers};
use crypten::autograd::Error::NotANorm;
use crypten::ndarray::{ArrayD, ArrayView1, Axis, Ix1, arr0, array};
use crypten::{Error, Norm, ProviderKind};
use proptest::prelude::*;

/// The variance of each line along an axis.
fn variance(x: &ArrayD<f64>, axis: usize, unbiased: bool) -> ArrayD<f64> {
    x.map_axis(Axis(axis), |line| {
        let mean = line.sum() / line.len() as f64;
        let squares: f64 = line.iter().map(|x| (x - mean) * (x - mean)).sum();
        squares / (line.len() as f64 - f64::from(u8::from(unbiased)))
    })
}

/// All elements along one axis.
fn flat(x: &ArrayD<f64>) -> ArrayD<f64> {
    ArrayD::from_shape_vec(vec![x.len()], x.iter().copied().collect()).unwrap()
}

fn lines(x: &ArrayD<f64>, axis: usize, f: impl Fn(ArrayView1<'_, f64>) -> f64) -> ArrayD<f64> {
    x.map_axis(Axis(axis), f)
}

fn power_mean(line: ArrayView1<'_, f64>, p: f64) -> f64 {
    line.iter().map(|x| x.abs().powf(p)).sum::<f64>().powf(p.recip())
}

fn largest(line: ArrayView1<'_, f64>) -> f64 {
    line.fold(0.0_f64, |largest, x| largest.max(x.abs()))
}

fn cosine(x: ArrayView1<'_, f64>, y: ArrayView1<'_, f64>) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>() / (power_mean(x, 2.0) * power_mean(y, 2.0))
}

/// Numbers of which no line along any axis is close to zero.
fn away_from_zero(x: &ArrayD<f64>) -> ArrayD<f64> {
    x.mapv(|x| if x < 0.0 { x - 1.0 } else { x + 1.0 })
}

proptest! {
    #![proptest_config(crypten_laws::cases(8))]

    #[test]
    fn variances_agree_with_plain(
        x in (2_usize..6, 2_usize..4, 2_usize..5).prop_flat_map(|(a, b, c)| numbers(vec![a, b, c], 10.0)),
    ) {
        let one = [x.clone()];
        for unbiased in [false, true] {
            for axis in [0_usize, 1, 2] {
                let expected = variance(&x, axis, unbiased);
                let signed = axis.cast_signed();
                check(&one, &expected, 16.0, |_, v| v[0].var(signed, unbiased));
                let kept = expected.insert_axis(Axis(axis));
                check(&one, &kept, 16.0, |_, v| v[0].var_keepdim(signed - 3, unbiased));
            }
            let all = variance(&flat(&x), 0, unbiased);
            check(&one, &all, 16.0, |_, v| v[0].var_all(unbiased));
            let swapped = x.view().permuted_axes(vec![1, 0, 2]);
            let joined = swapped.to_shape((x.shape()[1], x.shape()[0] * x.shape()[2])).unwrap();
            let expected = variance(&joined.to_owned().into_dyn(), 1, unbiased);
            check(&one, &expected, 16.0, |_, v| v[0].var([2, 0], unbiased));
        }
    }

    #[test]
    fn standard_deviations_agree_with_plain(x in numbers(vec![4, 3], 1.0)) {
        // Apart, so that the root is not taken close to zero, where it magnifies what the variance is off.
        let x = ArrayD::from_shape_fn(x.raw_dim(), |i| x[&i] + 8.0 * (i[0] + i[1]) as f64);
        let one = [x.clone()];
        for unbiased in [false, true] {
            let expected = variance(&x, 0, unbiased).mapv(f64::sqrt);
            check(&one, &expected, 60.0, |_, v| v[0].std(0, unbiased));
            let expected = variance(&x, 1, unbiased).mapv(f64::sqrt).insert_axis(Axis(1));
            check(&one, &expected, 60.0, |_, v| v[0].std_keepdim(-1, unbiased));
            let expected = variance(&flat(&x), 0, unbiased).mapv(f64::sqrt);
            check(&one, &expected, 60.0, |_, v| v[0].std_all(unbiased));
        }
    }

    #[test]
    fn norms_agree_with_plain(x in (1_usize..5, 1_usize..6).prop_flat_map(|(a, b)| numbers(vec![a, b], 20.0))) {
        let one = [x.clone()];
        // A square below half a unit counts as zero or as one unit, and the root of a unit is 256 units.
        let root = 5e-5 * 50.0 / UNIT + 260.0;
        for axis in [0_usize, 1] {
            let signed = axis.cast_signed();
            let sums = lines(&x, axis, |line| power_mean(line, 1.0));
            check(&one, &sums, 0.01, |_, v| v[0].norm(Norm::One, signed));
            check(&one, &sums, 0.01, |_, v| v[0].norm(Norm::P(1.0), signed));
            let kept = lines(&x, axis, largest).insert_axis(Axis(axis));
            check(&one, &kept, 0.0, |_, v| v[0].norm_keepdim(Norm::Infinity, signed - 2));
            check(&one, &lines(&x, axis, |line| power_mean(line, 2.0)), root, |_, v| v[0].norm(Norm::Two, signed));
            for p in [1.5, 3.0] {
                let expected = lines(&x, axis, |line| power_mean(line, p));
                check(&one, &expected, 1e-3 * 60.0 / UNIT, |_, v| v[0].norm(Norm::P(p), signed));
            }
        }
        check(&one, &lines(&flat(&x), 0, |line| power_mean(line, 1.0)), 0.01, |_, v| v[0].norm_all(Norm::One));
        check(&one, &lines(&flat(&x), 0, |line| power_mean(line, 2.0)), 2.0 * root, |_, v| v[0].norm_all(Norm::Two));
    }

    #[test]
    fn normalized_vectors_agree_with_plain(x in numbers(vec![3, 4], 10.0)) {
        let x = away_from_zero(&x);
        let one = [x.clone()];
        for axis in [0_usize, 1] {
            let signed = axis.cast_signed();
            let by = |norms: ArrayD<f64>| &x / &norms.insert_axis(Axis(axis));
            // The reciprocal is off by two units or 5e-5, times elements up to 11.
            let units = 2.0 * 11.0 + 5e-5 / UNIT + 8.0;
            let two = by(lines(&x, axis, |line| power_mean(line, 2.0)));
            check(&one, &two, units, |_, v| v[0].normalize(Norm::Two, signed));
            let sum = by(lines(&x, axis, |line| power_mean(line, 1.0)));
            check(&one, &sum, units, |_, v| v[0].normalize(Norm::One, signed));
            check(&one, &by(lines(&x, axis, largest)), units, |_, v| v[0].normalize(Norm::Infinity, signed));
        }
    }

    #[test]
    fn weighted_products_of_vectors_agree_with_plain(
        (x, y, w) in (1_usize..7).prop_flat_map(|n| {
            (numbers(vec![n], 10.0), numbers(vec![n], 10.0), numbers(vec![n], 2.0))
        }),
    ) {
        let all = [x.clone(), y.clone(), w.clone()];
        let expected = arr0((&(&x * &y) * &w).sum()).into_dyn();
        check(&all, &expected, 200.0, |_, v| v[0].weighted_dot(&v[1], &v[2]));
        check(&all, &expected, 200.0, |_, v| v[0].weighted_dot(&v[1], &w));
        check(&all, &expected, 200.0, |_, v| v[0].weighted_dot(&y, &v[2]));
        check(&all, &expected, 200.0, |_, v| v[0].weighted_dot(&y, &w));
        check(&all, &arr0((&x * &y).sum()).into_dyn(), 2.0, |_, v| v[0].dot(&v[1]));
    }

    #[test]
    fn outer_products_agree_with_plain(x in numbers(vec![3], 10.0), y in numbers(vec![5], 10.0)) {
        let both = [x.clone(), y.clone()];
        let expected = x.clone().insert_axis(Axis(1)) * y.clone().insert_axis(Axis(0));
        check(&both, &expected, 2.0, |_, v| v[0].outer(&v[1]));
        check(&both, &expected, 2.0, |_, v| v[0].ger(&y));
    }

    #[test]
    fn cosines_agree_with_plain(x in numbers(vec![3, 4], 10.0), y in numbers(vec![3, 4], 10.0)) {
        let (x, y) = (away_from_zero(&x), away_from_zero(&y));
        let both = [x.clone(), y.clone()];
        // Each reciprocal of a norm is off by two units or 5e-5, times norms up to 22.
        let units = 2.0 * (2.0 * 22.0 + 5e-5 / UNIT) + 16.0;
        for axis in [0_usize, 1] {
            let pairs = x.lanes(Axis(axis)).into_iter().zip(y.lanes(Axis(axis)));
            let expected = ArrayD::from_shape_vec(vec![4 - axis], pairs.map(|(x, y)| cosine(x, y)).collect());
            let (expected, signed) = (expected.unwrap(), axis.cast_signed());
            check(&both, &expected, units, |_, v| v[0].cosine_similarity(&v[1], signed));
            check(&both, &expected, units, |_, v| v[0].cosine_similarity(&y, signed - 2));
        }
        let row = y.index_axis(Axis(0), 0).to_owned();
        let direction = row.view().into_dimensionality::<Ix1>().unwrap();
        let expected = lines(&x, 1, |line| cosine(line, direction));
        check(&[x.clone(), row.clone()], &expected, units, |_, v| v[0].cosine_similarity(&v[1], -1));
    }
}

#[test]
fn nothing_has_no_direction() {
    let x = array![[0.0, 0.0], [3.0, 4.0]].into_dyn();
    let one = [x.clone()];
    check(&one, &array![[0.0, 0.0], [0.6, 0.8]].into_dyn(), 20.0, |_, v| v[0].normalize(Norm::Two, 1));
    check(&one, &array![0.0, 1.0].into_dyn(), 40.0, |_, v| v[0].cosine_similarity(&v[0], 1));
    check(&one, &array![0.0, 1.0].into_dyn(), 40.0, |_, v| v[0].cosine_similarity(&x, 1));
    check(&one, &array![0.0, 5.0].into_dyn(), 40.0, |_, v| v[0].norm(Norm::Two, 1));
    check(&one, &array![0.0, 91.0_f64.cbrt()].into_dyn(), 400.0, |_, v| v[0].norm(Norm::P(3.0), 1));
}

#[test]
fn statistics_of_too_little_are_refused() {
    crypten::local(2, ProviderKind::InsecureFirstParty, |session| {
        let x = session.cryptensor(array![1.0], 0)?;
        assert_eq!(x.var(0, false)?.get_plain_text()?, arr0(0.0).into_dyn());
        let error = x.var(0, true).unwrap_err();
        assert_eq!(error.to_string(), "variance of 1 elements: at least 2 are needed");
        assert!(matches!(x.norm_all(Norm::P(0.5)), Err(Error::Autograd(NotANorm { order: 0.5 }))));
        assert!(matches!(x.norm_all(Norm::P(f64::NAN)), Err(Error::Autograd(NotANorm { .. }))));
        let error = x.weighted_dot(array![1.0, 2.0], 1.0).unwrap_err();
        assert_eq!(error.to_string(), "dot of shapes [1] and [2]");
        let error = x.outer(array![[1.0]]).unwrap_err();
        assert_eq!(error.to_string(), "outer of shapes [1] and [1, 1]");
        Ok(())
    })
    .unwrap();
}
