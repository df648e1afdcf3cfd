//! Sorting, the largest k and medians; positions if the order is certain.

use crypten::ndarray::{Axis, Slice};
use crypten::{CrypTensor, Error};

use crate::dice::Kind;
use crate::draft::{Draft, Planned, one, several, two};
use crate::extremes::widest;
use crate::number::Number;
use crate::program::Operation;
use crate::twin::{Twin, built, line};

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::new("sort", sort),
        Operation::new("argsort", argsort),
        Operation::new("sort_one_hot", sort_one_hot),
        Operation::new("topk", topk),
        Operation::new("topk_one_hot", topk_one_hot),
        Operation::new("kthvalue", kthvalue),
        Operation::new("median", median),
    ]
}

/// The positions of numbers in order, of equal ones the lower position first.
fn order(numbers: &[Number], descending: bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|&i, &j| {
        let order = numbers[i].value.total_cmp(&numbers[j].value);
        if numbers[i].value == numbers[j].value {
            i.cmp(&j)
        } else if descending {
            order.reverse()
        } else {
            order
        }
    });
    order
}

/// The elements in order along an axis, which move no more than the line does; and where they stood, if all of the line
/// are apart.
fn ordered(x: &Twin, axis: usize, descending: bool) -> (Twin, Twin) {
    let values = built(x.shape(), |at| {
        let line = line(x, at, axis);
        Number { value: line[order(&line, descending)[at[axis]]].value, bound: widest(&line) }
    });
    let positions = built(x.shape(), |at| {
        let line = line(x, at, axis);
        let certain = line.iter().enumerate().all(|(i, x)| line[..i].iter().all(|y| x.apart(*y)));
        let position = order(&line, descending)[at[axis]];
        if certain { Number::exact(position as f64) } else { Number::UNKNOWN }
    });
    (values, positions)
}

/// For each place of an axis the one-hot row of the position that stands there.
fn one_hot(positions: &Twin, axis: usize, length: usize) -> Twin {
    let mut shape = positions.shape().to_vec();
    shape.insert(axis + 1, length);
    built(&shape, |at| {
        let mut place = at.to_vec();
        let candidate = place.remove(axis + 1);
        positions[place.as_slice()].is_position(candidate)
    })
}

/// The first places of an axis.
fn first(x: &Twin, axis: usize, count: usize) -> Twin {
    x.slice_axis(Axis(axis), Slice::from(0..count)).to_owned()
}

/// Values, and positions where they are known.
fn with_positions(
    details: String,
    values: Twin,
    positions: Twin,
    run: impl Fn(&[CrypTensor]) -> Result<(CrypTensor, CrypTensor), Error> + 'static,
) -> Option<Planned> {
    if positions.iter().all(|position| position.is_known()) {
        return two(details, values, positions, run);
    }
    several(details, vec![values], move |pool| run(pool).map(|(values, _)| vec![values]))
}

fn sort(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let ((axis, signed), descending) = (draft.axis(&x), draft.dice.flip());
    let (values, positions) = ordered(&x, axis, descending);
    let details = format!("#{index}, {signed}, {descending}");
    with_positions(details, values, positions, move |pool| pool[index].sort(signed, descending))
}

fn argsort(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let ((axis, signed), descending) = (draft.axis(&x), draft.dice.flip());
    let positions = ordered(&x, axis, descending).1;
    let details = format!("#{index}, {signed}, {descending}");
    one(details, positions, move |pool| pool[index].argsort(signed, descending))
}

fn sort_one_hot(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.secret([1, 4], Kind::Any, |twin| twin.len() <= 12);
    let ((axis, signed), descending) = (draft.axis(&x), draft.dice.flip());
    let (values, positions) = ordered(&x, axis, descending);
    let permutation = one_hot(&positions, axis, x.shape()[axis]);
    let details = format!("#{index}, {signed}, {descending}");
    with_positions(details, values, permutation, move |pool| pool[index].sort_one_hot(signed, descending))
}

fn topk(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let ((axis, signed), largest) = (draft.axis(&x), draft.dice.flip());
    let k = draft.dice.between(1, x.shape()[axis]);
    let (values, positions) = ordered(&x, axis, largest);
    let (values, positions) = (first(&values, axis, k), first(&positions, axis, k));
    let details = format!("#{index}, {k}, {signed}, {largest}");
    with_positions(details, values, positions, move |pool| pool[index].topk(k, signed, largest))
}

fn topk_one_hot(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.secret([1, 4], Kind::Any, |twin| twin.len() <= 16);
    let ((axis, signed), largest) = (draft.axis(&x), draft.dice.flip());
    let k = draft.dice.between(1, x.shape()[axis]);
    let (values, positions) = ordered(&x, axis, largest);
    let choice = one_hot(&first(&positions, axis, k), axis, x.shape()[axis]);
    let details = format!("#{index}, {k}, {signed}, {largest}");
    let values = first(&values, axis, k);
    with_positions(details, values, choice, move |pool| pool[index].topk_one_hot(k, signed, largest))
}

fn kthvalue(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let (axis, signed) = draft.axis(&x);
    let k = draft.dice.between(1, x.shape()[axis]);
    let (values, positions) = ordered(&x, axis, false);
    let [values, positions] = [values, positions].map(|x| x.index_axis_move(Axis(axis), k - 1));
    let details = format!("#{index}, {k}, {signed}");
    with_positions(details, values, positions, move |pool| pool[index].kthvalue(k, signed))
}

fn median(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let (axis, signed) = draft.axis(&x);
    let (values, positions) = ordered(&x, axis, false);
    let middle = (x.shape()[axis] - 1) / 2;
    let [values, positions] = [values, positions].map(|x| x.index_axis_move(Axis(axis), middle));
    with_positions(format!("#{index}, {signed}"), values, positions, move |pool| pool[index].median(signed))
}
