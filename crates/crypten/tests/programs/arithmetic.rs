//! Sums, products, quotients, comparisons and selection, with anything public on either side and with broadcasting.

use crypten::{CrypTensor, Error, Operand, where_cond};

use crate::dice::Kind;
use crate::draft::{Draft, Planned, Source, one};
use crate::elementwise::inverse;
use crate::number::{Number, UNIT};
use crate::program::Operation;
use crate::twin::{Twin, common_shape, quotients, times, values, zipped};

type Function = fn(&dyn Operand, &dyn Operand) -> Result<CrypTensor, Error>;

/// The functions of the facade with operands of any kind.
mod secret {
    use crypten::{CrypTensor, Error, Operand};

    macro_rules! functions {
        ($($name:ident)*) => {$(
            pub(super) fn $name(left: &dyn Operand, right: &dyn Operand) -> Result<CrypTensor, Error> {
                crypten::$name(left, right)
            }
        )*};
    }

    functions!(add sub mul div lt le gt ge eq ne);
}

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        binary("add", secret::add, |x, y| x + y),
        binary("sub", secret::sub, |x, y| x - y),
        Operation::new("mul", mul),
        Operation::new("div", div),
        binary("lt", secret::lt, |x, y| x.compared(y, |x, y| x < y)),
        binary("le", secret::le, |x, y| x.compared(y, |x, y| x <= y)),
        binary("gt", secret::gt, |x, y| x.compared(y, |x, y| x > y)),
        binary("ge", secret::ge, |x, y| x.compared(y, |x, y| x >= y)),
        binary("eq", secret::eq, |x, y| x.compared(y, |x, y| x == y)),
        binary("ne", secret::ne, |x, y| x.compared(y, |x, y| x != y)),
        Operation::new("where_cond", choice),
    ]
}

fn binary(name: &'static str, function: Function, plain: fn(Number, Number) -> Number) -> Operation {
    Operation::new(name, move |draft| {
        let (index, x) = draft.any();
        let (other, y) = draft.beside(x.shape(), Kind::Any);
        let turned = draft.dice.flip();
        let twin = if turned { zipped(&y, &x, plain)? } else { zipped(&x, &y, plain)? };
        applied(function, index, other, turned, twin)
    })
}

/// A function of a secret and another operand, which stands on the left if they are turned.
fn applied(function: Function, index: usize, other: Source, turned: bool, twin: Twin) -> Option<Planned> {
    let details = if turned { format!("{other}, #{index}") } else { format!("#{index}, {other}") };
    one(details, twin, move |pool| {
        if turned { function(other.of(pool), &pool[index]) } else { function(&pool[index], other.of(pool)) }
    })
}

fn mul(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.any();
    let (other, y) = draft.beside(x.shape(), Kind::Any);
    let (turned, twin) = (draft.dice.flip(), times(&x, &y, other.is_public())?);
    applied(secret::mul, index, other, turned, twin)
}

fn div(draft: &mut Draft) -> Option<Planned> {
    let turned = draft.dice.flip();
    let (kind, divisor) = if turned { (Kind::Nonzero, Kind::Any) } else { (Kind::Any, Kind::Nonzero) };
    let (index, x) = draft.secret([0, 5], kind, |twin| twin.iter().all(|&x| kind.admits(x)));
    let (other, y) = draft.beside(x.shape(), divisor);
    let twin = match (turned, other.is_public()) {
        (false, true) => quotients(&x, &values(&y))?,
        (false, false) => times(&x, &y.mapv(inverse), false)?,
        (true, is_public) => times(&x.mapv(inverse), &y, is_public)?,
    };
    applied(secret::div, index, other, turned, twin)
}

fn choice(draft: &mut Draft) -> Option<Planned> {
    let shape = draft.any().1.shape().to_vec();
    let (condition, c) = draft.operand(&shape, Kind::Bits);
    let (first, x) = draft.beside(&shape, Kind::Any);
    let (second, y) = draft.beside(&common_shape(&shape, x.shape())?, Kind::Any);
    if condition.is_public() && first.is_public() && second.is_public() {
        return None;
    }
    // With a secret condition it is `c (x - y) + y`, in which `y` may be rounded twice, once for each place.
    let kept = zipped(&c, &x, |c, x| Number { value: c.value * x.value, ..x })?;
    let other = zipped(&c, &y, |c, y| Number { value: (1.0 - c.value) * y.value, bound: 2.0 * y.bound })?;
    let rounding = if condition.is_public() { 0.0 } else { 2.0 * UNIT };
    let twin = zipped(&kept, &other, |x, y| (x + y).wider(rounding))?;
    one(format!("{condition}, {first}, {second}"), twin, move |pool| {
        where_cond(condition.of(pool), first.of(pool), second.of(pool))
    })
}
