//! The elements in other places: repeated, in windows, flipped, rolled, padded, above or below a diagonal.

use crypten::ndarray::Axis;

use crate::dice::Kind;
use crate::draft::{Draft, Planned, one};
use crate::number::Number;
use crate::program::Operation;
use crate::twin::{Twin, built, moved, shaped};

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::new("repeat", repeat),
        Operation::new("unfold", unfold),
        Operation::new("flip", flip),
        Operation::new("roll", roll),
        Operation::new("pad", pad),
        Operation::new("tril", |draft| triangle(draft, true)),
        Operation::new("triu", |draft| triangle(draft, false)),
        Operation::new("diag", diag),
    ]
}

fn repeat(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.any();
    let dice = &mut draft.dice;
    let new_axes = dice.below(2);
    let counts: Vec<usize> = (0..new_axes + x.ndim()).map(|_| if dice.once_in(3) { 2 } else { 1 }).collect();
    let own: Vec<usize> =
        x.shape().iter().zip(&counts[new_axes..]).map(|(length, count)| length * count).collect();
    let twin = built(&[&counts[..new_axes], &own].concat(), |at| {
        let place = at[new_axes..].iter().zip(x.shape()).map(|(position, length)| position % length);
        x[place.collect::<Vec<_>>().as_slice()]
    });
    one(format!("#{index}, {counts:?}"), twin, move |pool| pool[index].repeat(&counts))
}

fn unfold(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let (axis, signed) = draft.axis(&x);
    let (size, step) = (draft.dice.between(1, x.shape()[axis]), draft.dice.between(1, 2));
    let windows = (x.shape()[axis] - size) / step + 1;
    let shape = [&moved(x.shape(), axis, windows)[..], &[size]].concat();
    let twin = built(&shape, |at| {
        let (window, inside) = (&at[..x.ndim()], at[x.ndim()]);
        x[moved(window, axis, window[axis] * step + inside).as_slice()]
    });
    let details = format!("#{index}, {signed}, {size}, {step}");
    one(details, twin, move |pool| pool[index].unfold(signed, size, step))
}

fn flip(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let (axes, signed) = draft.axes(&x);
    let mut twin = x;
    axes.into_iter().for_each(|axis| twin.invert_axis(Axis(axis)));
    one(format!("#{index}, {signed:?}"), twin, move |pool| pool[index].flip(&signed[..]))
}

/// The elements moved along an axis; those that leave it come in at its other end.
fn rolled(x: &Twin, axis: usize, shift: isize) -> Twin {
    let length = x.shape()[axis] as isize;
    built(x.shape(), |at| {
        let from = (at[axis] as isize - shift).rem_euclid(length) as usize;
        x[moved(at, axis, from).as_slice()]
    })
}

fn roll(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    if draft.dice.once_in(3) {
        let shift = draft.dice.below(9) as isize - 4;
        let twin = shaped(&rolled(&shaped(&x, &[x.len()]), 0, shift), x.shape());
        return one(format!("#{index}, [{shift}], []"), twin, move |pool| pool[index].roll(&[shift], &[]));
    }
    let (axes, signed) = draft.axes(&x);
    let shifts: Vec<isize> = axes.iter().map(|_| draft.dice.below(9) as isize - 4).collect();
    // What an operation is told of axes comes from the last to the first.
    let pairs = axes.iter().rev().zip(&shifts);
    let twin = pairs.fold(x.clone(), |twin, (&axis, &shift)| rolled(&twin, axis, shift));
    let details = format!("#{index}, {shifts:?}, {signed:?}");
    one(details, twin, move |pool| pool[index].roll(&shifts, &signed))
}

fn pad(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let (value, fill) = draft.operand(&[], Kind::Any);
    let padded = draft.dice.between(1, x.ndim());
    let widths: Vec<(usize, usize)> =
        (0..padded).map(|_| (draft.dice.below(2), draft.dice.below(3))).collect();
    // The pairs begin with the last axis.
    let mut pairs = vec![(0, 0); x.ndim() - padded];
    pairs.extend(widths.iter().rev());
    let lengths = x.shape().iter().zip(&pairs).map(|(length, (before, after))| before + length + after);
    let shape: Vec<usize> = lengths.collect();
    let lone: Number = fill.iter().copied().sum();
    let twin = built(&shape, |at| {
        let place: Option<Vec<usize>> =
            at.iter().zip(&pairs).map(|(position, pair)| position.checked_sub(pair.0)).collect();
        let inside = place.filter(|place| place.iter().zip(x.shape()).all(|(place, length)| place < length));
        inside.map_or(lone, |place| x[place.as_slice()])
    });
    one(format!("#{index}, {widths:?}, {value}"), twin, move |pool| pool[index].pad(&widths, value.of(pool)))
}

/// The column of a coordinate less its row.
fn offset(at: &[usize]) -> isize {
    at[at.len() - 1] as isize - at[at.len() - 2] as isize
}

fn triangle(draft: &mut Draft, lower: bool) -> Option<Planned> {
    let (index, x) = draft.with_axes(2);
    let diagonal = draft.dice.below(5) as isize - 2;
    let twin = built(x.shape(), |at| {
        let keeps = if lower { offset(at) <= diagonal } else { offset(at) >= diagonal };
        if keeps { x[at] } else { Number::ZERO }
    });
    one(format!("#{index}, {diagonal}"), twin, move |pool| {
        if lower { pool[index].tril(diagonal) } else { pool[index].triu(diagonal) }
    })
}

/// The diagonals of matrices, or the matrix of a vector.
fn diag(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.secret([1, 4], Kind::Any, |twin| twin.ndim() > 1 || twin.len() <= 5);
    let diagonal = draft.dice.below(3) as isize - 1;
    let (rows, columns) = (diagonal.min(0).unsigned_abs(), diagonal.max(0).unsigned_abs());
    let twin = if x.ndim() == 1 {
        let length = x.len() + rows + columns;
        built(&[length, length], |at| if offset(at) == diagonal { x[at[0] - rows] } else { Number::ZERO })
    } else {
        let axes = x.ndim() - 2;
        let room = |length: usize, from: usize| length.saturating_sub(from);
        let length = room(x.shape()[axes], rows).min(room(x.shape()[axes + 1], columns));
        built(&[&x.shape()[..axes], &[length]].concat(), |at| {
            let place = [&at[..axes], &[at[axes] + rows, at[axes] + columns]].concat();
            x[place.as_slice()]
        })
    };
    one(format!("#{index}, {diagonal}"), twin, move |pool| pool[index].diag(diagonal))
}
