//! Candidates in groups: four at a time, or two where enough levels are left.

/// How candidates fall into groups of four, or of two where enough levels are left: that compares half as often. One
/// that is left over waits for the next level; two or three make a group that is filled up with copies of its first,
/// which never win.
pub(super) struct Groups {
    /// Four or two.
    pub(super) size: usize,
    pub(super) count: usize,
    pub(super) candidates: usize,
    pub(super) left_over: bool,
}

impl Groups {
    pub(super) fn of(candidates: usize, levels_left: u32) -> Self {
        let size = if levels(candidates.div_ceil(2)) < levels_left { 2 } else { 4 };
        let rest = candidates % size;
        Self { size, count: candidates / size + usize::from(rest >= 2), candidates, left_over: rest == 1 }
    }

    /// The words of the first, second .. candidates of all groups.
    pub(super) fn candidates(&self, words: &[u64], rows: usize) -> Vec<Vec<u64>> {
        let candidate = |group: usize, place: usize| {
            let position = self.size * group + place;
            if position < self.candidates { position } else { self.size * group }
        };
        let all = |place: usize| {
            let mut all = Vec::with_capacity(self.count * rows);
            for group in 0..self.count {
                all.extend(&words[candidate(group, place) * rows..][..rows]);
            }
            all
        };
        (0..self.size).map(all).collect()
    }

    /// What each group has, laid out over its candidates: `others` has the parts of the second, third .. of all groups,
    /// the rest of `whole` is the first one's, and one that was left over keeps what it has.
    pub(super) fn spread(&self, whole: &[u64], others: &[u64], rows: usize) -> Vec<u64> {
        let all = self.count * rows;
        let mut spread = Vec::with_capacity(self.candidates * rows);
        for group in 0..self.count {
            let span = group * rows..(group + 1) * rows;
            let parts = || others.chunks(all.max(1)).map(|part| &part[span.clone()]);
            let mut first = whole[span.clone()].to_vec();
            for part in parts() {
                first.iter_mut().zip(part).for_each(|(first, &part)| *first = first.wrapping_sub(part));
            }
            spread.extend(first);
            // Copies that fill up a group never win.
            let present = (self.candidates - self.size * group).min(self.size);
            parts().take(present - 1).for_each(|part| spread.extend(part));
        }
        spread.extend(&whole[all..]);
        spread
    }
}

/// How many levels of groups of four leave one of so many candidates.
pub(super) fn levels(candidates: usize) -> u32 {
    candidates.next_power_of_two().trailing_zeros().div_ceil(2)
}
