//! Convolutions and transposed ones over one axis and over two, by plain loops over random geometry.

use crypten::ndarray::{ArrayD, Axis, IxDyn, indices};
use crypten::{
    Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d, CrypTensor, Error, conv_transpose1d, conv_transpose2d,
    conv1d, conv2d,
};

use crate::dice::{Dice, Kind};
use crate::draft::{Draft, Planned, Source, named, one, optional};
use crate::number::Number;
use crate::program::Operation;
use crate::twin::{Twin, built};

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::new("conv1d", over_one_axis),
        Operation::new("conv2d", over_two_axes),
        Operation::new("conv_transpose1d", transposed_over_one_axis),
        Operation::new("conv_transpose2d", transposed_over_two_axes),
    ]
}

/// The operands of a convolution.
struct Layer {
    input: Source,
    x: Twin,
    kernel: Source,
    k: Twin,
    bias: Option<Source>,
    b: Option<Twin>,
    groups: usize,
}

impl Layer {
    /// Operands of `axes` axes behind images and channels; nothing if they are all public. A transposed convolution has
    /// the inputs first in its kernel.
    fn drawn(draft: &mut Draft, axes: usize, transposed: bool) -> Option<Self> {
        let found = draft.chosen(|twin| twin.ndim() == 2 + axes);
        let shape = match found.filter(|_| !draft.dice.once_in(4)) {
            Some((_, twin)) => twin.shape().to_vec(),
            None => {
                let mut shape = vec![1, draft.dice.between(1, 2)];
                shape.extend((0..axes).map(|_| draft.dice.between(2, 4)));
                shape
            }
        };
        let channels = shape[1];
        let groups = if draft.dice.flip() { channels } else { 1 };
        let outputs = draft.dice.between(1, 2);
        let kernel = if transposed { [channels, outputs] } else { [outputs * groups, channels / groups] };
        let mut kernel = kernel.to_vec();
        kernel.extend((0..axes).map(|_| draft.dice.between(1, 3)));
        let (input, x) = draft.operand(&shape, Kind::Any);
        let (kernel, k) = draft.operand(&kernel, Kind::Small);
        let (bias, b) = draft.parameter(&[outputs * groups], Kind::Any);
        let secret = !(input.is_public() && kernel.is_public());
        secret.then_some(Self { input, x, kernel, k, bias, b, groups })
    }

    /// A step with the result of a convolution, to which the bias is added before it is rounded.
    fn planned(
        self,
        product: &Twin,
        geometry: &str,
        run: impl Fn(&Self, &[CrypTensor]) -> Result<CrypTensor, Error> + 'static,
    ) -> Option<Planned> {
        let bias = |channel: usize| self.b.as_ref().map_or(Number::ZERO, |b| b[channel]);
        let twin = built(product.shape(), |at| (product[at] + bias(at[1])).rounded());
        let operands = format!("{}, {}, {}", self.input, self.kernel, named(&self.bias));
        one(format!("{operands}, {geometry}"), twin, move |pool| run(&self, pool))
    }
}

/// The result over two axes of tensors that have one.
fn in_a_row(x: &Twin, kernel: &Twin, product: impl Fn(&Twin, &Twin) -> Option<Twin>) -> Option<Twin> {
    let row = |x: &Twin| x.clone().insert_axis(Axis(2));
    Some(product(&row(x), &row(kernel))?.index_axis_move(Axis(2), 0))
}

fn convolved(x: &Twin, kernel: &Twin, geometry: Conv2d) -> Option<Twin> {
    let (&[n, _, h, w], &[o, per_group, kh, kw]) = (x.shape(), kernel.shape()) else { return None };
    let Conv2d { stride, padding, dilation, groups } = geometry;
    let length = |size: usize, k: usize, axis: usize| {
        let free = (size + 2 * padding[axis]).checked_sub(dilation[axis] * (k - 1) + 1)?;
        Some(free / stride[axis] + 1)
    };
    let shape = [n, o, length(h, kh, 0)?, length(w, kw, 1)?];
    Some(built(&shape, |at| {
        let place = |axis: usize, offset: usize, size: usize| {
            let padded = at[2 + axis] * stride[axis] + offset * dilation[axis];
            padded.checked_sub(padding[axis]).filter(|&place| place < size)
        };
        let term = |(i, dy, dx): (usize, usize, usize)| {
            let channel = at[1] / (o / groups) * per_group + i;
            let (row, column) = (place(0, dy, h)?, place(1, dx, w)?);
            Some(x[[at[0], channel, row, column]] * kernel[[at[1], i, dy, dx]])
        };
        indices((per_group, kh, kw)).into_iter().filter_map(term).sum()
    }))
}

fn transposed(x: &Twin, kernel: &Twin, geometry: ConvTranspose2d) -> Option<Twin> {
    let (&[n, c, h, w], &[_, per_group, kh, kw]) = (x.shape(), kernel.shape()) else { return None };
    let ConvTranspose2d { stride, padding, output_padding, dilation, groups } = geometry;
    let length = |size: usize, k: usize, axis: usize| {
        let whole = (size - 1) * stride[axis] + dilation[axis] * (k - 1) + output_padding[axis] + 1;
        whole.checked_sub(2 * padding[axis]).filter(|&length| length > 0)
    };
    let (rows, columns) = (length(h, kh, 0)?, length(w, kw, 1)?);
    let mut out = ArrayD::from_elem(IxDyn(&[n, per_group * groups, rows, columns]), Number::ZERO);
    for (image, channel, y, z) in indices((n, c, h, w)) {
        for (o, dy, dx) in indices((per_group, kh, kw)) {
            let row = (y * stride[0] + dy * dilation[0]).wrapping_sub(padding[0]);
            let column = (z * stride[1] + dx * dilation[1]).wrapping_sub(padding[1]);
            if row < rows && column < columns {
                let to = [image, channel / (c / groups) * per_group + o, row, column];
                out[to] = out[to] + x[[image, channel, y, z]] * kernel[[channel, o, dy, dx]];
            }
        }
    }
    Some(out)
}

/// Two numbers for both axes.
fn pair(dice: &mut Dice, low: usize, high: usize) -> [usize; 2] {
    [dice.between(low, high), dice.between(low, high)]
}

fn over_two_axes(draft: &mut Draft) -> Option<Planned> {
    let layer = Layer::drawn(draft, 2, false)?;
    let dice = &mut draft.dice;
    let (stride, padding, dilation) = (pair(dice, 1, 2), pair(dice, 0, 1), pair(dice, 1, 2));
    let geometry = Conv2d { stride, padding, dilation, groups: layer.groups };
    let product = convolved(&layer.x, &layer.k, geometry)?;
    layer.planned(&product, &format!("{geometry:?}"), move |layer, pool| {
        conv2d(layer.input.of(pool), layer.kernel.of(pool), optional(&layer.bias, pool), geometry)
    })
}

fn over_one_axis(draft: &mut Draft) -> Option<Planned> {
    let layer = Layer::drawn(draft, 1, false)?;
    let (dice, groups) = (&mut draft.dice, layer.groups);
    let (stride, padding, dilation) = (dice.between(1, 2), dice.between(0, 1), dice.between(1, 2));
    let geometry = Conv1d { stride, padding, dilation, groups };
    let row = Conv2d { stride: [1, stride], padding: [0, padding], dilation: [1, dilation], groups };
    let product = in_a_row(&layer.x, &layer.k, |x, k| convolved(x, k, row))?;
    layer.planned(&product, &format!("{geometry:?}"), move |layer, pool| {
        conv1d(layer.input.of(pool), layer.kernel.of(pool), optional(&layer.bias, pool), geometry)
    })
}

fn transposed_over_two_axes(draft: &mut Draft) -> Option<Planned> {
    let layer = Layer::drawn(draft, 2, true)?;
    let dice = &mut draft.dice;
    let (stride, padding, dilation) = (pair(dice, 1, 2), pair(dice, 0, 1), pair(dice, 1, 2));
    let output_padding = [0, 1].map(|axis: usize| dice.below(stride[axis].max(dilation[axis])));
    let groups = layer.groups;
    let geometry = ConvTranspose2d { stride, padding, output_padding, dilation, groups };
    let product = transposed(&layer.x, &layer.k, geometry)?;
    layer.planned(&product, &format!("{geometry:?}"), move |layer, pool| {
        conv_transpose2d(layer.input.of(pool), layer.kernel.of(pool), optional(&layer.bias, pool), geometry)
    })
}

fn transposed_over_one_axis(draft: &mut Draft) -> Option<Planned> {
    let layer = Layer::drawn(draft, 1, true)?;
    let (dice, groups) = (&mut draft.dice, layer.groups);
    let (stride, padding, dilation) = (dice.between(1, 2), dice.between(0, 1), dice.between(1, 2));
    let output_padding = dice.below(stride.max(dilation));
    let geometry = ConvTranspose1d { stride, padding, output_padding, dilation, groups };
    let row = ConvTranspose2d {
        stride: [1, stride],
        padding: [0, padding],
        output_padding: [0, output_padding],
        dilation: [1, dilation],
        groups,
    };
    let product = in_a_row(&layer.x, &layer.k, |x, k| transposed(x, k, row))?;
    layer.planned(&product, &format!("{geometry:?}"), move |layer, pool| {
        conv_transpose1d(layer.input.of(pool), layer.kernel.of(pool), optional(&layer.bias, pool), geometry)
    })
}
