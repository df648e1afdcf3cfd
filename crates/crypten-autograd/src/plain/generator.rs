//! Random numbers from a seed: the words of ChaCha, of which 53 bits make a number.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use crypten_ring::{Prg, Seed};
use ndarray::{ArcArray, IxDyn};

use super::PlainTensor;

/// One stream, which every handle goes on with.
pub(super) struct Generator {
    stream: Mutex<Prg>,
}

impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        let seed = Seed::from_words([seed, 0, 0, 0]).derive(b"plain engine");
        Self { stream: Mutex::new(Prg::new(&seed, 0)) }
    }

    pub(super) fn uniform(&self, shape: &[usize]) -> PlainTensor {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        let words = stream.words(shape.iter().product());
        let numbers = words.into_iter().map(|word| (word >> 11) as f64 / (1_u64 << 53) as f64).collect();
        ArcArray::from_shape_vec(IxDyn(shape), numbers).expect("one number for each element")
    }
}

impl fmt::Debug for Generator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Generator(..)")
    }
}
