//! Averages and maxima of windows along the last two axes or the last one.

use crypten::ndarray::{ArrayD, Axis, Dimension, IxDyn};
use crypten::{Pool1d, Pool2d};

use crate::draft::{Draft, Planned, one, two};
use crate::extremes::{largest, position_of_largest};
use crate::number::Number;
use crate::program::Operation;
use crate::reduce::sum;
use crate::twin::{Twin, built, divided, scaled};

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::new("avg_pool1d", average_in_a_row),
        Operation::new("avg_pool2d", average),
        Operation::new("max_pool1d", maximum_in_a_row),
        Operation::new("max_pool2d", maximum),
        Operation::new("max_pool2d_with_indices", maximum_with_indices),
        Operation::new("adaptive_avg_pool2d", adaptive_average),
        Operation::new("adaptive_max_pool2d", adaptive_maximum),
    ]
}

/// What a position of a window stands on, along one axis.
#[derive(Clone, Copy)]
enum Place {
    /// A position of the axis.
    Inside(usize),
    Padding,
    /// Past the padding, where a last window may reach.
    Outside,
}

/// What stands at a position of a window.
#[derive(Clone, Copy)]
enum Content {
    Element(Number),
    Padding,
    Nothing,
}

/// The windows along one axis.
type Windows = Vec<Vec<Place>>;

/// The windows of a geometry along one of the two axes, by PyTorch's rules; nothing if it does not fit.
fn windows(geometry: &Pool2d, axis: usize, size: usize) -> Option<Windows> {
    let (kernel, stride) = (geometry.kernel[axis], geometry.stride[axis]);
    let (padding, dilation) = (geometry.padding[axis], geometry.dilation[axis]);
    let span = dilation * (kernel - 1) + 1;
    let end = size + 2 * padding + if geometry.ceil_mode { stride - 1 } else { 0 };
    let in_time = |begin: usize| !geometry.ceil_mode || begin < size + padding;
    let place = |position: usize| match position.checked_sub(padding) {
        Some(inside) if inside < size => Place::Inside(inside),
        _ if position < size + 2 * padding => Place::Padding,
        _ => Place::Outside,
    };
    let begins = (0..).map(|i| i * stride).take_while(|&begin| begin + span <= end && in_time(begin));
    let windows: Windows =
        begins.map(|begin| (0..kernel).map(|i| place(begin + i * dilation)).collect()).collect();
    (!windows.is_empty() && padding <= span / 2).then_some(windows)
}

/// The windows of both axes.
fn both(geometry: &Pool2d, x: &Twin) -> Option<[Windows; 2]> {
    let size = |axis: usize| x.shape()[x.ndim() - 2 + axis];
    Some([windows(geometry, 0, size(0))?, windows(geometry, 1, size(1))?])
}

/// The windows that together cover an axis, `count` of them.
fn adaptive(size: usize, count: Option<usize>) -> Windows {
    let count = count.unwrap_or(size);
    let window = |i: usize| (i * size / count..((i + 1) * size).div_ceil(count)).map(Place::Inside).collect();
    (0..count).map(window).collect()
}

/// The shape of what windows give.
fn shape(x: &Twin, windows: &[Windows; 2]) -> Vec<usize> {
    [&x.shape()[..x.ndim() - 2], &[windows[0].len(), windows[1].len()]].concat()
}

/// The content of the window of a result's coordinate, row by row.
fn contents(x: &Twin, [rows, columns]: &[Windows; 2], at: &[usize]) -> Vec<Content> {
    let axes = x.ndim() - 2;
    let mut contents = Vec::new();
    for &row in &rows[at[axes]] {
        for &column in &columns[at[axes + 1]] {
            contents.push(match (row, column) {
                (Place::Outside, _) | (_, Place::Outside) => Content::Nothing,
                (Place::Inside(row), Place::Inside(column)) => {
                    Content::Element(x[[&at[..axes], &[row, column]].concat().as_slice()])
                }
                _ => Content::Padding,
            });
        }
    }
    contents
}

/// The elements of a window.
fn inside(contents: &[Content]) -> Vec<Number> {
    let element = |content: &Content| match content {
        Content::Element(number) => Some(*number),
        Content::Padding | Content::Nothing => None,
    };
    contents.iter().filter_map(element).collect()
}

/// The mean of each window: padding counts as zeros, nothing does not count.
fn means(x: &Twin, windows: &[Windows; 2]) -> Option<Twin> {
    let shape = shape(x, windows);
    let sums = built(&shape, |at| sum(&inside(&contents(x, windows, at))));
    let counted = |content: &&Content| !matches!(content, Content::Nothing);
    let counts = ArrayD::from_shape_fn(IxDyn(&shape), |at| {
        contents(x, windows, at.slice()).iter().filter(counted).count() as f64
    });
    match counts.iter().next() {
        Some(&first) if counts.iter().all(|&count| count == first) => {
            Some(sums.mapv(|sum| divided(sum, first as usize)))
        }
        _ => scaled(&sums, &counts.mapv(f64::recip)),
    }
}

/// The largest element of each window.
fn maxima(x: &Twin, windows: &[Windows; 2]) -> Twin {
    built(&shape(x, windows), |at| {
        let inside = inside(&contents(x, windows, at));
        if inside.is_empty() { Number::UNKNOWN } else { largest(&inside) }
    })
}

fn drawn(draft: &mut Draft) -> Pool2d {
    let dice = &mut draft.dice;
    let mut pair = |low: usize, high: usize| [dice.between(low, high), dice.between(low, high)];
    let (kernel, stride, padding, dilation) = (pair(1, 3), pair(1, 2), pair(0, 1), pair(1, 2));
    let padding = [0, 1].map(|axis: usize| if kernel[axis] == 1 { 0 } else { padding[axis] });
    Pool2d { kernel, stride, padding, dilation, ceil_mode: dice.flip() }
}

/// A geometry over the last axis, and the same over two.
fn drawn_in_a_row(draft: &mut Draft) -> (Pool1d, Pool2d) {
    let Pool2d {
        kernel: [_, kernel],
        stride: [_, stride],
        padding: [_, padding],
        dilation: [_, dilation],
        ceil_mode,
    } = drawn(draft);
    let row = Pool2d {
        kernel: [1, kernel],
        stride: [1, stride],
        padding: [0, padding],
        dilation: [1, dilation],
        ceil_mode,
    };
    (Pool1d { kernel, stride, padding, dilation, ceil_mode }, row)
}

/// A tensor with an axis of length 1 before the last.
fn as_row(x: Twin) -> Twin {
    let axis = Axis(x.ndim() - 1);
    x.insert_axis(axis)
}

/// Without the axis before the last.
fn without_row(x: Twin) -> Twin {
    let axis = Axis(x.ndim() - 2);
    x.index_axis_move(axis, 0)
}

fn average(draft: &mut Draft) -> Option<Planned> {
    let ((index, x), geometry) = (draft.with_axes(2), drawn(draft));
    let twin = means(&x, &both(&geometry, &x)?)?;
    one(format!("#{index}, {geometry:?}"), twin, move |pool| pool[index].avg_pool2d(geometry))
}

fn average_in_a_row(draft: &mut Draft) -> Option<Planned> {
    let ((index, x), (geometry, row)) = (draft.with_axes(1), drawn_in_a_row(draft));
    let x = as_row(x);
    let twin = without_row(means(&x, &both(&row, &x)?)?);
    one(format!("#{index}, {geometry:?}"), twin, move |pool| pool[index].avg_pool1d(geometry))
}

fn maximum(draft: &mut Draft) -> Option<Planned> {
    let ((index, x), geometry) = (draft.with_axes(2), drawn(draft));
    let twin = maxima(&x, &both(&geometry, &x)?);
    one(format!("#{index}, {geometry:?}"), twin, move |pool| pool[index].max_pool2d(geometry))
}

fn maximum_in_a_row(draft: &mut Draft) -> Option<Planned> {
    let ((index, x), (geometry, row)) = (draft.with_axes(1), drawn_in_a_row(draft));
    let x = as_row(x);
    let twin = without_row(maxima(&x, &both(&row, &x)?));
    one(format!("#{index}, {geometry:?}"), twin, move |pool| pool[index].max_pool1d(geometry))
}

/// The position is counted among all of the window; what is no element never wins.
fn maximum_with_indices(draft: &mut Draft) -> Option<Planned> {
    let ((index, x), geometry) = (draft.with_axes(2), drawn(draft));
    let windows = both(&geometry, &x)?;
    let values = maxima(&x, &windows);
    let positions = geometry.kernel[0] * geometry.kernel[1];
    let places = built(&[values.shape(), &[positions]].concat(), |at| {
        let contents = contents(&x, &windows, &at[..x.ndim()]);
        let elements = contents.iter().map(|content| match content {
            Content::Element(number) => *number,
            Content::Padding | Content::Nothing => Number::exact(f64::MIN),
        });
        position_of_largest(&elements.collect::<Vec<_>>()).is_position(at[x.ndim()])
    });
    two(format!("#{index}, {geometry:?}"), values, places, move |pool| {
        pool[index].max_pool2d_with_indices(geometry)
    })
}

/// Lengths of a result, and the windows of both axes that give them.
fn drawn_adaptive(draft: &mut Draft, x: &Twin) -> ([Option<usize>; 2], [Windows; 2]) {
    let output = [0, 1].map(|_: usize| (!draft.dice.once_in(4)).then(|| draft.dice.between(1, 3)));
    let sizes = [0, 1].map(|axis: usize| x.shape()[x.ndim() - 2 + axis]);
    (output, [adaptive(sizes[0], output[0]), adaptive(sizes[1], output[1])])
}

fn adaptive_average(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(2);
    let (output, windows) = drawn_adaptive(draft, &x);
    let twin = means(&x, &windows)?;
    one(format!("#{index}, {output:?}"), twin, move |pool| pool[index].adaptive_avg_pool2d(output))
}

fn adaptive_maximum(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(2);
    let (output, windows) = drawn_adaptive(draft, &x);
    let twin = maxima(&x, &windows);
    one(format!("#{index}, {output:?}"), twin, move |pool| pool[index].adaptive_max_pool2d(output))
}
