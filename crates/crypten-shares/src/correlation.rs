//! Correlated randomness: what each kind consists of, how it is dealt, and how a party expands its part.
//!
//! A correlation comes in *units*: 256 elements for elementwise kinds, one whole product for matrices. A unit is
//! a row of words: first the *independent* ones, uniformly random at every party, then the *dependent* ones,
//! which are functions of the independent ones (the `c` of a triple, the products of the bits of a mask). Both
//! come from the party's seed, except that the dependent words of party 0 are a *correction*: what makes the sum
//! of all parts come out right. Whoever knows all seeds can compute it ([`Dealing`]).
//!
//! What party 0 has to receive for each element, in bytes; the rest is expanded:
//!
//! | kind | correction | bytes |
//! |---|---|---|
//! | product, square | the product | 8 |
//! | truncation, division | the quotient of the mask, its top bit | 16 |
//! | bit, bits of a mask, product of words of bits | the same in the other sharing; the product | 8 |
//! | sign | products of bits of the mask, 233 bits, in a window 61; for each sign products of wire masks, 96 or 15 bits, and a masking bit, a word | 49.125 |
//! | sign for ReLU | the same, and a word: the bit times the mask | 57.125 |
//! | sign for ReLU with truncation | the same, and the quotient, the top bit, and both times the bit, instead of that word | 81.125 |
//! | equality | products of bits of the mask, 240 bits, and of wire masks, 75 bits, and a masking bit, a word | 47.375 |
//! | maximum of four | six signs, and for each of three winners eleven words | 558.75 |
//! | cosines and sines, each term | two numbers of 40, 48 or 64 bits | 10, 12 or 16 |
//! | power of two | a word for each of eight places | 64 |

mod kind; // the kinds, and their names on the wire
mod name; // what people call them
mod corrections; // dependent words from elsewhere
mod rows; // units that are kept
mod width; // numbers of fewer bits
mod words; // products and truncation
mod planes; // algebra on shared bits
mod sign; // signs and ReLU
mod equal; // comparison with zero
mod maximum; // four-way tournaments
mod periodic; // angles and powers of two
mod joint; // corrections without a dealer

pub(crate) use equal::EqualityUnit;
pub(crate) use joint::{batch_units, complete_jointly};
pub use kind::{Kind, SignUse};
pub(crate) use maximum::{EXTRA_WORDS, PAIRS, TRIPLES, signs as tournament_signs};
pub(crate) use planes::{first_ones, spread};
pub(crate) use rows::Rows;
pub use sign::Window;
pub(crate) use sign::{NODES, SignRow, SignUnit, WIRES};
pub use width::Width;
pub(crate) use words::{oriented, transposed_shape};

use crypten_ring::{Prg, Seed};
use zeroize::Zeroizing;

use crate::message::Words;
use corrections::{Correction, Corrections};

/// How the parts of a word add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algebra {
    /// Modulo 2^64.
    Additive,
    /// Modulo less, in packed rows.
    Modulo(Width),
    /// Bit by bit.
    Xor,
}

impl Algebra {
    /// Adds `more` to `total`.
    pub(crate) fn accumulate(self, total: &mut [u64], more: &[u64]) {
        crypten_ring::vectorized(
            #[inline(always)]
            || match self {
                Self::Additive => total.iter_mut().zip(more).for_each(|(t, &m)| *t = t.wrapping_add(m)),
                Self::Modulo(width) => width.combine(total, more, u64::wrapping_add),
                Self::Xor => total.iter_mut().zip(more).for_each(|(t, &m)| *t ^= m),
            },
        );
    }

    /// Takes `less` away from `total`.
    pub(crate) fn remove(self, total: &mut [u64], less: &[u64]) {
        crypten_ring::vectorized(
            #[inline(always)]
            || match self {
                Self::Additive => total.iter_mut().zip(less).for_each(|(t, &l)| *t = t.wrapping_sub(l)),
                Self::Modulo(width) => width.combine(total, less, u64::wrapping_sub),
                Self::Xor => total.iter_mut().zip(less).for_each(|(t, &l)| *t ^= l),
            },
        );
    }
}

/// What a unit of a kind consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Runs of independent words.
    pub(crate) independent: Vec<(Algebra, usize)>,
    /// Runs of dependent words.
    pub(crate) dependent: Vec<(Algebra, usize)>,
}

impl Layout {
    /// How many independent words a unit has.
    pub(crate) fn independent_words(&self) -> usize {
        self.independent.iter().map(|run| run.1).sum()
    }

    /// How many dependent words a unit has.
    pub(crate) fn dependent_words(&self) -> usize {
        self.dependent.iter().map(|run| run.1).sum()
    }

    /// How many words a unit has.
    pub(crate) fn words(&self) -> usize {
        self.independent_words() + self.dependent_words()
    }
}

fn for_runs(runs: &[(Algebra, usize)], mut f: impl FnMut(Algebra, std::ops::Range<usize>)) {
    let mut start = 0;
    for &(algebra, words) in runs {
        f(algebra, start..start + words);
        start += words;
    }
}

/// All parties' independent words of a unit together, for a kind whose words add up modulo 2^64.
fn sum_of_parts(kind: &Kind, number: u64, seeds: &[Seed]) -> Zeroizing<Vec<u64>> {
    let mut total = Zeroizing::new(vec![0; kind.layout().independent_words()]);
    let mut part = total.clone();
    for seed in seeds {
        Prg::new(&seed.derive(&kind.label()), number).fill(&mut part);
        Algebra::Additive.accumulate(&mut total, &part);
    }
    total
}

/// All seeds of one kind: makes party 0's unit, with the correction in it.
pub(crate) struct Dealing {
    kind: Kind,
    layout: Layout,
    /// Invariant: in rank order, derived for the kind.
    seeds: Vec<Seed>,
    /// The independent words of all parties together, and the mask of a fixed operand.
    total: Zeroizing<Vec<u64>>,
    /// One other party's unit.
    other: Zeroizing<Vec<u64>>,
}

impl Dealing {
    /// Prepares to deal a kind among the owners of these seeds.
    pub(crate) fn new(kind: &Kind, seeds: &[Seed]) -> Self {
        let layout = kind.layout();
        let label = kind.label();
        let mut total = Zeroizing::new(vec![0; layout.independent_words()]);
        if let Some((operand, number)) = kind.fixed_operand() {
            total.extend(&*sum_of_parts(&operand, number, seeds));
        }
        Self {
            seeds: seeds.iter().map(|seed| seed.derive(&label)).collect(),
            total,
            other: Zeroizing::new(vec![0; layout.words()]),
            kind: kind.clone(),
            layout,
        }
    }

    /// The layout of a unit.
    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Makes party 0's unit number `index`: its independent words in `own`, the dependent ones in `correction`.
    pub(crate) fn deal(&mut self, index: u64, own: &mut [u64], correction: &mut [u64]) {
        Prg::new(&self.seeds[0], index).fill(own);
        self.total[..own.len()].copy_from_slice(own);
        if let [_, single] = &self.seeds[..] {
            Prg::new(single, index).fill(&mut self.other);
            self.add_independent();
            self.kind.complete(&self.total, correction);
            self.remove_dependent(correction);
            return;
        }
        for other in 1..self.seeds.len() {
            Prg::new(&self.seeds[other], index).fill(&mut self.other);
            self.add_independent();
        }
        self.kind.complete(&self.total, correction);
        for other in 1..self.seeds.len() {
            Prg::new(&self.seeds[other], index).fill(&mut self.other);
            self.remove_dependent(correction);
        }
    }

    fn add_independent(&mut self) {
        for_runs(&self.layout.independent, |algebra, run| {
            algebra.accumulate(&mut self.total[run.clone()], &self.other[run]);
        });
    }

    fn remove_dependent(&self, correction: &mut [u64]) {
        let theirs = &self.other[self.layout.independent_words()..];
        for_runs(&self.layout.dependent, |algebra, run| {
            algebra.remove(&mut correction[run.clone()], &theirs[run])
        });
    }
}

/// A row of units that a protocol spends: each is handed out once, in order.
pub struct Supply {
    kind: Kind,
    source: Source,
    layout: Layout,
    next: u64,
    end: u64,
}

/// Where a party's words come from.
enum Source {
    /// This party's seed, derived for the kind.
    Seed(Seed),
    /// This party's seed for the independent words, corrections for the dependent ones.
    Corrected(Seed, Corrections),
    /// All seeds: this party is the insecure first party.
    Dealing(Box<Dealing>),
}

impl Supply {
    /// Units `first..first + units` of a kind, expanded from this party's seed.
    #[must_use]
    pub fn expanded(kind: &Kind, seed: &Seed, first: u64, units: usize) -> Self {
        Self::new(kind, Source::Seed(seed.derive(&kind.label())), first, units)
    }

    /// The same for party 0, with the dependent words of all these units as they were dealt.
    ///
    /// # Panics
    /// If there are not as many corrections as the units need.
    #[must_use]
    pub fn corrected(kind: &Kind, seed: &Seed, first: u64, units: usize, corrections: Vec<u64>) -> Self {
        assert_eq!(
            corrections.len(),
            kind.correction_words() * units,
            "words of correction for {units} units"
        );
        let mut supply = Self::awaiting(kind, seed, first, units);
        supply.feed(Zeroizing::new(corrections.into()));
        supply
    }

    /// The same before any correction is here; [`crate::Provider::corrections`] brings them.
    #[must_use]
    pub fn awaiting(kind: &Kind, seed: &Seed, first: u64, units: usize) -> Self {
        Self::new(kind, Source::Corrected(seed.derive(&kind.label()), Corrections::default()), first, units)
    }

    pub(crate) fn dealt(kind: &Kind, seeds: &[Seed], first: u64, units: usize) -> Self {
        Self::new(kind, Source::Dealing(Box::new(Dealing::new(kind, seeds))), first, units)
    }

    fn new(kind: &Kind, source: Source, first: u64, units: usize) -> Self {
        let (kind, layout) = (kind.clone(), kind.layout());
        Self { kind, source, layout, next: first, end: first + units as u64 }
    }

    /// What its units are.
    pub(crate) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// How many words of correction are still to come before the last unit can be spent, if the next cannot.
    pub(crate) fn lacking(&self) -> Option<usize> {
        let Source::Corrected(_, corrections) = &self.source else {
            return None;
        };
        let unit = self.layout.dependent_words();
        let units = (self.end - self.next) as usize;
        (corrections.available() < unit).then(|| units * unit - corrections.available())
    }

    /// Adds words of correction.
    pub(crate) fn feed(&mut self, words: Zeroizing<Words>) {
        if let Source::Corrected(_, corrections) = &mut self.source
            && !words.is_empty()
        {
            corrections.push(words);
        }
    }

    /// The number of the next unit.
    pub(crate) fn next_unit(&self) -> u64 {
        self.next
    }

    /// Words of a unit.
    pub(crate) fn unit_words(&self) -> usize {
        self.layout.words()
    }

    /// Independent words of a unit.
    fn independent_words(&self) -> usize {
        self.layout.independent_words()
    }

    /// Words of a unit without those that come as corrections.
    fn own_words(&self) -> usize {
        match self.source {
            Source::Corrected(..) => self.layout.independent_words(),
            _ => self.layout.words(),
        }
    }

    /// Writes the independent words of the unit `ahead` places after the next into `out`.
    pub(crate) fn independent_ahead(&self, ahead: usize, out: &mut [u64]) {
        let seed = match &self.source {
            Source::Seed(seed) | Source::Corrected(seed, _) => seed,
            Source::Dealing(dealing) => &dealing.seeds[0],
        };
        Prg::new(seed, self.next + ahead as u64).fill(out);
    }

    /// Spends the next unit: writes it into `out`.
    ///
    /// # Panics
    /// When all units are spent, if `out` is not as long as a unit, or if its corrections have not come.
    pub fn unit(&mut self, out: &mut [u64]) {
        let (own, rest) = out.split_at_mut(self.own_words());
        if let Some(correction) = self.part(own) {
            rest.copy_from_slice(correction.words());
        }
    }

    /// Spends the next unit: writes it into `own`, without its corrections if these come from elsewhere.
    fn part(&mut self, own: &mut [u64]) -> Option<Correction> {
        assert!(self.next < self.end, "every unit is spent once");
        let index = self.next;
        self.next += 1;
        match &mut self.source {
            Source::Seed(seed) => Prg::new(seed, index).fill(own),
            Source::Corrected(seed, corrections) => {
                Prg::new(seed, index).fill(own);
                return Some(corrections.next(self.layout.dependent_words()));
            }
            Source::Dealing(dealing) => {
                let (own, rest) = own.split_at_mut(self.layout.independent_words());
                dealing.deal(index, own, rest);
            }
        }
        None
    }
}

impl std::fmt::Debug for Supply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Supply({} units, ..)", self.end - self.next)
    }
}
