//! Words and ciphertexts between the two parties, in messages with a running number.

use crypten_shares::{Error, MAX_WORDS, Message, Net, Operation, Rank, Step};
use num_bigint::BigUint;

use crate::encoding::check_all;
use crate::key::PublicKey;
use crate::montgomery::Residue;
use crate::random::from_words;

/// How many messages have gone either way.
#[derive(Default)]
pub(super) struct Wire {
    sent: u64,
    received: u64,
}

impl Wire {
    /// Sends words, in as many messages as they need.
    pub(super) async fn send(
        &mut self,
        net: &mut dyn Net,
        operation: Operation,
        mut words: Vec<u64>,
    ) -> Result<(), Error> {
        let peer = peer(net);
        while !words.is_empty() {
            let rest = words.split_off(words.len().min(MAX_WORDS));
            let step = Step { sequence: self.sent, operation };
            net.send(peer, Message::new(step, words)).await?;
            self.sent += 1;
            words = rest;
        }
        Ok(())
    }

    /// Receives so many words.
    pub(super) async fn receive(
        &mut self,
        net: &mut dyn Net,
        operation: Operation,
        count: usize,
    ) -> Result<Vec<u64>, Error> {
        let peer = peer(net);
        let mut words = Vec::new();
        while words.len() < count {
            let (here, expected) =
                (Step { sequence: self.received, operation }, (count - words.len()).min(MAX_WORDS));
            let message = net.receive(peer).await?;
            if message.step != here {
                return Err(Error::Parted { peer, here, there: message.step });
            }
            let actual = message.words().len();
            if actual != expected {
                return Err(Error::WrongLength { peer, step: here, expected, actual });
            }
            self.received += 1;
            words.extend(message.words());
        }
        Ok(words)
    }

    /// Sends ciphertexts under a key.
    pub(super) async fn send_ciphertexts(
        &mut self,
        net: &mut dyn Net,
        operation: Operation,
        key: &PublicKey,
        ciphertexts: &[Residue],
    ) -> Result<(), Error> {
        let width = ciphertext_words(key);
        let mut words = Vec::with_capacity(width * ciphertexts.len());
        for ciphertext in ciphertexts {
            words.extend(key.square().leave(ciphertext).iter_u64_digits());
            words.resize(words.len().next_multiple_of(width), 0);
        }
        self.send(net, operation, words).await
    }

    /// Receives so many ciphertexts under a key, and checks each.
    pub(super) async fn receive_ciphertexts(
        &mut self,
        net: &mut dyn Net,
        operation: Operation,
        key: &PublicKey,
        count: usize,
    ) -> Result<Vec<Residue>, Error> {
        let width = ciphertext_words(key);
        let words = self.receive(net, operation, width * count).await?;
        let numbers: Vec<BigUint> = words.chunks(width).map(from_words).collect();
        check_all(key, &numbers).map_err(|error| refuse(net, error))
    }
}

/// Words of a ciphertext. None is zero, so none takes less than one of them.
fn ciphertext_words(key: &PublicKey) -> usize {
    (2 * key.bits()).div_ceil(64)
}

/// The other party of two.
pub(super) fn peer(net: &dyn Net) -> Rank {
    net.place().peers().next().expect("there are two parties")
}

/// The error of a party whose peer sent what cannot be used.
pub(super) fn refuse(net: &dyn Net, error: crate::Error) -> Error {
    Error::Unusable { peer: peer(net), source: Box::new(error) }
}

/// The error of a party that cannot encrypt what is its own.
pub(super) fn own_failure(error: crate::Error) -> Error {
    match error {
        crate::Error::NoRandomness(source) => Error::Random(source),
        error => unreachable!("own words fit the key: {error}"),
    }
}
