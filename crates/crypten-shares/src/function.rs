//! Functions of shared fixed-point numbers, one file each, over the protocols.
//!
//! With 16 fractional bits; the largest error over the whole domain, random numbers and its ends and corners. A test
//! (`tests/accuracy.rs`) measures every row of this table, and its costs, with two parties. An error is absolute,
//! relative, or either of both, whichever is larger; one unit is `2^-16`.
//!
//! | function | domain | absolute error | relative error | rounds | bytes |
//! |---|---|---|---|---|---|
//! | `exp` | -1000 to 0 | 5e-5 | 0 | 6 | 28.25 |
//! | `exp` | 0 to 13.8 | 0 | 5e-5 | 6 | 28.25 |
//! | `reciprocal` | 2^-6 to 2^24 | 2^-15 | 5e-5 | 12 | 105.25 |
//! | `reciprocal` | -2^24 to -2^-6 | 2^-15 | 5e-5 | 12 | 105.25 |
//! | `reciprocal of positive` | 2^-6 to 2^24 | 2^-15 | 5e-5 | 12 | 88.25 |
//! | `sqrt` | 0 to 2^24 | 2^-15 | 5e-5 | 11 | 80.25 |
//! | `inv_sqrt` | 2^-16 to 2^24 | 2^-15 | 5e-5 | 11 | 80.25 |
//! | `log` | 2^-16 to 2^24 | 5e-5 | 0 | 9 | 48.25 |
//! | `sigmoid` | -2^30 to 2^30 | 1e-4 | 0 | 6 | 32.5 |
//! | `tanh` | -2^30 to 2^30 | 1e-4 | 0 | 6 | 32.5 |
//! | `erf` | -2^30 to 2^30 | 1e-4 | 0 | 6 | 32.5 |
//! | `gelu` | -2^30 to 2^30 | 1e-4 | 0 | 6 | 32.5 |
//! | `silu` | -2^30 to 2^30 | 1e-4 | 0 | 6 | 32.5 |
//! | `sin` | -2^20 to 2^20 | 2^-15 | 0 | 2 | 16 |
//! | `cos` | -2^20 to 2^20 | 2^-15 | 0 | 2 | 16 |

pub mod bounded; // sigmoid, tanh, erf, gelu, silu
pub mod exponential; // e^x
pub mod logarithm; // ln x
pub mod random; // numbers that nobody knows
pub mod reciprocal; // 1 / x
pub mod root; // square roots and their reciprocals
pub mod shuffle; // an order that nobody knows
pub mod softmax; // softmax and its logarithm
pub mod trigonometry; // sine and cosine

mod fourier; // series that fit a function on an interval
mod normalize; // numbers as u 4^k

use crypten_ring::Scale;

use crate::error::{Error, Misuse};

/// The fractional bits of a scale, if there are as few as these functions have room for.
fn check_precision(scale: Scale) -> Result<u32, Error> {
    const MOST: u32 = 22;
    match scale.bits() {
        bits @ 1..=MOST => Ok(bits),
        bits => Err(Misuse::TooPrecise { bits, most: MOST }.into()),
    }
}
