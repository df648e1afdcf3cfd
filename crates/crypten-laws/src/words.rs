//! Words of the ring, biased to its corners.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};

/// A word: mostly random, often zero, one, a single bit, or an edge of the signed range.
pub fn word() -> impl Strategy<Value = u64> + Clone {
    prop_oneof![
        6 => any::<u64>(),
        1 => Just(0),
        1 => Just(1),
        1 => Just(u64::MAX),
        2 => (0_u32..64).prop_map(|bit| 1 << bit),
        2 => (0_u64..3).prop_map(|offset| (1_u64 << 63).wrapping_add(offset).wrapping_sub(1)),
    ]
}

/// `count` words.
pub fn words(count: usize) -> impl Strategy<Value = Vec<u64>> {
    vec(word(), count)
}

/// A signed number below `2^bits` in magnitude, biased to zero, one and the edges.
pub fn small(bits: u32) -> impl Strategy<Value = i64> + Clone {
    let limit = 1_i64 << bits;
    prop_oneof![
        6 => -limit + 1..limit,
        1 => Just(0),
        1 => Just(1),
        1 => Just(-1),
        1 => Just(limit - 1),
        1 => Just(-limit + 1),
    ]
}
