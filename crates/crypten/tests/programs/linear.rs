//! Products of matrices and vectors.

use crypten::ndarray::Axis;
use crypten::{CrypTensor, Error, Operand, linear, matmul};

use crate::dice::Kind;
use crate::draft::{Draft, Planned, Source, named, one, optional, two};
use crate::number::{Number, UNIT};
use crate::program::Operation;
use crate::twin::{Twin, built, common_shape, shaped, times, zipped};

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::new("matmul", product_on_either_side),
        Operation::new("dot", dot),
        Operation::new("fixed", fixed),
        Operation::new("linear", layer),
        Operation::new("outer", |draft| outer(draft, |x, y| x.outer(y))),
        Operation::new("ger", |draft| outer(draft, |x, y| x.ger(y))),
        Operation::new("weighted_dot", weighted_dot),
    ]
}

/// The coordinate in a shape that broadcasts; what is in front of its axes does not count.
fn clipped(at: &[usize], shape: &[usize]) -> Vec<usize> {
    let own = &at[at.len() - shape.len()..];
    own.iter().zip(shape).map(|(&position, &length)| position.min(length - 1)).collect()
}

/// The matrix product as in `torch.matmul`, rounded; nothing if the shapes do not go together.
fn product(x: &Twin, y: &Twin) -> Option<Twin> {
    if x.ndim() == 0 || y.ndim() == 0 {
        return None;
    }
    let (row, column) = (x.ndim() == 1, y.ndim() == 1);
    let x = if row { x.clone().insert_axis(Axis(0)) } else { x.clone() };
    let y = if column { y.clone().insert_axis(Axis(1)) } else { y.clone() };
    let ([x_batch @ .., rows, inner], [y_batch @ .., other, columns]) = (x.shape(), y.shape()) else {
        return None;
    };
    if inner != other {
        return None;
    }
    let batch = common_shape(x_batch, y_batch)?;
    let full = built(&[&batch[..], &[*rows, *columns]].concat(), |at| {
        let (batch, place) = at.split_at(batch.len());
        let term = |k: usize| {
            let left = [&clipped(batch, x_batch)[..], &[place[0], k]].concat();
            let right = [&clipped(batch, y_batch)[..], &[k, place[1]]].concat();
            x[left.as_slice()] * y[right.as_slice()]
        };
        (0..*inner).map(term).sum::<Number>().rounded()
    });
    let lengths = [(!row).then_some(*rows), (!column).then_some(*columns)];
    let shape: Vec<usize> = batch.iter().copied().chain(lengths.into_iter().flatten()).collect();
    Some(shaped(&full, &shape))
}

/// Another factor whose shape goes together with one that stands on the left, or on the right.
fn factor(draft: &mut Draft, x: &Twin, on_the_left: bool) -> (Source, Twin) {
    let inner = x.shape()[if on_the_left { x.ndim() - 1 } else { x.ndim().saturating_sub(2) }];
    let count = draft.dice.between(1, 3);
    let matrix = if on_the_left { [inner, count] } else { [count, inner] };
    let batch = &x.shape()[..x.ndim().saturating_sub(2)];
    match draft.dice.below(3) {
        0 => draft.operand(&[inner], Kind::Any),
        1 => draft.operand(&matrix, Kind::Any),
        _ => draft.operand(&[batch, &matrix].concat(), Kind::Any),
    }
}

fn product_on_either_side(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let turned = draft.dice.flip();
    let (other, y) = factor(draft, &x, !turned);
    let twin = if turned { product(&y, &x)? } else { product(&x, &y)? };
    let details = if turned { format!("{other}, #{index}") } else { format!("#{index}, {other}") };
    one(details, twin, move |pool| {
        if turned { matmul(other.of(pool), &pool[index]) } else { matmul(&pool[index], other.of(pool)) }
    })
}

fn dot(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let (other, y) = factor(draft, &x, true);
    let twin = product(&x, &y)?;
    one(format!("#{index}, {other}"), twin, move |pool| pool[index].dot(other.of(pool)))
}

/// Two products by one secret that is masked once.
fn fixed(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let shape = [x.shape()[x.ndim() - 1], draft.dice.between(1, 3)];
    let (weight, y) = match draft.chosen(|twin| twin.shape() == shape) {
        Some(found) => found,
        None => draft.encrypted(&shape, Kind::Any),
    };
    let (first, second) = (product(&x, &y)?, product(&x.mapv(|x| -x), &y)?);
    two(format!("#{weight}, #{index}"), first, second, move |pool| {
        let weight = pool[weight].fixed();
        Ok((matmul(&pool[index], &weight)?, matmul(pool[index].neg(), &weight)?))
    })
}

fn layer(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let outputs = draft.dice.between(1, 3);
    let (weight, w) = draft.operand(&[outputs, x.shape()[x.ndim() - 1]], Kind::Any);
    let (bias, b) = draft.parameter(&[outputs], Kind::Any);
    let mut twin = product(&x, &w.t().to_owned())?;
    if let Some(b) = b {
        twin = zipped(&twin, &b, |product, bias| product + bias)?;
    }
    one(format!("#{index}, {weight}, {}", named(&bias)), twin, move |pool| {
        linear(&pool[index], weight.of(pool), optional(&bias, pool))
    })
}

type OfVectors = fn(&CrypTensor, &dyn Operand) -> Result<CrypTensor, Error>;

fn outer(draft: &mut Draft, secret: OfVectors) -> Option<Planned> {
    let (index, x) = draft.secret([1, 1], Kind::Any, |_| true);
    let length = draft.dice.between(1, 4);
    let (other, y) = draft.operand(&[length], Kind::Any);
    let twin = times(&x.insert_axis(Axis(1)), &y, other.is_public())?;
    one(format!("#{index}, {other}"), twin, move |pool| secret(&pool[index], other.of(pool)))
}

fn weighted_dot(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.secret([1, 1], Kind::Any, |_| true);
    let (other, y) = draft.operand(x.shape(), Kind::Any);
    let (weights, w) = draft.operand(x.shape(), Kind::Any);
    let twin = if other.is_public() && weights.is_public() {
        // Their product is encoded, off by half a unit.
        let both = zipped(&y, &w, |y, w| (y * w).wider(0.5 * UNIT))?;
        product(&x, &both)?
    } else {
        product(&times(&x, &w, weights.is_public())?, &y)?
    };
    one(format!("#{index}, {other}, {weights}"), twin, move |pool| {
        pool[index].weighted_dot(other.of(pool), weights.of(pool))
    })
}
