//! Fixed-point numbers without parties as an engine: an example of bringing your own, and a tool for finding a precision.
//!
//! An engine implements [`Engine`](crypten_autograd::Engine) and nothing else: then every `Var`, every module, loss and
//! optimiser computes with its tensors. This one does to numbers what a session does to secrets, where everybody can
//! look: they are words of the ring Z/2^64 at a [`Scale`](crypten_ring::Scale), sums wrap, and a product is rounded to one
//! unit up or down, at random, as the protocol for truncation rounds it. So a training run shows what 16 fractional bits
//! do to it, or 8, before parties meet.
//!
//! A session cannot see that a number has left its range. This engine can, and names the operation.
//!
//! ```text
//!  crypten-nn: Linear, Adam, losses            knows the port alone
//!        │
//!  crypten-autograd: Var, trait Engine ◄─── Fixed   18 methods, and a few that it has something better for
//!                                             │
//!                             crypten-ring: RingTensor, Scale
//! ```
//!
//! What differs from a session: each product is rounded at once, where a session waits and rounds a sum of products once;
//! and functions are those of `f64`, rounded, where a session is off by what the table of `crypten_shares::function`
//! states, at 16 fractional bits 5e-5 and more.

mod error; // what a session would not notice
mod tensor; // words at a scale
mod rounding; // from products to numbers
mod fixed; // the engine

pub use error::Error;
pub use fixed::Fixed;
pub use rounding::Rounding;
pub use tensor::FixedTensor;
