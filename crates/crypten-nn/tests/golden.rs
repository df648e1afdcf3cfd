//! Modules, losses, optimisers and schedules against PyTorch's, which `golden/make.py` has written down with its
//! version.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod golden {
    pub(crate) mod file; // what is written down
    pub(crate) mod judge; // how far off an engine may be
    pub(crate) mod layers; // the layers
    pub(crate) mod losses; // the losses
    pub(crate) mod optimizers; // the optimisers
    pub(crate) mod schedules; // the schedules
}

use crypten_autograd::{Engine, Error, Plain, PlainTensor};
use ndarray::ArrayD;

use golden::file::Golden;
use golden::judge::{Judge, Tested};
use golden::{layers, losses, optimizers, schedules};

/// What double precision and the ten digits of the file allow.
const OFF: f64 = 1e-5;

impl Tested for Plain {
    fn hide(&self, values: ArrayD<f64>) -> Result<PlainTensor, Error> {
        self.constant(values)
    }

    fn show(&self, tensor: &PlainTensor) -> Result<ArrayD<f64>, Error> {
        Ok(tensor.to_owned())
    }
}

#[test]
fn layers_and_their_gradients_are_those_of_pytorch() {
    let (golden, mut judge) = (Golden::read(), Judge::default());
    for case in &golden.layers {
        judge.begin(&case.name, OFF);
        layers::run(&Plain::default(), &golden, case, &mut judge).unwrap();
    }
    judge.conclude(250);
}

#[test]
fn losses_and_their_gradients_are_those_of_pytorch() {
    let mut judge = Judge::default();
    for case in &Golden::read().losses {
        judge.begin(&format!("{} by {}", case.name, case.reduction), OFF);
        losses::run(&Plain::default(), case, &mut judge).unwrap();
    }
    judge.conclude(70);
}

#[test]
fn optimizers_step_as_those_of_pytorch() {
    let mut judge = Judge::default();
    for case in &Golden::read().optimizers {
        judge.begin(&case.name, OFF);
        optimizers::run(&Plain::default(), case, &mut judge).unwrap();
    }
    judge.conclude(40);
}

#[test]
fn schedules_go_as_those_of_pytorch() {
    for case in &Golden::read().schedules {
        schedules::run(&Plain::default(), case).unwrap();
    }
}

#[test]
fn gradients_are_clipped_as_by_pytorch() {
    let mut judge = Judge::default();
    for case in &Golden::read().clips {
        judge.begin("clip", OFF);
        optimizers::clip(&Plain::default(), case, &mut judge).unwrap();
    }
    judge.conclude(10);
}
