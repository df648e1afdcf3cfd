//! Whole networks on the secret engine: what they cost, and whether they learn as in the clear.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "networks/costs.rs"]
mod costs; // rounds and bytes
#[path = "networks/training.rs"]
mod training; // loss curves
#[path = "networks/zoo.rs"]
mod zoo; // the networks

use crypten::ndarray::ArrayD;
use crypten::{Error, ProviderKind, Session};

#[track_caller]
fn assert_close(what: &str, found: &ArrayD<f64>, expected: &ArrayD<f64>, off: f64) {
    let close = (found - expected).iter().all(|difference| difference.abs() < off);
    assert!(close, "{what}: {found}, not {expected}");
}

fn two(program: impl Fn(&Session) -> Result<(), Error> + Sync) {
    crypten::local(2, ProviderKind::InsecureFirstParty, |session| program(session)).unwrap();
}
