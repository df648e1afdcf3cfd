//! Losses against plain ndarray, with secret and public targets; several tensors opened at once.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "harness/check.rs"]
mod check;

use check::{UNIT, check, numbers};
use crypten::ndarray::{ArrayD, Axis, arr0, array};
use crypten::{CrypTensor, ProviderKind, get_plain_text_batch};
use proptest::prelude::*;

/// The mean of a loss over elements.
fn mean(x: &ArrayD<f64>, t: &ArrayD<f64>, loss: impl Fn(f64, f64) -> f64) -> ArrayD<f64> {
    arr0(x.iter().zip(t).map(|(&x, &t)| loss(x, t)).sum::<f64>() / x.len() as f64).into_dyn()
}

fn entropy(p: f64, t: f64) -> f64 {
    -(t * p.ln() + (1.0 - t) * (1.0 - p).ln())
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

proptest! {
    #![proptest_config(crypten_laws::cases(8))]

    #[test]
    fn binary_losses_agree_with_plain(
        x in numbers(vec![4, 3], 6.0),
        targets in proptest::collection::vec(any::<bool>(), 12),
        alpha in 0.6_f64..0.95,
    ) {
        let bits = targets.into_iter().map(|bit| f64::from(u8::from(bit))).collect();
        let t = ArrayD::from_shape_vec(vec![4, 3], bits).unwrap();
        let p = x.mapv(|x| ((0.001 + 0.998 * sigmoid(x)) / UNIT).round() * UNIT);
        let both = [p.clone(), t.clone()];
        let units = |error: f64| error / UNIT + 4.0;
        let expected = mean(&p, &t, entropy);
        check(&both, &expected, units(1.5e-4), |_, v| v[0].binary_cross_entropy(&v[1]));
        check(&both, &expected, units(1.5e-4), |_, v| v[0].binary_cross_entropy(&t));
        let both = [x.clone(), t.clone()];
        let expected = mean(&x, &t, |x, t| entropy(sigmoid(x), t));
        check(&both, &expected, units(2e-4), |_, v| v[0].binary_cross_entropy_with_logits(&v[1]));
        check(&both, &expected, units(2e-4), |_, v| v[0].binary_cross_entropy_with_logits(&t));
        let flipped = |x: f64| alpha * sigmoid(x) + (1.0 - alpha) * (1.0 - sigmoid(x));
        let expected = mean(&x, &t, |x, t| entropy(flipped(x), t));
        check(&both, &expected, units(3e-3), |_, v| v[0].rappor_loss(&v[1], alpha, None));
    }

    #[test]
    fn cross_entropy_agrees_with_plain(
        x in numbers(vec![5, 4], 8.0),
        classes in proptest::collection::vec(0_usize..4, 5),
    ) {
        let t = ArrayD::from_shape_fn(vec![5, 4], |i| f64::from(u8::from(classes[i[0]] == i[1])));
        let both = [x.clone(), t.clone()];
        let of_row = |(row, &class): (ndarray::ArrayView1<'_, f64>, &usize)| {
            row.mapv(f64::exp).sum().ln() - row[class]
        };
        let x_rows = x.view().into_dimensionality::<ndarray::Ix2>().unwrap();
        let sum: f64 = x_rows.axis_iter(Axis(0)).zip(&classes).map(of_row).sum();
        let expected = arr0(sum / 5.0).into_dyn();
        check(&both, &expected, 2e-4 / UNIT + 4.0, |_, v| v[0].cross_entropy(&v[1]));
        check(&both, &expected, 2e-4 / UNIT + 4.0, |_, v| v[0].cross_entropy(&t));
    }
}

#[test]
fn extreme_logits_lose_nothing() {
    let (x, t) = (array![500.0, -500.0, 500.0].into_dyn(), array![1.0, 0.0, 0.0].into_dyn());
    let expected = arr0(500.0 / 3.0).into_dyn();
    check(&[x, t], &expected, 30.0, |_, v| v[0].binary_cross_entropy_with_logits(&v[1]));
}

#[test]
fn a_target_of_another_shape_is_refused() {
    crypten::local(2, ProviderKind::InsecureFirstParty, |session| {
        let x = session.cryptensor(array![[0.5, 0.25]], 0)?;
        let error = x.cross_entropy(array![1.0, 0.0]).unwrap_err();
        assert_eq!(error.to_string(), "cross_entropy of shapes [1, 2] and [2]");
        Ok(())
    })
    .unwrap();
}

#[test]
fn several_tensors_are_opened_in_one_round() {
    let opened = crypten::local(3, ProviderKind::Replicated, |session| {
        let x = session.cryptensor(array![[1.5, -2.0]], 0)?;
        let (bits, number) = (x.gt(0)?, session.cryptensor(7, 2)?);
        let before = session.stats().rounds;
        let opened = get_plain_text_batch(&[&x, &bits, &number])?;
        assert_eq!(session.stats().rounds - before, 1);
        assert_eq!(session.ledger().last().unwrap().shape, [5]);
        Ok(opened)
    });
    for opened in opened.unwrap() {
        let expected = [array![[1.5, -2.0]].into_dyn(), array![[1.0, 0.0]].into_dyn(), arr0(7.0).into_dyn()];
        assert_eq!(opened, expected);
    }
}

#[test]
fn protocols_below_take_and_give_tensors() {
    let opened = crypten::local(2, ProviderKind::InsecureFirstParty, |session| {
        let x = session.cryptensor(array![3.0, -4.0], 0)?;
        let share = session.run(async |party| crypten::shares::compare::relu(party, x.share()).await)?;
        CrypTensor::from_share(session, share, x.scale()).get_plain_text()
    });
    assert!(opened.unwrap().iter().all(|opened| *opened == array![3.0, 0.0].into_dyn()));
}
