//! Sorting, the largest k, medians and their permutations against plain ndarray, with ties.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "harness/check.rs"]
mod check;

use check::{check, numbers};
use crypten::ndarray::{ArrayD, Axis, Dimension, IxDyn, Slice, array};
use crypten::{CrypTensor, Error, ProviderKind, stack};
use proptest::prelude::*;

/// The elements in order along an axis, and where they stood; of equal ones the lower position comes first.
fn ordered(x: &ArrayD<f64>, axis: usize, descending: bool) -> (ArrayD<f64>, ArrayD<f64>) {
    let (mut values, mut positions) = (x.clone(), x.clone());
    let results = values.lanes_mut(Axis(axis)).into_iter().zip(positions.lanes_mut(Axis(axis)));
    for (line, (mut values, mut positions)) in x.lanes(Axis(axis)).into_iter().zip(results) {
        let mut order: Vec<usize> = (0..line.len()).collect();
        order.sort_by(|&i, &j| {
            let order = line[i].partial_cmp(&line[j]).unwrap();
            if descending { order.reverse() } else { order }
        });
        for (place, position) in order.into_iter().enumerate() {
            values[place] = line[position];
            positions[place] = position as f64;
        }
    }
    (values, positions)
}

/// Places `from..to` of an axis.
fn part(x: &ArrayD<f64>, axis: usize, from: usize, to: usize) -> ArrayD<f64> {
    x.slice_axis(Axis(axis), Slice::from(from..to)).to_owned()
}

/// For each place of an axis the one-hot row of the position that stands there.
fn one_hot(positions: &ArrayD<f64>, axis: usize, length: usize) -> ArrayD<f64> {
    let mut shape = positions.shape().to_vec();
    shape.insert(axis + 1, length);
    ArrayD::from_shape_fn(IxDyn(&shape), |index| {
        let mut place = index.slice().to_vec();
        let position = place.remove(axis + 1);
        f64::from(u8::from(positions[&place[..]] == position as f64))
    })
}

/// Two results of one program, to be compared at once.
fn both(pair: (CrypTensor, CrypTensor)) -> Result<CrypTensor, Error> {
    stack(&[&pair.0, &pair.1], 0)
}

fn stacked((values, positions): &(ArrayD<f64>, ArrayD<f64>)) -> ArrayD<f64> {
    ndarray::stack(Axis(0), &[values.view(), positions.view()]).unwrap()
}

/// A tensor of few distinct numbers, an axis of it, and a direction.
fn lines() -> impl Strategy<Value = (ArrayD<f64>, usize, bool)> {
    let shape = (1_usize..6, 1_usize..8, 1_usize..4);
    let tensor = shape.prop_flat_map(|(a, b, c)| numbers(vec![a, b, c], 3.0));
    (tensor, 0_usize..3, any::<bool>())
        .prop_map(|(x, axis, descending)| (x.mapv(|x| (2.0 * x).round() / 2.0), axis, descending))
}

proptest! {
    #![proptest_config(crypten_laws::cases(10))]

    #[test]
    fn sorting_agrees_with_plain_and_keeps_the_order_of_equals((x, axis, descending) in lines()) {
        let one = [x.clone()];
        let expected = ordered(&x, axis, descending);
        let signed = axis.cast_signed();
        check(&one, &stacked(&expected), 0.0, |_, v| both(v[0].sort(signed, descending)?));
        check(&one, &expected.1, 0.0, |_, v| v[0].argsort(signed - 3, descending));
    }

    #[test]
    fn the_permutation_of_a_sort_is_a_permutation((x, axis, descending) in lines()) {
        let one = [x.clone()];
        let expected = ordered(&x, axis, descending);
        let signed = axis.cast_signed();
        check(&one, &expected.0, 0.0, |_, v| Ok(v[0].sort_one_hot(signed, descending)?.0));
        let permutation = one_hot(&expected.1, axis, x.shape()[axis]);
        check(&one, &permutation, 0.0, |_, v| Ok(v[0].sort_one_hot(signed, descending)?.1));
    }

    #[test]
    fn the_largest_and_smallest_agree_with_plain((x, axis, largest) in lines(), part_of in 0.0..1.0_f64) {
        let one = [x.clone()];
        let length = x.shape()[axis];
        let k = (part_of * (length + 1) as f64) as usize;
        let (values, positions) = ordered(&x, axis, largest);
        let expected = (part(&values, axis, 0, k), part(&positions, axis, 0, k));
        let signed = axis.cast_signed();
        check(&one, &stacked(&expected), 0.0, |_, v| both(v[0].topk(k, signed, largest)?));
        check(&one, &expected.0, 0.0, |_, v| Ok(v[0].topk_one_hot(k, signed, largest)?.0));
        let choice = one_hot(&expected.1, axis, length);
        check(&one, &choice, 0.0, |_, v| Ok(v[0].topk_one_hot(k, signed, largest)?.1));
    }

    #[test]
    fn medians_agree_with_plain((x, axis, _) in lines(), part_of in 0.0..1.0_f64) {
        let one = [x.clone()];
        let length = x.shape()[axis];
        let k = 1 + (part_of * length as f64) as usize;
        let (values, positions) = ordered(&x, axis, false);
        let at = |place: usize| {
            let pick = |x: &ArrayD<f64>| x.index_axis(Axis(axis), place).to_owned();
            stacked(&(pick(&values), pick(&positions)))
        };
        let signed = axis.cast_signed();
        check(&one, &at((length - 1) / 2), 0.0, |_, v| both(v[0].median(signed)?));
        check(&one, &at(k - 1), 0.0, |_, v| both(v[0].kthvalue(k, signed)?));
    }
}

#[test]
fn products_are_sorted_before_they_are_rounded() {
    // The squares of 1 to 4 units differ by less than a unit.
    let x = array![4.0, 3.0, 1.0, 2.0, 0.0].mapv(|x| x / 65536.0).into_dyn();
    let places = array![4.0, 2.0, 3.0, 1.0, 0.0].into_dyn();
    check(&[x], &places, 0.0, |_, v| v[0].square()?.argsort(0, false));
}

#[test]
fn sorting_takes_nine_rounds_whatever_the_length() {
    crypten::local(2, ProviderKind::InsecureFirstParty, |session| {
        for length in [2, 5, 30] {
            let x = session.cryptensor(ArrayD::from_elem(IxDyn(&[length, 2]), 1.0), 0)?;
            let before = session.stats().rounds;
            x.sort(0, true)?;
            assert_eq!(session.stats().rounds - before, 9);
            x.argsort(0, true)?;
            assert_eq!(session.stats().rounds - before, 17);
        }
        Ok(())
    })
    .unwrap();
}

#[test]
fn empty_and_short_axes_are_sorted_or_refused() {
    crypten::local(2, ProviderKind::InsecureFirstParty, |session| {
        let empty = session.cryptensor(ArrayD::<f64>::zeros(IxDyn(&[2, 0])), 0)?;
        assert_eq!(empty.sort(1, false)?.0.shape(), [2, 0]);
        assert_eq!(empty.sort_one_hot(1, false)?.1.shape(), [2, 0, 0]);
        assert_eq!(empty.sort(0, false)?.0.shape(), [2, 0]);
        let x = session.cryptensor(array![3.0, 1.0], 0)?;
        let sentence = |error: Error| error.to_string();
        assert_eq!(
            sentence(empty.median(1).unwrap_err()),
            "index 0 is out of range on axis 1, which has length 0"
        );
        assert_eq!(
            sentence(x.topk(3, 0, true).unwrap_err()),
            "index 3 is out of range on axis 0, which has length 2"
        );
        assert_eq!(
            sentence(x.kthvalue(0, 0).unwrap_err()),
            "index 0 is out of range on axis 0, which has length 2"
        );
        assert_eq!(
            sentence(x.sort(1, true).unwrap_err()),
            "axis 1 is out of range for a tensor with 1 dimensions"
        );
        Ok(())
    })
    .unwrap();
}
