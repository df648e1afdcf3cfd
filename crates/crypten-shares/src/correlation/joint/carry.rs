//! The bits of `r = r_0 + r_1` from low to high, a few at a time, with a shared carry.
//!
//! For each group of bits party 0 looks up, with its own bits and its share of the carry, what is wanted of the sum's
//! bits, and its share of the next carry. One lookup a group and element; all elements go through the chain together.

use crate::correlation::Algebra;
use crate::correlation::joint::side::Side;
use crate::error::Error;

/// Bits of a group of which nothing but the carry is wanted.
const GROUP: u32 = 4;

/// An addition modulo 2^64 under way.
pub(super) struct Chain {
    /// This party's summands.
    words: Vec<u64>,
    /// The next bit.
    at: u32,
    /// This party's shares of the carry into it; nothing before the first.
    carry: Option<Vec<u8>>,
    /// The bit the carry into which is to be kept.
    mark: Option<u32>,
    marked: Vec<u8>,
}

impl Chain {
    /// The addition of both parties' words; `mark`, above 0, is a bit the carry into which is kept.
    pub(super) fn new(words: Vec<u64>, mark: Option<u32>) -> Self {
        Self { words, at: 0, carry: None, mark, marked: Vec::new() }
    }

    /// This party's shares of the carry into the marked bit, which has been passed.
    pub(super) fn marked(&self) -> &[u8] {
        &self.marked
    }

    /// This party's bits number `bit`.
    pub(super) fn own_bits(&self, bit: u32) -> impl Iterator<Item = u8> {
        self.words.iter().map(move |word| (word >> bit & 1) as u8)
    }

    /// This party's shares of the carry into the next bit.
    pub(super) fn carries(&self) -> Vec<u8> {
        self.carry.clone().unwrap_or_else(|| vec![0; self.words.len()])
    }

    /// This party's shares of the sum's next bit.
    pub(super) fn next_bits(&self) -> Vec<u8> {
        self.own_bits(self.at).zip(self.carries()).map(|(bit, carry)| bit ^ carry).collect()
    }

    /// Goes on to a bit; nothing of those before it is wanted.
    pub(super) async fn pass_to(&mut self, side: &mut Side<'_>, bit: u32) -> Result<(), Error> {
        while self.at < bit {
            let masks = side.fresh_masks(self.words.len());
            self.pass(side, GROUP.min(bit - self.at), 0, masks, |_| 0).await?;
        }
        Ok(())
    }

    /// Goes on by `bits` bits: this party's shares of `width` bits that are a function of the sum's bits there.
    ///
    /// The lowest bits of party 1's `masks` are its shares of these, the next is its share of the carry.
    pub(super) async fn pass(
        &mut self,
        side: &mut Side<'_>,
        bits: u32,
        width: u32,
        masks: Vec<u64>,
        wanted: impl Fn(u8) -> u64 + Send + Sync,
    ) -> Result<Vec<u64>, Error> {
        let (first, end) = (self.at, self.at + bits);
        let all = (1_u8 << bits) - 1;
        let inside = self.mark.filter(|&mark| first < mark && mark < end).map(|mark| mark - first);
        let own: Vec<u8> = match &self.carry {
            None => self.words.iter().map(|word| (word >> first) as u8 & all).collect(),
            Some(carry) => {
                let group = |(word, carry): (&u64, &u8)| (word >> first) as u8 & all | carry << bits;
                self.words.iter().zip(carry).map(group).collect()
            }
        };
        let choice_bits = bits + u32::from(self.carry.is_some());
        // Nothing is carried out of the highest bit.
        let carries = u32::from(end < 64);
        let all_width = width + carries + u32::from(inside.is_some());
        let sum = |_: usize, a: u8, b: u8| {
            let carry = (a ^ b) >> bits;
            let upto = |mask: u8| (a & mask) + (b & mask) + carry;
            let mut out = wanted(upto(all) & all);
            if carries == 1 {
                out |= u64::from(upto(all) >> bits) << width;
            }
            if let Some(inside) = inside {
                out |= u64::from(upto((1 << inside) - 1) >> inside) << (width + carries);
            }
            out
        };
        let shares = side.look_up(choice_bits, (Algebra::Xor, all_width), &own, masks, sum).await?;
        let bit = |number: u32| shares.iter().map(move |share| (share >> number & 1) as u8).collect();
        if inside.is_some() {
            self.marked = bit(width + carries);
        }
        self.carry = Some(if carries == 1 { bit(width) } else { vec![0; self.words.len()] });
        if self.mark == Some(end) {
            self.marked = self.carries();
        }
        self.at = end;
        Ok(shares)
    }
}
