//! Norms of vectors, vectors divided by their norm, and cosines.

use crypten::ndarray::ArrayD;
use crypten::{CrypTensor, Error, Norm};

use crate::dice::Kind;
use crate::draft::{Draft, Planned, one};
use crate::elementwise::{inverse, inverse_root, sqrt};
use crate::extremes::largest;
use crate::number::Number;
use crate::program::Operation;
use crate::reduce::{squares, sum};
use crate::twin::{Twin, broadcast, built, common_shape, reduced, times, values, with_axes, zipped};

const ORDERS: [Norm; 6] = [Norm::One, Norm::Two, Norm::Two, Norm::Infinity, Norm::P(1.5), Norm::P(3.0)];

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        over_axes("norm", false, |x, p, axes| x.norm(p, axes)),
        over_axes("norm_keepdim", true, |x, p, axes| x.norm_keepdim(p, axes)),
        Operation::new("norm_all", norm_all),
        Operation::new("normalize", normalize),
        Operation::new("cosine_similarity", cosine_similarity),
    ]
}

/// The norm of a vector; of orders other than 1, 2 and infinity with a relative error of `1e-3`.
fn norm(numbers: &[Number], p: Norm) -> Number {
    let sizes: Vec<Number> = numbers.iter().map(|x| x.abs()).collect();
    match p {
        Norm::One => sum(&sizes),
        Norm::Two => sqrt(squares(numbers)),
        Norm::Infinity => largest(&sizes),
        Norm::P(p) => {
            let powers: f64 = sizes.iter().map(|x| x.value.powf(p)).sum();
            let norm = Number { value: powers.powf(p.recip()), bound: sum(&sizes).bound };
            // Not so close to zero that the precision ends before the error does.
            let clear = largest(&sizes).within(0.25, f64::MAX).is_known();
            if clear { norm.off(1e-3, 0.0) } else { Number::UNKNOWN }
        }
    }
}

fn over_axes(
    name: &'static str,
    keeps: bool,
    secret: fn(&CrypTensor, Norm, &[isize]) -> Result<CrypTensor, Error>,
) -> Operation {
    Operation::new(name, move |draft| {
        let (index, x) = draft.with_axes(1);
        let ((axes, signed), p) = (draft.axes(&x), draft.dice.pick(&ORDERS));
        let twin = reduced(&x, &axes, |line| norm(line, p));
        let twin = if keeps { with_axes(twin, &axes) } else { twin };
        one(format!("#{index}, {p:?}, {signed:?}"), twin, move |pool| secret(&pool[index], p, &signed))
    })
}

fn norm_all(draft: &mut Draft) -> Option<Planned> {
    let ((index, x), p) = (draft.any(), draft.dice.pick(&ORDERS));
    let all: Vec<Number> = x.iter().copied().collect();
    one(format!("#{index}, {p:?}"), built(&[], |_| norm(&all, p)), move |pool| pool[index].norm_all(p))
}

fn normalize(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let ((axes, signed), p) = (draft.axes(&x), draft.dice.pick(&ORDERS));
    let inverse_norm = |line: &[Number]| match p {
        Norm::Two => inverse_root(squares(line)),
        p => inverse(norm(line, p)),
    };
    let factors = with_axes(reduced(&x, &axes, inverse_norm), &axes);
    let twin = times(&x, &factors, false)?;
    one(format!("#{index}, {p:?}, {signed:?}"), twin, move |pool| pool[index].normalize(p, &signed[..]))
}

/// Public numbers divided by their norm along an axis, encoded with 20 significant bits of at most one.
fn directions(y: &ArrayD<f64>, axis: usize) -> Option<Twin> {
    let y = y.mapv(Number::exact);
    let norms = reduced(&y, &[axis], |line| Number::exact(squares(line).value.sqrt()));
    let norms = with_axes(norms, &[axis]);
    zipped(&y, &norms, |y, norm| match norm.value {
        0.0 => Number::UNKNOWN,
        norm => Number { value: y.value / norm, bound: 2.0_f64.powi(-20) },
    })
}

fn cosine_similarity(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let (other, y) = draft.beside(x.shape(), Kind::Any);
    let shape = common_shape(x.shape(), y.shape())?;
    let (x, y) = (broadcast(&x, &shape)?, broadcast(&y, &shape)?);
    let (axis, signed) = draft.axis(&x);
    let along = |x: &Twin| reduced(x, &[axis], sum);
    let inverse_norm = |x: &Twin| reduced(x, &[axis], squares).mapv(inverse_root);
    let cosines = if other.is_public() {
        let parts = zipped(&x, &directions(&values(&y), axis)?, |x, y| (x * y).rounded())?;
        times(&along(&parts), &inverse_norm(&x), false)?
    } else {
        let products = along(&zipped(&x, &y, |x, y| x * y)?).mapv(Number::rounded);
        times(&times(&products, &inverse_norm(&x), false)?, &inverse_norm(&y), false)?
    };
    let details = format!("#{index}, {other}, {signed}");
    one(details, cosines, move |pool| pool[index].cosine_similarity(other.of(pool), signed))
}
