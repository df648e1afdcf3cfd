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
mod source; // correlated randomness
mod launch; // from the environment to a session
mod cost; // what operations cost
mod session; // one party's place
mod plain; // what is public
mod tensor; // what is secret
mod binary; // secret words of bits
mod engine; // gradients through what is secret
mod model; // modules that are secret
mod storage; // tensors in files
mod split; // one party's features, another's labels
mod error; // what can go wrong

pub mod nn; // modules over any engine
pub mod provision; // keys and files for every party

pub use binary::{BinaryOperand, BinarySide, BinaryTensor, Integer, Integers};
pub use config::{Config, SlowLink};
pub use cost::{Cost, CostReport};
pub use crypten_autograd as autograd;
pub use crypten_autograd::{Axes, BatchNorm, Norm, Var, no_grad};
pub use crypten_comm as comm;
/// Tensors under Paillier: whoever has the public key encrypts, adds, and multiplies by plain numbers; the owner of the
/// secret key decrypts. No session and no other party is needed.
///
/// ```
/// use crypten::ndarray::array;
/// use crypten::paillier::{Error, KeyLength, KeyPair};
///
/// # fn main() -> Result<(), Error> {
/// # // Short keys, so that the example is quick.
/// # let length = KeyLength::insecure(512)?;
/// # /*
/// let length = KeyLength::default(); // 2048 bits
/// # */
/// let (keys, others) = (KeyPair::generate(length)?, KeyPair::generate(length)?);
/// let x = keys.public.cryptensor(&array![1.5, -2.0])?;
/// let y = (100.0 + &(&x * 2.0)?)?; // plain numbers on either side
/// assert_eq!((&x + &y)?.get_plain_text(&keys.secret)?, array![104.5, 94.0].into_dyn());
///
/// let z = others.public.cryptensor(&array![1.0, 1.0])?;
/// assert!(matches!(&x + &z, Err(Error::KeysDiffer { .. }))); // both fingerprints are named
/// # Ok(())
/// # }
/// ```
#[doc(inline)]
pub use crypten_paillier as paillier;
pub use crypten_ring::{Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d, Pool1d, Pool2d, Scale};
pub use crypten_shares as shares;
pub use crypten_shares::{
    Disclosure, FileFlaw, Place, Plan, ProviderKind, Rank, Stats, StoredProvider, deal, dealt_file,
};
pub use engine::{PlainText, Value};
pub use error::Error;
pub use launch::{LocalRun, Output, init, init_or_start, local, rehearse, serve_as_dealer};
pub use model::Encrypt;
pub use ndarray;
pub use plain::{Element, Operand, Plain, Public, Side};
pub use session::Session;
pub use source::provider;
pub use split::{
    DPSplitModel, DPSplitOptions, GaussianPrivacy, SplitError, SplitLabels, SplitLoss, SplitNetwork,
    SplitPrediction, randomized_response_epsilon,
};
pub use tensor::{
    CrypTensor, RunningStatistics, add, cat, conv_transpose1d, conv_transpose2d, conv1d, conv2d, div, eq, ge,
    get_plain_text_batch, get_plain_text_batch_to, gt, le, linear, lookup, lt, matmul, mul, ne, stack, sub,
    where_cond,
};

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
