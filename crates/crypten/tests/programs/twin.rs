//! Plain tensors whose elements know their bounds, and the ways in which operations walk through them.

use crypten::ndarray::{ArrayD, Axis, Dimension, IxDyn, Zip};

use crate::number::{Number, UNIT};

/// The plain twin of a secret tensor.
pub(crate) type Twin = ArrayD<Number>;

pub(crate) fn exact(values: &ArrayD<f64>) -> Twin {
    values.mapv(Number::exact)
}

pub(crate) fn values(twin: &Twin) -> ArrayD<f64> {
    twin.mapv(|number| number.value)
}

/// The twin whose element at each coordinate is `f` of the coordinate.
pub(crate) fn built(shape: &[usize], f: impl Fn(&[usize]) -> Number) -> Twin {
    ArrayD::from_shape_fn(IxDyn(shape), |at| f(at.slice()))
}

/// The elements in row-major order under another shape of as many elements.
pub(crate) fn shaped(x: &Twin, shape: &[usize]) -> Twin {
    ArrayD::from_shape_vec(IxDyn(shape), x.iter().copied().collect()).unwrap()
}

/// A coordinate with another position on one axis.
pub(crate) fn moved(at: &[usize], axis: usize, position: usize) -> Vec<usize> {
    let mut moved = at.to_vec();
    moved[axis] = position;
    moved
}

/// The elements along an axis, at a coordinate whose position on the axis does not count.
pub(crate) fn line(x: &Twin, at: &[usize], axis: usize) -> Vec<Number> {
    (0..x.shape()[axis]).map(|position| x[moved(at, axis, position).as_slice()]).collect()
}

/// The shape to which both broadcast.
pub(crate) fn common_shape(left: &[usize], right: &[usize]) -> Option<Vec<usize>> {
    let axes = left.len().max(right.len());
    let length =
        |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(axes).map_or(1, |i| shape[i]);
    let common = |axis: usize| match (length(left, axis), length(right, axis)) {
        (l, r) if l == r || r == 1 => Some(l),
        (1, r) => Some(r),
        _ => None,
    };
    (0..axes).map(common).collect()
}

pub(crate) fn broadcast(x: &Twin, shape: &[usize]) -> Option<Twin> {
    Some(x.broadcast(IxDyn(shape))?.to_owned())
}

/// A function of both, with broadcasting.
pub(crate) fn zipped(x: &Twin, y: &Twin, f: impl Fn(Number, Number) -> Number) -> Option<Twin> {
    let shape = common_shape(x.shape(), y.shape())?;
    let (x, y) = (x.broadcast(IxDyn(&shape))?, y.broadcast(IxDyn(&shape))?);
    Some(Zip::from(&x).and(&y).map_collect(|&x, &y| f(x, y)))
}

/// A function of all elements along some axes, which ascend and disappear.
pub(crate) fn reduced(x: &Twin, axes: &[usize], f: impl Fn(&[Number]) -> Number) -> Twin {
    let others: Vec<usize> = (0..x.ndim()).filter(|axis| !axes.contains(axis)).collect();
    let mut shape: Vec<usize> = others.iter().map(|&axis| x.shape()[axis]).collect();
    shape.push(axes.iter().map(|&axis| x.shape()[axis]).product());
    let order = [&others[..], axes].concat();
    let rows = shaped(&x.view().permuted_axes(order).to_owned(), &shape);
    rows.map_axis(Axis(others.len()), |row| f(&row.to_vec()))
}

/// A result that lost some axes, which ascend, with these of length 1.
pub(crate) fn with_axes(x: Twin, axes: &[usize]) -> Twin {
    axes.iter().fold(x, |x, &axis| x.insert_axis(Axis(axis)))
}

/// The product of a secret and another factor, rounded.
pub(crate) fn times(x: &Twin, y: &Twin, is_public: bool) -> Option<Twin> {
    if is_public { scaled(x, &values(y)) } else { zipped(x, y, |x, y| (x * y).rounded()) }
}

/// The product with public factors: whole ones are exact, with others it is rounded.
pub(crate) fn scaled(x: &Twin, factors: &ArrayD<f64>) -> Option<Twin> {
    if factors.iter().all(|factor| factor.fract() == 0.0) {
        return zipped(x, &exact(factors), |x, y| x * y);
    }
    let largest = factors.iter().fold(0.0_f64, |largest, factor| largest.max(factor.abs()));
    zipped(x, &factors.mapv(|factor| encoded(factor, largest)), |x, y| (x * y).rounded())
}

/// A number divided by a whole one: by a power of two it is rounded like a product, else off by less than two units.
pub(crate) fn divided(number: Number, by: usize) -> Number {
    let quotient = number * Number { value: (by as f64).recip(), bound: 0.0 };
    match by {
        1 => number,
        _ if by.is_power_of_two() => quotient.rounded(),
        _ => quotient.wider(2.0 * UNIT),
    }
}

/// The quotient by public numbers: by one whole number, or with rounded reciprocals.
pub(crate) fn quotients(x: &Twin, divisors: &ArrayD<f64>) -> Option<Twin> {
    match divisors.iter().next() {
        Some(&first) if divisors.ndim() == 0 && first.fract() == 0.0 => {
            let sign = Number { value: first.signum(), bound: 0.0 };
            Some(x.mapv(|x| sign * divided(x, first.abs() as usize)))
        }
        _ => scaled(x, &divisors.mapv(f64::recip)),
    }
}

/// A public factor: on the grid it is exact, else it has 20 significant bits of the largest.
fn encoded(value: f64, largest: f64) -> Number {
    let on_the_grid = (value / UNIT).fract() == 0.0;
    Number { value, bound: if on_the_grid { 0.0 } else { largest * 2.0_f64.powi(-20) } }
}
