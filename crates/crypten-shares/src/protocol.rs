//! The protocols. Each is pure halves and a short driver: `start -> message`, exchange, `finish`.
//!
//! | protocol | rounds | bytes an element (to each peer) | source |
//! |---|---|---|---|
//! | [`reveal`] | 1 | 8 | |
//! | [`product::multiply`] | 1, with truncation 2 | 16, 24 | Beaver, CRYPTO '91 |
//! | [`product::square`] | 1, with truncation 2 | 8, 16 | |
//! | [`product::matmul`], [`product::conv2d`] | 1, with truncation 2 | 8 a word of each operand (and of the result) | |
//! | [`product::together`] of such | 1 | 8 a word of each operand | |
//! | [`fixed::matmul`], [`fixed::conv2d`] | 1, with truncation 2 | 8 a word of the moving operand (and of the result) | one mask for as long as an operand lives |
//! | [`truncate::truncate`], [`truncate::truncate_all`], [`truncate::divide`] | 1 | 8 | dealt mask with wrap bit |
//! | [`compare::sign_bit`] | 3 | 12.125 | masked opening, radix-4 tree |
//! | [`compare::negative`], [`compare::relu`], [`compare::relu_truncated`], [`compare::relu_truncated_with_mask`] | 4 | 12.25 | |
//! | [`compare::is_zero`] | 4 | 10.625 | |
//! | [`maximum::maximum`] | 4 a factor of 4, of many elements 4 more | 73.5 for each group of four, 12.25 a pair | tournament |
//! | [`piecewise::piecewise`] with `m` breakpoints | 4, narrow 3 | 8 + 4.25 m, 8 + 0.875 m | one masked opening, a tree a breakpoint |
//! | [`periodic::harmonics`], [`periodic::power_of_two`] | 1 | 8 | masked angle, addition theorems |
//! | [`binary::and`], [`binary::or`], [`binary::select`] | 1 | 16 | Beaver over bits |
//! | [`binary::add`], [`binary::sub`] | 7, of a public word 6 | 112, 96 | Sklansky prefix tree |
//! | [`binary::sum`] of `n` | 7 and about `log_1.5(n / 2)` | 112 and 16 `(n - 2)` | Wallace tree |
//! | [`binary::equal`], [`binary::is_zero`] | 6 | 15.75 | tree of products |
//! | [`binary::less_than`] | 7, of a public word 6 | 47.5, 31.5 | tree of borrows |
//! | [`convert::to_binary`] | 7 | 104 | Sklansky prefix tree |
//! | [`convert::to_arithmetic`] | 1 | 8 | dealt bits |
//! | [`tell::tell`], [`tell::exchange`] | 1 | 8 a public word | |
//!
//! In a replicated session ([`crate::Replicated`]) shares lie with parties 0 and 1 of three, and products take two
//! rounds, squares, matrix products and convolutions too: in the first, parties 0 and 1 send each other 8 bytes for
//! each word of an operand that is not spread over all three yet; in the second, party 2 sends party 1 8 bytes for
//! each word of the result. A tensor stays spread for its later products, and where both operands are, the first
//! round falls away. A truncation is one more round. All other protocols have the stated rounds and bytes between
//! parties 0 and 1, and party 2 sends corrections to party 0 only; [`reveal`] and [`tell`] go between all three. A
//! value of party 2 costs one round of 8 bytes an element, from party 2 to party 1, when it is shared, and uniform
//! random numbers cost one, of 8 bytes.

pub mod binary; // words of bits: logic, sums, order
pub mod compare; // signs, equality, ReLU
pub mod convert; // between the kinds of sharing
pub mod fixed; // products with weights that stay
pub mod maximum; // maximum and argmax
pub mod periodic; // Fourier series and powers of two
pub mod piecewise; // lines between breakpoints
pub mod product; // products, matrix products, convolutions
pub mod reveal; // the only way out
pub mod tell; // public words
pub mod truncate; // division by powers of two

mod replicated; // products of three parties

mod pieces; // long tensors cut into units and pieces
