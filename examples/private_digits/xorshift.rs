//! A tiny repeatable generator, xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift
//! generators, scrambled", ACM TOMS 2016): for shuffling and initial weights only. It is predictable, so
//! nothing secret may ever come from it.

/// The state, never zero.
#[derive(Debug)]
pub(crate) struct Xorshift(u64);

impl Xorshift {
    /// The same numbers for the same seed; a zero seed would stand still and is replaced.
    pub(crate) fn new(seed: u64) -> Self {
        Self(if seed == 0 { 1 } else { seed })
    }

    /// Puts the items in a random order (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let chosen = self.below(last + 1);
            items.swap(last, chosen);
        }
    }

    /// A number in `[0, 1)` with 24 random bits, as many as an `f32` holds.
    pub(crate) fn unit(&mut self) -> f32 {
        (self.word() >> 40) as f32 / (1_u32 << 24) as f32
    }

    /// A number below `bound`, itself below 2^32.
    fn below(&mut self, bound: usize) -> usize {
        (((self.word() >> 32) * bound as u64) >> 32) as usize
    }

    fn word(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
}
