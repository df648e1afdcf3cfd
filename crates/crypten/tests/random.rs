//! Random tensors by their statistics, within six standard deviations, and by their structure.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "harness/check.rs"]
mod check;

use check::{UNIT, check, numbers};
use crypten::ndarray::{Array2, ArrayD, Axis, Ix1, IxDyn, Slice, arr0, array};
use crypten::{CrypTensor, Error, ProviderKind, Session};
use proptest::prelude::*;

const MANY: usize = 12_001;

/// What a program opens; the same at every party.
fn opened(parties: usize, program: impl Fn(&Session) -> Result<CrypTensor, Error> + Sync) -> ArrayD<f64> {
    let provider = if parties == 2 { ProviderKind::Dealer } else { ProviderKind::InsecureFirstParty };
    let results = crypten::local(parties, provider, |session| program(session)?.get_plain_text()).unwrap();
    assert!(results.iter().all(|result| *result == results[0]), "all parties open the same");
    results.into_iter().next().unwrap()
}

fn mean_of(values: impl Iterator<Item = f64>) -> f64 {
    let (count, sum) = values.fold((0.0_f64, 0.0_f64), |(count, sum), value| (count + 1.0, sum + value));
    sum / count
}

/// Whether a mean over `count` values is as expected, within six standard deviations and a slack.
#[track_caller]
fn assert_mean(values: impl Iterator<Item = f64>, expected: f64, variance: f64, count: usize, slack: f64) {
    let found = mean_of(values);
    let bound = 6.0 * (variance / count as f64).sqrt() + slack;
    assert!((found - expected).abs() <= bound, "a mean of {found} instead of {expected}, bound {bound}");
}

#[track_caller]
fn assert_bits(bits: &ArrayD<f64>, probability: f64) {
    assert!(bits.iter().all(|&bit| bit == 0.0 || bit == 1.0), "a bit is 0 or 1");
    let variance = probability * (1.0 - probability);
    assert_mean(bits.iter().copied(), probability, variance, bits.len(), 2.0 * UNIT);
}

#[test]
fn uniform_numbers_are_uniform() {
    for parties in [2, 3] {
        let u = opened(parties, |session| session.rand(&[MANY]));
        assert!(u.iter().all(|u| (0.0..1.0).contains(u) && (u / UNIT).fract() == 0.0));
        assert_mean(u.iter().copied(), 0.5, 1.0 / 12.0, MANY, UNIT);
        let squares = u.iter().map(|u| (u - 0.5) * (u - 0.5));
        assert_mean(squares, 1.0 / 12.0, 1.0 / 80.0 - 1.0 / 144.0, MANY, UNIT);
        // Each binary digit is a fair coin.
        for digit in 1..=16 {
            let bits = u.mapv(|u| (u * f64::from(1 << digit)).floor() % 2.0);
            assert_bits(&bits, 0.5);
        }
        let again = opened(parties, |session| session.rand(&[MANY]));
        assert_ne!(u, again);
    }
}

#[test]
fn drawing_costs_no_round_and_no_byte() {
    crypten::local(3, ProviderKind::InsecureFirstParty, |session| {
        let before = session.stats();
        session.rand(&[100, 3])?;
        session.bernoulli(ArrayD::from_elem(IxDyn(&[1000]), 0.5))?;
        let spent = session.stats() - before;
        assert_eq!((spent.rounds, spent.bytes_sent, spent.bytes_received), (0, 0, 0));
        Ok(())
    })
    .unwrap();
}

#[test]
fn normal_numbers_are_normal() {
    for parties in [2, 3] {
        let z = opened(parties, |session| session.randn(&[MANY]));
        assert!(z.iter().all(|z| z.abs() < 4.8));
        assert_mean(z.iter().copied(), 0.0, 1.0, MANY, 1e-3);
        assert_mean(z.iter().map(|z| z * z), 1.0, 2.0, MANY, 2e-3);
        assert_mean(z.iter().map(|z| z.powi(3)), 0.0, 15.0, MANY, 2e-3);
        assert_mean(z.iter().map(|z| z.powi(4)), 3.0, 96.0, MANY, 2e-2);
        let within = z.mapv(|z| f64::from(u8::from(z.abs() < 1.0)));
        assert_mean(within.iter().copied(), 0.682_689, 0.217, MANY, 1e-3);
        // Both numbers of a pair, and neighbours, are uncorrelated.
        let z = z.into_dimensionality::<Ix1>().unwrap();
        for distance in [1, MANY.div_ceil(2)] {
            let pairs = z.iter().zip(z.iter().skip(distance)).map(|(x, y)| x * y);
            assert_mean(pairs, 0.0, 1.0, MANY - distance, 1e-3);
        }
    }
    for shape in [&[][..], &[0], &[3, 5], &[2, 1, 2]] {
        assert_eq!(opened(2, |session| session.randn(shape)).shape(), shape);
    }
}

#[test]
fn bits_have_the_probability_that_was_asked_for() {
    for p in [0.0, 0.1, 0.5, 0.875, 1.0] {
        let probabilities = ArrayD::from_elem(IxDyn(&[MANY]), p);
        assert_bits(&opened(2, |session| session.bernoulli(&probabilities)), p);
        assert_bits(&opened(3, |session| session.cryptensor(&probabilities, 1)?.bernoulli()), p);
    }
    crypten::local(2, ProviderKind::InsecureFirstParty, |session| {
        for p in [-0.1, 1.1, f64::NAN] {
            assert!(matches!(session.bernoulli(p), Err(Error::NotAProbability { .. })));
        }
        assert!(session.bernoulli(0.3)?.shape().is_empty());
        Ok(())
    })
    .unwrap();
}

#[test]
fn dropout_drops_a_part_and_scales_the_rest() {
    let x = ArrayD::from_shape_fn(IxDyn(&[MANY]), |i| 1.0 + (i[0] % 7) as f64);
    for p in [0.25, 0.5, 0.7] {
        for parties in [2, 3] {
            let dropped = opened(parties, |session| session.cryptensor(&x, 0)?.dropout(p, true));
            let slack = if p == 0.5 { 0.0 } else { 8.0 * UNIT };
            for (found, x) in dropped.iter().zip(&x) {
                let scaled = x / (1.0 - p);
                assert!(*found == 0.0 || (found - scaled).abs() <= slack, "{found} instead of {scaled} or 0");
            }
            assert_bits(&dropped.mapv(|found| f64::from(u8::from(found == 0.0))), p);
        }
    }
}

#[test]
fn channels_are_dropped_as_a_whole() {
    let x = ArrayD::from_shape_fn(IxDyn(&[40, 50, 2, 3]), |i| 1.0 + (i[2] + i[3]) as f64);
    for p in [0.25, 0.5] {
        let dropped = opened(2, |session| session.cryptensor(&x, 1)?.feature_dropout(p, true));
        let zero = dropped.mapv(|found| f64::from(u8::from(found == 0.0)));
        let channels = zero.sum_axis(Axis(3)).sum_axis(Axis(2));
        assert!(channels.iter().all(|&zeros| zeros == 0.0 || zeros == 6.0), "a part of a channel is zero");
        assert_bits(&channels.mapv(|zeros| zeros / 6.0), p);
    }
}

#[test]
fn dropout_refuses_what_is_no_probability() {
    crypten::local(2, ProviderKind::InsecureFirstParty, |session| {
        let x = session.cryptensor(array![1.0, 2.0], 0)?;
        for p in [-0.5, 1.5, f64::NAN] {
            assert!(matches!(x.dropout(p, false), Err(Error::NotAProbability { .. })));
        }
        assert!(x.feature_dropout(0.5, true).is_err(), "a vector has no channels");
        Ok(())
    })
    .unwrap();
}

#[test]
fn positions_are_drawn_in_proportion_to_their_weights() {
    let weights = [1.0, 0.0, 3.5, 0.25, 0.0];
    let total: f64 = weights.iter().sum();
    for parties in [2, 3] {
        for axis in [0_usize, 1] {
            let mut x = Array2::from_shape_fn((5, 4000), |(i, _)| weights[i]);
            if axis == 1 {
                x = x.reversed_axes();
            }
            let drawn =
                opened(parties, |session| session.cryptensor(&x, 0)?.weighted_index(axis.cast_signed()));
            assert!(drawn.sum_axis(Axis(axis)).iter().all(|&sum| sum == 1.0), "one position is drawn");
            for (position, weight) in weights.iter().enumerate() {
                let bits = drawn.index_axis(Axis(axis), position).to_owned();
                assert_bits(&bits, weight / total);
                assert!(*weight > 0.0 || bits.sum() == 0.0, "a weight of zero is never drawn");
            }
        }
    }
    let zeros = ArrayD::<f64>::zeros(IxDyn(&[3]));
    let last = opened(2, |session| session.cryptensor(&zeros, 0)?.weighted_index(0));
    assert_eq!(last, array![0.0, 0.0, 1.0].into_dyn());
    let lone = opened(2, |session| session.cryptensor(array![[2.0], [0.5]], 0)?.weighted_index(1));
    assert_eq!(lone, array![[1.0], [1.0]].into_dyn());
}

#[test]
fn all_orders_are_equally_likely() {
    let runs = 600_usize;
    let x = array![0.0, 1.0, 2.0];
    let orders = opened(2, |session| {
        let x = session.cryptensor(&x, 0)?;
        let shuffled = (0..runs).map(|_| x.shuffle(0)).collect::<Result<Vec<_>, _>>()?;
        crypten::stack(&shuffled.iter().collect::<Vec<_>>(), 0)
    });
    let mut counts = [0_usize; 27];
    for order in orders.outer_iter() {
        counts[order.iter().fold(0, |code, &x| 3 * code + x as usize)] += 1;
    }
    let seen: Vec<usize> = counts.into_iter().filter(|&count| count > 0).collect();
    assert_eq!(seen.len(), 6);
    // A count of 100 has a standard deviation of 9.1.
    assert!(seen.iter().all(|count| count.abs_diff(runs / 6) < 55), "{seen:?}");
}

#[test]
fn a_shuffle_takes_the_declared_rounds() {
    for (length, layers) in [(1, 0), (2, 1), (3, 3), (8, 5), (9, 7)] {
        crypten::local(3, ProviderKind::InsecureFirstParty, |session| {
            let x = session.cryptensor(ArrayD::from_elem(IxDyn(&[length, 2]), 1.0), 0)?;
            let before = session.stats().rounds;
            x.shuffle(0)?;
            assert_eq!(session.stats().rounds - before, 3 * layers);
            Ok(())
        })
        .unwrap();
    }
}

proptest! {
    #![proptest_config(crypten_laws::cases(10))]

    #[test]
    fn nothing_is_dropped_outside_of_training(x in crypten_laws::shape().prop_flat_map(|s| numbers(s, 100.0))) {
        let one = [x.clone()];
        check(&one, &x, 0.0, |_, v| v[0].dropout(0.5, false));
        check(&one, &x, 0.0, |_, v| v[0].dropout(1.0, false));
        check(&one, &x, 0.0, |_, v| v[0].dropout(0.0, true));
        check(&one, &ArrayD::zeros(x.raw_dim()), 0.0, |_, v| v[0].dropout(1.0, true));
    }

    #[test]
    fn a_sample_stands_where_it_was_drawn(
        x in (1_usize..6, 1_usize..5).prop_flat_map(|(a, b)| numbers(vec![a, b], 100.0)), axis in 0_usize..2,
    ) {
        let x = x.mapv(f64::abs);
        let drawn = opened(3, |session| {
            let (sample, one_hot) = session.cryptensor(&x, 0)?.weighted_sample(axis.cast_signed())?;
            crypten::cat(&[&sample.unsqueeze(axis.cast_signed())?, &one_hot], axis.cast_signed())
        });
        let samples = drawn.index_axis(Axis(axis), 0).to_owned();
        let one_hot = drawn.slice_axis(Axis(axis), Slice::from(1..));
        prop_assert!(one_hot.iter().all(|&bit| bit == 0.0 || bit == 1.0));
        prop_assert!(one_hot.sum_axis(Axis(axis)).iter().all(|&sum| sum == 1.0));
        prop_assert_eq!((&x * &one_hot).sum_axis(Axis(axis)), samples.clone());
        let possible = x.sum_axis(Axis(axis)).iter().zip(&samples).all(|(&sum, &sample)| sample > 0.0 || sum == 0.0);
        prop_assert!(possible, "a weight of zero was drawn");
    }

    #[test]
    fn a_shuffle_moves_whole_parts(
        shape in (0_usize..20, 1_usize..4, 1_usize..3), axis in 0_usize..3, parties in 2_usize..4,
    ) {
        let mut shape = vec![shape.1, shape.2, shape.0];
        shape.swap(axis, 2);
        let x = ArrayD::from_shape_fn(IxDyn(&shape), |i| (i[0] * 400 + i[1] * 20 + i[2]) as f64 / 4.0);
        let shuffled = opened(parties, |session| session.cryptensor(&x, 0)?.shuffle(axis.cast_signed()));
        prop_assert_eq!(shuffled.shape(), x.shape());
        let mut before: Vec<_> = x.axis_iter(Axis(axis)).map(|part| part.to_owned()).collect();
        for part in shuffled.axis_iter(Axis(axis)) {
            let place = before.iter().position(|other| *other == part).expect("a part that was there");
            before.swap_remove(place);
        }
        prop_assert!(before.is_empty());
    }
}

#[test]
fn two_shuffles_differ() {
    let x = ArrayD::from_shape_fn(IxDyn(&[100]), |i| i[0] as f64);
    let shuffle = || opened(3, |session| session.cryptensor(&x, 2)?.shuffle(0));
    let (one, other) = (shuffle(), shuffle());
    assert!(one != x && other != x && one != other);
    let sum = opened(2, |session| Ok(session.cryptensor(&x, 0)?.shuffle(-1)?.sum_all()));
    assert_eq!(sum, arr0(4950.0).into_dyn());
}
