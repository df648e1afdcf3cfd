//! Words of correction at party 0, in the portions in which they come, and where in them a unit lies.

use std::collections::VecDeque;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::message::Words;

/// Words of correction, in the portions in which they have come.
#[derive(Default)]
pub(super) struct Corrections {
    portions: VecDeque<Arc<Zeroizing<Words>>>,
    /// Words of the first portion that are spent.
    spent: usize,
    /// Words in all portions that are not spent.
    available: usize,
}

impl Corrections {
    /// Words that are here and not spent.
    pub(super) fn available(&self) -> usize {
        self.available
    }

    pub(super) fn push(&mut self, portion: Zeroizing<Words>) {
        self.available += portion.len();
        self.portions.push_back(Arc::new(portion));
    }

    /// The next words, where they lie if they lie together; there must be as many.
    pub(super) fn next(&mut self, words: usize) -> Correction {
        match self.portions.front() {
            Some(portion) if portion.len() - self.spent >= words => {
                let correction = Correction { portion: Arc::clone(portion), at: self.spent, words };
                self.spend(words);
                correction
            }
            _ => {
                let mut joined = Zeroizing::new(Words::from(vec![0; words]));
                self.take(&mut joined);
                Correction { portion: Arc::new(joined), at: 0, words }
            }
        }
    }

    /// Moves the next words out; there must be as many.
    fn take(&mut self, mut out: &mut [u64]) {
        while !out.is_empty() {
            let portion = self.portions.front().expect("the words are there");
            let count = out.len().min(portion.len() - self.spent);
            let (now, later) = out.split_at_mut(count);
            now.copy_from_slice(&portion[self.spent..][..count]);
            self.spend(count);
            out = later;
        }
    }

    /// Counts words of the first portion as spent.
    fn spend(&mut self, words: usize) {
        self.available -= words;
        self.spent += words;
        if self.portions.front().is_some_and(|portion| portion.len() == self.spent) {
            self.portions.pop_front();
            self.spent = 0;
        }
    }
}

/// The dependent words of one unit, in the portion in which they came.
pub(super) struct Correction {
    portion: Arc<Zeroizing<Words>>,
    at: usize,
    words: usize,
}

impl Correction {
    pub(super) fn words(&self) -> &[u64] {
        &self.portion[self.at..][..self.words]
    }
}
