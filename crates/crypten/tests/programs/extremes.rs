//! The largest and smallest elements along an axis, and where they stand if that is certain.

use crypten::{CrypTensor, Error};

use crate::draft::{one, two};
use crate::number::Number;
use crate::program::Operation;
use crate::twin::{Twin, built, line, reduced, with_axes};

type Value = fn(&CrypTensor, isize) -> Result<CrypTensor, Error>;
type Values = fn(&CrypTensor, isize) -> Result<(CrypTensor, CrypTensor), Error>;

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        extreme("max", false, false, CrypTensor::max),
        extreme("min", true, false, CrypTensor::min),
        extreme("max_keepdim", false, true, CrypTensor::max_keepdim),
        extreme("min_keepdim", true, true, CrypTensor::min_keepdim),
        of_all("max_all", false, CrypTensor::max_all),
        of_all("min_all", true, CrypTensor::min_all),
        both("max_with_indices", false, CrypTensor::max_with_indices),
        both("min_with_indices", true, CrypTensor::min_with_indices),
        place("argmax", false, CrypTensor::argmax),
        place("argmin", true, CrypTensor::argmin),
        indicator("argmax_one_hot", false, CrypTensor::argmax_one_hot),
        indicator("argmin_one_hot", true, CrypTensor::argmin_one_hot),
    ]
}

/// The largest number; it moves no more than the numbers do.
pub(crate) fn largest(numbers: &[Number]) -> Number {
    let value = numbers.iter().fold(f64::NEG_INFINITY, |largest, x| largest.max(x.value));
    Number { value, bound: widest(numbers) }
}

/// The largest bound.
pub(crate) fn widest(numbers: &[Number]) -> f64 {
    numbers.iter().fold(0.0, |widest, x| x.bound.max(widest))
}

/// The position of the largest number, the first one if there are several.
pub(crate) fn position_of_largest(numbers: &[Number]) -> Number {
    let value = largest(numbers).value;
    let Some(position) = numbers.iter().position(|x| x.value == value) else { return Number::UNKNOWN };
    let best = numbers[position];
    let others = numbers.iter().enumerate().filter(|(other, _)| *other != position);
    if others.map(|(_, &x)| x).all(|x| best.apart(x)) {
        Number::exact(position as f64)
    } else {
        Number::UNKNOWN
    }
}

/// The tensor whose largest elements are the wanted ones; turned, the smallest.
fn turned(x: &Twin, smallest: bool) -> Twin {
    if smallest { x.mapv(|x| -x) } else { x.clone() }
}

fn extreme(name: &'static str, smallest: bool, keeps: bool, secret: Value) -> Operation {
    Operation::new(name, move |draft| {
        let (index, x) = draft.with_axes(1);
        let (axis, signed) = draft.axis(&x);
        let twin = turned(&reduced(&turned(&x, smallest), &[axis], largest), smallest);
        let twin = if keeps { with_axes(twin, &[axis]) } else { twin };
        one(format!("#{index}, {signed}"), twin, move |pool| secret(&pool[index], signed))
    })
}

fn of_all(
    name: &'static str,
    smallest: bool,
    secret: fn(&CrypTensor) -> Result<CrypTensor, Error>,
) -> Operation {
    Operation::new(name, move |draft| {
        let (index, x) = draft.any();
        let all: Vec<Number> = turned(&x, smallest).iter().copied().collect();
        let twin = turned(&built(&[], |_| largest(&all)), smallest);
        one(format!("#{index}"), twin, move |pool| secret(&pool[index]))
    })
}

fn both(name: &'static str, smallest: bool, secret: Values) -> Operation {
    Operation::new(name, move |draft| {
        let (index, x) = draft.with_axes(1);
        let (axis, signed) = draft.axis(&x);
        let x = turned(&x, smallest);
        let values = turned(&reduced(&x, &[axis], largest), smallest);
        let positions = reduced(&x, &[axis], position_of_largest);
        two(format!("#{index}, {signed}"), values, positions, move |pool| secret(&pool[index], signed))
    })
}

fn place(name: &'static str, smallest: bool, secret: Value) -> Operation {
    Operation::new(name, move |draft| {
        let (index, x) = draft.with_axes(1);
        let (axis, signed) = draft.axis(&x);
        let twin = reduced(&turned(&x, smallest), &[axis], position_of_largest);
        one(format!("#{index}, {signed}"), twin, move |pool| secret(&pool[index], signed))
    })
}

fn indicator(name: &'static str, smallest: bool, secret: Value) -> Operation {
    Operation::new(name, move |draft| {
        let (index, x) = draft.with_axes(1);
        let (axis, signed) = draft.axis(&x);
        let x = turned(&x, smallest);
        let twin = built(x.shape(), |at| position_of_largest(&line(&x, at, axis)).is_position(at[axis]));
        one(format!("#{index}, {signed}"), twin, move |pool| secret(&pool[index], signed))
    })
}
