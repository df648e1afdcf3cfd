//! Functions of one number, of two and of three, element by element, with broadcasting.

use crypten_ring::broadcast_shapes;
use ndarray::{ArrayViewD, Zip};

use super::PlainTensor;
use crate::error::Error;

pub(super) fn map(x: &PlainTensor, function: impl Fn(f64) -> f64) -> PlainTensor {
    x.mapv(function).into_shared()
}

pub(super) fn zip(
    operation: &'static str,
    x: &PlainTensor,
    y: &PlainTensor,
    function: impl Fn(f64, f64) -> f64,
) -> Result<PlainTensor, Error> {
    let numbers = (x.ndim() == 0, y.ndim() == 0);
    // Faster than a broadcast number, and frequent.
    match (x.first(), y.first()) {
        (_, Some(&y)) if numbers.1 => return Ok(map(x, |x| function(x, y))),
        (Some(&x), _) if numbers.0 => return Ok(map(y, |y| function(x, y))),
        _ => {}
    }
    let shape = broadcast_shapes(operation, x.shape(), y.shape())?;
    let (x, y) = (spread(x, &shape), spread(y, &shape));
    Ok(Zip::from(x).and(y).map_collect(|&x, &y| function(x, y)).into_shared())
}

pub(super) fn where_cond(
    condition: &PlainTensor,
    x: &PlainTensor,
    y: &PlainTensor,
) -> Result<PlainTensor, Error> {
    let shape = broadcast_shapes("where", x.shape(), y.shape())?;
    let shape = broadcast_shapes("where", condition.shape(), &shape)?;
    let [condition, x, y] = [condition, x, y].map(|tensor| spread(tensor, &shape));
    let chosen = |&condition: &f64, &x: &f64, &y: &f64| if condition == 0.0 { y } else { x };
    Ok(Zip::from(condition).and(x).and(y).map_collect(chosen).into_shared())
}

fn spread<'a>(x: &'a PlainTensor, shape: &[usize]) -> ArrayViewD<'a, f64> {
    x.broadcast(shape).expect("the shapes broadcast to this one")
}
