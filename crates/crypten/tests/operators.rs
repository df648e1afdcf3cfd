//! Every operation of the facade against plain ndarray: both orders, every kind of plain operand, 2 and 3 parties.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use crypten::ndarray::{ArrayD, Axis, Ix2, IxDyn, array, s};
use crypten::{Conv2d, CrypTensor, Error, Pool2d, ProviderKind, Session, cat, matmul, stack};
use proptest::prelude::*;

/// One unit of 16 fractional bits.
const UNIT: f64 = 1.0 / 65536.0;

/// Runs a program on secrets at 2 and 3 parties; every party must open `expected` within `units` units.
fn check(
    inputs: &[ArrayD<f64>],
    expected: &ArrayD<f64>,
    units: f64,
    program: impl Fn(&Session, &[CrypTensor]) -> Result<CrypTensor, Error> + Sync,
) {
    for parties in [2, 3] {
        let opened = crypten::local(parties, ProviderKind::InsecureFirstParty, |session| {
            let owner = |i: usize| i % session.parties();
            let secrets = inputs
                .iter()
                .enumerate()
                .map(|(i, x)| session.cryptensor(x, owner(i)))
                .collect::<Result<Vec<_>, _>>()?;
            program(session, &secrets)?.get_plain_text()
        });
        for opened in opened.expect("the program runs") {
            assert_eq!(opened.shape(), expected.shape());
            for (found, plain) in opened.iter().zip(expected) {
                assert!(
                    (found - plain).abs() <= units * UNIT,
                    "{found} instead of {plain} with {parties} parties"
                );
            }
        }
    }
}

fn numbers(shape: Vec<usize>, limit: f64) -> impl Strategy<Value = ArrayD<f64>> {
    let count = shape.iter().product::<usize>();
    let number = prop_oneof![6 => -limit..limit, 1 => Just(0.0), 1 => Just(1.0), 1 => Just(-0.5)];
    proptest::collection::vec(number, count)
        // On the grid, so that what is compared is the operation and not the encoding.
        .prop_map(move |v| {
            ArrayD::from_shape_vec(IxDyn(&shape), v.into_iter().map(|x| (x / UNIT).round() * UNIT).collect())
                .unwrap()
        })
}

fn pair() -> impl Strategy<Value = (ArrayD<f64>, ArrayD<f64>)> {
    crypten_laws::broadcastable_pair().prop_flat_map(|(a, b, _)| (numbers(a, 100.0), numbers(b, 100.0)))
}

proptest! {
    #![proptest_config(crypten_laws::cases(12))]

    #[test]
    fn sums_and_differences_agree_in_every_order((x, y) in pair()) {
        let both = [x.clone(), y.clone()];
        check(&both, &(&x + &y), 0.0, |_, v| &v[0] + &v[1]);
        check(&both, &(&x - &y), 0.0, |_, v| &v[0] - &v[1]);
        check(&both, &(&x - &y), 0.0, |_, v| &x - &v[1]);
        check(&both, &(&x - &y), 0.0, |_, v| &v[0] - y.view());
        check(&both, &(&y + &x), 0.0, |_, v| y.clone() + &v[0]);
        check(&both, &(2.5 - &x), 0.0, |_, v| 2.5 - &v[0]);
        check(&both, &(&x - 3.0), 0.0, |_, v| &v[0] - 3);
        check(&both, &(-&x), 0.0, |_, v| Ok(-&v[0]));
    }

    #[test]
    fn products_agree_in_every_order((x, y) in pair()) {
        let (both, product) = ([x.clone(), y.clone()], &x * &y);
        check(&both, &product, 1.0, |_, v| &v[0] * &v[1]);
        check(&both, &product, 2.0, |_, v| (&v[0] * &v[1])?.rescale());
        // A plain factor is encoded with at least 20 significant bits.
        let slack = 2.0 + 128.0;
        check(&both, &product, slack, |_, v| &x * &v[1]);
        check(&both, &product, slack, |_, v| &v[0] * &y);
        check(&both, &(&x * 3.0), 0.0, |_, v| 3 * &v[0]);
        check(&both, &(&x * 0.1), 2.0, |_, v| &v[0] * 0.1);
        check(&both, &(&(&x * &y) + &x), 2.0, |_, v| &v[0] * &v[1] + &v[0]);
        check(&both, &(&x - &(&x * &y)), 2.0, |_, v| &v[0] - &v[0] * &v[1]);
        check(&both, &(&product + &y), 2.0, |_, v| (&v[0] * &v[1])?.add(&y));
    }

    #[test]
    fn quotients_agree_in_every_order((x, y) in pair()) {
        let divisor = y.mapv(|v| if v.abs() < 0.25 { 1.5 } else { v });
        let both = [x.clone(), divisor.clone()];
        // The reciprocal, of at most 4, is off by 5e-5 of itself; the dividend is at most 100.
        let tolerance = 100.0 * 5e-5 * 4.0 / UNIT + 4.0;
        check(&both, &(&x / &divisor), tolerance, |_, v| &v[0] / &v[1]);
        check(&both, &(&x / &divisor), tolerance, |_, v| &x / &v[1]);
        check(&both, &(2.0 / &divisor), 2.0 * 5e-5 * 4.0 / UNIT + 6.0, |_, v| 2.0 / &v[1]);
        check(&both, &(&x / 7.0), 3.0, |_, v| &v[0] / 7);
        check(&both, &(&x / 4.0), 2.0, |_, v| &v[0] / 4.0);
    }

    #[test]
    fn comparisons_agree_in_every_order((x, y) in pair()) {
        let both = [x.clone(), y.clone()];
        let bits = |f: fn(&f64, &f64) -> bool| {
            let shape = (&x + &y).raw_dim();
            let (x, y) = (x.broadcast(shape.clone()).unwrap(), y.broadcast(shape).unwrap());
            ndarray_zip(&x.to_owned(), &y.to_owned(), f)
        };
        check(&both, &bits(f64::lt), 0.0, |_, v| v[0].lt(&v[1]));
        check(&both, &bits(f64::lt), 0.0, |_, v| crypten::lt(&x, &v[1]));
        check(&both, &bits(f64::ge), 0.0, |_, v| v[0].ge(&y));
        check(&both, &bits(f64::le), 0.0, |_, v| crypten::le(&x, &v[1]));
        check(&both, &bits(f64::gt), 0.0, |_, v| v[0].gt(&v[1]));
        check(&both, &bits(f64::eq), 0.0, |_, v| v[0].eq(&v[1]));
        check(&both, &bits(f64::ne), 0.0, |_, v| crypten::ne(&x, &v[1]));
        let minimum = ndarray_zip2(&x, &y, f64::min);
        check(&both, &minimum, 0.0, |_, v| v[0].lt(&v[1])?.where_cond(&v[0], &v[1]));
        check(&both, &minimum, 0.0, |_, v| v[0].lt(&v[1])?.where_cond(&x, &v[1]));
    }

    #[test]
    fn matrix_products_agree_in_every_order(x in numbers(vec![3, 4], 50.0), y in numbers(vec![4, 2], 50.0)) {
        let two = |a: &ArrayD<f64>| a.clone().into_dimensionality::<Ix2>().unwrap();
        let (both, product) = ([x.clone(), y.clone()], two(&x).dot(&two(&y)).into_dyn());
        check(&both, &product, 1.0, |_, v| v[0].matmul(&v[1]));
        check(&both, &product, 2.0, |_, v| v[0].dot(&y)?.rescale());
        check(&both, &product, 1.0, |_, v| two(&x).dot(&v[1]));
        check(&both, &product, 1.0, |_, v| matmul(&x, &v[1]));
        let weight = y.t().to_owned();
        let bias = array![0.5, -1.0];
        check(&[x.clone(), weight.clone(), bias.clone().into_dyn()], &(&product + &bias), 2.0, |_, v| {
            v[0].linear(&v[1], Some(&v[2]))?.rescale()
        });
        check(&both, &(&product + &bias).mapv(|v| v.max(0.0)), 2.0, |_, v| v[0].linear(&weight, Some(&bias))?.relu());
    }

    #[test]
    fn shapes_sums_and_means_agree(x in numbers(vec![2, 3, 4], 100.0)) {
        let one = [x.clone()];
        check(&one, &x.clone().into_shape_with_order(IxDyn(&[4, 6])).unwrap(), 0.0, |_, v| v[0].reshape(&[4, -1]));
        check(&one, &x.t().to_owned(), 0.0, |_, v| v[0].permute(&[2, 1, 0]));
        check(&one, &x.slice(s![1, 0..2, ..;2]).to_owned().into_dyn(), 0.0, |_, v| v[0].slice(s![1, 0..2, ..;2]));
        check(&one, &x.sum_axis(Axis(1)), 0.0, |_, v| v[0].sum(-2));
        check(&one, &x.sum_axis(Axis(1)).insert_axis(Axis(1)), 0.0, |_, v| v[0].sum_keepdim(1));
        check(&one, &array![x.sum()].into_shape_with_order(IxDyn(&[])).unwrap(), 0.0, |_, v| Ok(v[0].sum_all()));
        check(&one, &x.mean_axis(Axis(2)).unwrap(), 2.0, |_, v| v[0].mean(2));
        check(&one, &array![x.mean().unwrap()].into_shape_with_order(IxDyn(&[])).unwrap(), 20.0, |_, v| v[0].mean_all());
        check(&one, &ndarray::concatenate![Axis(1), x, x], 0.0, |_, v| cat(&[&v[0], &v[0]], 1));
        check(&one, &ndarray::stack![Axis(3), x, x], 0.0, |_, v| stack(&[&v[0], &v[0]], -1));
        check(&one, &x.map_axis(Axis(2), |row| row.fold(f64::MIN, |a, &b| a.max(b))), 0.0, |_, v| v[0].max(-1));
        check(&one, &x.mapv(|v| v.max(0.0)), 0.0, |_, v| v[0].relu());
        check(&one, &x.mapv(|v| (v * v).max(0.0)), 2.0, |_, v| v[0].square()?.relu());
    }
}

fn ndarray_zip(x: &ArrayD<f64>, y: &ArrayD<f64>, f: fn(&f64, &f64) -> bool) -> ArrayD<f64> {
    ndarray::Zip::from(x).and(y).map_collect(|x, y| f64::from(u8::from(f(x, y))))
}

fn ndarray_zip2(x: &ArrayD<f64>, y: &ArrayD<f64>, f: fn(f64, f64) -> f64) -> ArrayD<f64> {
    let shape = (x + y).raw_dim();
    let (x, y) = (x.broadcast(shape.clone()).unwrap(), y.broadcast(shape).unwrap());
    ndarray::Zip::from(&x).and(&y).map_collect(|&x, &y| f(x, y))
}

#[test]
fn convolution_and_pooling_agree() {
    let x = ArrayD::from_shape_fn(IxDyn(&[1, 2, 4, 4]), |i| (i[1] * 7 + i[2] * 3 + i[3]) as f64 / 4.0 - 2.0);
    let kernel = ArrayD::from_shape_fn(IxDyn(&[3, 2, 3, 3]), |i| {
        (i[0] + i[1]) as f64 / 2.0 - i[2] as f64 + i[3] as f64
    });
    let bias = array![1.0, -2.0, 0.25];
    let at = |y: usize, x_: usize, o: usize| {
        let mut sum = bias[o];
        for c in 0..2 {
            for (dy, dx) in (0..9).map(|i| (i / 3, i % 3)) {
                let (y, x_) = ((y + dy).wrapping_sub(1), (x_ + dx).wrapping_sub(1));
                if y < 4 && x_ < 4 {
                    sum += x[[0, c, y, x_]] * kernel[[o, c, dy, dx]];
                }
            }
        }
        sum
    };
    let convolved = ArrayD::from_shape_fn(IxDyn(&[1, 3, 4, 4]), |i| at(i[2], i[3], i[1]));
    let inputs = [x.clone(), kernel.clone(), bias.clone().into_dyn()];
    let padded = Conv2d::padded(1);
    check(&inputs, &convolved, 1.0, |_, v| v[0].conv2d(&v[1], Some(&v[2]), padded));
    check(&inputs, &convolved, 1.0, |_, v| v[0].conv2d(&kernel, Some(&bias), padded));
    let pooled = ArrayD::from_shape_fn(IxDyn(&[1, 3, 2, 2]), |i| {
        (0..4).map(|k| convolved[[0, i[1], 2 * i[2] + k / 2, 2 * i[3] + k % 2]]).fold(f64::MIN, f64::max)
    });
    check(&inputs, &pooled, 1.0, |_, v| {
        v[0].conv2d(&v[1], Some(&v[2]), padded)?.max_pool2d(Pool2d::square(2))
    });
    let relu = pooled.mapv(|v| v.max(0.0));
    check(&inputs, &relu, 2.0, |_, v| {
        v[0].conv2d(&v[1], Some(&v[2]), padded)?.max_pool2d(Pool2d::square(2))?.relu()
    });
}

#[test]
fn bad_input_gets_a_typed_error_and_the_session_lives_on() {
    crypten::local(2, ProviderKind::InsecureFirstParty, |session| {
        let x = session.cryptensor(&array![1.0, 2.0, 3.0], 0)?;
        let sentence = |result: Result<CrypTensor, Error>| result.unwrap_err().to_string();
        assert_eq!(sentence(&x + array![1.0, 2.0]), "add of shapes [3] and [2]");
        assert_eq!(sentence(x.matmul(&array![[1.0], [2.0]])), "matmul of shapes [3] and [2, 1]");
        assert_eq!(sentence(x.sum(1)), "axis 1 is out of range for a tensor with 1 dimensions");
        assert_eq!(sentence(x.slice(s![5])), "index 5 is out of range on axis 0, which has length 3");
        assert!(sentence(&x + f64::NAN).contains("element 0 does not fit 16 fractional bits"));
        assert!(sentence(session.cryptensor(1.0, 2)).starts_with("there is no party 2 among 2"));
        assert!(matches!(crypten::add(1.0, 2.0), Err(Error::NothingSecret)));
        assert_eq!((&x * 2)?.get_plain_text()?, array![2.0, 4.0, 6.0].into_dyn());
        Ok(())
    })
    .unwrap();
}

#[test]
fn bits_times_fractions_keep_their_fractions() {
    let x = array![1.5, -2.0, 0.25].into_dyn();
    check(std::slice::from_ref(&x), &array![0.5, 0.0, 0.5].into_dyn(), 0.0, |_, v| v[0].gt(0)?.mul(0.5));
    check(std::slice::from_ref(&x), &array![0.1, 0.0, 0.1].into_dyn(), 2.0, |_, v| v[0].gt(0)?.mul(0.1));
    check(std::slice::from_ref(&x), &array![0.3, -0.7, 0.3].into_dyn(), 2.0, |_, v| {
        v[0].gt(0)?.where_cond(0.3, -0.7)
    });
    check(&[x], &array![2.0 / 3.0].into_shape_with_order(IxDyn(&[])).unwrap(), 2.0, |_, v| {
        v[0].gt(0)?.mean_all()
    });
}

#[test]
fn a_large_number_survives_division_by_a_power_of_two() {
    let x = array![f64::from(1 << 28), -3.0].into_dyn();
    check(std::slice::from_ref(&x), &(&x / 4.0), 1.0, |_, v| &v[0] / 4);
}

#[test]
fn a_slice_knows_nothing_of_what_was_cut_away() {
    let x = ArrayD::from_shape_fn(IxDyn(&[8, 3]), |i| ((i[0] * 5 + i[1] * 3) % 11) as f64);
    for (from, to) in [(0, 5), (1, 8), (2, 6), (0, 8)] {
        let part = x.slice(s![from..to, ..]).to_owned().into_dyn();
        let best = part.map_axis(Axis(0), |column| column.fold(f64::MIN, |a, &b| a.max(b)));
        check(std::slice::from_ref(&x), &best, 0.0, |_, v| v[0].slice(s![from..to, ..])?.max(0));
        check(std::slice::from_ref(&x), &part.mapv(|v| v * v), 1.0, |_, v| {
            v[0].slice(s![from..to, ..])?.square()
        });
    }
}

#[test]
fn a_precision_without_room_for_products_says_so() {
    let scale = crypten::Scale::new(40).unwrap();
    let node = crypten::comm::MemoryMesh::new(1, std::time::Duration::from_secs(1)).unwrap().remove(0);
    let provider = ProviderKind::InsecureFirstParty.make().expect("shares makes it");
    let session = Session::new(Box::new(node), provider, scale).unwrap();
    let x = session.cryptensor(array![0.125], 0).unwrap();
    assert_eq!((&x + &x).unwrap().get_plain_text().unwrap(), array![0.25].into_dyn());
    let error = (&x * &x).unwrap_err();
    assert!(error.to_string().starts_with("a product at 80 fractional bits"), "{error}");
}

#[test]
fn large_integers_stay_exact() {
    let big = array![(1_i64 << 45) - 1, -(1_i64 << 44) - 1];
    let opened =
        crypten::local(2, ProviderKind::Dealer, |session| session.cryptensor(&big, 1)?.get_plain_text());
    assert_eq!(opened.unwrap()[0], big.mapv(|v| v as f64).into_dyn());
}

#[test]
fn only_the_chosen_party_learns_the_value() {
    let opened = crypten::local(3, ProviderKind::Dealer, |session| {
        session.cryptensor(&array![1.5], 0)?.get_plain_text_to(2)
    });
    assert_eq!(opened.unwrap(), [None, None, Some(array![1.5].into_dyn())]);
}

#[test]
fn a_secret_does_not_print() {
    crypten::local(1, ProviderKind::InsecureFirstParty, |session| {
        assert_eq!(format!("{:?}", session.cryptensor(&array![1.5], 0)?), "CrypTensor(shape=[1], encrypted)");
        Ok(())
    })
    .unwrap();
}
