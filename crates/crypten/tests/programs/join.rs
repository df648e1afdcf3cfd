//! Tensors joined to one, and one cut into several.

use crypten::ndarray::{Axis, Slice, concatenate, stack as stacked};
use crypten::{cat, stack};

use crate::dice::Kind;
use crate::draft::{Draft, Planned, one, several};
use crate::program::Operation;
use crate::twin::{Twin, moved};

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::new("cat", joined),
        Operation::new("stack", joined_along_a_new_axis),
        Operation::new("split", split),
        Operation::new("split_sizes", split_sizes),
        Operation::new("chunk", chunk),
        Operation::new("unbind", unbind),
    ]
}

/// Another secret tensor of a shape.
fn another(draft: &mut Draft, shape: &[usize]) -> (usize, Twin) {
    match draft.chosen(|twin| twin.shape() == shape) {
        Some(found) if draft.dice.flip() => found,
        _ => draft.encrypted(shape, Kind::Any),
    }
}

fn joined(draft: &mut Draft) -> Option<Planned> {
    let first = draft.with_axes(1);
    let (axis, signed) = draft.axis(&first.1);
    let length = if draft.dice.flip() { first.1.shape()[axis] } else { draft.dice.between(1, 3) };
    let shape = moved(first.1.shape(), axis, length);
    let mut parts = vec![first, another(draft, &shape)];
    if draft.dice.once_in(3) {
        parts.push(another(draft, &shape));
    }
    let (indices, twins): (Vec<usize>, Vec<Twin>) = parts.into_iter().unzip();
    let twin = concatenate(Axis(axis), &twins.iter().map(|twin| twin.view()).collect::<Vec<_>>()).unwrap();
    one(format!("{indices:?}, {signed}"), twin, move |pool| {
        cat(&indices.iter().map(|&index| &pool[index]).collect::<Vec<_>>(), signed)
    })
}

fn joined_along_a_new_axis(draft: &mut Draft) -> Option<Planned> {
    let first = draft.any();
    let (axis, axes) = (draft.dice.below(first.1.ndim() + 1), first.1.ndim() + 1);
    let signed = axis as isize - if draft.dice.flip() { axes as isize } else { 0 };
    let other = another(draft, first.1.shape());
    let (indices, twins) = ([first.0, other.0], [first.1, other.1]);
    let twin = stacked(Axis(axis), &[twins[0].view(), twins[1].view()]).unwrap();
    one(format!("{indices:?}, {signed}"), twin, move |pool| stack(&indices.map(|index| &pool[index]), signed))
}

/// Consecutive parts of these sizes along an axis.
fn cut(x: &Twin, axis: usize, sizes: &[usize]) -> Vec<Twin> {
    let mut start = 0;
    let part = |&size: &usize| {
        start += size;
        x.slice_axis(Axis(axis), Slice::from(start - size..start)).to_owned()
    };
    sizes.iter().map(part).collect()
}

/// Sizes of parts that are `size` long, but for the last one.
fn sizes_of(length: usize, size: usize) -> Vec<usize> {
    (0..length).step_by(size).map(|start| size.min(length - start)).collect()
}

fn split(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let (axis, signed) = draft.axis(&x);
    let size = draft.dice.between(1, x.shape()[axis] + 1);
    let parts = cut(&x, axis, &sizes_of(x.shape()[axis], size));
    several(format!("#{index}, {size}, {signed}"), parts, move |pool| pool[index].split(size, signed))
}

fn split_sizes(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let (axis, signed) = draft.axis(&x);
    let length = x.shape()[axis];
    let first = draft.dice.between(1, length);
    let sizes = if first == length { vec![length] } else { vec![first, length - first] };
    let parts = cut(&x, axis, &sizes);
    several(format!("#{index}, {sizes:?}, {signed}"), parts, move |pool| {
        pool[index].split_sizes(&sizes, signed)
    })
}

fn chunk(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let (axis, signed) = draft.axis(&x);
    let count = draft.dice.between(1, 4);
    let parts = cut(&x, axis, &sizes_of(x.shape()[axis], x.shape()[axis].div_ceil(count)));
    several(format!("#{index}, {count}, {signed}"), parts, move |pool| pool[index].chunk(count, signed))
}

fn unbind(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let (axis, signed) = draft.axis(&x);
    let parts = (0..x.shape()[axis]).map(|place| x.index_axis(Axis(axis), place).to_owned()).collect();
    several(format!("#{index}, {signed}"), parts, move |pool| pool[index].unbind(signed))
}
