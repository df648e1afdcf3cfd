//! Privacy-preserving machine learning: several parties who do not trust each other compute on data that none of
//! them may see, and it feels like PyTorch.
//!
//! A [`Session`] is one party's place among its peers. [`CrypTensor`] is a tensor that nobody holds: each party has
//! a share that says nothing by itself. Plain arrays and numbers mix with secret ones on either side of every
//! operation.
//!
//! ```
//! use crypten::ndarray::array;
//!
//! # fn main() -> Result<(), crypten::Error> {
//! // Two parties, as threads of this process; `crypten::init()` is the door for real ones.
//! let sums = crypten::local(2, crypten::ProviderKind::InsecureFirstParty, |session| {
//!     let x = session.cryptensor(array![1.0, 2.0, 3.0], 0)?;
//!     let y = session.cryptensor(array![2.0, 3.0, 4.0], 1)?;
//!     (&x + &y)?.get_plain_text()
//! })?;
//! assert_eq!(sums[0], array![3.0, 5.0, 7.0].into_dyn());
//! # Ok(())
//! # }
//! ```

mod config; // a party's file
mod launch; // from the environment to a session
mod session; // one party's place
mod plain; // what is public
mod tensor; // what is secret
mod error; // what can go wrong

pub mod provision; // keys and files for every party

pub use config::{Config, SlowLink};
pub use crypten_comm as comm;
pub use crypten_ring::{Conv2d, Scale};
pub use crypten_shares as shares;
pub use crypten_shares::{Place, ProviderKind, Rank, Stats};
pub use error::Error;
pub use launch::{LocalRun, Output, init, init_or_start, local, serve_as_dealer};
pub use ndarray;
pub use plain::{Element, Operand, Plain, Public, Side};
pub use session::Session;
pub use tensor::{
    CrypTensor, add, cat, conv2d, div, eq, ge, gt, le, linear, lt, matmul, mul, ne, stack, sub,
};

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
