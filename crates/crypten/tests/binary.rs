//! Every operation of binary tensors against plain integers: both orders, every kind of plain operand, two and three
//! parties.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use crypten::ndarray::{Array1, ArrayD, Axis, IxDyn, Zip, array, s};
use crypten::{BinaryTensor, CrypTensor, Error, ProviderKind, Session};
use proptest::prelude::*;

/// Runs a program on secrets, the first of party 0 and the second of party 1; every party must open `expected`.
fn check(
    x: &ArrayD<i64>,
    y: &ArrayD<i64>,
    expected: &[ArrayD<i64>],
    program: impl Fn(&BinaryTensor, &BinaryTensor) -> Result<Vec<BinaryTensor>, Error> + Sync,
) {
    for parties in [2, 3] {
        let opened = crypten::local(parties, ProviderKind::InsecureFirstParty, |session| {
            let results = program(&session.binary(x, 0)?, &session.binary(y, 1)?)?;
            results.iter().map(BinaryTensor::get_plain_text).collect::<Result<Vec<_>, _>>()
        });
        for opened in opened.unwrap() {
            assert_eq!(opened.len(), expected.len());
            for (number, (opened, expected)) in opened.iter().zip(expected).enumerate() {
                assert_eq!(opened, expected, "result {number} with {parties} parties");
            }
        }
    }
}

fn integers(shape: Vec<usize>) -> impl Strategy<Value = ArrayD<i64>> {
    // Few small ones among them, so that some are equal.
    let integer = prop_oneof![2 => crypten_laws::word().prop_map(u64::cast_signed), 1 => -2_i64..3];
    proptest::collection::vec(integer, shape.iter().product::<usize>())
        .prop_map(move |values| ArrayD::from_shape_vec(IxDyn(&shape), values).unwrap())
}

fn pair() -> impl Strategy<Value = (ArrayD<i64>, ArrayD<i64>)> {
    crypten_laws::broadcastable_pair().prop_flat_map(|(x, y, _)| (integers(x), integers(y)))
}

/// The function of corresponding elements, with broadcasting.
fn zip(x: &ArrayD<i64>, y: &ArrayD<i64>, f: impl Fn(i64, i64) -> i64) -> ArrayD<i64> {
    let shape = (x & y).raw_dim();
    let (x, y) = (x.broadcast(shape.clone()).unwrap(), y.broadcast(shape).unwrap());
    Zip::from(&x).and(&y).map_collect(|&x, &y| f(x, y))
}

proptest! {
    #![proptest_config(crypten_laws::cases(12))]

    #[test]
    fn bitwise_logic_agrees_in_every_order((x, y) in pair()) {
        check(&x, &y, &vec![&x & &y; 4], |a, b| Ok(vec![(a & b)?, (a & &y)?, (x.view() & b)?, a.bitwise_and(b)?]));
        check(&x, &y, &vec![&x | &y; 4], |a, b| Ok(vec![(a | b)?, (a | &y)?, (x.clone() | b)?, a.bitwise_or(b)?]));
        check(&x, &y, &vec![&x ^ &y; 4], |a, b| Ok(vec![(a ^ b)?, (a ^ &y)?, (&x ^ b)?, a.bitwise_xor(b)?]));
        let numbers = [x.mapv(|x| x & 12), x.mapv(|x| 12 & x), x.mapv(|x| x | -7), x.mapv(|x| 5 ^ x), x.mapv(|x| !x)];
        check(&x, &y, &numbers, |a, _| Ok(vec![(a & 12)?, (12 & a)?, (a | -7)?, (5 ^ a)?, !a]));
    }

    #[test]
    fn wrapping_sums_agree_in_every_order((x, y) in pair()) {
        let (sum, difference) = (zip(&x, &y, i64::wrapping_add), zip(&x, &y, i64::wrapping_sub));
        check(&x, &y, &vec![sum; 4], |a, b| Ok(vec![(a + b)?, (a + &y)?, (x.view() + b)?, a.add(b)?]));
        check(&x, &y, &vec![difference; 4], |a, b| Ok(vec![(a - b)?, (a - &y)?, (&x - b)?, a.sub(y.view())?]));
        let numbers = [
            x.mapv(|x| x.wrapping_add(9)), x.mapv(|x| 9_i64.wrapping_add(x)), x.mapv(|x| x.wrapping_sub(9)),
            x.mapv(|x| 9_i64.wrapping_sub(x)), x.mapv(i64::wrapping_neg),
        ];
        check(&x, &y, &numbers, |a, _| Ok(vec![(a + 9)?, (9 + a)?, (a - 9)?, (9 - a)?, a.neg()?]));
        let both = zip(&x, &y, |x, y| (x & y).wrapping_add(x) ^ y);
        check(&x, &y, &[both], |a, b| Ok(vec![(((a & b) + a) ^ b)?]));
    }

    #[test]
    fn binary_comparisons_agree_in_every_order((x, y) in pair()) {
        let bits = |f: fn(&i64, &i64) -> bool| zip(&x, &y, |x, y| i64::from(f(&x, &y)));
        let all: [fn(&i64, &i64) -> bool; 6] = [i64::eq, i64::ne, i64::lt, i64::le, i64::gt, i64::ge];
        let all = all.map(bits);
        check(&x, &y, &all, |a, b| {
            Ok(vec![a.eq(b)?, a.ne(b)?, a.lt(b)?, a.le(b)?, a.gt(b)?, a.ge(b)?])
        });
        check(&x, &y, &all, |a, _| {
            Ok(vec![a.eq(&y)?, a.ne(&y)?, a.lt(&y)?, a.le(&y)?, a.gt(&y)?, a.ge(&y)?])
        });
        let least = zip(&x, &y, i64::min);
        check(&x, &y, &vec![least; 4], |a, b| {
            let less = a.lt(b)?;
            Ok(vec![
                less.where_cond(a, b)?, less.where_cond(&x, b)?, less.where_cond(a, &y)?, less.where_cond(&x, &y)?,
            ])
        });
        check(&x, &y, &[x.mapv(|x| i64::from(x == 1))], |a, _| Ok(vec![a.eq(1)?]));
    }

    #[test]
    fn shifts_agree_with_pytorch(x in integers(vec![3, 2]), bits in 0_u32..64) {
        let by = i64::from(bits);
        let amounts = array![[0_i64], [63], [-1]];
        let left = [x.mapv(|x| x << bits), x.clone(), x.mapv(|x| x << 63)];
        let expected = [
            left[0].clone(),
            x.mapv(|x| x >> bits),
            ArrayD::from_shape_fn(IxDyn(&[3, 2]), |at| if at[0] == 2 { 0 } else { left[at[0] + 1][[at[0], at[1]]] }),
            ArrayD::from_shape_fn(IxDyn(&[3, 2]), |at| x[[at[0], at[1]]] >> if at[0] == 0 { 0 } else { 63 }),
        ];
        check(&x, &x, &expected, |a, _| Ok(vec![(a << by)?, (a >> by)?, (a << &amounts)?, (a >> amounts.view())?]));
    }

    #[test]
    fn binary_sums_and_shapes_agree(x in integers(vec![2, 3, 4])) {
        let sum = |axis| x.fold_axis(Axis(axis), 0_i64, |sum, &x| sum.wrapping_add(x));
        let total = ArrayD::from_elem(IxDyn(&[]), x.fold(0_i64, |sum, &x| sum.wrapping_add(x)));
        let rest = sum(2).fold_axis(Axis(0), 0_i64, |sum, &x| sum.wrapping_add(x));
        let sums = [sum(1), sum(2).insert_axis(Axis(2)), rest, total];
        check(&x, &x, &sums, |a, _| Ok(vec![a.sum(1)?, a.sum_keepdim(-1)?, a.sum([0, 2])?, a.sum_all()?]));
        let moved = [
            x.clone().into_shape_with_order(IxDyn(&[4, 6])).unwrap(),
            x.t().to_owned(),
            x.slice(s![1, 0..2, ..;2]).to_owned().into_dyn(),
            x.select(Axis(2), &[3, 0]),
            ndarray::concatenate![Axis(1), x, x],
            ndarray::stack![Axis(3), x, x],
        ];
        check(&x, &x, &moved, |a, b| {
            Ok(vec![
                a.reshape(&[4, -1])?, a.permute(&[2, 1, 0])?, a.slice(s![1, 0..2, ..;2])?, a.index_select(2, &[3, 0])?,
                BinaryTensor::cat(&[a, b], 1)?, BinaryTensor::stack(&[a, b], -1)?,
            ])
        });
    }
}

#[test]
fn positions_are_read_and_written() {
    let x = array![[1_i64, 2, 3], [4, 5, 6]].into_dyn();
    let index = array![[2_usize, 0], [1, 1]];
    let gathered = array![[3_i64, 1], [5, 5]].into_dyn();
    let scattered = array![[2_i64, 2, 1], [4, 5, 6]].into_dyn();
    let first = array![[2_usize, 0]];
    let cut = array![[1_i64, 2, -1], [4, 5, -1]].into_dyn();
    check(&x, &x, &[gathered, scattered.clone(), scattered, cut], |a, b| {
        Ok(vec![
            a.gather(1, &index)?,
            a.scatter(1, &first, array![[1, 2]])?,
            a.scatter(1, &first, &b.slice(s![..1, ..])?)?,
            a.set_slice(s![.., 2], -1)?,
        ])
    });
}

/// What a program of two parties gives.
fn run<T: Send>(program: impl Fn(&Session) -> Result<T, Error> + Sync) -> T {
    crypten::local(2, ProviderKind::InsecureFirstParty, program).unwrap().remove(0)
}

#[test]
fn numbers_come_back_from_binary() {
    let x = array![1.5, -2.25, 0.0, 1000.0].into_dyn();
    let (words, back, whole, bits) = run(|session| {
        let secret = session.cryptensor(&x, 1)?;
        let binary = secret.to_binary()?;
        let whole = session.binary(array![3, -4], 0)?.to_arithmetic()?;
        let bits = binary.lt(0)?.to_arithmetic()?;
        Ok((
            binary.get_plain_text()?,
            (&secret + binary.to_arithmetic()?)?.get_plain_text()?,
            (whole * 0.5)?.get_plain_text()?,
            bits.mul(&secret)?.get_plain_text()?,
        ))
    });
    assert_eq!(words, x.mapv(|x| (x * 65536.0) as i64));
    assert_eq!(back, &x * 2.0);
    assert_eq!(whole, array![1.5, -2.0].into_dyn());
    assert_eq!(bits, array![0.0, -2.25, 0.0, 0.0].into_dyn());
}

#[test]
fn a_bit_costs_a_bit_to_convert() {
    let spent = run(|session| {
        let x = session.binary(Array1::from_iter(0..6400), 0)?;
        let bits = [(&x >> 3_i64)?.bitwise_and(1)?, x.gt(7)?, (1 ^ x.gt(7)?)?.reshape(&[80, -1])?];
        let before = session.stats();
        bits.iter().try_for_each(|bit| bit.to_arithmetic().map(drop))?;
        Ok((session.stats() - before).bytes_sent)
    });
    assert_eq!(spent, 3 * 800);
}

#[test]
fn random_integers_stay_below_their_bound() {
    let opened = crypten::local(3, ProviderKind::InsecureFirstParty, |session| {
        let narrow = session.binary_rand(&[200], 5)?.get_plain_text()?;
        let wide = session.binary_rand(&[2, 50], 64)?.get_plain_text()?;
        let bits = session.binary_rand(&[64], 1)?.to_arithmetic()?.get_plain_text()?;
        Ok((narrow, wide, bits))
    })
    .unwrap();
    let (narrow, wide, bits) = &opened[0];
    assert!(opened.iter().all(|other| other == &opened[0]), "all parties open the same");
    assert!(narrow.iter().all(|value| (0..32).contains(value)) && narrow.iter().any(|value| *value > 7));
    assert!(wide.shape() == [2, 50] && wide.iter().any(|value| *value < 0));
    assert!(bits.iter().all(|bit| *bit == 0.0 || *bit == 1.0));
}

#[test]
fn only_the_chosen_party_learns_the_words() {
    let opened = crypten::local(3, ProviderKind::Dealer, |session| {
        session.binary(array![7, -7], 0)?.get_plain_text_to(2)
    });
    assert_eq!(opened.unwrap(), [None, None, Some(array![7_i64, -7].into_dyn())]);
}

#[test]
fn mistakes_with_words_get_typed_errors_and_the_session_lives_on() {
    let opened = run(|session| {
        let x = session.binary(array![1, 2, 3], 0)?;
        let sentence = |result: Result<BinaryTensor, Error>| result.unwrap_err().to_string();
        assert_eq!(sentence(&x & array![1, 2]), "and of shapes [3] and [2]");
        assert_eq!(sentence(&x + array![1, 2]), "add of shapes [3] and [2]");
        assert_eq!(sentence(&x << array![1, 2]), "shift of shapes [3] and [2]");
        assert_eq!(sentence(x.lt(array![1, 2])), "lt of shapes [3] and [2]");
        assert_eq!(sentence(x.sum(1)), "axis 1 is out of range for a tensor with 1 dimensions");
        assert!(sentence(session.binary(1, 2)).starts_with("there is no party 2 among 2"));
        x.get_plain_text()
    });
    assert_eq!(opened, array![1_i64, 2, 3].into_dyn());
}

#[test]
fn secret_words_do_not_print() {
    let printed = run(|session| {
        let x: CrypTensor = session.cryptensor(array![1.5], 0)?;
        Ok(format!("{:?}", x.to_binary()?))
    });
    assert_eq!(printed, "BinaryTensor(shape=[1], encrypted)");
}
