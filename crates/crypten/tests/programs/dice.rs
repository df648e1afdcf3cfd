//! Choices that follow from a seed by SplitMix64 (G. L. Steele, D. Lea and C. H. Flood, "Fast splittable pseudorandom
//! number generators", 2014). Not for secrets.

use crypten::ndarray::{ArrayD, IxDyn};

use crate::number::{Number, UNIT};

/// The golden ratio as a step through all words.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// What a new tensor holds: numbers on the grid of the precision.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Up to 1, 4 or 30 in magnitude, or few different ones, or whole ones.
    Any,
    /// Up to 2 in magnitude.
    Small,
    /// At least a quarter.
    Positive,
    /// At least a quarter in magnitude.
    Nonzero,
    /// Zeros and ones.
    Bits,
    /// Whole numbers from -1 to 5.
    Whole,
}

impl Kind {
    /// Whether a number that was computed may stand for a new one.
    pub(crate) fn admits(self, x: Number) -> bool {
        match self {
            Self::Any => true,
            Self::Small => x.size() <= 2.5,
            Self::Positive => x.value - x.bound >= 0.125,
            Self::Nonzero => x.value.abs() - x.bound >= 0.125,
            Self::Bits => x.is_whole() && (x.value == 0.0 || x.value == 1.0),
            Self::Whole => x.is_whole(),
        }
    }
}

/// A stream of choices.
pub(crate) struct Dice {
    state: u64,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        // Neighbouring seeds start far apart.
        Self { state: mixed(seed.wrapping_add(1)) }
    }

    fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        mixed(self.state)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.word() % end as u64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    pub(crate) fn flip(&mut self) -> bool {
        self.below(2) == 0
    }

    /// True one time in `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A number on the grid, below `limit` in magnitude or there.
    pub(crate) fn number(&mut self, limit: f64) -> f64 {
        let part = self.word() as f64 / 2.0_f64.powi(63) - 1.0;
        (part * limit / UNIT).round() * UNIT
    }

    pub(crate) fn numbers(&mut self, shape: &[usize], kind: Kind) -> ArrayD<f64> {
        let (limit, grid) = match kind {
            Kind::Any | Kind::Nonzero => {
                self.pick(&[(1.0, UNIT), (4.0, UNIT), (4.0, UNIT), (30.0, UNIT), (3.0, 0.5), (8.0, 1.0)])
            }
            Kind::Small => self.pick(&[(2.0, UNIT), (2.0, 0.5)]),
            Kind::Positive => self.pick(&[(2.0, UNIT), (8.0, UNIT), (4.0, 0.5)]),
            Kind::Bits | Kind::Whole => (3.0, UNIT),
        };
        let number = |_| {
            let number = (self.number(limit) / grid).round() * grid;
            match kind {
                Kind::Any | Kind::Small => number,
                Kind::Positive => number.abs() + 0.25,
                Kind::Nonzero => number + 0.25_f64.copysign(number),
                Kind::Bits => f64::from(u8::from(number > 0.0)),
                Kind::Whole => number.round() + 2.0,
            }
        };
        let values = (0..shape.iter().product::<usize>()).map(number).collect();
        ArrayD::from_shape_vec(IxDyn(shape), values).unwrap()
    }

    /// A shape of so many axes, at most four and now and then of length 1, with few elements.
    pub(crate) fn shape(&mut self, axes: usize) -> Vec<usize> {
        let longest = [10, 10, 5, 3, 2][axes];
        (0..axes).map(|_| if self.once_in(7) { 1 } else { self.between(2, longest) }).collect()
    }

    /// A shape that broadcasts to another.
    pub(crate) fn part_of(&mut self, shape: &[usize]) -> Vec<usize> {
        let missing = if self.once_in(3) { self.below(shape.len() + 1) } else { 0 };
        shape[missing..].iter().map(|&length| if self.once_in(4) { 1 } else { length }).collect()
    }
}

fn mixed(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
