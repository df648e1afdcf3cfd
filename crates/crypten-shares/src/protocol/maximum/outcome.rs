//! What a tournament leaves: the winners, and from the indicators of all its levels where they stand.

use crypten_ring::RingTensor;

use super::groups::Groups;
use crate::error::Error;
use crate::party::Party;
use crate::protocol::product::multiply;
use crate::share::ArithmeticShare;

/// What a tournament leaves.
pub(super) struct Outcome {
    /// The axis that has disappeared, and how long it was.
    pub(super) axis: usize,
    pub(super) length: usize,
    /// The shape without it.
    pub(super) shape: Vec<usize>,
    pub(super) winners: Vec<u64>,
    /// The levels in the order in which they were played, if they are wanted.
    pub(super) levels: Vec<Level>,
}

/// One level: how candidates were grouped, and the indicators of the second, third .. one of every group.
pub(super) struct Level {
    pub(super) groups: Groups,
    pub(super) indicators: Vec<Vec<u64>>,
}

impl Outcome {
    pub(super) fn largest(&self) -> ArithmeticShare {
        ArithmeticShare::new(RingTensor::from_vec(&self.shape, self.winners.clone()))
    }

    /// Where the winners stand, from the first level up.
    pub(super) async fn places(&self, party: &mut Party) -> Result<ArithmeticShare, Error> {
        let (rows, is_first) = (self.winners.len(), party.place().is_first());
        // Positions are public before the first level: candidate k stands at k.
        let mut places: Option<Vec<u64>> = None;
        for Level { groups, indicators } in &self.levels {
            places = Some(match places {
                None => {
                    let first = |i: usize| if is_first { (groups.size * (i / rows)) as u64 } else { 0 };
                    let sum = |i: usize| {
                        let offsets = (1..).zip(indicators).map(|(k, row): (u64, _)| row[i].wrapping_mul(k));
                        offsets.fold(first(i), u64::wrapping_add)
                    };
                    let mut places: Vec<u64> = (0..groups.count * rows).map(sum).collect();
                    if groups.left_over {
                        let last = groups.candidates as u64 - 1;
                        places.extend(std::iter::repeat_n(if is_first { last } else { 0 }, rows));
                    }
                    places
                }
                Some(places) => select_places(party, groups, &places, rows, indicators).await?,
            });
        }
        let places = places.unwrap_or_else(|| vec![0; rows]);
        Ok(ArithmeticShare::new(RingTensor::from_vec(&self.shape, places)))
    }

    /// One where the winners stand, from the last level down: a candidate has won if it won its group, and the group won.
    pub(super) async fn one_hot(&self, party: &mut Party) -> Result<ArithmeticShare, Error> {
        let rows = self.winners.len();
        let mut won: Option<Vec<u64>> = None;
        for Level { groups, indicators } in self.levels.iter().rev() {
            let (above, others) = match won {
                // The one winner of the last level has won, which is public.
                None => (public_ones(party, groups.count * rows), indicators.concat()),
                Some(mut above) => {
                    let left_over = above.split_off(groups.count * rows);
                    let others = both(party, indicators, &above).await?;
                    above.extend(left_over);
                    (above, others)
                }
            };
            won = Some(groups.spread(&above, &others, rows));
        }
        let won = won.unwrap_or_else(|| public_ones(party, rows));
        let whole = RingTensor::from_vec(&[&[self.length], &self.shape[..]].concat(), won);
        let mut order: Vec<usize> = (1..=self.shape.len()).collect();
        order.insert(self.axis, 0);
        Ok(ArithmeticShare::new(whole.permute(&order)?))
    }
}

/// The share of a public one, so many times.
fn public_ones(party: &Party, words: usize) -> Vec<u64> {
    vec![u64::from(party.place().is_first()); words]
}

/// The products of each row of indicators with one more row.
async fn both(party: &mut Party, indicators: &[Vec<u64>], row: &[u64]) -> Result<Vec<u64>, Error> {
    let share = |words: Vec<u64>| ArithmeticShare::new(RingTensor::from_vec(&[words.len()], words));
    let (others, row) = (share(indicators.concat()), share(row.repeat(indicators.len())));
    Ok(multiply(party, &others, &row, None).await?.own().words().into_owned())
}

/// The winners' positions where the candidates' positions are secret: one product for each losing candidate.
async fn select_places(
    party: &mut Party,
    groups: &Groups,
    places: &[u64],
    rows: usize,
    indicators: &[Vec<u64>],
) -> Result<Vec<u64>, Error> {
    let candidates = groups.candidates(places, rows);
    let (first, others) = candidates.split_first().expect("a group has candidates");
    let share = |words: Vec<u64>| ArithmeticShare::new(RingTensor::from_vec(&[words.len()], words));
    let difference =
        |other: &Vec<u64>| other.iter().zip(first).map(|(&o, &f)| o.wrapping_sub(f)).collect::<Vec<_>>();
    let differences = others.iter().flat_map(difference).collect();
    let moves = multiply(party, &share(indicators.concat()), &share(differences), None).await?.own().clone();
    let mut chosen = first.clone();
    for moves in moves.words().chunks(first.len().max(1)) {
        chosen.iter_mut().zip(moves).for_each(|(place, &step)| *place = place.wrapping_add(step));
    }
    if groups.left_over {
        chosen.extend(&places[places.len() - rows..]);
    }
    Ok(chosen)
}
