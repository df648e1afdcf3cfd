//! Modules, losses and optimisers on the secret engine against PyTorch's: the bodies and the data are those of
//! `crypten-nn`'s test in the clear. All numbers are secret, parameters, targets and incoming gradients too.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "../../crypten-nn/tests/golden"]
mod golden {
    pub(crate) mod file; // what is written down
    pub(crate) mod judge; // how far off an engine may be
    pub(crate) mod layers; // the layers
    pub(crate) mod losses; // the losses
    pub(crate) mod optimizers; // the optimisers
    pub(crate) mod schedules; // the schedules
}

use crypten::autograd::Computed;
use crypten::ndarray::ArrayD;
use crypten::{Error, ProviderKind, Session, Value};

use golden::file::Golden;
use golden::judge::{Judge, Tested};
use golden::{layers, losses, optimizers, schedules};

impl Tested for Session {
    fn hide(&self, values: ArrayD<f64>) -> Computed<Self> {
        Ok(self.cryptensor(values, 0)?.into())
    }

    fn show(&self, tensor: &Value) -> Result<ArrayD<f64>, Error> {
        tensor.get_plain_text()
    }
}

/// How far a result of a case may be off, absolutely and of itself; a unit of 16 fractional bits is 1.5e-5.
fn allowed(case: &str) -> f64 {
    let starts = |names: &[&str]| names.iter().any(|name| case.starts_with(name));
    if starts(&["MultiheadAttention"]) {
        // The softmax is off by 1e-4, and its gradient meets keys, values and inputs of all positions.
        5e-3
    } else if starts(&["Adam", "RMSprop"]) {
        // The step is the rate, 0.1, over the root of a mean of squares, of which few digits fit 16 fractional bits.
        1e-2
    } else if starts(&["LSTM", "GRU", "Sequential", "GELU", "SiLU", "Tanh", "BCE"]) {
        // Functions that are off by 1e-4 themselves, one after the other; statistics of images; reciprocals of small
        // probabilities.
        6e-4
    } else {
        // A product is off by one unit, a sum of products with rounded factors by several.
        3e-4
    }
}

#[test]
fn layers_and_their_gradients_are_those_of_pytorch() {
    at(2, ProviderKind::InsecureFirstParty, 250, |session, judge| all_layers(session, 1, judge));
}

#[test]
fn three_parties_compute_what_two_compute() {
    for provider in [ProviderKind::InsecureFirstParty, ProviderKind::Replicated] {
        at(3, provider, 60, |session, judge| {
            all_layers(session, 5, judge)?;
            all_losses(session, 4, judge)?;
            all_optimizers(session, 3, judge)
        });
    }
}

#[test]
fn losses_and_their_gradients_are_those_of_pytorch() {
    at(2, ProviderKind::InsecureFirstParty, 70, |session, judge| all_losses(session, 1, judge));
}

#[test]
fn optimizers_step_as_those_of_pytorch() {
    at(2, ProviderKind::InsecureFirstParty, 40, |session, judge| all_optimizers(session, 1, judge));
}

#[test]
fn gradients_are_clipped_as_by_pytorch() {
    at(2, ProviderKind::InsecureFirstParty, 10, |session, judge| {
        for case in &Golden::read().clips {
            judge.begin("clip", allowed("clip"));
            optimizers::clip(session, case, judge)?;
        }
        Golden::read().schedules.iter().try_for_each(|case| schedules::run(session, case))
    });
}

/// Runs a part of the cases in one session, and asserts at each party that at least so many results are what they
/// should be.
fn at(
    parties: usize,
    provider: ProviderKind,
    least: usize,
    part: impl Fn(&Session, &mut Judge) -> Result<(), Error> + Sync,
) {
    let run = |session: &Session| {
        let mut judge = Judge::default();
        part(session, &mut judge)?;
        Ok(judge)
    };
    for judge in crypten::local(parties, provider, run).unwrap() {
        judge.conclude(least);
    }
}

/// Every case after each `step` ones.
fn all_layers(session: &Session, step: usize, judge: &mut Judge) -> Result<(), Error> {
    let golden = Golden::read();
    golden.layers.iter().step_by(step).try_for_each(|case| {
        judge.begin(&case.name, allowed(&case.name));
        layers::run(session, &golden, case, judge)
    })
}

fn all_losses(session: &Session, step: usize, judge: &mut Judge) -> Result<(), Error> {
    Golden::read().losses.iter().step_by(step).try_for_each(|case| {
        judge.begin(&format!("{} by {}", case.name, case.reduction), allowed(&case.name));
        losses::run(session, case, judge)
    })
}

fn all_optimizers(session: &Session, step: usize, judge: &mut Judge) -> Result<(), Error> {
    Golden::read().optimizers.iter().step_by(step).try_for_each(|case| {
        judge.begin(&case.name, allowed(&case.name));
        optimizers::run(session, case, judge)
    })
}
