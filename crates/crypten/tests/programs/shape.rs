//! The same elements under other axes.

use crypten::{CrypTensor, Error};

use crate::dice::{Dice, Kind};
use crate::draft::{Draft, Planned, one};
use crate::program::Operation;
use crate::twin::{Twin, broadcast, shaped, with_axes};

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::new("reshape", |draft| reshaped(draft, |x, shape| x.reshape(shape))),
        Operation::new("view", |draft| reshaped(draft, |x, shape| x.view(shape))),
        Operation::new("flatten", flatten),
        Operation::new("flatten_range", flatten_range),
        Operation::new("transpose", |draft| exchanged(draft, |x, axes| x.transpose(axes[0], axes[1]))),
        Operation::new("swapaxes", |draft| exchanged(draft, |x, axes| x.swapaxes(axes[0], axes[1]))),
        Operation::new("t", t),
        Operation::new("permute", permute),
        Operation::new("unsqueeze", unsqueeze),
        Operation::new("squeeze", squeeze),
        Operation::new("squeeze_axis", squeeze_axis),
        Operation::new("expand", expand),
    ]
}

type Shaping = fn(&CrypTensor, &[isize]) -> Result<CrypTensor, Error>;

/// Lengths whose product is a number of elements.
fn factors(dice: &mut Dice, elements: usize) -> Vec<usize> {
    let (mut rest, mut factors) = (elements, Vec::new());
    while rest > 1 && factors.len() < 3 && !dice.once_in(4) {
        let divisors: Vec<usize> = (1..=rest).filter(|divisor| rest.is_multiple_of(*divisor)).collect();
        factors.push(dice.pick(&divisors));
        rest /= factors[factors.len() - 1];
    }
    factors.push(rest);
    factors
}

fn reshaped(draft: &mut Draft, secret: Shaping) -> Option<Planned> {
    let (index, x) = draft.any();
    let lengths = factors(&mut draft.dice, x.len());
    let mut told: Vec<isize> = lengths.iter().map(|&length| length as isize).collect();
    if draft.dice.flip() {
        let open = draft.dice.below(told.len());
        told[open] = -1;
    }
    let twin = shaped(&x, &lengths);
    one(format!("#{index}, {told:?}"), twin, move |pool| secret(&pool[index], &told))
}

/// The axes from `start` to `end` joined.
fn joined(x: &Twin, start: usize, end: usize) -> Twin {
    let length: usize = x.shape()[start..=end].iter().product();
    shaped(x, &[&x.shape()[..start], &[length], &x.shape()[end + 1..]].concat())
}

fn flatten(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let (start, signed) = draft.axis(&x);
    let twin = joined(&x, start, x.ndim() - 1);
    one(format!("#{index}, {signed}"), twin, move |pool| pool[index].flatten(signed))
}

fn flatten_range(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let [one_end, other_end] = [draft.axis(&x), draft.axis(&x)];
    let (start, end) = (one_end.min(other_end), one_end.max(other_end));
    let twin = joined(&x, start.0, end.0);
    let (start, end) = (start.1, end.1);
    one(format!("#{index}, {start}, {end}"), twin, move |pool| pool[index].flatten_range(start, end))
}

fn exchanged(draft: &mut Draft, secret: Shaping) -> Option<Planned> {
    let (index, x) = draft.with_axes(2);
    let [(first, first_told), (second, second_told)] = [draft.axis(&x), draft.axis(&x)];
    let mut twin = x;
    twin.swap_axes(first, second);
    let axes = [first_told, second_told];
    one(format!("#{index}, {axes:?}"), twin, move |pool| secret(&pool[index], &axes))
}

fn t(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.any();
    let mut twin = x;
    if twin.ndim() >= 2 {
        let last = twin.ndim() - 1;
        twin.swap_axes(last - 1, last);
    }
    one(format!("#{index}"), twin, move |pool| pool[index].t())
}

fn permute(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.any();
    let mut axes: Vec<usize> = (0..x.ndim()).collect();
    for last in (1..axes.len()).rev() {
        axes.swap(last, draft.dice.below(last + 1));
    }
    let twin = x.permuted_axes(axes.clone());
    one(format!("#{index}, {axes:?}"), twin, move |pool| pool[index].permute(&axes))
}

fn unsqueeze(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.any();
    let (axis, axes) = (draft.dice.below(x.ndim() + 1), x.ndim() + 1);
    let signed = axis as isize - if draft.dice.flip() { axes as isize } else { 0 };
    one(format!("#{index}, {signed}"), with_axes(x, &[axis]), move |pool| pool[index].unsqueeze(signed))
}

fn squeeze(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.any();
    let lengths: Vec<usize> = x.shape().iter().copied().filter(|&length| length != 1).collect();
    one(format!("#{index}"), shaped(&x, &lengths), move |pool| pool[index].squeeze())
}

fn squeeze_axis(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.secret([1, 5], Kind::Any, |twin| twin.shape().contains(&1));
    let (axis, signed) = draft.axis(&x);
    let mut lengths = x.shape().to_vec();
    if lengths[axis] == 1 {
        lengths.remove(axis);
    }
    one(format!("#{index}, {signed}"), shaped(&x, &lengths), move |pool| pool[index].squeeze_axis(signed))
}

fn expand(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.any();
    let dice = &mut draft.dice;
    let mut shape = if dice.once_in(3) { vec![dice.between(1, 3)] } else { vec![] };
    let mut told: Vec<isize> = shape.iter().map(|&length| length as isize).collect();
    for &length in x.shape() {
        let wanted = if length == 1 { dice.between(1, 3) } else { length };
        shape.push(wanted);
        told.push(if wanted == length && dice.flip() { -1 } else { wanted as isize });
    }
    let twin = broadcast(&x, &shape)?;
    one(format!("#{index}, {told:?}"), twin, move |pool| pool[index].expand(&told))
}
