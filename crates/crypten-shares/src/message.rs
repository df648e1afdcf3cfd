//! What travels between two nodes: a step that says where in the program the sender stands, and words.
//!
//! The header is 32 bytes, little endian: sequence (8), operation name (16), number of words (8).

mod words; // in buffers that are kept

use std::fmt;
use std::sync::Arc;

pub use words::{Buffers, Words};

/// The most words one message may carry (1 MiB). Longer openings travel as several messages of one step.
pub const MAX_WORDS: usize = 1 << 17;

/// Bytes of an encoded header.
pub const HEADER_BYTES: usize = 32;

/// The name of an operation, at most 16 bytes of ASCII, longer names are cut.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Operation([u8; 16]);

impl Operation {
    /// The operation called `name`.
    #[must_use]
    pub const fn new(name: &str) -> Self {
        let (from, mut bytes, mut i) = (name.as_bytes(), [0; 16], 0);
        while i < from.len() && i < bytes.len() {
            bytes[i] = from[i];
            i += 1;
        }
        Self(bytes)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take_while(|&&byte| byte != 0).try_for_each(|&byte| {
            let letter = char::from(byte);
            write!(f, "{}", if letter.is_ascii_graphic() || letter == ' ' { letter } else { '?' })
        })
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Where in the program a message belongs. Parties that run the same program produce the same steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// How many interactive steps went before.
    pub sequence: u64,
    /// What is being computed.
    pub operation: Operation,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {} ({})", self.sequence, self.operation)
    }
}

/// One message: a step and its words. Cloning shares the words.
#[derive(Clone)]
pub struct Message {
    /// Where it belongs.
    pub step: Step,
    /// Invariant: at most [`MAX_WORDS`].
    words: Arc<Words>,
}

impl Message {
    /// A message of at most [`MAX_WORDS`] words.
    ///
    /// # Panics
    /// If there are more: callers cut long openings into pieces.
    #[must_use]
    pub fn new(step: Step, words: impl Into<Words>) -> Self {
        let words = words.into();
        assert!(words.len() <= MAX_WORDS, "a message of {} words, at most {MAX_WORDS} fit", words.len());
        Self { step, words: Arc::new(words) }
    }

    /// The words.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The words, without a copy where no clone of the message is left.
    #[must_use]
    pub fn into_words(self) -> Words {
        Arc::try_unwrap(self.words).unwrap_or_else(|shared| shared.to_vec().into())
    }

    /// The words as they travel: little-endian bytes. Holds the words alive without copying them.
    #[must_use]
    pub fn payload(&self) -> Payload {
        Payload(Arc::clone(&self.words))
    }

    /// The header as it travels.
    #[must_use]
    pub fn header(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(&self.step.sequence.to_le_bytes());
        bytes[8..24].copy_from_slice(&self.step.operation.0);
        bytes[24..].copy_from_slice(&(self.words.len() as u64).to_le_bytes());
        bytes
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({}, {} words)", self.step, self.words.len())
    }
}

/// The words of a message as bytes; see [`Message::payload`].
#[derive(Clone)]
pub struct Payload(Arc<Words>);

impl AsRef<[u8]> for Payload {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} words)", self.0.len())
    }
}

#[cfg(target_endian = "big")]
compile_error!("words travel as they lie in memory, which must be little endian");

/// A decoded header. The length it claims is checked before anything is allocated for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Where the message belongs.
    pub step: Step,
    /// How many words follow. Invariant: at most [`MAX_WORDS`].
    words: usize,
}

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    /// The claimed number of words, if it is more than [`MAX_WORDS`].
    pub fn decode(bytes: [u8; HEADER_BYTES]) -> Result<Self, u64> {
        let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]));
        let claimed = word(24);
        let words = usize::try_from(claimed).ok().filter(|&words| words <= MAX_WORDS).ok_or(claimed)?;
        let operation = Operation(std::array::from_fn(|i| bytes[8 + i]));
        Ok(Self { step: Step { sequence: word(0), operation }, words })
    }

    /// How many words follow the header.
    #[must_use]
    pub fn words(&self) -> usize {
        self.words
    }

    /// A buffer of any content for the words that follow; fill [`payload_of`] it, then build the message with
    /// [`Message::new`].
    #[must_use]
    pub fn buffer(&self, buffers: &Buffers) -> Words {
        buffers.take(self.words)
    }
}

/// The bytes of a word buffer, for reading into.
#[must_use]
pub fn payload_of(words: &mut [u64]) -> &mut [u8] {
    bytemuck::cast_slice_mut(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_survives_the_wire() {
        let step = Step { sequence: 7, operation: Operation::new("a name that is too long to fit") };
        let message = Message::new(step, vec![1, 2, 3]);
        let header = Header::decode(message.header()).unwrap();
        assert_eq!((header.step, header.words()), (step, 3));
        assert_eq!(step.to_string(), "step 7 (a name that is t)");
    }

    #[test]
    fn an_oversized_length_is_refused_before_allocation() {
        let mut bytes = Message::new(Step { sequence: 0, operation: Operation::new("x") }, vec![]).header();
        bytes[24..].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(Header::decode(bytes), Err(u64::MAX));
    }
}
