//! Expanded units that are kept until the last round of a protocol has used them.
//!
//! Corrections stay where they came: a copy of what does not fit the cache costs as much as receiving it.

use zeroize::Zeroizing;

use crate::correlation::Supply;
use crate::correlation::corrections::Correction;

/// Units of a supply, in the order in which they were spent.
pub(crate) struct Rows {
    /// Independent words of a unit.
    independent: usize,
    /// Words of a unit in `own`: all, or without those that come as corrections.
    own_words: usize,
    own: Zeroizing<Vec<u64>>,
    /// How many units are here.
    units: usize,
    /// The dependent words of each unit, where they have come from elsewhere.
    corrections: Vec<Correction>,
}

impl Rows {
    /// Words of the buffer that holds so many units.
    pub(crate) fn buffer_words(supply: &Supply, units: usize) -> usize {
        supply.own_words() * units
    }

    /// Room for the units of a supply, in a buffer of [`Rows::buffer_words`] words.
    pub(crate) fn new(supply: &Supply, buffer: Zeroizing<Vec<u64>>) -> Self {
        let (independent, own_words) = (supply.independent_words(), supply.own_words());
        Self { independent, own_words, own: buffer, units: 0, corrections: Vec::new() }
    }

    /// Spends the next unit of the supply.
    pub(crate) fn push(&mut self, supply: &mut Supply) {
        let own = &mut self.own[self.units * self.own_words..][..self.own_words];
        self.corrections.extend(supply.part(own));
        self.units += 1;
    }

    /// Forgets all units, so that the next one is the first.
    pub(crate) fn clear(&mut self) {
        self.units = 0;
        self.corrections.clear();
    }

    /// The independent and the dependent words of a unit.
    #[inline(always)]
    pub(crate) fn unit(&self, unit: usize) -> (&[u64], &[u64]) {
        let own = &self.own[unit * self.own_words..][..self.own_words];
        match self.corrections.get(unit) {
            Some(correction) => (own, correction.words()),
            None => own.split_at(self.independent),
        }
    }

    /// The buffer, to be used again.
    pub(crate) fn into_buffer(self) -> Zeroizing<Vec<u64>> {
        self.own
    }
}

#[cfg(test)]
mod tests {
    use crypten_ring::Seed;

    use super::*;
    use crate::correlation::{Dealing, Kind};

    /// Also where a unit lies across two portions.
    #[test]
    fn rows_hold_what_units_are_however_corrections_are_cut() {
        let (kind, units) = (Kind::Truncation { bits: 16 }, 5);
        let seeds = [1, 2].map(|word| Seed::from_words([word; 4]));
        let mut dealing = Dealing::new(&kind, &seeds);
        let (independent, dependent) = (kind.layout().independent_words(), kind.correction_words());
        let (mut whole, mut corrections) = (Vec::new(), Vec::new());
        for index in 0..units {
            let (mut own, mut correction) = (vec![0; independent], vec![0; dependent]);
            dealing.deal(index, &mut own, &mut correction);
            whole.push((own, correction.clone()));
            corrections.extend(correction);
        }
        for cut in [1, dependent - 1, dependent, 2 * dependent + 3, corrections.len()] {
            let mut supply = Supply::awaiting(&kind, &seeds[0], 0, units as usize);
            corrections.chunks(cut).for_each(|portion| supply.feed(Zeroizing::new(portion.to_vec().into())));
            let buffer = vec![9; Rows::buffer_words(&supply, units as usize)];
            let mut rows = Rows::new(&supply, Zeroizing::new(buffer));
            (0..units).for_each(|_| rows.push(&mut supply));
            for (unit, (own, correction)) in whole.iter().enumerate() {
                assert_eq!(rows.unit(unit), (&own[..], &correction[..]), "portions of {cut} words");
            }
        }
    }
}
