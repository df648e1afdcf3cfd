//! Sums, means, variances and softmax over axes.

use crypten::{CrypTensor, Error};

use crate::draft::{Draft, Planned, one};
use crate::elementwise::sqrt;
use crate::extremes::widest;
use crate::number::Number;
use crate::program::Operation;
use crate::twin::{Twin, built, divided, line, reduced, with_axes};

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        over_axes("sum", false, sum, |x, axes| x.sum(axes)),
        over_axes("sum_keepdim", true, sum, |x, axes| x.sum_keepdim(axes)),
        over_all("sum_all", sum, |x| Ok(x.sum_all())),
        over_axes("mean", false, mean, |x, axes| x.mean(axes)),
        over_axes("mean_keepdim", true, mean, |x, axes| x.mean_keepdim(axes)),
        over_all("mean_all", mean, CrypTensor::mean_all),
        over_axes("var", false, variance, |x, axes| x.var(axes, false)),
        over_axes("var, unbiased", false, unbiased, |x, axes| x.var(axes, true)),
        over_axes("var_keepdim", true, variance, |x, axes| x.var_keepdim(axes, false)),
        over_all("var_all", unbiased, |x| x.var_all(true)),
        over_axes("std", false, |line| sqrt(variance(line)), |x, axes| x.std(axes, false)),
        over_axes("std, unbiased", false, |line| sqrt(unbiased(line)), |x, axes| x.std(axes, true)),
        over_axes("std_keepdim", true, |line| sqrt(unbiased(line)), |x, axes| x.std_keepdim(axes, true)),
        over_all("std_all", |line| sqrt(variance(line)), |x| x.std_all(false)),
        Operation::new("cumsum", cumsum),
        Operation::new("trace", trace),
        along("softmax", softmax, CrypTensor::softmax),
        along("log_softmax", log_softmax, CrypTensor::log_softmax),
    ]
}

fn over_axes(
    name: &'static str,
    keeps: bool,
    plain: fn(&[Number]) -> Number,
    secret: fn(&CrypTensor, &[isize]) -> Result<CrypTensor, Error>,
) -> Operation {
    Operation::new(name, move |draft| {
        let (index, x) = draft.with_axes(1);
        let (axes, signed) = draft.axes(&x);
        let twin = reduced(&x, &axes, plain);
        let twin = if keeps { with_axes(twin, &axes) } else { twin };
        one(format!("#{index}, {signed:?}"), twin, move |pool| secret(&pool[index], &signed))
    })
}

fn over_all(
    name: &'static str,
    plain: fn(&[Number]) -> Number,
    secret: fn(&CrypTensor) -> Result<CrypTensor, Error>,
) -> Operation {
    Operation::new(name, move |draft| {
        let (index, x) = draft.any();
        let all: Vec<Number> = x.iter().copied().collect();
        one(format!("#{index}"), built(&[], |_| plain(&all)), move |pool| secret(&pool[index]))
    })
}

fn along(
    name: &'static str,
    plain: fn(&[Number]) -> Vec<Number>,
    secret: fn(&CrypTensor, isize) -> Result<CrypTensor, Error>,
) -> Operation {
    Operation::new(name, move |draft| {
        let (index, x) = draft.with_axes(1);
        let (axis, signed) = draft.axis(&x);
        let twin = built(x.shape(), |at| plain(&line(&x, at, axis))[at[axis]]);
        one(format!("#{index}, {signed}"), twin, move |pool| secret(&pool[index], signed))
    })
}

pub(crate) fn sum(numbers: &[Number]) -> Number {
    numbers.iter().copied().sum()
}

pub(crate) fn mean(numbers: &[Number]) -> Number {
    divided(sum(numbers), numbers.len())
}

/// The sum of the squares, rounded.
pub(crate) fn squares(numbers: &[Number]) -> Number {
    numbers.iter().map(|&x| x * x).sum::<Number>().rounded()
}

/// The variance as the squares of what differs from the mean, which has an error of its own.
pub(crate) fn variance(numbers: &[Number]) -> Number {
    spread(numbers, numbers.len())
}

/// Of a single number there is none.
fn unbiased(numbers: &[Number]) -> Number {
    if numbers.len() < 2 { Number::UNKNOWN } else { spread(numbers, numbers.len() - 1) }
}

fn spread(numbers: &[Number], count: usize) -> Number {
    let mean = mean(numbers);
    let differences: Vec<Number> = numbers.iter().map(|&x| x - mean).collect();
    divided(squares(&differences), count)
}

/// The exponentials, divided by the largest of them, and their sum.
fn powers(numbers: &[Number]) -> (f64, Vec<f64>, f64) {
    let largest = numbers.iter().fold(f64::MIN, |largest, x| largest.max(x.value));
    let powers: Vec<f64> = numbers.iter().map(|x| (x.value - largest).exp()).collect();
    let sum = powers.iter().sum();
    (largest, powers, sum)
}

/// Its derivatives `s_i (1 - s_i)` and `-s_i s_j` add up to at most one half in magnitude.
fn softmax(numbers: &[Number]) -> Vec<Number> {
    let ((_, powers, sum), bound) = (powers(numbers), widest(numbers));
    powers.into_iter().map(|power| Number { value: power / sum, bound: 0.5 * bound + 1e-4 }).collect()
}

/// Its derivatives `1 - s_i` and `-s_j` add up to at most two in magnitude.
fn log_softmax(numbers: &[Number]) -> Vec<Number> {
    let ((largest, _, sum), bound) = (powers(numbers), widest(numbers));
    let value = |x: &Number| x.value - largest - sum.ln();
    numbers.iter().map(|x| Number { value: value(x), bound: 2.0 * bound + 2e-4 }).collect()
}

fn cumsum(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let (axis, signed) = draft.axis(&x);
    let twin = built(x.shape(), |at| sum(&line(&x, at, axis)[..=at[axis]]));
    one(format!("#{index}, {signed}"), twin, move |pool| pool[index].cumsum(signed))
}

/// The elements of the last two axes whose row and column are the same.
fn diagonals(x: &Twin) -> Twin {
    let axes = x.ndim() - 2;
    let length = x.shape()[axes].min(x.shape()[axes + 1]);
    built(&[&x.shape()[..axes], &[length]].concat(), |at| x[[at, &at[axes..]].concat().as_slice()])
}

fn trace(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(2);
    let twin = reduced(&diagonals(&x), &[x.ndim() - 2], sum);
    one(format!("#{index}"), twin, move |pool| pool[index].trace())
}
