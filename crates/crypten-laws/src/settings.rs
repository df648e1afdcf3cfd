//! How a law is tried: a number of cases from a fixed seed, so that a failure comes back.

use proptest::test_runner::{Config, RngSeed};

/// A configuration of `count` cases; `PROPTEST_CASES` in the environment raises it, for long runs.
#[must_use]
pub fn cases(count: u32) -> Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok());
    Config {
        cases: asked.unwrap_or(count),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_122),
        ..Config::default()
    }
}
