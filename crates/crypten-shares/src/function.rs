//! Functions of shared fixed-point numbers, one file each, over the protocols.

pub mod reciprocal; // 1 / x
