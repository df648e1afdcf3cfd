//! How what lies between two numbers of the grid becomes one of them.
//!
//! Truncation on shares opens `z + r` and takes the low bits of `r` off as a carry: `(z + r) >> f` for uniform `r` below
//! `2^f`, which is up with a probability of what was cut off, so that the mean is right. Rounding to the nearest loses
//! whatever is always below half a unit, and rounding down makes everything smaller: S. Gupta et al., "Deep learning with
//! limited numerical precision" (ICML 2015).

use std::sync::{Mutex, PoisonError};

use crypten_autograd::PlainTensor;
use crypten_ring::{Prg, RingTensor, Scale, Seed};

/// A rule of rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// Up with a probability of what is cut off: what a session does.
    #[default]
    Stochastic,
    /// To the nearest.
    Nearest,
    /// Down, as a shift does.
    Down,
}

/// A rule, and the random words that it takes.
pub(crate) struct Rounder {
    rounding: Rounding,
    stream: Mutex<Prg>,
}

impl Rounder {
    pub(crate) fn new(rounding: Rounding, seed: u64) -> Self {
        let seed = Seed::from_words([seed, 0, 0, 0]).derive(b"fixed engine");
        Self { rounding, stream: Mutex::new(Prg::new(&seed, 0)) }
    }

    /// Products at twice a scale, in two's complement, at the scale itself.
    pub(crate) fn truncated(&self, products: &RingTensor, scale: Scale) -> RingTensor {
        let bits = scale.bits();
        let shift = |word: u64| (word.cast_signed() >> bits).cast_unsigned();
        let words = match self.rounding {
            Rounding::Down => return products.map(shift),
            Rounding::Nearest => products + (1 << (bits - 1)),
            Rounding::Stochastic => products + &self.words(products.shape(), bits),
        };
        words.map(shift)
    }

    /// Real numbers on the grid of a scale. Those that it does not hold are for the caller to refuse.
    pub(crate) fn encoded(
        &self,
        numbers: &PlainTensor,
        scale: Scale,
    ) -> Result<RingTensor, crypten_ring::Error> {
        let unit = scale.decode_scalar(1);
        let on_grid = match self.rounding {
            Rounding::Down => numbers.mapv(|x| (x / unit).floor() * unit).into_shared(),
            Rounding::Nearest => numbers.clone(),
            Rounding::Stochastic => {
                // 32 bits decide which way to go.
                let drawn = Scale::new(32)?.decode(&self.words(numbers.shape(), 32));
                (drawn + &(numbers / unit)).mapv(|x| x.floor() * unit).into_shared()
            }
        };
        scale.encode(&on_grid.view())
    }

    /// Uniform words of so many bits.
    pub(crate) fn words(&self, shape: &[usize], bits: u32) -> RingTensor {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        stream.tensor(shape).map(|word| word >> (64 - bits))
    }
}

impl std::fmt::Debug for Rounder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.rounding.fmt(f)
    }
}
