//! Tensors over the ring Z/2^64, for secure computation: the layer that knows no party.
//!
//! A [`RingTensor`] holds words of 64 bits whose arithmetic wraps. [`Scale`] carries real numbers into the ring
//! and back, [`BitTensor`] packs 64 bits to a word, [`Prg`] expands a seed into words that nobody else can guess.
//!
//! Matrix products and convolutions run on blocked kernels that are chosen when the program starts: AVX-512
//! (`vpmullq`), AVX2, or portable code. All of them give the same words.

mod error; // what can go wrong
mod shape; // shapes, broadcasting, geometry of convolutions and pooling
mod tensor; // the tensor and its algebra
mod fixed; // real numbers as ring elements
mod bits; // 64 bits to a word
mod angle; // elementary functions, the same bits everywhere
mod prg; // seed to stream
mod simd; // kernels by instruction set

pub use angle::{cos_sin, exp2_fraction, nearest, two_to};
pub use bits::{BitTensor, LANES, Plane, UNIT, planes_of};
pub use error::Error;
pub use fixed::Scale;
pub use prg::{Prg, Seed};
pub use shape::{
    Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d, Pool1d, Pool2d, Window, adaptive_windows,
    broadcast_shapes, matmul_shape, normalize_axis,
};
pub use simd::{kernel_name, vectorized};
pub use tensor::RingTensor;
