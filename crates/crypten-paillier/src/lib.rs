//! The Paillier cryptosystem on tensors: whoever has the public key encrypts and adds, the secret key decrypts.
//!
//! ```
//! use crypten_paillier::{EncryptedTensor, KeyLength, KeyPair};
//! use ndarray::array;
//!
//! # // A short key, so that the example is quick.
//! let keys = KeyPair::generate(KeyLength::insecure(512)?)?;
//! let x = EncryptedTensor::encrypt(&keys.public, &array![[1.5, -2.0], [0.25, 4.0]])?;
//! let y = EncryptedTensor::encrypt(&keys.public, &array![10.0, 20.0])?;
//! let total = (&(&x + &y)? + &array![[1.0, 1.0], [1.0, 1.0]])?;
//! assert_eq!(total.decrypt(&keys.secret)?, array![[12.5, 19.0], [11.25, 25.0]].into_dyn());
//! # Ok::<(), crypten_paillier::Error>(())
//! ```
//!
//! `Enc(m) = (1 + n)^m h^r mod n^2`. Source: P. Paillier, "Public-key cryptosystems based on composite degree
//! residuosity classes", EUROCRYPT 1999; the noise `h^r` with a short exponent from I. Damgard, M. Jurik, J. Nielsen,
//! "A generalization of Paillier's public-key system with applications to electronic voting", IJIS 9 (2010).
//!
//! Encryption hides a plaintext from whoever has no secret key, and does not protect it from being changed. Never let
//! strangers decrypt numbers of their choice.

mod error; // what can go wrong
mod random; // numbers from the system's generator
mod montgomery; // products modulo a big odd number
mod parallel; // over cores, with progress
mod key; // key pairs, their validation and encoding
mod plain; // what can be encrypted
mod ciphertext; // one number under encryption
mod encoding; // ciphertexts as bytes
mod tensor; // an array of them
mod packed; // several values in one
mod oblivious; // one entry of a table, chosen in secret
mod joint; // correlated randomness for two parties without a third

pub use ciphertext::Ciphertext;
pub use encoding::Encoded;
pub use error::Error;
pub use joint::{PaillierJoint, provider};
pub use key::{Fingerprint, KeyFlaw, KeyLength, KeyPair, PublicKey, SecretKey};
pub use packed::{PackedTensor, Packing};
pub use parallel::Workers;
pub use plain::{FRACTION_BITS, Number, Plain};
pub use tensor::EncryptedTensor;
