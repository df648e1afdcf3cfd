//! Parts and elements at public positions, read and written.

use crypten::ndarray::{ArrayD, Axis, Dimension, IxDyn, Slice, SliceInfoElem};
use crypten::{CrypTensor, Error};

use crate::dice::{Dice, Kind};
use crate::draft::{Draft, Planned, Source, one};
use crate::number::Number;
use crate::program::Operation;
use crate::twin::{Twin, broadcast, built, moved, shaped};

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::new("slice", slice),
        Operation::new("set_slice", set_slice),
        Operation::new("narrow", narrow),
        Operation::new("index_select", index_select),
        Operation::new("index_add", index_add),
        Operation::new("take", take),
        Operation::new("take_axis", take_axis),
        Operation::new("gather", gather),
        scattering("scatter", false, |x, axis, index, source, pool| x.scatter(axis, index, source.of(pool))),
        scattering("scatter_add", true, |x, axis, index, source, pool| {
            x.scatter_add(axis, index, source.of(pool))
        }),
    ]
}

/// A part that is not empty, as `s![..]` would describe it.
fn part(dice: &mut Dice, x: &Twin) -> Vec<SliceInfoElem> {
    let one = |&length: &usize| {
        let start = dice.below(length);
        let end = dice.between(start + 1, length);
        let from_end = |position: usize| position as isize - length as isize;
        match dice.below(5) {
            0 => SliceInfoElem::Index(start as isize),
            1 => SliceInfoElem::Index(from_end(start)),
            2 => SliceInfoElem::Slice { start: from_end(start), end: None, step: 1 },
            3 => SliceInfoElem::Slice { start: start as isize, end: Some(end as isize), step: -1 },
            _ => {
                let step = dice.between(1, 2) as isize;
                SliceInfoElem::Slice { start: start as isize, end: Some(end as isize), step }
            }
        }
    };
    x.shape().iter().map(one).collect()
}

fn slice(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let parts = part(&mut draft.dice, &x);
    let twin = x.slice(&parts[..]).to_owned();
    one(format!("#{index}, {parts:?}"), twin, move |pool| pool[index].slice(&parts))
}

fn set_slice(draft: &mut Draft) -> Option<Planned> {
    let (index, mut x) = draft.with_axes(1);
    let parts = part(&mut draft.dice, &x);
    let shape = draft.dice.part_of(x.slice(&parts[..]).shape());
    let (source, value) = draft.operand(&shape, Kind::Any);
    x.slice_mut(&parts[..]).assign(&value);
    let details = format!("#{index}, {parts:?}, {source}");
    one(details, x, move |pool| pool[index].set_slice(&parts, source.of(pool)))
}

fn narrow(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let (axis, signed) = draft.axis(&x);
    let start = draft.dice.below(x.shape()[axis]);
    let end = draft.dice.between(start + 1, x.shape()[axis]);
    let twin = x.slice_axis(Axis(axis), Slice::from(start..end)).to_owned();
    let length = end - start;
    let details = format!("#{index}, {signed}, {start}, {length}");
    one(details, twin, move |pool| pool[index].narrow(signed, start, length))
}

/// Some positions of an axis, also one several times.
fn positions(dice: &mut Dice, length: usize) -> Vec<usize> {
    (0..dice.between(1, 4)).map(|_| dice.below(length)).collect()
}

/// The parts of a tensor at positions of an axis.
fn selected(x: &Twin, axis: usize, positions: &[usize]) -> Twin {
    built(&moved(x.shape(), axis, positions.len()), |at| x[moved(at, axis, positions[at[axis]]).as_slice()])
}

fn index_select(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let (axis, signed) = draft.axis(&x);
    let positions = positions(&mut draft.dice, x.shape()[axis]);
    let twin = selected(&x, axis, &positions);
    let details = format!("#{index}, {signed}, {positions:?}");
    one(details, twin, move |pool| pool[index].index_select(signed, &positions))
}

fn index_add(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let (axis, signed) = draft.axis(&x);
    let positions = positions(&mut draft.dice, x.shape()[axis]);
    let (source, parts) = draft.operand(&moved(x.shape(), axis, positions.len()), Kind::Any);
    let twin = built(x.shape(), |at| {
        let own = positions.iter().enumerate().filter(|(_, position)| **position == at[axis]);
        x[at] + own.map(|(part, _)| parts[moved(at, axis, part).as_slice()]).sum::<Number>()
    });
    let details = format!("#{index}, {signed}, {positions:?}, {source}");
    one(details, twin, move |pool| pool[index].index_add(signed, &positions, source.of(pool)))
}

/// Positions below a length under a shape; the second are the same, some counted from the end.
fn places(dice: &mut Dice, shape: &[usize], length: usize) -> (ArrayD<usize>, ArrayD<isize>) {
    let from_front = ArrayD::from_shape_fn(IxDyn(shape), |_| dice.below(length));
    let told = from_front.mapv(|place| place as isize - if dice.flip() { length as isize } else { 0 });
    (from_front, told)
}

fn take(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.any();
    let axes = draft.dice.between(0, 2);
    let shape = draft.dice.shape(axes);
    let (places, told) = places(&mut draft.dice, &shape, x.len());
    let flat = shaped(&x, &[x.len()]);
    one(format!("#{index}, {told:?}"), places.mapv(|place| flat[place]), move |pool| pool[index].take(&told))
}

fn take_axis(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let (axis, signed) = draft.axis(&x);
    let axes = draft.dice.between(0, 2);
    let shape: Vec<usize> = (0..axes).map(|_| draft.dice.between(1, 3)).collect();
    let (places, told) = places(&mut draft.dice, &shape, x.shape()[axis]);
    let flat: Vec<usize> = places.iter().copied().collect();
    let lengths = [&x.shape()[..axis], &shape[..], &x.shape()[axis + 1..]].concat();
    let twin = shaped(&selected(&x, axis, &flat), &lengths);
    let details = format!("#{index}, {signed}, {told:?}");
    one(details, twin, move |pool| pool[index].take_axis(signed, &told))
}

/// The shape of an index: any length on the axis, no longer than the tensor on the others.
fn index_shape(dice: &mut Dice, x: &Twin, axis: usize) -> Vec<usize> {
    let lengths =
        x.shape().iter().map(|&length| if dice.once_in(4) { dice.between(1, length) } else { length });
    let lengths: Vec<usize> = lengths.collect();
    moved(&lengths, axis, dice.between(1, 4))
}

fn gather(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let (axis, signed) = draft.axis(&x);
    let shape = index_shape(&mut draft.dice, &x, axis);
    let (places, told) = places(&mut draft.dice, &shape, x.shape()[axis]);
    let twin = built(&shape, |at| x[moved(at, axis, places[at]).as_slice()]);
    let details = format!("#{index}, {signed}, {told:?}");
    one(details, twin, move |pool| pool[index].gather(signed, &told))
}

type Scattering = fn(&CrypTensor, isize, &ArrayD<isize>, &Source, &[CrypTensor]) -> Result<CrypTensor, Error>;

/// Elements written to places, or added there, of a tensor as large as the index or of one number.
fn scattering(name: &'static str, adds: bool, secret: Scattering) -> Operation {
    Operation::new(name, move |draft| {
        let (index, x) = draft.with_axes(1);
        let (axis, signed) = draft.axis(&x);
        let shape = index_shape(&mut draft.dice, &x, axis);
        let (places, told) = places(&mut draft.dice, &shape, x.shape()[axis]);
        let wanted: &[usize] = if draft.dice.once_in(3) { &[] } else { &shape };
        let (source, elements) = draft.operand(wanted, Kind::Any);
        let elements = broadcast(&elements, &shape)?;
        let mut twin = x;
        for (at, &place) in places.indexed_iter() {
            let to = moved(at.slice(), axis, place);
            let element = elements[at.slice()];
            twin[to.as_slice()] = if adds { twin[to.as_slice()] + element } else { element };
        }
        let details = format!("#{index}, {signed}, {told:?}, {source}");
        one(details, twin, move |pool| secret(&pool[index], signed, &told, &source, pool))
    })
}
