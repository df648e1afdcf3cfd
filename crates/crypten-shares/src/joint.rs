//! The port to what two parties can compute together on words that each knows alone: lookups in a table whose owner
//! does not learn the place, and sums of products.
//!
//! All correlated randomness of two parties can be made of these two, without a dealer: see [`crate::Bilateral`].
//! An implementation has its own cryptography, such as oblivious transfer and additively homomorphic encryption.
//! It decides how a call is cut into messages: one call may have half a million lookups. Both parties make the same
//! calls in the same order.

mod bilinear; // which products are summed
#[cfg(test)]
pub(crate) mod ideal; // for tests: everything in the clear

use async_trait::async_trait;

use crate::error::Error;
use crate::net::Net;

pub use bilinear::Bilinear;

/// The most bits that a choice may have.
pub(crate) const MOST_CHOICE_BITS: u32 = 8;

/// What two parties compute together on words that each knows alone.
///
/// # Laws
/// - Of a call of [`choose`](Joint::choose) with one of [`offer`](Joint::offer), and of one of
///   [`multiply`](Joint::multiply) with one of [`assist`](Joint::assist), the first party learns what is said there,
///   and the second nothing.
/// - Both parties pass the same public arguments: widths, counts, forms and shifts depend on shapes only.
///
/// # Security
/// Both parties follow the protocol; each may try to learn more from what it sees.
#[async_trait]
pub trait Joint: Send {
    /// Called once, when the parties have joined.
    ///
    /// # Errors
    /// If the net fails or there is no randomness.
    async fn begin(&mut self, net: &mut dyn Net) -> Result<(), Error>;

    /// Of each of the peer's tables the entry with this party's index; either party may be the one that chooses.
    ///
    /// `choices` are below `2^bits`, `bits` is from 1 to 8. Entries have `width` bits, at most 64; those of the result
    /// above are zero. There is at least one choice.
    ///
    /// # Security
    /// The peer learns nothing of the choices, this party nothing of the entries that it does not choose.
    ///
    /// # Errors
    /// If the net fails.
    async fn choose(
        &mut self,
        net: &mut dyn Net,
        bits: u32,
        width: u32,
        choices: &[u8],
    ) -> Result<Vec<u64>, Error>;

    /// The other side: `entry(i, j)` is entry `j` of table `i`, below `2^width`, for `count` tables of `2^bits`
    /// entries. It gives the same word each time it is called.
    ///
    /// # Errors
    /// If the net fails.
    async fn offer(
        &mut self,
        net: &mut dyn Net,
        bits: u32,
        width: u32,
        count: usize,
        entry: &(dyn Fn(usize, usize) -> u64 + Sync),
    ) -> Result<(), Error>;

    /// Sums of products: for each output `j` the sum of `x_i y_l` over the terms `(i, l)` that the form names, shifted
    /// right by `shift`, plus the peer's `addend_j`, modulo 2^64. `own` are the words `x`. Either party may be the one that
    /// learns; what the form says of party 0 is said of it.
    ///
    /// # Domain
    /// Without a shift, words are residues modulo 2^64, and the result is exact. With one, below 128, words are signed
    /// numbers in two's complement, the sum is an integer below `2^127` in magnitude, and the result may be off by one.
    ///
    /// # Security
    /// This party learns the outputs, the peer nothing. With a shift, the addends are uniformly random.
    ///
    /// # Errors
    /// If the net fails.
    async fn multiply(
        &mut self,
        net: &mut dyn Net,
        form: &Bilinear,
        shift: u32,
        own: &[u64],
    ) -> Result<Vec<u64>, Error>;

    /// The other side: `own` are the words `y`.
    ///
    /// # Errors
    /// If the net fails.
    async fn assist(
        &mut self,
        net: &mut dyn Net,
        form: &Bilinear,
        shift: u32,
        own: &[u64],
        addend: &[u64],
    ) -> Result<(), Error>;
}
