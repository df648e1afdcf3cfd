//! Powers, polynomials and products of many factors against plain ndarray, and the rounds that they take.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "harness/check.rs"]
mod check;

use check::{UNIT, check, numbers};
use crypten::ndarray::{ArrayD, Axis, IxDyn, arr0, array};
use crypten::{CrypTensor, Error, ProviderKind};
use proptest::prelude::*;

/// Units by which a product of `n` factors up to `limit` may be off, if each product is off by at most two.
fn slack(n: u64, limit: f64) -> f64 {
    2.0 * n as f64 * limit.max(1.0).powi(n.saturating_sub(1) as i32) + 2.0
}

fn tensor(limit: f64) -> impl Strategy<Value = ArrayD<f64>> {
    crypten_laws::shape().prop_flat_map(move |shape| numbers(shape, limit))
}

proptest! {
    #![proptest_config(crypten_laws::cases(12))]

    #[test]
    fn whole_powers_agree_with_plain(x in tensor(2.0), n in 0_u32..12) {
        let units = if n < 2 { 0.0 } else { slack(u64::from(n), 2.0) };
        let expected = x.mapv(|x| x.powi(n.cast_signed()));
        check(std::slice::from_ref(&x), &expected, units, |_, v| v[0].pow(i64::from(n)));
    }

    #[test]
    fn negative_powers_agree_with_plain(x in tensor(2.0), n in 1_i32..5) {
        let x = x.mapv(|x| if x.abs() < 0.5 { 0.75 } else { x });
        // The reciprocal, of at most 2, is off by a relative 1e-4.
        let units = f64::from(n) * 2.0_f64.powi(n) * 1e-4 / UNIT + slack(n as u64, 2.0);
        check(std::slice::from_ref(&x), &x.mapv(|x| x.powi(-n)), units, |_, v| v[0].pow(i64::from(-n)));
    }

    #[test]
    fn powers_of_positive_numbers_agree_with_plain(x in numbers(vec![3, 4], 3.0), p in numbers(vec![4], 2.5)) {
        let x = x.mapv(|x| x.abs().max(0.25));
        let both = [x.clone(), p.clone()];
        // Relative error 1e-4 for each unit of the exponent, of powers up to 4^2.5.
        let units = 2.5 * 2e-4 * 32.0 / UNIT + 4.0;
        let expected = ArrayD::from_shape_fn(x.raw_dim(), |i| x[&i].powf(p[i[1]]));
        check(&both, &expected, units, |_, v| v[0].pos_pow(&v[1]));
        check(&both, &expected, units, |_, v| v[0].pos_pow(&p));
        check(&both, &x.mapv(f64::sqrt), units, |_, v| v[0].pos_pow(0.5));
        check(&both, &x.mapv(|x| x.powi(3)), slack(3, 3.0), |_, v| v[0].pos_pow(3));
        check(&both, &x.mapv(|x| 1.0 / x), units, |_, v| v[0].pos_pow(arr0(-1.0)));
    }

    #[test]
    fn polynomials_agree_with_plain(x in tensor(1.5), c in (0_usize..10).prop_flat_map(|n| numbers(vec![n], 2.0))) {
        let both = [x.clone(), c.clone()];
        let value = |x: f64| c.iter().collect::<Vec<_>>().into_iter().rev().fold(0.0_f64, |sum, c| (sum + c) * x);
        let part = |(k, c): (usize, &f64)| c.abs() * slack(k as u64 + 1, 1.5);
        let units = c.iter().enumerate().map(part).sum::<f64>() + c.len() as f64 + 2.0;
        check(&both, &x.mapv(value), units, |_, v| v[0].polynomial(&v[1]));
        check(&both, &x.mapv(value), units, |_, v| v[0].polynomial(&c));
        check(&both, &x.mapv(|x| 2.0 * x - 3.0 * x * x), 4.0, |_, v| v[0].polynomial(array![2, -3]));
    }

    #[test]
    fn products_along_an_axis_agree_with_plain(
        x in (0_usize..8, 1_usize..4, 1_usize..3).prop_flat_map(|(a, b, c)| numbers(vec![a, b, c], 1.5)),
    ) {
        let one = [x.clone()];
        for axis in [0_usize, 1, 2] {
            let units = slack(x.shape()[axis] as u64, 1.5);
            let expected = x.map_axis(Axis(axis), |line| line.product());
            let signed = axis.cast_signed();
            check(&one, &expected, units, |_, v| v[0].prod(signed));
            let kept = expected.insert_axis(Axis(axis));
            check(&one, &kept, units, |_, v| v[0].prod_keepdim(signed - 3));
        }
        let small = [x.mapv(|x| x.clamp(-1.0, 1.0))];
        let units = slack(x.len() as u64, 1.0);
        check(&small, &arr0(small[0].product()).into_dyn(), units, |_, v| v[0].prod_all());
    }
}

#[test]
fn powers_and_products_take_two_rounds_a_level() {
    crypten::local(2, ProviderKind::InsecureFirstParty, |session| {
        let x = session.cryptensor(ArrayD::from_elem(IxDyn(&[40]), 0.5), 0)?;
        let rounds = |program: &dyn Fn(&CrypTensor) -> Result<CrypTensor, Error>| {
            let before = session.stats().rounds;
            program(&x.rescale()?)?;
            Ok::<_, Error>(session.stats().rounds - before)
        };
        for n in 2_u32..40 {
            let levels = u64::from((n - 1).ilog2() + 1);
            assert_eq!(rounds(&|x| x.pow(i64::from(n)))?, 2 * levels - 1, "power {n}");
            assert_eq!(rounds(&|x| x.narrow(0, 0, n as usize)?.prod(0))?, 2 * levels - 1, "product of {n}");
            let ones = ArrayD::from_elem(IxDyn(&[n as usize]), 1.0);
            assert_eq!(rounds(&|x| x.polynomial(&ones))?, 2 * levels, "polynomial of degree {n}");
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn powers_of_bits_and_whole_numbers_need_no_rounding() {
    let x = array![1.5, -2.0, 0.0].into_dyn();
    check(std::slice::from_ref(&x), &array![1.0, 0.0, 0.0].into_dyn(), 0.0, |_, v| v[0].gt(0)?.pow(5));
    check(std::slice::from_ref(&x), &arr0(0.0).into_dyn(), 0.0, |_, v| v[0].gt(0)?.prod(0));
    check(&[x], &array![1.0, 1.0, 1.0].into_dyn(), 0.0, |_, v| v[0].pow(0));
}

#[test]
fn coefficients_have_one_axis() {
    crypten::local(2, ProviderKind::InsecureFirstParty, |session| {
        let x = session.cryptensor(array![1.0, 2.0], 0)?;
        let error = x.polynomial(array![[1.0], [2.0]]).unwrap_err();
        assert_eq!(error.to_string(), "polynomial of shapes [2] and [2, 1]");
        assert_eq!(
            x.prod(1).unwrap_err().to_string(),
            "axis 1 is out of range for a tensor with 1 dimensions"
        );
        Ok(())
    })
    .unwrap();
}
