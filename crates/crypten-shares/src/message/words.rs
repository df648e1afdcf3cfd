//! The words of messages, in buffers that are kept: fresh memory costs more than filling it.
//!
//! Whoever reads messages, or makes many of them, owns [`Buffers`] and takes [`Words`] from there. They go back when
//! they are dropped, wherever that is.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use zeroize::{Zeroize, Zeroizing};

/// Fewer words than these come from the allocator, which keeps such memory itself (32 KiB).
const LEAST_WORDS: usize = 1 << 12;

/// The most words that are kept (64 MiB).
const MOST_WORDS: usize = 1 << 23;

/// Buffers that serve again. A clone is a handle to the same ones. They are wiped when the last handle is gone.
#[derive(Clone, Default)]
pub struct Buffers(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    /// By their length.
    free: BTreeMap<usize, Vec<Zeroizing<Vec<u64>>>>,
    words: usize,
}

impl Buffers {
    /// That many words of any content.
    #[must_use]
    pub fn take(&self, count: usize) -> Words {
        if count < LEAST_WORDS {
            return Words::from(vec![0; count]);
        }
        let kept = self.lock().best(count);
        let buffer = kept.map_or_else(|| vec![0; count], |mut buffer| std::mem::take(&mut *buffer));
        Words { buffer, count, home: Some(self.clone()) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// The shortest buffer that has room and does not waste most of it.
    fn best(&mut self, count: usize) -> Option<Zeroizing<Vec<u64>>> {
        let (&length, row) = self.free.range_mut(count..=4 * count).find(|(_, row)| !row.is_empty())?;
        self.words -= length;
        row.pop()
    }

    fn keep(&mut self, buffer: Zeroizing<Vec<u64>>) {
        if self.words + buffer.len() <= MOST_WORDS {
            self.words += buffer.len();
            self.free.entry(buffer.len()).or_default().push(buffer);
        }
    }
}

impl fmt::Debug for Buffers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Buffers(..)")
    }
}

/// A row of words, in a buffer of its own or in one that is kept.
pub struct Words {
    buffer: Vec<u64>,
    /// Invariant: not more than are in the buffer.
    count: usize,
    home: Option<Buffers>,
}

impl Words {
    /// Drops all but the first `count` words.
    pub fn truncate(&mut self, count: usize) {
        self.count = count.min(self.count);
    }

    /// The words as a vector, which goes back nowhere.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<u64> {
        self.home = None;
        self.buffer.truncate(self.count);
        std::mem::take(&mut self.buffer)
    }
}

impl From<Vec<u64>> for Words {
    fn from(buffer: Vec<u64>) -> Self {
        Self { count: buffer.len(), buffer, home: None }
    }
}

impl Deref for Words {
    type Target = [u64];

    fn deref(&self) -> &[u64] {
        &self.buffer[..self.count]
    }
}

impl DerefMut for Words {
    fn deref_mut(&mut self) -> &mut [u64] {
        &mut self.buffer[..self.count]
    }
}

impl Zeroize for Words {
    /// Wipes the whole buffer: also what was cut off, and what an earlier row has left.
    fn zeroize(&mut self) {
        self.buffer.as_mut_slice().zeroize();
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        if let Some(home) = self.home.take() {
            home.lock().keep(Zeroizing::new(std::mem::take(&mut self.buffer)));
        }
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Words({}, ..)", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wiping_reaches_what_was_cut_off() {
        let mut words = Words::from(vec![7; 5]);
        words.truncate(2);
        words.zeroize();
        assert_eq!((words.len(), &words.buffer[..]), (2, &[0; 5][..]));
    }

    #[test]
    fn a_dropped_buffer_serves_again_and_a_taken_one_does_not() {
        let buffers = Buffers::default();
        let first = buffers.take(LEAST_WORDS + 5);
        let place = first.as_ptr();
        drop(first);
        let second = buffers.take(LEAST_WORDS);
        assert_eq!((second.as_ptr(), second.len()), (place, LEAST_WORDS));
        assert_ne!(buffers.take(LEAST_WORDS).as_ptr(), place);
        assert_eq!(second.into_vec().len(), LEAST_WORDS);
        assert!(buffers.lock().best(LEAST_WORDS + 5).is_none(), "what left as a vector is not kept");
    }

    #[test]
    fn what_is_kept_is_bounded_and_no_large_buffer_serves_few_words() {
        let buffers = Buffers::default();
        let many: Vec<Words> = (0..3).map(|_| buffers.take(MOST_WORDS / 2)).collect();
        drop(many);
        assert_eq!(buffers.lock().words, MOST_WORDS);
        drop(buffers.take(LEAST_WORDS));
        assert_eq!(buffers.lock().words, MOST_WORDS);
    }

    #[test]
    fn words_behind_the_last_are_out_of_sight() {
        let mut words = Words::from(vec![1, 2, 3]);
        words.truncate(2);
        words[1] = 7;
        words.truncate(5);
        assert_eq!(words[..], [1, 7]);
        assert_eq!(words.into_vec(), [1, 7]);
    }
}
