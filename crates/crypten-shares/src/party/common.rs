//! What two parties draw alike: seeds that each pair has in common, and sharings of zero from them.

use crypten_ring::{Prg, Seed};
use zeroize::Zeroize;

use crate::correlation::Algebra;
use crate::place::Rank;

/// What words are drawn for. Each purpose has seeds of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Sharings of zero.
    Zero,
    /// Parts of tensors that are spread over three parties.
    Spread,
    /// What party 2 hands over to the other two.
    HandOver,
}

/// The seeds that this party has in common with each peer, and how far their streams are spent.
#[derive(Default)]
pub(super) struct Common {
    own: Option<Rank>,
    /// In the order of [`Purpose`].
    seeds: Vec<(Rank, [Seed; 3])>,
    /// How many streams of each seed are spent: every party spends them at the same time.
    spent: u64,
}

impl Common {
    pub(super) fn new(own: Rank, peers: usize) -> Self {
        Self { own: Some(own), seeds: Vec::with_capacity(peers), spent: 0 }
    }

    /// Adds what has been agreed on with a peer.
    pub(super) fn agree(&mut self, peer: Rank, seed: &Seed) {
        let labels: [&[u8]; 3] = [b"zero", b"spread", b"hand over"];
        self.seeds.push((peer, labels.map(|label| seed.derive(label))));
    }

    /// How many streams are spent.
    pub(super) fn spent(&self) -> u64 {
        self.spent
    }

    /// Spends one stream of each seed where the others draw.
    pub(super) fn skip(&mut self) {
        self.spent += 1;
    }

    /// Spends one stream of each seed: what this party and each of `peers` draw alike. Parties that draw nothing spend
    /// it too.
    pub(super) fn draw<const N: usize>(
        &mut self,
        purpose: Purpose,
        peers: [Rank; N],
        words: usize,
    ) -> [Vec<u64>; N] {
        let drawn = peers.map(|peer| {
            let mut drawn = vec![0; words];
            self.fill(purpose, peer, &mut drawn);
            drawn
        });
        self.spent += 1;
        drawn
    }

    /// This party's part of a fresh sharing of zero with `peers`.
    pub(super) fn zero(
        &mut self,
        peers: impl Iterator<Item = Rank>,
        words: usize,
        algebra: Algebra,
    ) -> Vec<u64> {
        let mut sum = vec![0; words];
        let mut mask = Vec::new();
        for peer in peers {
            mask.resize(words, 0);
            self.fill(Purpose::Zero, peer, &mut mask);
            if self.own < Some(peer) {
                algebra.accumulate(&mut sum, &mask);
            } else {
                algebra.remove(&mut sum, &mask);
            }
        }
        mask.zeroize();
        self.spent += 1;
        sum
    }

    fn fill(&self, purpose: Purpose, peer: Rank, out: &mut [u64]) {
        let seeds = self.seeds.iter().find(|(other, _)| *other == peer);
        let (_, seeds) = seeds.expect("there are seeds with each peer");
        Prg::new(&seeds[purpose as usize], self.spent).fill(out);
    }
}
