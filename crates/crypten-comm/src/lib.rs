//! How parties reach each other: transports that implement [`Net`](crypten_shares::Net).
//!
//! [`QuicMesh`] connects processes: one UDP socket each, TLS 1.3 in both directions, every peer pinned to
//! the SHA-256 fingerprint of its certificate. [`MemoryMesh`] connects threads of one process. Both can
//! behave like a slower [`Link`]. A transport of your own is tested by [`conformance`].
//!
//! This is the only crate that knows an async runtime; the futures it hands out run under any executor.

mod error;
mod identity;
mod link;

mod clock;
mod lane;

mod memory;
mod quic;

pub mod conformance;

pub use error::Error;
pub use identity::{Fingerprint, Identity};
pub use link::Link;
pub use memory::{MemoryMesh, MemoryNet};
pub use quic::{Congestion, NodeAddress, QuicConfig, QuicMesh, Terms, Tuning, WireStats};
