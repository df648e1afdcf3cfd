//! What can go wrong, sorted by whose fault it is.

use crate::key::{Fingerprint, KeyFlaw};

/// An error of this crate. No message holds a plaintext or a secret key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key length that cannot be made, or that is not secure.
    #[error(
        "a key of {bits} bits cannot be made: its length is even, at least {least} and at most {most} bits"
    )]
    KeyLength {
        /// What was asked for.
        bits: usize,
        /// The fewest bits.
        least: usize,
        /// The most bits.
        most: usize,
    },

    /// A number that is no key.
    #[error("this is no key: {flaw}")]
    NotAKey {
        /// Why.
        flaw: KeyFlaw,
    },

    /// Two operands, or a ciphertext and a key, that do not belong together.
    #[error("the ciphertext is under the key {right}, expected {left}")]
    KeysDiffer {
        /// The key of the left operand, or the key that was used.
        left: Fingerprint,
        /// The key of the right operand, or of the ciphertext.
        right: Fingerprint,
    },

    /// A number that no encryption yields: zero, not below the square of the modulus, or not invertible.
    #[error("ciphertext number {index} is no ciphertext of the key {key}: out of range or not invertible")]
    NotACiphertext {
        /// Which of those that came together.
        index: usize,
        /// The key that it claims.
        key: Fingerprint,
    },

    /// Bytes that are no encoding.
    #[error("an encoding of {expected} bytes was expected, {actual} came")]
    EncodingLength {
        /// How many bytes it should have.
        expected: usize,
        /// How many it has.
        actual: usize,
    },

    /// A plaintext that does not fit the key.
    #[error(
        "a plaintext of {bits} bits was given; plaintexts of this key have at most {limit} bits and a sign"
    )]
    TooLarge {
        /// Its bits.
        bits: u64,
        /// What fits for certain.
        limit: u64,
    },

    /// A real number that has no encoding.
    #[error("{value} cannot be encrypted: it is not finite")]
    NotFinite {
        /// The number.
        value: f64,
    },

    /// More fractional bits than a ciphertext may have.
    #[error("{bits} fractional bits are too many: at most {most}")]
    Scale {
        /// What was asked for, or what a product would have.
        bits: u32,
        /// The most.
        most: u32,
    },

    /// A decrypted number lies where no sum of plaintexts that fit can lie.
    #[error("decrypted number {index} left the range of plaintexts: a sum or product was too large")]
    Overflow {
        /// Which of those that were decrypted together.
        index: usize,
    },

    /// Shapes that do not fit.
    #[error("{operation}: the shapes {left:?} and {right:?} do not fit")]
    Shapes {
        /// What was to be computed.
        operation: &'static str,
        /// The shape of the left operand.
        left: Vec<usize>,
        /// The shape of the right operand.
        right: Vec<usize>,
    },

    /// An axis that a tensor does not have.
    #[error("{operation}: there is no axis {axis} in the shape {shape:?}")]
    Axis {
        /// What was to be computed.
        operation: &'static str,
        /// The axis.
        axis: usize,
        /// The shape.
        shape: Vec<usize>,
    },

    /// A packing that no key of this length has room for.
    #[error("{slot_bits} bits a slot do not fit into plaintexts of {limit} bits")]
    NoSlots {
        /// Bits that one slot takes.
        slot_bits: u64,
        /// Bits of a plaintext.
        limit: u64,
    },

    /// Two packed tensors with different slots.
    #[error("packed tensors of {left} and {right} bits a slot cannot be added")]
    SlotsDiffer {
        /// Bits a slot of the left operand.
        left: u64,
        /// Bits a slot of the right operand.
        right: u64,
    },

    /// Two packed tensors with different fractional bits.
    #[error("packed tensors with {left} and {right} fractional bits cannot be added")]
    ScalesDiffer {
        /// Fractional bits of the left operand.
        left: u32,
        /// Fractional bits of the right operand.
        right: u32,
    },

    /// More additions than a packed tensor has room for.
    #[error("a packed tensor with room for {room} terms would have {terms}")]
    NoRoom {
        /// What was declared.
        room: u64,
        /// What the sum would have.
        terms: u64,
    },

    /// A value that does not fit a slot.
    #[error("value number {index} does not fit the {bits} bits that were declared")]
    SlotOverflow {
        /// Which.
        index: usize,
        /// What was declared.
        bits: u64,
    },

    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness")]
    NoRandomness(#[source] getrandom::Error),
}
