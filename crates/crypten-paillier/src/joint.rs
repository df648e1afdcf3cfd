//! Correlated randomness for two parties without a third: lookups by oblivious transfer, sums of products under
//! Paillier.
//!
//! Each party makes a key pair for the session. 256 base transfers in either direction, under the receiver's key, start
//! the extension of oblivious transfer. Products travel under the key of whoever learns them.
//!
//! # Security
//! Against a party that follows the protocol and keeps all it sees. What each message tells stands in `joint/base.rs`,
//! `joint/products.rs` and `oblivious.rs`. Under a modulus of 2048 bits; masks hide to within 2^-40 a product.

mod base; // 256 transfers under Paillier
mod products; // sums of products
mod wire; // words on the wire

use async_trait::async_trait;
use crypten_shares::{Bilateral, Bilinear, Error, Joint, Net, Operation, ProviderKind};

use crate::key::{KeyLength, KeyPair, PublicKey};
use crate::oblivious::{Chooser, Offerer, answer_words, message_words};
use crate::parallel::Workers;
use wire::Wire;

const LOOKUP: Operation = Operation::new("oblivious lookup");

/// Lookups that are answered at a time: up to 64 MiB of tables.
const PORTION: usize = 1 << 15;

/// The provider for two parties who trust nobody else: they make all correlated randomness by themselves.
///
/// Slow: on two cores a comparison takes 0.04 ms and 3 kB, a product 0.6 ms and 1 kB; `benches/README.md` has the rest.
#[must_use]
pub fn provider(length: KeyLength) -> Bilateral<PaillierJoint> {
    Bilateral::new(ProviderKind::Paillier.name(), PaillierJoint::new(length))
}

/// Lookups by oblivious transfer and sums of products under Paillier, between two parties.
pub struct PaillierJoint {
    length: KeyLength,
    wire: Wire,
    /// Nothing before the parties have begun.
    session: Option<Session>,
}

struct Session {
    /// This party's own, for products that it learns.
    keys: KeyPair,
    peer: PublicKey,
    chooser: Chooser,
    offerer: Offerer,
}

impl PaillierJoint {
    /// Before it has begun; keys will have this length.
    #[must_use]
    pub fn new(length: KeyLength) -> Self {
        Self { length, wire: Wire::default(), session: None }
    }

    fn parts(&mut self) -> (&mut Wire, &mut Session) {
        (&mut self.wire, self.session.as_mut().expect("a party begins before it computes"))
    }
}

#[async_trait]
impl Joint for PaillierJoint {
    async fn begin(&mut self, net: &mut dyn Net) -> Result<(), Error> {
        self.session = Some(base::begin(&mut self.wire, net, self.length).await?);
        Ok(())
    }

    async fn choose(
        &mut self,
        net: &mut dyn Net,
        bits: u32,
        width: u32,
        choices: &[u8],
    ) -> Result<Vec<u64>, Error> {
        let (wire, session) = self.parts();
        let mut portions = Vec::new();
        for choices in choices.chunks(PORTION) {
            let (message, chosen) = session.chooser.choose(bits, choices);
            wire.send(net, LOOKUP, message).await?;
            portions.push((choices.len(), chosen));
        }
        let mut entries = Vec::with_capacity(choices.len());
        for (count, chosen) in portions {
            let answer = wire.receive(net, LOOKUP, answer_words(bits, width, count)).await?;
            entries.extend(chosen.finish(width, &answer).expect("as many words as were asked for"));
        }
        Ok(entries)
    }

    async fn offer(
        &mut self,
        net: &mut dyn Net,
        bits: u32,
        width: u32,
        count: usize,
        entry: &(dyn Fn(usize, usize) -> u64 + Sync),
    ) -> Result<(), Error> {
        let (wire, session) = self.parts();
        for start in (0..count).step_by(PORTION) {
            let count = PORTION.min(count - start);
            let message = wire.receive(net, LOOKUP, message_words(bits, count)).await?;
            let of_portion = |i: usize, j: usize| entry(start + i, j);
            let answer = session.offerer.answer(bits, width, count, &message, &of_portion);
            wire.send(net, LOOKUP, answer.expect("as many words as were asked for")).await?;
        }
        Ok(())
    }

    async fn multiply(
        &mut self,
        net: &mut dyn Net,
        form: &Bilinear,
        shift: u32,
        own: &[u64],
    ) -> Result<Vec<u64>, Error> {
        let (wire, session) = self.parts();
        products::multiply(wire, net, &session.keys, &Workers::all(), form, shift, own).await
    }

    async fn assist(
        &mut self,
        net: &mut dyn Net,
        form: &Bilinear,
        shift: u32,
        own: &[u64],
        addend: &[u64],
    ) -> Result<(), Error> {
        let (wire, session) = self.parts();
        products::assist(wire, net, &session.peer, &Workers::all(), form, shift, own, addend).await
    }
}

impl std::fmt::Debug for PaillierJoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PaillierJoint({} bits, ..)", self.length.bits())
    }
}
