//! Powers, polynomials and products along an axis.

use crypten::ndarray::{ArrayD, IxDyn};
use crypten::{CrypTensor, Error};

use crate::dice::Kind;
use crate::draft::{Draft, Planned, Source, one};
use crate::elementwise::{exp, inverse, log};
use crate::number::{Number, UNIT};
use crate::program::Operation;
use crate::twin::{Twin, built, reduced, scaled, values, with_axes, zipped};

/// What powers and products on the way stay below.
const LARGEST: f64 = 1_048_576.0;

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::new("pow", pow),
        Operation::new("pos_pow", pos_pow),
        Operation::new("polynomial", polynomial),
        along("prod", false, CrypTensor::prod),
        along("prod_keepdim", true, CrypTensor::prod_keepdim),
        Operation::new("prod_all", prod_all),
    ]
}

/// The power `n` by squares and products, each rounded: `n - 1` roundings at most, each times what is left to multiply.
fn power(x: Number, n: u32) -> Number {
    let most = (x.size() + 4.0 * UNIT).max(1.0);
    let exact: Number = (0..n).map(|_| x).product();
    let roundings = UNIT * f64::from(n.saturating_sub(1)) * most.powi(n.saturating_sub(2).cast_signed());
    if most.powi(n.cast_signed()) <= LARGEST { exact.wider(roundings) } else { Number::UNKNOWN }
}

/// To a whole power, a negative one through the reciprocal.
fn whole_power(x: Number, n: i64) -> Number {
    let size = n.unsigned_abs() as u32;
    if n < 0 { power(inverse(x), size) } else { power(x, size) }
}

fn pow(draft: &mut Draft) -> Option<Planned> {
    let n = draft.dice.pick(&[-2, -1, 0, 1, 2, 3, 4, 5]);
    let kind = if n < 0 { Kind::Nonzero } else { Kind::Small };
    let (index, x) = draft.secret([0, 5], kind, |twin| twin.iter().all(|&x| kind.admits(x)));
    one(format!("#{index}, {n}"), x.mapv(|x| whole_power(x, n)), move |pool| pool[index].pow(n))
}

fn pos_pow(draft: &mut Draft) -> Option<Planned> {
    let kind = Kind::Positive;
    let (index, x) = draft.secret([0, 5], kind, |twin| twin.iter().all(|&x| kind.admits(x)));
    let (source, p) = if draft.dice.flip() {
        let p = draft.dice.pick(&[-1.25, -1.0, -0.5, 0.5, 1.5, 2.0, 3.0]);
        (Source::Number(p), ArrayD::from_elem(IxDyn(&[]), Number::exact(p)))
    } else {
        draft.beside(x.shape(), Kind::Small)
    };
    let lone = p.first().copied().filter(|p| source.is_public() && p.is_whole());
    let twin = match lone.filter(|_| p.ndim() == 0) {
        Some(n) => x.mapv(|x| whole_power(x, n.value as i64)),
        // `exp(p log x)` with the error of each part.
        None if source.is_public() => scaled(&x.mapv(log), &values(&p))?.mapv(exp),
        None => zipped(&x.mapv(log), &p, |x, p| exp((x * p).rounded()))?,
    };
    one(format!("#{index}, {source}"), twin, move |pool| pool[index].pos_pow(source.of(pool)))
}

fn polynomial(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.secret([0, 5], Kind::Small, |twin| twin.iter().all(|&x| Kind::Small.admits(x)));
    let count = draft.dice.between(1, 4);
    let (source, coefficients) = draft.operand(&[count], Kind::Small);
    let value = |x: Number| -> Number {
        let terms = coefficients.iter().zip(1..);
        let sum: Number = terms.map(|(&coefficient, n)| (coefficient * power(x, n)).rounded()).sum();
        sum.rounded()
    };
    one(format!("#{index}, {source}"), x.mapv(value), move |pool| pool[index].polynomial(source.of(pool)))
}

/// The product of factors by a tree: a rounding for each product, times the other factors.
fn product(factors: &[Number]) -> Number {
    let most: f64 = factors.iter().map(|x| (x.size() + 4.0 * UNIT).max(1.0)).product();
    let exact: Number = factors.iter().copied().product();
    let roundings = UNIT * (factors.len() - 1) as f64 * most;
    if most <= LARGEST { exact.wider(roundings) } else { Number::UNKNOWN }
}

fn along(
    name: &'static str,
    keeps: bool,
    secret: fn(&CrypTensor, isize) -> Result<CrypTensor, Error>,
) -> Operation {
    Operation::new(name, move |draft| {
        let (index, x) = draft.secret([1, 5], Kind::Small, |_| true);
        let (axis, signed) = draft.axis(&x);
        let twin = reduced(&x, &[axis], product);
        let twin = if keeps { with_axes(twin, &[axis]) } else { twin };
        one(format!("#{index}, {signed}"), twin, move |pool| secret(&pool[index], signed))
    })
}

fn prod_all(draft: &mut Draft) -> Option<Planned> {
    let small = |twin: &Twin| twin.iter().all(|&x| x.size() <= 1.5);
    let (index, x) = draft.secret([0, 5], Kind::Small, small);
    let all: Vec<Number> = x.iter().copied().collect();
    one(format!("#{index}"), built(&[], |_| product(&all)), move |pool| pool[index].prod_all())
}
