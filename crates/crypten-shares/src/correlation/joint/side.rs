//! What one party does for a batch of units: lookups, selections and sums of products, all elements at once.
//!
//! Both parties run the same lines. A share of party 1's is a mask that it knows beforehand: its dealt word `d_1` where
//! the result is a dependent word, a fresh one elsewhere. Party 0's share is what it looks up. Elements come in blocks
//! of [`UNIT`]; a list of places says where in the units' words the blocks lie.

use crypten_ring::{LANES, Prg, Seed, UNIT};
use zeroize::Zeroizing;

use crate::correlation::{Algebra, Kind, Width, sum_of_parts};
use crate::error::Error;
use crate::joint::{Bilinear, Joint, MOST_CHOICE_BITS};
use crate::net::Net;
use crate::party::random_seed;

/// One party's side of the completion of a batch of units.
pub(super) struct Side<'a> {
    joint: &'a mut dyn Joint,
    net: &'a mut dyn Net,
    is_first: bool,
    /// Masks that nobody else knows.
    fresh: Prg,
    units: usize,
    /// This party's independent words, unit after unit, each with its words of a fixed operand.
    independent: Zeroizing<Vec<u64>>,
    /// This party's dependent words: at party 1 those of its seed, at party 0 what has been found of them.
    dependent: Zeroizing<Vec<u64>>,
}

impl<'a> Side<'a> {
    pub(super) fn new(
        joint: &'a mut dyn Joint,
        net: &'a mut dyn Net,
        kind: &Kind,
        seed: &Seed,
        first: u64,
        units: usize,
    ) -> Result<Self, Error> {
        let layout = kind.layout();
        let (n_independent, n_dependent) = (layout.independent_words(), layout.dependent_words());
        let operand = match kind.fixed_operand() {
            Some((operand, number)) => sum_of_parts(&operand, number, std::slice::from_ref(seed)),
            None => Zeroizing::default(),
        };
        let (seed, is_first) = (seed.derive(&kind.label()), net.place().is_first());
        let mut independent = Zeroizing::new(Vec::with_capacity(units * (n_independent + operand.len())));
        let mut dependent = Zeroizing::new(vec![0; units * n_dependent]);
        let mut own = Zeroizing::new(vec![0; n_independent]);
        for (unit, dependent) in dependent.chunks_exact_mut(n_dependent).enumerate() {
            let mut prg = Prg::new(&seed, first + unit as u64);
            prg.fill(&mut own);
            independent.extend(own.iter().chain(&*operand));
            if !is_first {
                prg.fill(dependent);
            }
        }
        let fresh = Prg::new(&random_seed()?, 0);
        Ok(Self { joint, net, is_first, fresh, units, independent, dependent })
    }

    /// What party 0 has found; nothing at party 1.
    pub(super) fn corrections(mut self) -> Vec<u64> {
        if self.is_first { std::mem::take(&mut *self.dependent) } else { Vec::new() }
    }

    pub(super) fn is_first(&self) -> bool {
        self.is_first
    }

    pub(super) fn units(&self) -> usize {
        self.units
    }

    /// All of this party's independent words.
    pub(super) fn independent(&self) -> &[u64] {
        &self.independent
    }

    /// The places that lie so far into the independent words of each unit, in order of the units.
    pub(super) fn sources(&self, offsets: &[usize]) -> Vec<usize> {
        places(self.units, self.independent.len() / self.units, offsets)
    }

    /// The places that lie so far into the dependent words of each unit, in order of the units.
    pub(super) fn targets(&self, offsets: &[usize]) -> Vec<usize> {
        places(self.units, self.dependent.len() / self.units, offsets)
    }

    /// This party's independent words in the blocks at these sources.
    pub(super) fn words(&self, sources: &[usize]) -> Vec<u64> {
        blocks_at(&self.independent, sources)
    }

    /// This party's bits in the `count` planes that begin at each source, one number an element, first plane lowest.
    pub(super) fn bits(&self, sources: &[usize], count: u32) -> Vec<u8> {
        planes_at(&self.independent, sources, count).into_iter().map(|bits| bits as u8).collect()
    }

    /// This party's shares of dependent words that have been found.
    pub(super) fn found(&self, targets: &[usize]) -> Vec<u64> {
        blocks_at(&self.dependent, targets)
    }

    /// Party 1's masks for planes of dependent bits at these targets, with random bits above; nothing at party 0.
    pub(super) fn plane_masks(&mut self, targets: &[usize], count: u32) -> Vec<u64> {
        if self.is_first {
            return Vec::new();
        }
        let mut masks = self.random(UNIT * targets.len());
        for (mask, dealt) in masks.iter_mut().zip(planes_at(&self.dependent, targets, count)) {
            *mask = *mask & !low(count) | dealt;
        }
        masks
    }

    /// Fresh masks of party 1; nothing at party 0.
    pub(super) fn fresh_masks(&mut self, count: usize) -> Vec<u64> {
        if self.is_first { Vec::new() } else { self.random(count) }
    }

    fn random(&mut self, count: usize) -> Vec<u64> {
        self.fresh.words(count)
    }

    /// Writes shares of bits into the `count` planes that begin at each target.
    pub(super) fn put_planes(&mut self, targets: &[usize], count: u32, shares: &[u64]) {
        for (&target, shares) in targets.iter().zip(shares.chunks_exact(UNIT)) {
            let planes = self.dependent[target..][..LANES * count as usize].chunks_exact_mut(LANES);
            for (k, plane) in planes.enumerate() {
                for (word, shares) in plane.iter_mut().zip(shares.chunks_exact(64)) {
                    *word = shares.iter().rev().fold(0, |word, share| word << 1 | share >> k & 1);
                }
            }
        }
    }

    /// Writes shares of words into the blocks at these targets.
    pub(super) fn put_words(&mut self, targets: &[usize], shares: &[u64]) {
        for (&target, shares) in targets.iter().zip(shares.chunks_exact(UNIT)) {
            self.dependent[target..][..UNIT].copy_from_slice(shares);
        }
    }

    /// This party's shares of `function(i, a, b)` for party 0's number `a` and party 1's `b`, both below `2^bits`.
    /// Those of party 1 are `masks`.
    pub(super) async fn look_up(
        &mut self,
        bits: u32,
        (algebra, width): (Algebra, u32),
        own: &[u8],
        masks: Vec<u64>,
        function: impl Fn(usize, u8, u8) -> u64 + Send + Sync,
    ) -> Result<Vec<u64>, Error> {
        debug_assert!((1..=MOST_CHOICE_BITS).contains(&bits) && (1..=64).contains(&width));
        if self.is_first {
            return self.joint.choose(&mut *self.net, bits, width, own).await;
        }
        let entry = |i: usize, j: usize| {
            let value = function(i, j as u8, own[i]);
            low(width)
                & match algebra {
                    Algebra::Additive | Algebra::Modulo(_) => value.wrapping_sub(masks[i]),
                    Algebra::Xor => value ^ masks[i],
                }
        };
        self.joint.offer(&mut *self.net, bits, width, own.len(), &entry).await?;
        Ok(masks)
    }

    /// Fills the planes at these targets with `count` bits of a function of a shared number below `2^bits`.
    pub(super) async fn look_up_planes(
        &mut self,
        bits: u32,
        own: &[u8],
        targets: &[usize],
        count: u32,
        function: impl Fn(u8) -> u64 + Send + Sync,
    ) -> Result<(), Error> {
        let masks = self.plane_masks(targets, count);
        let look_up = self.look_up(bits, (Algebra::Xor, count), own, masks, |_, a, b| function(a ^ b));
        let shares = look_up.await?;
        self.put_planes(targets, count, &shares);
        Ok(())
    }

    /// Fills the blocks of words at these targets with `function(a, b)` of the parties' numbers below `2^bits`, plus
    /// what the parties add up to alone.
    pub(super) async fn look_up_words(
        &mut self,
        bits: u32,
        own: &[u8],
        targets: &[usize],
        alone: Option<&[u64]>,
        function: impl Fn(u8, u8) -> u64 + Send + Sync,
    ) -> Result<(), Error> {
        let masks = blocks_at(&self.dependent, targets);
        let alone_at = |i: usize| alone.map_or(0, |alone| alone[i]);
        let with_own = |i: usize, a: u8, b: u8| function(a, b).wrapping_add(alone_at(i));
        let mut shares = self.look_up(bits, (Algebra::Additive, 64), own, masks, with_own).await?;
        if let (true, Some(alone)) = (self.is_first, alone) {
            Algebra::Additive.accumulate(&mut shares, alone);
        }
        self.put_words(targets, &shares);
        Ok(())
    }

    /// This party's shares of `w` where a shared number below `2^bits` is what `keeps` wants, and of zero elsewhere,
    /// for this party's shares `words` of `w`. Those of party 1 are `masks`.
    ///
    /// With party 0's number `a` and party 1's `b`, party 1 looks up `keeps(a ^ b) w_0` under a mask of party 0's, and
    /// party 0 then `keeps(a ^ b) w_1` with what party 1 has found.
    pub(super) async fn select(
        &mut self,
        bits: u32,
        own: &[u8],
        words: &[u64],
        masks: Vec<u64>,
        keeps: impl Fn(usize, u8) -> bool + Send + Sync,
    ) -> Result<Vec<u64>, Error> {
        // A mask, not a branch.
        let kept = |i: usize, number: u8| words[i] & u64::from(keeps(i, number)).wrapping_neg();
        if self.is_first {
            let part = self.random(own.len());
            let entry = |i: usize, j: usize| kept(i, j as u8 ^ own[i]).wrapping_sub(part[i]);
            self.joint.offer(&mut *self.net, bits, 64, own.len(), &entry).await?;
            let mut shares = self.joint.choose(&mut *self.net, bits, 64, own).await?;
            Algebra::Additive.accumulate(&mut shares, &part);
            return Ok(shares);
        }
        let part = self.joint.choose(&mut *self.net, bits, 64, own).await?;
        let entry =
            |i: usize, j: usize| kept(i, j as u8 ^ own[i]).wrapping_add(part[i]).wrapping_sub(masks[i]);
        self.joint.offer(&mut *self.net, bits, 64, own.len(), &entry).await?;
        Ok(masks)
    }

    /// Fills the blocks of words at these targets with a selection.
    pub(super) async fn select_words(
        &mut self,
        bits: u32,
        own: &[u8],
        words: &[u64],
        targets: &[usize],
        keeps: impl Fn(usize, u8) -> bool + Send + Sync,
    ) -> Result<(), Error> {
        let masks = blocks_at(&self.dependent, targets);
        let shares = self.select(bits, own, words, masks, keeps).await?;
        self.put_words(targets, &shares);
        Ok(())
    }

    /// This party's shares of sums of products of the parties' own words, shifted. Those of party 1 are `masks`.
    pub(super) async fn multiply(
        &mut self,
        form: &Bilinear,
        shift: u32,
        own: &[u64],
        masks: Vec<u64>,
    ) -> Result<Vec<u64>, Error> {
        if self.is_first {
            return self.joint.multiply(&mut *self.net, form, shift, own).await;
        }
        let addend: Vec<u64> = masks.iter().map(|mask| mask.wrapping_neg()).collect();
        self.joint.assist(&mut *self.net, form, shift, own, &addend).await?;
        Ok(masks)
    }

    /// This party's shares of sums of products of party 1's words `x` and party 0's `y`: party 1 learns them under a mask
    /// of party 0's.
    pub(super) async fn multiply_back(&mut self, form: &Bilinear, own: &[u64]) -> Result<Vec<u64>, Error> {
        if !self.is_first {
            return self.joint.multiply(&mut *self.net, form, 0, own).await;
        }
        let masks = self.random(form.outputs());
        self.joint.assist(&mut *self.net, form, 0, own, &masks).await?;
        Ok(masks.iter().map(|mask| mask.wrapping_neg()).collect())
    }

    /// Fills all dependent words with sums of products, plus what the parties add up to alone.
    pub(super) async fn multiply_all(
        &mut self,
        form: &Bilinear,
        shift: u32,
        own: &[u64],
        alone: &[u64],
    ) -> Result<(), Error> {
        let mut masks = self.dependent.to_vec();
        Algebra::Additive.remove(&mut masks, alone);
        let mut shares = self.multiply(form, shift, own, masks).await?;
        Algebra::Additive.accumulate(&mut shares, alone);
        self.dependent.copy_from_slice(&shares);
        Ok(())
    }

    /// Fills all dependent words with rows of sums of products, modulo `2^width`. Party 0 sees whole words: party 1's
    /// masks have random bits above those that are dealt.
    pub(super) async fn multiply_rows(
        &mut self,
        form: &Bilinear,
        shift: u32,
        own: &[u64],
        width: Width,
    ) -> Result<(), Error> {
        let mut masks = self.fresh_masks(form.outputs());
        let rows = self.dependent.chunks_exact(width.row_words());
        for (mask, dealt) in masks.iter_mut().zip(rows.flat_map(|row| width.unpack(row))) {
            *mask = *mask & !low(width.bits()) | dealt;
        }
        let shares = self.multiply(form, shift, own, masks).await?;
        let rows = self.dependent.chunks_exact_mut(width.row_words());
        for (row, shares) in rows.zip(shares.as_chunks::<UNIT>().0) {
            width.pack(shares, row);
        }
        Ok(())
    }
}

/// All-ones in the lowest bits.
fn low(bits: u32) -> u64 {
    u64::MAX.checked_shr(64 - bits).unwrap_or(0)
}

fn places(units: usize, stride: usize, offsets: &[usize]) -> Vec<usize> {
    (0..units).flat_map(|unit| offsets.iter().map(move |offset| unit * stride + offset)).collect()
}

fn blocks_at(words: &[u64], places: &[usize]) -> Vec<u64> {
    places.iter().flat_map(|&place| &words[place..place + UNIT]).copied().collect()
}

fn planes_at(words: &[u64], places: &[usize], count: u32) -> Vec<u64> {
    let mut numbers = vec![0; UNIT * places.len()];
    for (&place, numbers) in places.iter().zip(numbers.chunks_exact_mut(UNIT)) {
        let planes = words[place..][..LANES * count as usize].chunks_exact(LANES);
        for (k, plane) in planes.enumerate() {
            for (word, numbers) in plane.iter().zip(numbers.chunks_exact_mut(64)) {
                numbers.iter_mut().enumerate().for_each(|(i, number)| *number |= (word >> i & 1) << k);
            }
        }
    }
    numbers
}
