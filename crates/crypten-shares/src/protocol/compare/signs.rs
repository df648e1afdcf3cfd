//! The core of all comparisons: from values to their signs, unit by unit, round by round.

use std::ops::Range;

use crypten_ring::{LANES, Plane, UNIT, planes_of, vectorized};

use crate::correlation::{Algebra, NODES, Rows, SignRow, SignUnit, Supply, WIRES, Window, first_ones};
use crate::error::Error;
use crate::opening::Opening;
use crate::party::Party;
use crate::protocol::pieces::{lanes, load, pieces, span, take_planes, units_of};

/// Where the sign units of a batch lie in a row of expanded correlations, and what is compared.
#[derive(Clone, Debug)]
pub(in crate::protocol) struct Batch<'a> {
    /// Elements for each sign of the rows together.
    elements: usize,
    row: SignRow,
    /// What is taken away from the masked value before the sign at each place of a row; nothing if left out.
    thresholds: &'a [u64],
}

impl<'a> Batch<'a> {
    /// One sign a row.
    pub(in crate::protocol) fn single(elements: usize, row: SignRow) -> Self {
        Self { elements, row, thresholds: &[] }
    }

    /// Several translates of one value a row.
    pub(in crate::protocol) fn translates(elements: usize, row: SignRow, thresholds: &'a [u64]) -> Self {
        Self { elements, row, thresholds }
    }

    /// Signs of all units together.
    fn units(&self) -> usize {
        units_of(self.elements) * self.row.signs
    }

    /// Values that are opened.
    fn openings(&self) -> usize {
        units_of(self.elements) * self.row.masks
    }

    fn lanes(&self, unit: usize) -> usize {
        lanes(&span(unit / self.row.signs, self.elements))
    }

    fn opening_span(&self, opening: usize) -> Range<usize> {
        span(opening / self.row.masks, self.elements)
    }

    /// The sign unit with this number.
    pub(in crate::protocol) fn unit<'d>(&self, dealt: &'d Rows, unit: usize) -> SignUnit<'d> {
        let (row, place) = (unit / self.row.signs, unit % self.row.signs);
        let (independent, dependent) = dealt.unit(row);
        self.row.sign(place, independent, dependent)
    }

    /// The opened value of an element that a sign is read from.
    #[inline(always)]
    fn value(&self, opened: &[u64], unit: usize) -> [u64; UNIT] {
        let place = unit % self.row.signs;
        let opening = if self.row.masks == 1 { unit / self.row.signs } else { unit };
        let mut c = [0; UNIT];
        c.copy_from_slice(&opened[opening * UNIT..][..UNIT]);
        if let Some(&threshold) = self.thresholds.get(place) {
            c.iter_mut().for_each(|c| *c = c.wrapping_sub(threshold));
        }
        c
    }
}

/// What a run leaves.
pub(in crate::protocol) struct Signs {
    /// The opened `c = z + r`, a unit after the other, filled up with zeros.
    pub(in crate::protocol) opened: Vec<u64>,
    /// The signs masked by dealt bits, opened; or this party's shares of the signs.
    pub(in crate::protocol) bits: Vec<Plane>,
}

/// Runs the rounds of a sign, and the last, which opens it masked, if `open`.
///
/// `supply` has a row of correlations for each row of the batch, `value` loads this party's share of a unit of values.
pub(in crate::protocol) async fn signs(
    party: &mut Party,
    batch: &Batch<'_>,
    dealt: &mut Rows,
    supply: &mut Supply,
    value: impl Fn(usize, &mut [u64; UNIT]),
    open: bool,
) -> Result<Signs, Error> {
    let (units, is_first) = (batch.units(), party.place().is_first());
    let (masks, per_opening) = (batch.row.masks, batch.row.signs / batch.row.masks);
    let mut masked = Opening::new(party, "sign", Algebra::Additive);
    let mut z = [0; UNIT];
    for piece in pieces(batch.openings()) {
        let mut message = Vec::with_capacity(piece.len() * UNIT);
        for opening in piece {
            if opening % masks == 0 {
                party.expand_row(supply, dealt).await?;
            }
            value(opening, &mut z);
            let mask = batch.unit(dealt, opening * per_opening).mask();
            let words = z.iter().zip(mask).take(batch.opening_span(opening).len());
            message.extend(words.map(|(&z, &r)| z.wrapping_add(r)));
        }
        masked.send(party, message).await?;
    }

    let dealt = &*dealt;
    let window = batch.row.window;
    // The units of a piece of openings travel together.
    let units_in = |piece: Range<usize>| piece.start * per_opening..piece.end * per_opening;
    let mut states = vec![State::default(); units];
    let mut opened = vec![0; batch.openings() * UNIT];
    let mut wires = Opening::new(party, "sign wires", Algebra::Xor);
    for piece in pieces(batch.openings()) {
        let words = masked.receive(party).await?;
        let mut words = &words[..];
        let mut message = Vec::with_capacity(piece.len() * per_opening * 27 * LANES);
        for opening in piece {
            let (now, later) = words.split_at(batch.opening_span(opening).len());
            words = later;
            let c = (&mut opened[opening * UNIT..][..UNIT]).try_into().expect("a unit of words");
            load(now, c);
            let first = opening * per_opening;
            for (unit, state) in (first..).zip(&mut states[first..first + per_opening]) {
                let correlation = batch.unit(dealt, unit);
                let (wires, count) = vectorized(
                    #[inline(always)]
                    || {
                        let c = batch.value(&opened, unit);
                        state.compare(window, correlation, &c, is_first)
                    },
                );
                push(&mut message, &wires[..count], batch.lanes(unit));
            }
        }
        wires.send(party, message).await?;
    }

    let mut root = match window {
        Window::Narrow { .. } => wires,
        Window::Full => {
            let mut upper = Opening::new(party, "sign root", Algebra::Xor);
            for piece in pieces(batch.openings()) {
                let words = wires.receive(party).await?;
                let mut words = &words[..];
                let mut message = Vec::with_capacity(piece.len() * per_opening * 6 * LANES);
                for unit in units_in(piece) {
                    let lanes = batch.lanes(unit);
                    let wires = take_planes::<27>(&mut words, 27, lanes);
                    let wires = vectorized(
                        #[inline(always)]
                        || states[unit].combine(batch.unit(dealt, unit), &wires, is_first),
                    );
                    push(&mut message, &wires, lanes);
                }
                upper.send(party, message).await?;
            }
            upper
        }
    };

    let node = window.nodes().len() - 1;
    let mut last = if open { Some(Opening::new(party, "sign bit", Algebra::Xor)) } else { None };
    let mut bits = Vec::with_capacity(units);
    for piece in pieces(batch.openings()) {
        let words = root.receive(party).await?;
        let mut words = &words[..];
        let mut message = Vec::with_capacity(if open { piece.len() * per_opening * LANES } else { 0 });
        for unit in units_in(piece) {
            let lanes = batch.lanes(unit);
            let wires = take_planes::<WIRES>(&mut words, NODES[node], lanes);
            let correlation = batch.unit(dealt, unit);
            let sign = states[unit].finish(node, correlation, &wires, is_first);
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
        for piece in pieces(batch.openings()) {
            let words = last.receive(party).await?;
            let mut words = &words[..];
            for unit in units_in(piece) {
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
    /// After `c` is opened: compares all groups, returns the masked wires of the nodes above them, and how many.
    #[inline(always)]
    fn compare(
        &mut self,
        window: Window,
        unit: SignUnit<'_>,
        c: &[u64; UNIT],
        is_first: bool,
    ) -> ([Plane; 27], usize) {
        let planes = planes_of(c);
        let ones = first_ones(is_first);
        let (r_top, bits) = (unit.top(), window.bits());
        self.top = std::array::from_fn(|lane| r_top[lane] ^ (planes[bits.end][lane] & ones[lane]));
        let mut wires = [[0; LANES]; 27];
        let mut next = 0;
        for node in 0..window.nodes().len().min(4) {
            let mut children = [([0; LANES], [0; LANES]); 4];
            for (child, result) in children.iter_mut().enumerate() {
                let group = 4 * node + child;
                let first = bits.start + 4 * group;
                *result = unit.compare_group(group, &planes[first..(first + 4).min(bits.end)], is_first);
            }
            self.upper_lt[node] = children[3].0;
            next = mask_wires(unit, node, &children, &mut wires, next);
        }
        if next == NODES[0] {
            // The only node is the root.
            self.upper_lt[3] = self.upper_lt[0];
        }
        (wires, next)
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
    fn finish(&self, root: usize, unit: SignUnit<'_>, opened: &[Plane; WIRES], is_first: bool) -> Plane {
        let (lt, _) = unit.combine(root, opened, self.upper_lt[3], is_first);
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
