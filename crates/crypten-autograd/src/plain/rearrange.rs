//! Sums, shapes and positions.

use ndarray::{ArrayD, Axis, Slice, concatenate};

use super::PlainTensor;
use crate::engine::row_major;
use crate::error::Error;

pub(super) fn sum_keepdim(x: &PlainTensor, axes: &[usize]) -> PlainTensor {
    let mut sum = x.clone();
    for &axis in axes {
        if sum.shape()[axis] != 1 {
            sum = sum.sum_axis(Axis(axis)).insert_axis(Axis(axis)).into_shared();
        }
    }
    sum
}

pub(super) fn reshape(x: &PlainTensor, shape: &[usize]) -> Result<PlainTensor, Error> {
    let reshaped = x.to_shape(shape).map_err(|_| Error::mismatch("reshape", x.shape(), shape))?;
    Ok(reshaped.to_shared())
}

pub(super) fn index_add(
    x: &PlainTensor,
    axis: usize,
    positions: &[usize],
    source: &PlainTensor,
) -> Result<PlainTensor, Error> {
    let mut expected = x.shape().to_vec();
    expected[axis] = positions.len();
    if source.shape() != expected {
        return Err(Error::mismatch("index_add", source.shape(), &expected));
    }
    let mut sum = x.to_owned();
    for (&position, part) in positions.iter().zip(source.axis_iter(Axis(axis))) {
        let mut place = sum.index_axis_mut(Axis(axis), position);
        place += &part;
    }
    Ok(sum.into_shared())
}

pub(super) fn pad(x: &PlainTensor, widths: &[(usize, usize)], value: f64) -> PlainTensor {
    let lengths = x.shape().iter().zip(widths).map(|(&length, (before, after))| before + length + after);
    let mut padded = ArrayD::from_elem(lengths.collect::<Vec<_>>(), value);
    let inside = |axis: Axis| Slice::from(widths[axis.0].0..widths[axis.0].0 + x.len_of(axis));
    padded.slice_each_axis_mut(|axis| inside(axis.axis)).assign(x);
    padded.into_shared()
}

pub(super) fn gather(x: &PlainTensor, axis: usize, index: &ArrayD<usize>) -> PlainTensor {
    let gathered = ArrayD::from_shape_fn(index.shape(), |mut place| {
        let position = index[&place];
        place[axis] = position;
        x[place]
    });
    gathered.into_shared()
}

pub(super) fn scatter_add(
    x: &PlainTensor,
    axis: usize,
    index: &ArrayD<usize>,
    source: &PlainTensor,
) -> Result<PlainTensor, Error> {
    if source.shape() != index.shape() {
        return Err(Error::mismatch("scatter_add", source.shape(), index.shape()));
    }
    let mut sum = x.to_owned().as_standard_layout().into_owned();
    let elements = sum.as_slice_mut().expect("it is in standard layout");
    for (position, source) in row_major(x.shape(), axis, index).into_iter().zip(source.iter()) {
        elements[position] += source;
    }
    Ok(sum.into_shared())
}

pub(super) fn cat(tensors: &[&PlainTensor], axis: usize) -> Result<PlainTensor, Error> {
    let views: Vec<_> = tensors.iter().map(|tensor| tensor.view()).collect();
    let mismatch = |_| Error::mismatch("cat", tensors[0].shape(), tensors[tensors.len() - 1].shape());
    Ok(concatenate(Axis(axis), &views).map_err(mismatch)?.into_shared())
}
