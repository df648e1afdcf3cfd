//! A program: planned in plain from a seed, then run on secrets and compared with its plain twin.

use std::fmt::Write;

use crypten::ndarray::{ArrayD, Dimension};
use crypten::{CrypTensor, Session};

use crate::dice::Kind;
use crate::draft::{Draft, Planned, Step};
use crate::twin::Twin;

/// How often a program tries to go on with an operation, and how often with the same one.
const ATTEMPTS: usize = 60;
const ATTEMPTS_EACH: usize = 3;
/// What plain arithmetic itself may be off; far below a unit.
const SLACK: f64 = 1e-9;

/// How an operation is planned.
type Plan = dyn Fn(&mut Draft) -> Option<Planned>;

/// An operation of the list: it chooses operands and parameters, and says what its result is in plain, how far the
/// secret one may be off, and how it runs. Nothing if it does not apply to what it has chosen.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    plan: Box<Plan>,
}

impl Operation {
    pub(crate) fn new(name: &'static str, plan: impl Fn(&mut Draft) -> Option<Planned> + 'static) -> Self {
        Self { name, plan: Box::new(plan) }
    }
}

/// A program of random operations with its plain twin.
pub(crate) struct Program {
    seed: u64,
    pub(crate) steps: Vec<Step>,
}

impl Program {
    pub(crate) fn planned(seed: u64, operations: &[Operation]) -> Self {
        let mut draft = Draft::new(seed);
        for _ in 0..draft.dice.between(2, 4) {
            let axes = draft.dice.between(1, 4);
            let shape = draft.dice.shape(axes);
            draft.encrypted(&shape, Kind::Any);
        }
        let mut missing = draft.dice.between(4, 8);
        for _ in 0..ATTEMPTS {
            let operation = &operations[draft.dice.below(operations.len())];
            if (0..ATTEMPTS_EACH).any(|_| draft.extended(operation.name, &operation.plan)) {
                missing -= 1;
            }
            if missing == 0 {
                break;
            }
        }
        Self { seed, steps: draft.into_steps() }
    }

    /// All results, in the order of their numbers.
    pub(crate) fn results(&self) -> impl Iterator<Item = &Twin> {
        self.steps.iter().flat_map(|step| &step.planned.results)
    }

    /// Runs the program, opens all results, and says what is wrong if something is. It is the same at every party.
    pub(crate) fn complaint(&self, session: &Session) -> Option<String> {
        let complaint = |end: String| Some(self.report(session.parties(), &end));
        let mut pool: Vec<CrypTensor> = Vec::new();
        for step in &self.steps {
            let results = match (step.planned.run)(session, &pool) {
                Ok(results) => results,
                Err(error) => {
                    return complaint(format!("{} after #{} ended: {error}", step.name, pool.len()));
                }
            };
            let found: Vec<&[usize]> = results.iter().map(CrypTensor::shape).collect();
            let expected: Vec<&[usize]> = step.planned.results.iter().map(|twin| twin.shape()).collect();
            if found != expected {
                let shapes = format!("shapes {found:?} instead of {expected:?}");
                return complaint(format!("{} after #{} has {shapes}", step.name, pool.len()));
            }
            pool.extend(results);
        }
        for (index, (secret, twin)) in pool.iter().zip(self.results()).enumerate() {
            match secret.get_plain_text() {
                Ok(opened) => {
                    if let Some(difference) = difference(&opened, twin) {
                        return complaint(format!("#{index} at {difference}"));
                    }
                }
                Err(error) => return complaint(format!("opening #{index} ended: {error}")),
            }
        }
        None
    }

    /// The program and what became of it.
    fn report(&self, parties: usize, end: &str) -> String {
        let mut report = format!("seed {} with {parties} parties:\n", self.seed);
        let mut number = 0;
        for Step { name, planned: Planned { details, results, .. } } in &self.steps {
            let numbers: Vec<String> = (number..).take(results.len()).map(|i| format!("#{i}")).collect();
            let shapes: Vec<&[usize]> = results.iter().map(|twin| twin.shape()).collect();
            writeln!(report, "  {} = {name}({details}) of shapes {shapes:?}", numbers.join(", ")).unwrap();
            number += results.len();
        }
        report + end
    }
}

/// The first element that is off by more than its bound.
pub(crate) fn difference(opened: &ArrayD<f64>, twin: &Twin) -> Option<String> {
    let mut pairs = opened.iter().zip(twin.indexed_iter());
    pairs.find_map(|(found, (at, number))| {
        let close = (found - number.value).abs() <= number.bound + SLACK;
        let (value, bound) = (number.value, number.bound);
        (!close).then(|| format!("{:?}: {found} instead of {value}, bound {bound:e}", at.slice()))
    })
}
