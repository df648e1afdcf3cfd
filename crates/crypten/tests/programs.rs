//! Programs of random operations agree with their plain twins: each result is off by no more than what the operations
//! on the way state, at 2 and 3 parties, also without a dealer.
//!
//! A program is planned from a seed, in plain: a draft chooses operations and operands, and carries for every number by
//! how much its secret twin may differ. Then the parties run it on secrets and open all results.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "programs/number.rs"]
mod number; // a value and a bound
#[path = "programs/twin.rs"]
mod twin; // tensors of numbers
#[path = "programs/dice.rs"]
mod dice; // choices from a seed
#[path = "programs/draft.rs"]
mod draft; // how operands are chosen
#[path = "programs/program.rs"]
mod program; // planned, run, compared
#[path = "programs/list.rs"]
mod list; // all operations

#[path = "programs/arithmetic.rs"]
mod arithmetic; // sums, products, quotients, comparisons
#[path = "programs/conv.rs"]
mod conv; // convolutions
#[path = "programs/elementwise.rs"]
mod elementwise; // exp, sigmoid, clamp and their like
#[path = "programs/extremes.rs"]
mod extremes; // the largest, the smallest, and where
#[path = "programs/index.rs"]
mod index; // parts, read and written
#[path = "programs/join.rs"]
mod join; // cat, stack, split
#[path = "programs/linear.rs"]
mod linear; // matrix products
#[path = "programs/norm.rs"]
mod norm; // norms and cosines
#[path = "programs/normalization.rs"]
mod normalization; // batches, layers, groups
#[path = "programs/order.rs"]
mod order; // sorting
#[path = "programs/pooling.rs"]
mod pooling; // windows
#[path = "programs/power.rs"]
mod power; // powers and products
#[path = "programs/rearrange.rs"]
mod rearrange; // flips, rolls, windows
#[path = "programs/reduce.rs"]
mod reduce; // sums, means, variances, softmax
#[path = "programs/shape.rs"]
mod shape; // reshape, permute, expand
#[path = "programs/table.rs"]
mod table; // rows at secret positions

use std::collections::BTreeMap;
use std::ops::Range;

use crypten::ProviderKind;
use crypten::ndarray::ArrayD;

use list::operations;
use number::{Number, UNIT};
use program::{Program, difference};

/// How many parties, and with what correlated randomness, run the programs of which seeds.
const RUNS: [(usize, ProviderKind, Range<u64>); 3] = [
    (2, ProviderKind::InsecureFirstParty, 0..2000),
    (3, ProviderKind::InsecureFirstParty, 2000..2500),
    (3, ProviderKind::Replicated, 2500..2750),
];
/// How often each operation occurs at least.
const HANDFUL: usize = 8;
/// The bound of at least half of the results, as a part of the number or of one.
const TIGHT: f64 = 1e-3;

#[test]
fn random_programs_agree_with_their_plain_twins() {
    for (parties, provider, seeds) in RUNS {
        let complaints = crypten::local(parties, provider, |session| {
            let operations = operations();
            Ok(seeds.clone().find_map(|seed| Program::planned(seed, &operations).complaint(session)))
        });
        if let Some(complaint) = complaints.unwrap().into_iter().flatten().next() {
            panic!("{provider:?}, {complaint}");
        }
    }
}

#[test]
fn every_operation_of_the_list_occurs() {
    let operations = operations();
    let mut counts: BTreeMap<&str, usize> = operations.iter().map(|operation| (operation.name, 0)).collect();
    assert_eq!(counts.len(), operations.len(), "no two operations have the same name");
    for seed in RUNS.into_iter().flat_map(|(_, _, seeds)| seeds) {
        for step in Program::planned(seed, &operations).steps {
            // What is encrypted on the way is on no list.
            if let Some(count) = counts.get_mut(step.name) {
                *count += 1;
            }
        }
    }
    counts.retain(|_, count| *count < HANDFUL);
    assert!(counts.is_empty(), "operations that hardly occur: {counts:?}");
}

#[test]
fn most_bounds_are_tight() {
    let operations = operations();
    let (mut tight, mut all) = (0, 0);
    for seed in RUNS[0].2.clone() {
        for number in Program::planned(seed, &operations).results().flatten() {
            all += 1;
            tight += usize::from(number.bound <= TIGHT * (1.0 + number.value.abs()));
        }
    }
    assert!(2 * tight > all, "{tight} of {all}");
}

#[test]
fn a_wrong_result_is_reported() {
    let number = Number { value: 2.0, bound: 0.25 };
    let apart =
        |by: f64| difference(&ArrayD::from_elem(vec![1], 2.0 + by), &ArrayD::from_elem(vec![1], number));
    assert_eq!((apart(0.2), apart(-0.25)), (None, None));
    assert!(apart(0.75).is_some() && apart(-0.3).is_some() && apart(f64::NAN).is_some());

    let complaints = crypten::local(2, ProviderKind::InsecureFirstParty, |session| {
        let mut program = Program::planned(0, &operations());
        let before = program.complaint(session);
        let wrong = program.steps.last_mut().unwrap().planned.results[0].first_mut().unwrap();
        wrong.value += 3.0 * (wrong.bound + UNIT);
        Ok((before, program.complaint(session)))
    });
    for (before, after) in complaints.unwrap() {
        assert_eq!(before, None);
        let after = after.unwrap();
        assert!(after.starts_with("seed 0 with 2 parties:\n  #0 = cryptensor("), "{after}");
        assert!(after.contains(" instead of ") && after.contains("bound "), "{after}");
    }
}
