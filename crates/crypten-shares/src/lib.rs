//! Secret sharing over Z/2^64 and its protocols, for two and more parties: no socket, no runtime.
//!
//! A value `x` is shared as `x = x_0 + ... + x_{n-1}`; party `i` holds [`ArithmeticShare`] `x_i`. A bit is shared
//! as the exclusive or of [`BitShare`]s, a word of 64 bits as that of [`BinaryShare`]s. Sums and public factors
//! cost nothing; everything else is a protocol over two ports: [`Net`] moves messages, [`Provider`] supplies
//! correlated randomness. Parties are honest but curious, any number of them short of all may collude; of the three
//! of a [`Replicated`] session, who need no dealer, no two may. Two parties alone make it with [`Bilateral`], over a
//! third port: [`Joint`] has their cryptography.
//!
//! Bytes in the documentation are those that one party sends to one peer for one element.

mod place; // who takes part
mod message; // what travels
mod net; // the port to the peers
mod joint; // the port to what two of them compute together
mod correlation; // randomness that protocols spend
mod provider; // the port to its source
mod plan; // what a run asks of it
mod party; // one party's side of a session
mod opening; // one round in which all tell all
mod share; // what a party holds
mod protocol; // what parties say to each other
mod function; // functions of fixed-point numbers
mod stats; // what it costs
mod ledger; // what has become public
mod error; // what can go wrong

pub mod sealed; // files of words under a checksum

pub use correlation::{Kind, SignUse, Supply, Width, Window};
pub use error::{Error, FileError, FileFlaw, Misuse};
pub use function::{
    bounded, exponential, logarithm, random, reciprocal, root, shuffle, softmax, trigonometry,
};
pub use joint::{Bilinear, Joint};
pub use ledger::Disclosure;
pub use message::{
    Buffers, HEADER_BYTES, Header, MAX_WORDS, Message, Operation, Payload, Step, Words, payload_of,
};
pub use net::{Fault, FaultKind, Net, NetError};
pub use party::Party;
pub use place::{MAX_PARTIES, Place, Rank};
pub use plan::{Plan, Request};
pub use protocol::{
    binary, compare, convert, fixed, maximum, periodic, piecewise, product, reveal, tell, truncate,
};
pub use provider::{
    Bilateral, Dealer, Deviation, InsecureFirstParty, Progress, Provider, ProviderKind, Recorder, Recording,
    Replicated, StoredProvider, deal, dealt_file, serve_as_dealer,
};
pub use share::{ArithmeticShare, BinaryShare, BitShare};
pub use stats::Stats;
