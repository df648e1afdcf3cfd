//! The core of all comparisons: from values to their signs, unit by unit, round by round.

use crypten_ring::{LANES, Plane, UNIT, planes_of, vectorized};

use crate::correlation::{Algebra, NODES, SignUnit, WIRES, first_ones};
use crate::error::Error;
use crate::opening::Opening;
use crate::party::Party;
use crate::protocol::pieces::{lanes, load, pieces, span, take_planes, units_of};

/// Where the sign units of a batch lie in a row of expanded correlations.
#[derive(Clone, Debug)]
pub(in crate::protocol) struct Batch {
    /// Elements for each of the `per_row` sign units of the rows together.
    elements: usize,
    /// Sign units in one row of correlations.
    per_row: usize,
    /// Words of a row.
    row_words: usize,
}

impl Batch {
    /// One sign unit a row.
    pub(in crate::protocol) fn single(elements: usize, row_words: usize) -> Self {
        Self { elements, per_row: 1, row_words }
    }

    /// `per_row` sign units a row, for `elements` elements each.
    pub(in crate::protocol) fn several(elements: usize, per_row: usize, row_words: usize) -> Self {
        Self { elements, per_row, row_words }
    }

    fn units(&self) -> usize {
        units_of(self.elements) * self.per_row
    }

    fn lanes(&self, unit: usize) -> usize {
        lanes(&self.span(unit))
    }

    fn span(&self, unit: usize) -> std::ops::Range<usize> {
        span(unit / self.per_row, self.elements)
    }

    /// The sign unit with this number.
    pub(in crate::protocol) fn unit<'a>(&self, dealt: &'a [u64], unit: usize) -> SignUnit<'a> {
        let (row, place) = (unit / self.per_row, unit % self.per_row);
        let row = &dealt[row * self.row_words..][..self.row_words];
        let (independent, dependent) = row.split_at(self.per_row * SignUnit::INDEPENDENT);
        SignUnit {
            independent: &independent[place * SignUnit::INDEPENDENT..][..SignUnit::INDEPENDENT],
            dependent: if self.per_row == 1 { dependent } else { &dependent[place * SignUnit::DEPENDENT..] },
        }
    }
}

/// What a run leaves.
pub(in crate::protocol) struct Signs {
    /// The opened `c = z + r`, a unit after the other, filled up with zeros.
    pub(in crate::protocol) opened: Vec<u64>,
    /// The signs masked by dealt bits, opened; or this party's shares of the signs.
    pub(in crate::protocol) bits: Vec<Plane>,
}

/// Runs the three rounds of a sign, and the fourth, which opens it masked, if `open`.
///
/// `expand` writes the next row of correlations, `value` loads this party's share of a unit of values.
pub(in crate::protocol) async fn signs(
    party: &mut Party,
    batch: &Batch,
    dealt: &mut [u64],
    mut expand: impl FnMut(&mut [u64]),
    value: impl Fn(usize, &mut [u64; UNIT]),
    open: bool,
) -> Result<Signs, Error> {
    let (units, is_first) = (batch.units(), party.place().is_first());
    let mut masked = Opening::new(party, "sign", Algebra::Additive);
    let mut z = [0; UNIT];
    for piece in pieces(units) {
        let mut message = Vec::with_capacity(piece.len() * UNIT);
        for unit in piece {
            if unit % batch.per_row == 0 {
                expand(&mut dealt[unit / batch.per_row * batch.row_words..][..batch.row_words]);
            }
            value(unit, &mut z);
            let mask = batch.unit(dealt, unit).mask();
            let words = z.iter().zip(mask).take(batch.span(unit).len()).map(|(&z, &r)| z.wrapping_add(r));
            message.extend(words);
        }
        masked.send(party, message).await?;
    }

    let dealt = &*dealt;
    let mut states = vec![State::default(); units];
    let mut opened = vec![0; units * UNIT];
    let mut lower = Opening::new(party, "sign wires", Algebra::Xor);
    for piece in pieces(units) {
        let words = masked.receive(party).await?;
        let mut words = &words[..];
        let mut message = Vec::with_capacity(piece.len() * 27 * LANES);
        for unit in piece {
            let (now, later) = words.split_at(batch.span(unit).len());
            words = later;
            let c: &mut [u64; UNIT] =
                (&mut opened[unit * UNIT..][..UNIT]).try_into().expect("a unit of words");
            load(now, c);
            let wires = vectorized(|| states[unit].compare(batch.unit(dealt, unit), c, is_first));
            push(&mut message, &wires, batch.lanes(unit));
        }
        lower.send(party, message).await?;
    }

    let mut upper = Opening::new(party, "sign root", Algebra::Xor);
    for piece in pieces(units) {
        let words = lower.receive(party).await?;
        let mut words = &words[..];
        let mut message = Vec::with_capacity(piece.len() * 6 * LANES);
        for unit in piece {
            let lanes = batch.lanes(unit);
            let wires = take_planes::<27>(&mut words, 27, lanes);
            let wires = vectorized(|| states[unit].combine(batch.unit(dealt, unit), &wires, is_first));
            push(&mut message, &wires, lanes);
        }
        upper.send(party, message).await?;
    }

    let mut last = if open { Some(Opening::new(party, "sign bit", Algebra::Xor)) } else { None };
    let mut bits = Vec::with_capacity(units);
    for piece in pieces(units) {
        let words = upper.receive(party).await?;
        let mut words = &words[..];
        let mut message = Vec::with_capacity(if open { piece.len() * LANES } else { 0 });
        for unit in piece {
            let lanes = batch.lanes(unit);
            let wires = take_planes::<WIRES>(&mut words, NODES[4], lanes);
            let correlation = batch.unit(dealt, unit);
            let sign = states[unit].finish(correlation, &wires, is_first);
            if open {
                let mask = correlation.bit();
                push(&mut message, &[std::array::from_fn(|lane| sign[lane] ^ mask[lane])], lanes);
            } else {
                bits.push(sign);
            }
        }
        if let Some(last) = &mut last {
            last.send(party, message).await?;
        }
    }
    if let Some(mut last) = last {
        for piece in pieces(units) {
            let words = last.receive(party).await?;
            let mut words = &words[..];
            for unit in piece {
                bits.extend(take_planes::<1>(&mut words, 1, batch.lanes(unit)));
            }
        }
    }
    Ok(Signs { opened, bits })
}

/// What a unit keeps between rounds: shares of the `lt` that are no wire, and of `c_63 ^ r_63`.
#[derive(Clone, Copy, Default)]
struct State {
    /// `lt` of the most significant group of each of the four lower nodes; later, at 3, of the most significant one.
    upper_lt: [Plane; 4],
    top: Plane,
}

impl State {
    /// After `c` is opened: compares all groups, returns the masked wires of the four lower nodes.
    #[inline(always)]
    fn compare(&mut self, unit: SignUnit<'_>, c: &[u64; UNIT], is_first: bool) -> [Plane; 27] {
        let planes = planes_of(c);
        let ones = first_ones(is_first);
        let r_top = unit.top();
        self.top = std::array::from_fn(|lane| r_top[lane] ^ (planes[63][lane] & ones[lane]));
        let mut wires = [[0; LANES]; 27];
        let mut next = 0;
        for node in 0..4 {
            let mut children = [([0; LANES], [0; LANES]); 4];
            for (child, result) in children.iter_mut().enumerate() {
                let group = 4 * node + child;
                let bits = &planes[4 * group..(4 * group + 4).min(63)];
                *result = unit.compare_group(group, bits, is_first);
            }
            self.upper_lt[node] = children[3].0;
            next = mask_wires(unit, node, &children, &mut wires, next);
        }
        wires
    }

    /// After the wires of the lower nodes are opened: combines them, returns the masked wires of the root.
    #[inline(always)]
    fn combine(&mut self, unit: SignUnit<'_>, opened: &[Plane; 27], is_first: bool) -> [Plane; 6] {
        let mut children = [([0; LANES], [0; LANES]); 4];
        let mut next = 0;
        for (node, result) in children.iter_mut().enumerate() {
            let mut wires = [[0; LANES]; WIRES];
            wires[..NODES[node]].copy_from_slice(&opened[next..next + NODES[node]]);
            next += NODES[node];
            *result = unit.combine(node, &wires, self.upper_lt[node], is_first);
        }
        self.upper_lt[3] = children[3].0;
        let mut wires = [[0; LANES]; 6];
        mask_wires(unit, 4, &children, &mut wires, 0);
        wires
    }

    /// After the wires of the root are opened: the share of the sign.
    #[inline(always)]
    fn finish(&self, unit: SignUnit<'_>, opened: &[Plane; WIRES], is_first: bool) -> Plane {
        let (lt, _) = unit.combine(4, opened, self.upper_lt[3], is_first);
        std::array::from_fn(|lane| self.top[lane] ^ lt[lane])
    }
}

/// Appends the wires into a node, masked: `eq` of children 1 to 3, `lt` of children 0 to 2, and `eq` of child 0
/// where the node needs it.
#[inline(always)]
fn mask_wires(
    unit: SignUnit<'_>,
    node: usize,
    children: &[(Plane, Plane); 4],
    wires: &mut [Plane],
    mut next: usize,
) -> usize {
    let [c0, c1, c2, c3] = children;
    let values = [c1.1, c2.1, c3.1, c0.0, c1.0, c2.0, c0.1];
    for (wire, value) in values.iter().enumerate().take(NODES[node]) {
        let mask = unit.wire_mask(node, wire);
        wires[next] = std::array::from_fn(|lane| value[lane] ^ mask[lane]);
        next += 1;
    }
    next
}

/// Appends the first `lanes` words of each plane.
fn push(message: &mut Vec<u64>, planes: &[Plane], lanes: usize) {
    for plane in planes {
        message.extend(&plane[..lanes]);
    }
}
