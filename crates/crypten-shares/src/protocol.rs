//! The protocols. Each is pure halves and a short driver: `start -> message`, exchange, `finish`.
//!
//! | protocol | rounds | bytes an element (to each peer) | source |
//! |---|---|---|---|
//! | [`reveal`] | 1 | 8 | |
//! | [`product::multiply`] | 1, with truncation 2 | 16, 24 | Beaver, CRYPTO '91 |
//! | [`product::square`] | 1, with truncation 2 | 8, 16 | |
//! | [`product::matmul`], [`product::conv2d`] | 1, with truncation 2 | 8 a word of each operand (and of the result) | |
//! | [`truncate::truncate`] | 1 | 8 | dealt mask with wrap bit |
//! | [`compare::sign_bit`] | 3 | 12.125 | masked opening, radix-4 tree |
//! | [`compare::negative`], [`compare::relu`], [`compare::relu_truncated`] | 4 | 12.25 | |
//! | [`compare::is_zero`] | 4 | 10.625 | |
//! | [`maximum::maximum`] | 4 a factor of 4 | 73.5 for each group of four | radix-4 tournament |
//! | [`convert::to_binary`] | 7 | 104 | Sklansky prefix tree |
//! | [`convert::to_arithmetic`] | 1 | 8 | dealt bits |

pub mod compare; // signs, equality, ReLU
pub mod convert; // between the kinds of sharing
pub mod maximum; // maximum and argmax
pub mod product; // products, matrix products, convolutions
pub mod reveal; // the only way out
pub mod truncate; // division by powers of two

mod pieces; // long tensors cut into units and pieces
