//! 256 base transfers under Paillier: the receiver learns one of two seeds for each of its secret bits.
//!
//! The receiver sends `Enc(s)` under its own key; the sender answers with `Enc(s)^(k_1) Enc(1 - s)^(k_0)` under fresh
//! noise, an encryption of `k_s`. Both parties are receivers and senders at the same time.
//!
//! # Security
//! The sender sees encryptions. The receiver can decrypt the answer, which is `k_s` exactly, and its noise is uniform
//! whatever the seeds are. A receiver that encrypts something else than a bit could learn more: the parties are honest
//! but curious.

use crypten_ring::Seed;
use crypten_shares::{Error, Net, Operation};
use num_bigint::{BigInt, Sign};
use zeroize::{Zeroize, Zeroizing};

use crate::joint::Session;
use crate::joint::wire::{Wire, own_failure, refuse};
use crate::key::{KeyFlaw, KeyLength, KeyPair, PublicKey};
use crate::montgomery::{Residue, SecretExponent};
use crate::oblivious::{Chooser, Offerer};
use crate::parallel::Workers;
use crate::random::{fresh_seed, generator};

const KEY: Operation = Operation::new("public key");
const BITS: Operation = Operation::new("base choices");
const SEEDS: Operation = Operation::new("base seeds");

/// Base transfers in each direction.
const TRANSFERS: usize = 256;

/// Bits of a seed.
const SEED_BITS: usize = 256;

pub(super) async fn begin(wire: &mut Wire, net: &mut dyn Net, length: KeyLength) -> Result<Session, Error> {
    let keys = KeyPair::generate(length).map_err(own_failure)?;
    let peer = exchange_keys(wire, net, &keys, length).await?;

    let choices = Zeroizing::new(fresh_seed().map_err(own_failure)?.to_words());
    let bits = Workers::all().map(TRANSFERS, generator, |rng, i| {
        let bit = choices[i / 64] >> (i % 64) & 1;
        keys.public.hide(&BigInt::from(bit), rng)
    });
    let bits = bits.map_err(own_failure)?;
    wire.send_ciphertexts(net, BITS, &keys.public, &bits).await?;

    let theirs = wire.receive_ciphertexts(net, BITS, &peer, TRANSFERS).await?;
    let pairs = (0..TRANSFERS).map(|_| Ok([fresh_seed()?, fresh_seed()?])).collect::<Result<Vec<_>, _>>();
    let pairs: Vec<[Seed; 2]> = pairs.map_err(own_failure)?;
    let answers = Workers::all().map(TRANSFERS, generator, |rng, i| {
        let mut answer = peer.hiding_noise(rng);
        peer.square().multiply_into(&mut answer, &selected(&peer, &theirs[i], &pairs[i]));
        Ok(answer)
    });
    let answers = answers.map_err(own_failure)?;
    wire.send_ciphertexts(net, SEEDS, &peer, &answers).await?;

    let chosen = wire.receive_ciphertexts(net, SEEDS, &keys.public, TRANSFERS).await?;
    let seeds = Workers::all().map(TRANSFERS, || Ok(()), |(), i| seed(&keys, &chosen[i]));
    let seeds = seeds.map_err(|error| refuse(net, error))?;
    Ok(Session { keys, peer, chooser: Chooser::new(pairs), offerer: Offerer::new(*choices, seeds) })
}

/// Tells the peer this party's public key, and learns the peer's, which has the same length.
async fn exchange_keys(
    wire: &mut Wire,
    net: &mut dyn Net,
    keys: &KeyPair,
    length: KeyLength,
) -> Result<PublicKey, Error> {
    let mut bytes = keys.public.to_bytes();
    let count = bytes.len();
    bytes.resize(count.next_multiple_of(8), 0);
    let words: Vec<u64> = bytes.as_chunks().0.iter().copied().map(u64::from_le_bytes).collect();
    let n_words = words.len();
    wire.send(net, KEY, words).await?;
    let words = wire.receive(net, KEY, n_words).await?;
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).take(count).collect();
    let read = if length.bits() < KeyLength::LEAST {
        PublicKey::from_insecure_bytes(&bytes)
    } else {
        PublicKey::from_bytes(&bytes)
    };
    match read {
        Ok(key) if key.bits() == length.bits() => Ok(key),
        Ok(key) => {
            let flaw = KeyFlaw::Length { bits: key.bits(), least: length.bits(), most: length.bits() };
            Err(refuse(net, crate::Error::NotAKey { flaw }))
        }
        Err(error) => Err(refuse(net, error)),
    }
}

/// `Enc(s)^(k_1) Enc(1 - s)^(k_0)`.
fn selected(key: &PublicKey, bit: &Residue, [zero, one]: &[Seed; 2]) -> Residue {
    let square = key.square();
    let power = |base: &Residue, seed: &Seed| {
        square.power(base, &SecretExponent::from_words(seed.to_words().to_vec()), SEED_BITS)
    };
    let opposite = square.multiply(&key.bare_residue(&1_u32.into()), &key.inverse(bit));
    square.multiply(&power(bit, one), &power(&opposite, zero))
}

/// The seed in an answer.
fn seed(keys: &KeyPair, answer: &Residue) -> Result<Seed, crate::Error> {
    let plain = keys.secret.reveal(&keys.public, answer, 0, 0)?;
    if plain.value().sign() == Sign::Minus || plain.value().bits() > SEED_BITS as u64 {
        return Err(crate::Error::Overflow { index: 0 });
    }
    let mut digits = Zeroizing::new(plain.value().iter_u64_digits().collect::<Vec<u64>>());
    digits.resize(4, 0);
    let mut words = [digits[0], digits[1], digits[2], digits[3]];
    let seed = Seed::from_words(words);
    words.zeroize();
    Ok(seed)
}
