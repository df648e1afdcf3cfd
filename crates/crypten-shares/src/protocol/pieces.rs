//! Long tensors are worked on in units of 256 elements and travel in pieces of 64 units.

use std::ops::Range;

use crypten_ring::{LANES, Plane, UNIT};

/// Units in a piece: 16384 elements.
pub(super) const PIECE: usize = 64;

/// How many units hold `elements` elements.
pub(super) fn units_of(elements: usize) -> usize {
    elements.div_ceil(UNIT)
}

/// The pieces into which `units` units fall.
pub(super) fn pieces(units: usize) -> impl Iterator<Item = Range<usize>> {
    (0..units).step_by(PIECE).map(move |first| first..units.min(first + PIECE))
}

/// The elements of unit `unit`, among `elements`.
pub(super) fn span(unit: usize, elements: usize) -> Range<usize> {
    unit * UNIT..elements.min((unit + 1) * UNIT)
}

/// The words that hold one bit of each element of a unit.
pub(super) fn lanes(span: &Range<usize>) -> usize {
    span.len().div_ceil(64)
}

/// The words of a unit, filled up with zeros.
#[inline(always)]
pub(super) fn load(words: &[u64], out: &mut [u64; UNIT]) {
    out[..words.len()].copy_from_slice(words);
    out[words.len()..].fill(0);
}

/// Takes the next `N` planes of `lanes` words each from a message.
#[inline(always)]
pub(super) fn take_planes<const N: usize>(words: &mut &[u64], count: usize, lanes: usize) -> [Plane; N] {
    let mut planes = [[0; LANES]; N];
    for plane in &mut planes[..count] {
        let (now, later) = words.split_at(lanes);
        plane[..lanes].copy_from_slice(now);
        *words = later;
    }
    planes
}
