//! Runs a program on secrets at 2 and 3 parties, also without a dealer, and compares what they open with plain
//! arithmetic.

use crypten::ndarray::{ArrayD, IxDyn};
use crypten::{CrypTensor, Error, ProviderKind, Session};
use proptest::prelude::*;

/// One unit of 16 fractional bits.
pub(crate) const UNIT: f64 = 1.0 / 65536.0;

/// Runs a program on secrets at 2 and 3 parties, also replicated; every party must open `expected` within `units`
/// units.
#[track_caller]
pub(crate) fn check(
    inputs: &[ArrayD<f64>],
    expected: &ArrayD<f64>,
    units: f64,
    program: impl Fn(&Session, &[CrypTensor]) -> Result<CrypTensor, Error> + Sync,
) {
    let first = ProviderKind::InsecureFirstParty;
    for (parties, provider) in [(2, first), (3, first), (3, ProviderKind::Replicated)] {
        let opened = crypten::local(parties, provider, |session| {
            let owner = |i: usize| i % session.parties();
            let secrets = inputs
                .iter()
                .enumerate()
                .map(|(i, x)| session.cryptensor(x, owner(i)))
                .collect::<Result<Vec<_>, _>>()?;
            program(session, &secrets)?.get_plain_text()
        });
        for opened in opened.expect("the program runs") {
            assert_eq!(opened.shape(), expected.shape(), "shapes with {parties} parties, {provider:?}");
            for (found, plain) in opened.iter().zip(expected) {
                let close = (found - plain).abs() <= units * UNIT;
                assert!(close, "{found} instead of {plain} with {parties} parties, {provider:?}");
            }
        }
    }
}

/// Random numbers below `limit` in magnitude, biased to zero, one and a half. They are on the grid, so that what is
/// compared is the operation and not the encoding.
pub(crate) fn numbers(shape: Vec<usize>, limit: f64) -> impl Strategy<Value = ArrayD<f64>> {
    let count = shape.iter().product::<usize>();
    let number = prop_oneof![6 => -limit..limit, 1 => Just(0.0), 1 => Just(1.0), 1 => Just(-0.5)];
    let grid = |x: f64| (x / UNIT).round() * UNIT;
    proptest::collection::vec(number.prop_map(grid), count)
        .prop_map(move |values| ArrayD::from_shape_vec(IxDyn(&shape), values).unwrap())
}
