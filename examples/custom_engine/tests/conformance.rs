//! An engine of one's own keeps the laws of `Engine`, rounds as it says, and notices what a session would not.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "../train/network.rs"]
mod network;

use crypten_autograd::conformance::conformance;
use crypten_autograd::{Engine, Plain, Var};
use crypten_fixed_engine::{Error, Fixed, Rounding};
use crypten_ring::Scale;
use ndarray::{ArrayD, array};
use proptest::prelude::*;

fn fixed(bits: u32, rounding: Rounding) -> Fixed {
    Fixed::new(Scale::new(bits).unwrap(), rounding, 7)
}

fn conforms(engine: &Fixed, precision: f64) {
    conformance(engine, precision, |_, x| engine.constant(x.to_owned()), |x| Ok(x.numbers().to_owned()))
        .unwrap();
}

#[test]
fn the_fixed_engine_conforms() {
    conforms(&Fixed::default(), 1.0);
    conforms(&fixed(16, Rounding::Nearest), 1.0);
}

#[test]
fn more_bits_make_smaller_errors() {
    conforms(&fixed(22, Rounding::Stochastic), 1.0 / 32.0);
}

#[test]
#[should_panic(expected = "instead of")]
fn eight_bits_are_not_sixteen() {
    conforms(&fixed(8, Rounding::Stochastic), 1.0);
}

proptest! {
    #![proptest_config(crypten_laws::cases(64))]
    #[test]
    fn products_are_rounded_to_a_neighbour(x in -100.0_f64..100.0, y in -100.0_f64..100.0, bits in 2_u32..20) {
        let unit = 2.0_f64.powi(-bits.cast_signed());
        let grid = |x: f64| (x / unit).round() * unit;
        let exact = grid(x) * grid(y);
        for rounding in [Rounding::Stochastic, Rounding::Nearest, Rounding::Down] {
            let engine = fixed(bits, rounding);
            let [x, y] = [x, y].map(|x| engine.constant(array![x].into_dyn()).unwrap());
            let off = engine.mul(&x, &y).unwrap().numbers().sum() - exact;
            let [low, high] = match rounding {
                Rounding::Stochastic => [-1.0, 1.0],
                Rounding::Nearest => [-0.5, 0.5],
                Rounding::Down => [-1.0, 0.0],
            };
            prop_assert!((low * unit..=high * unit).contains(&off), "{rounding:?}: off by {} units", off / unit);
        }
    }
}

#[test]
fn a_session_s_rounding_is_right_in_the_mean() {
    // 0.25 units, 4000 times: up in a quarter of them.
    let mean = |rounding| {
        let engine = fixed(8, rounding);
        let x = engine.constant(ArrayD::from_elem(vec![4000], 2.0_f64.powi(-5))).unwrap();
        let products = engine.mul(&x, &x).unwrap().numbers();
        let numbers = engine.mul_number(&x, 2.0_f64.powi(-5)).unwrap().numbers();
        [products, numbers].map(|x| x.sum() / 4000.0 * 256.0)
    };
    for found in mean(Rounding::Stochastic) {
        assert!((found - 0.25).abs() < 0.042, "{found} units; six standard errors are allowed");
    }
    assert_eq!(mean(Rounding::Nearest), [0.0, 0.0]);
    assert_eq!(mean(Rounding::Down), [0.0, 0.0]);
}

#[test]
fn masks_need_no_rounding() {
    let engine = Fixed::default();
    let x = Var::constant(&engine, array![1.5, -2.0, 0.25]).unwrap();
    let positive = x.gt(0.0).unwrap();
    assert_eq!(positive.value().words().words()[..], [1, 0, 1]);
    assert_eq!(x.mul_mask(&positive).unwrap().value().numbers(), array![1.5, 0.0, 0.25].into_dyn());
}

#[test]
fn what_leaves_its_range_is_noticed() {
    let engine = Fixed::default();
    let large = Var::constant(&engine, array![[2.0_f64.powi(15), 2.0_f64.powi(14)]]).unwrap();
    let limit = 2.0_f64.powi(30);
    for product in [large.square(), large.matmul(large.t().unwrap())] {
        let Err(Error::OutOfRange { value, limit: found, .. }) = product else { panic!("it is too large") };
        assert!(value >= limit && found == limit);
    }
    let operation = |outcome: Result<Var<Fixed>, Error>| match outcome.unwrap_err() {
        Error::OutOfRange { operation, .. } => operation,
        other => panic!("{other}"),
    };
    assert_eq!(operation(Var::constant(&engine, array![1e20])), "constant");
    assert_eq!(operation(large.sub(&large).unwrap().reciprocal()), "reciprocal");
    assert_eq!(operation(large.neg().unwrap().log()), "log");
    assert_eq!(operation(large.exp()), "exp");
}

#[test]
fn a_network_learns_as_in_the_clear() {
    let plain = network::train(&Plain::default(), Clone::clone).unwrap();
    let bits = |bits| network::train(&fixed(bits, Rounding::Stochastic), |x| x.numbers()).unwrap();
    for (found, off) in [(bits(22), 2e-3), (bits(16), 2e-2)] {
        for (found, expected) in found.losses.iter().zip(&plain.losses) {
            assert!((found - expected).abs() < off, "a loss of {found} instead of {expected}");
        }
        assert_eq!(found.accuracy, plain.accuracy);
    }
    assert!(plain.losses[5] < 0.1 * plain.losses[0], "there is something to learn");
}
