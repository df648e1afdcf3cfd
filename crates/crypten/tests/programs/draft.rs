//! A program while it is planned: the pool of twins, and how an operation chooses its operands from it.

use std::fmt;

use crypten::ndarray::{ArrayD, IxDyn};
use crypten::{CrypTensor, Error, Operand, Session};

use crate::dice::{Dice, Kind};
use crate::number::Number;
use crate::twin::{Twin, common_shape, exact};

/// The most elements and axes that a tensor of a program has, and the largest of its numbers.
const MOST_ELEMENTS: usize = 48;
const MOST_AXES: usize = 5;
const LARGEST: f64 = 1024.0;
/// What part of a number, or of one, its bound is at most; otherwise it would say nothing.
const LOOSEST: f64 = 0.05;

/// How a step runs on the secrets of all steps before it.
pub(crate) type Run = Box<dyn Fn(&Session, &[CrypTensor]) -> Result<Vec<CrypTensor>, Error>>;

/// What an operation makes of the operands that it chose.
pub(crate) struct Planned {
    /// Operands and parameters, in words.
    pub(crate) details: String,
    pub(crate) results: Vec<Twin>,
    pub(crate) run: Run,
}

/// A step with one result.
pub(crate) fn one(
    details: String,
    twin: Twin,
    run: impl Fn(&[CrypTensor]) -> Result<CrypTensor, Error> + 'static,
) -> Option<Planned> {
    several(details, vec![twin], move |pool| run(pool).map(|result| vec![result]))
}

/// A step with two results.
pub(crate) fn two(
    details: String,
    first: Twin,
    second: Twin,
    run: impl Fn(&[CrypTensor]) -> Result<(CrypTensor, CrypTensor), Error> + 'static,
) -> Option<Planned> {
    several(details, vec![first, second], move |pool| run(pool).map(|(first, second)| vec![first, second]))
}

/// A step with any number of results.
pub(crate) fn several(
    details: String,
    results: Vec<Twin>,
    run: impl Fn(&[CrypTensor]) -> Result<Vec<CrypTensor>, Error> + 'static,
) -> Option<Planned> {
    let run: Run = Box::new(move |_: &Session, pool: &[CrypTensor]| run(pool));
    Some(Planned { details, results, run })
}

/// An operand that is secret or public.
pub(crate) enum Source {
    /// A place in the pool.
    Secret(usize),
    Public(ArrayD<f64>),
    Number(f64),
}

impl Source {
    pub(crate) fn is_public(&self) -> bool {
        !matches!(self, Self::Secret(_))
    }

    pub(crate) fn of<'a>(&'a self, pool: &'a [CrypTensor]) -> &'a dyn Operand {
        match self {
            Self::Secret(index) => &pool[*index],
            Self::Public(values) => values,
            Self::Number(value) => value,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(index) => write!(f, "#{index}"),
            Self::Public(values) => write!(f, "public {:?}", values.shape()),
            Self::Number(value) => write!(f, "{value}"),
        }
    }
}

/// An operand that may be absent.
pub(crate) fn optional<'a>(source: &'a Option<Source>, pool: &'a [CrypTensor]) -> Option<&'a dyn Operand> {
    source.as_ref().map(|source| source.of(pool))
}

/// An operand that may be absent, in words.
pub(crate) fn named(source: &Option<Source>) -> String {
    source.as_ref().map_or("none".to_owned(), ToString::to_string)
}

/// A step of a program.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) planned: Planned,
}

/// A program while it is planned.
pub(crate) struct Draft {
    pub(crate) dice: Dice,
    /// The results of all steps so far.
    pool: Vec<Twin>,
    steps: Vec<Step>,
}

impl Draft {
    pub(crate) fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed), pool: Vec::new(), steps: Vec::new() }
    }

    pub(crate) fn into_steps(self) -> Vec<Step> {
        self.steps
    }

    /// Adds an operation, unless it does not apply to what it chose or its result is no good.
    pub(crate) fn extended(
        &mut self,
        name: &'static str,
        plan: impl Fn(&mut Self) -> Option<Planned>,
    ) -> bool {
        let before = (self.pool.len(), self.steps.len());
        match plan(self) {
            Some(planned) if planned.results.iter().all(is_meaningful) => {
                self.push(name, planned);
                true
            }
            _ => {
                self.pool.truncate(before.0);
                self.steps.truncate(before.1);
                false
            }
        }
    }

    fn push(&mut self, name: &'static str, planned: Planned) {
        self.pool.extend(planned.results.iter().cloned());
        self.steps.push(Step { name, planned });
    }

    /// A new secret tensor, whose owner is another party than that of the one before.
    pub(crate) fn encrypted(&mut self, shape: &[usize], kind: Kind) -> (usize, Twin) {
        let (index, values) = (self.pool.len(), self.dice.numbers(shape, kind));
        let twin = exact(&values);
        let run: Run = Box::new(move |session: &Session, _: &[CrypTensor]| {
            session.cryptensor(&values, index % session.parties()).map(|secret| vec![secret])
        });
        self.push("cryptensor", Planned { details: String::new(), results: vec![twin.clone()], run });
        (index, twin)
    }

    /// Any secret tensor of the pool.
    pub(crate) fn any(&mut self) -> (usize, Twin) {
        self.chosen(|_| true).expect("a program begins with secrets")
    }

    /// A secret tensor of the pool that fits; late ones more often.
    pub(crate) fn chosen(&mut self, fits: impl Fn(&Twin) -> bool) -> Option<(usize, Twin)> {
        let fitting: Vec<usize> = (0..self.pool.len()).filter(|&index| fits(&self.pool[index])).collect();
        if fitting.is_empty() {
            return None;
        }
        let index = fitting[self.dice.below(fitting.len()).max(self.dice.below(fitting.len()))];
        Some((index, self.pool[index].clone()))
    }

    /// A secret tensor of `fewest` to `most` axes that fits, or now and then a new one, which may not.
    pub(crate) fn secret(
        &mut self,
        [fewest, most]: [usize; 2],
        kind: Kind,
        fits: impl Fn(&Twin) -> bool,
    ) -> (usize, Twin) {
        if !self.dice.once_in(6)
            && let Some(found) = self.chosen(|twin| (fewest..=most).contains(&twin.ndim()) && fits(twin))
        {
            return found;
        }
        let axes = self.dice.between(fewest, most.min(4));
        let shape = self.dice.shape(axes);
        self.encrypted(&shape, kind)
    }

    /// A secret tensor of at least so many axes.
    pub(crate) fn with_axes(&mut self, fewest: usize) -> (usize, Twin) {
        self.secret([fewest, MOST_AXES], Kind::Any, |_| true)
    }

    /// A secret or public operand of a shape.
    pub(crate) fn operand(&mut self, shape: &[usize], kind: Kind) -> (Source, Twin) {
        let admits = |twin: &Twin| twin.shape() == shape && twin.iter().all(|&x| kind.admits(x));
        match self.dice.below(4) {
            0 | 1 => self.public(shape, kind),
            2 => self.shared(shape, kind),
            _ => match self.chosen(admits) {
                Some((index, twin)) => (Source::Secret(index), twin),
                None => self.shared(shape, kind),
            },
        }
    }

    /// The same, or nothing.
    pub(crate) fn parameter(&mut self, shape: &[usize], kind: Kind) -> (Option<Source>, Option<Twin>) {
        if self.dice.once_in(3) { (None, None) } else { Some(self.operand(shape, kind)).unzip() }
    }

    /// A secret or public operand, or a number, whose shape broadcasts with another.
    pub(crate) fn beside(&mut self, shape: &[usize], kind: Kind) -> (Source, Twin) {
        let few = |shape: Vec<usize>| shape.iter().product::<usize>() <= MOST_ELEMENTS;
        let admits = |twin: &Twin| {
            common_shape(shape, twin.shape()).is_some_and(few) && twin.iter().all(|&x| kind.admits(x))
        };
        let mut own = self.dice.part_of(shape);
        let pairs = own.iter_mut().rev().zip(shape.iter().rev());
        for (length, _) in pairs.filter(|(_, other)| **other == 1) {
            *length = self.dice.between(1, 2);
        }
        match self.dice.below(7) {
            0 => {
                let number = self.dice.numbers(&[1], kind)[0];
                (Source::Number(number), ArrayD::from_elem(IxDyn(&[]), Number::exact(number)))
            }
            1 | 2 => self.public(&own, kind),
            3 => self.shared(&own, kind),
            _ => match self.chosen(admits) {
                Some((index, twin)) => (Source::Secret(index), twin),
                None => self.shared(&own, kind),
            },
        }
    }

    fn public(&mut self, shape: &[usize], kind: Kind) -> (Source, Twin) {
        let values = self.dice.numbers(shape, kind);
        let twin = exact(&values);
        (Source::Public(values), twin)
    }

    fn shared(&mut self, shape: &[usize], kind: Kind) -> (Source, Twin) {
        let (index, twin) = self.encrypted(shape, kind);
        (Source::Secret(index), twin)
    }

    /// An axis, counted from the front, and as an operation is told of it: from either end.
    pub(crate) fn axis(&mut self, x: &Twin) -> (usize, isize) {
        let axis = self.dice.below(x.ndim());
        (axis, self.signed(axis, x.ndim()))
    }

    /// At least one axis; counted from the front, ascending, and as an operation is told of them.
    pub(crate) fn axes(&mut self, x: &Twin) -> (Vec<usize>, Vec<isize>) {
        let one = self.dice.below(x.ndim());
        let axes: Vec<usize> = (0..x.ndim()).filter(|&axis| axis == one || self.dice.once_in(3)).collect();
        let signed = axes.iter().rev().map(|&axis| self.signed(axis, x.ndim())).collect();
        (axes, signed)
    }

    fn signed(&mut self, axis: usize, axes: usize) -> isize {
        axis as isize - if self.dice.flip() { axes as isize } else { 0 }
    }
}

/// Whether a result is small enough to go on with, and known well enough to be tested.
fn is_meaningful(twin: &Twin) -> bool {
    let known = |x: &Number| x.value.abs() <= LARGEST && x.bound <= LOOSEST * (1.0 + x.value.abs());
    (1..=MOST_ELEMENTS).contains(&twin.len()) && twin.ndim() <= MOST_AXES && twin.iter().all(known)
}
