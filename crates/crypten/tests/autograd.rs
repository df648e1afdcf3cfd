//! The secret engine against the plaintext one: values, gradients, errors and rounds.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "autograd/table.rs"]
mod table; // every operation

use crypten::autograd::{self, Engine, Plain, PlainTensor};
use crypten::ndarray::{ArrayD, array};
use crypten::{CrypTensor, Error, PlainText, ProviderKind, Session, Value, Var};
use table::Row;

/// A gradient for each input that it has reached.
type Gradients = Vec<Option<ArrayD<f64>>>;

const FIRST: ProviderKind = ProviderKind::InsecureFirstParty;

#[test]
fn arithmetic_has_the_gradients_of_the_plain_engine() {
    engines_agree(2, FIRST, &table::arithmetic());
}

#[test]
fn functions_have_the_gradients_of_the_plain_engine() {
    engines_agree(2, FIRST, &table::functions());
}

#[test]
fn shapes_have_the_gradients_of_the_plain_engine() {
    engines_agree(2, FIRST, &table::shapes());
}

#[test]
fn images_have_the_gradients_of_the_plain_engine() {
    engines_agree(2, FIRST, &table::images());
}

#[test]
fn three_parties_have_the_gradients_of_the_plain_engine() {
    engines_agree(3, FIRST, &table::functions());
    engines_agree(3, ProviderKind::Replicated, &table::images());
}

#[test]
fn what_is_public_costs_nothing() {
    let tables = [table::arithmetic(), table::functions(), table::shapes(), table::images()];
    crypten::local(2, FIRST, |session| {
        for row in tables.iter().flatten() {
            let inputs = inputs(row).into_iter().map(|x| Var::leaf(session, x.into())).collect::<Vec<_>>();
            let output = (row.secret)(&inputs)?;
            output.backward_with(&weights(output.shape()).into())?;
            for value in inputs.iter().filter_map(Var::grad).chain([output.value()]) {
                assert!(matches!(value, Value::Public(_)), "{} of public numbers is public", row.name);
            }
        }
        assert_eq!(session.stats().rounds, 0);
        Ok(())
    })
    .unwrap();
}

#[test]
fn beside_public_numbers_a_product_costs_less() {
    crypten::local(2, FIRST, |session| {
        let secret = session.cryptensor(array![[0.25, -1.0], [3.5, 0.5]], 0)?.requires_grad(true);
        let other = session.cryptensor(array![[1.5, 2.0], [-0.5, 1.0]], 1)?.requires_grad(false);
        let public = Var::constant(session, array![[1.5, 2.0], [-0.5, 1.0]])?;
        let rounds = |y: &Var<Session>| {
            let (result, cost) = session.cost(|| secret.matmul(y)?.sum_all()?.backward());
            result.map(|()| cost.total().stats.rounds)
        };
        // Both secret: a product on the way there and, since the gradient of a sum is public, none on the way back.
        assert_eq!((rounds(&public)?, rounds(&other)?), (0, 1));
        let (product, cost) = session.cost(|| secret.mul(&public.gt(0.0)?)?.relu());
        assert_eq!(cost.total().stats.rounds, 4, "whole numbers need no rounding");
        product.map(drop)
    })
    .unwrap();
}

#[test]
fn masks_need_no_rounding() {
    crypten::local(2, FIRST, |session| {
        let x = session.cryptensor(array![1.0, -2.0, 3.0], 0)?.requires_grad(true);
        let (y, forward) = session.cost(|| x.square()?.relu());
        let y = y?;
        assert_eq!(forward.total().stats.rounds, 1 + 4, "a square, and a ReLU of what is not rounded");
        let gradient = session.cryptensor(array![1.0, 1.0, 1.0], 1)?;
        let (passed, backward) = session.cost(|| y.backward_with(&gradient.into()));
        passed?;
        assert_eq!(backward.total().stats.rounds, 2, "a mask that leaves nothing to round, and a product");
        let found = x.gradient()?.get_plain_text()?;
        close("gradient", &found, &array![2.0, -4.0, 6.0].into_dyn(), 1e-3);
        Ok(())
    })
    .unwrap();
}

#[test]
fn mistakes_are_those_of_the_plain_engine() {
    crypten::local(2, FIRST, |session| {
        let x = session.cryptensor(array![1.0, -2.0, 3.0], 0)?.requires_grad(true);
        let y = x.square()?;
        let needed = autograd::Error::GradientNeeded { operation: "square", shape: vec![3] };
        assert!(matches!(y.backward(), Err(Error::Autograd(error)) if error == needed));
        let sum = y.sum_all()?;
        sum.backward()?;
        let freed = autograd::Error::GraphFreed { operation: "sum" };
        assert!(matches!(sum.backward(), Err(Error::Autograd(error)) if error == freed));
        let none = autograd::Error::NotDifferentiable { operation: "leaf" };
        assert!(matches!(x.detach().backward_with(&x.value()), Err(Error::Autograd(error)) if error == none));
        let leaf = autograd::Error::NotALeaf { operation: "square" };
        assert!(matches!(y.set_value(x.value()), Err(Error::Autograd(error)) if error == leaf));
        // Shapes are the same mistake with a graph and without.
        let message = x.add(&array![1.0, 2.0]).unwrap_err().to_string();
        assert_eq!(
            message,
            session.cryptensor(array![1.0, 2.0, 3.0], 0)?.add(array![1.0, 2.0]).unwrap_err().to_string()
        );
        let public = Var::constant(session, array![1.0, 2.0, 3.0])?;
        assert!(matches!(public.add(&array![1.0, 2.0]), Err(Error::Misuse(_))));
        Ok(())
    })
    .unwrap();
}

#[test]
fn what_is_dropped_is_secret() {
    crypten::local(2, FIRST, |session| {
        let x = Var::constant(session, ArrayD::from_elem(vec![20, 10], 3.0))?.requires_grad(true);
        let y = x.dropout(0.25, true)?;
        y.sum_all()?.backward()?;
        let gradient = x.gradient()?;
        assert!(matches!((&y.value(), &gradient), (Value::Secret(_), Value::Secret(_))));
        let (y, gradient) = (y.get_plain_text()?, gradient.get_plain_text()?);
        close("a third of the output", &(y / 3.0), &gradient, 1e-3);
        let kept = gradient.iter().filter(|&&gradient| (gradient - 4.0 / 3.0).abs() < 1e-3).count();
        assert!((120..180).contains(&kept), "{kept} of 200");
        Ok(())
    })
    .unwrap();
}

/// Runs every program on both engines: all inputs secret, and each alone among public ones; with a public gradient of
/// the output, and with a secret one.
fn engines_agree(parties: usize, provider: ProviderKind, rows: &[Row]) {
    let twins: Vec<_> = rows.iter().map(|row| twin(row).unwrap()).collect();
    let agree = |session: &Session| {
        for (row, (value, gradients)) in rows.iter().zip(&twins) {
            let inputs = inputs(row);
            let chosen = (0..inputs.len()).map(Some).chain([None]);
            for alone in chosen.filter(|alone| alone.is_none() || inputs.len() > 1) {
                let owner = |position: usize| position % session.parties();
                let leaf = |(position, x): (usize, &PlainTensor)| {
                    let public = alone.is_some_and(|alone| alone != position);
                    let value = match public {
                        true => x.clone().into(),
                        false => session.cryptensor(x, owner(position))?.into(),
                    };
                    Ok(Var::leaf(session, value))
                };
                let leaves = inputs.iter().enumerate().map(leaf).collect::<Result<Vec<_>, Error>>()?;
                let output = (row.secret)(&leaves)?;
                let what = format!("{} at {parties} parties, secret {alone:?}", row.name);
                close(&what, &output.get_plain_text()?, value, row.off);
                let weights = weights(output.shape());
                let secret: CrypTensor = session.cryptensor(&weights, 0)?;
                output.backward_retaining_graph(Some(&weights.into()))?;
                compare(&what, &leaves, gradients, row.off)?;
                output.backward_with(&secret.into())?;
                compare(&what, &leaves, gradients, row.off)?;
            }
        }
        Ok(())
    };
    crypten::local(parties, provider, agree).unwrap();
}

/// Compares gradients, and forgets them.
fn compare(what: &str, leaves: &[Var<Session>], expected: &Gradients, off: f64) -> Result<(), Error> {
    for (position, (leaf, expected)) in leaves.iter().zip(expected).enumerate() {
        let found = leaf.grad().map(|gradient| gradient.get_plain_text()).transpose()?;
        assert_eq!(found.is_some(), expected.is_some(), "{what}: whether {position} has a gradient");
        if let (Some(found), Some(expected)) = (found, expected) {
            close(&format!("{what}: gradient of {position}"), &found, expected, off);
        }
        leaf.zero_grad();
    }
    Ok(())
}

/// The value and the gradients in the clear.
fn twin(row: &Row) -> Result<(ArrayD<f64>, Gradients), autograd::Error> {
    let engine = Plain::default();
    let leaves: Vec<_> = inputs(row).into_iter().map(|x| Var::leaf(&engine, x)).collect();
    let output = (row.plain)(&leaves)?;
    output.backward_with(&weights(output.shape()))?;
    let gradients = leaves.iter().map(|leaf| leaf.grad().map(|gradient| gradient.to_owned()));
    Ok((output.value().to_owned(), gradients.collect()))
}

/// Random inputs on the grid of 16 fractional bits, so that what is compared is the operation and not the encoding.
fn inputs(row: &Row) -> Vec<PlainTensor> {
    let (engine, [low, high]) = (Plain::new(row.name.len() as u64), row.range);
    let grid = |x: f64| ((low + (high - low) * x) * 65536.0).round() / 65536.0;
    row.shapes.iter().map(|shape| engine.uniform(shape).unwrap().mapv(grid).into_shared()).collect()
}

/// A gradient of the output with nothing regular about it.
fn weights(shape: &[usize]) -> PlainTensor {
    let grid = |x: f64| ((2.0 * x - 0.7) * 65536.0).round() / 65536.0;
    Plain::new(77).uniform(shape).unwrap().mapv(grid).into_shared()
}

#[track_caller]
fn close(what: &str, found: &ArrayD<f64>, expected: &ArrayD<f64>, off: f64) {
    assert_eq!(found.shape(), expected.shape(), "shape of {what}");
    for (found, expected) in found.iter().zip(expected) {
        let close = (found - expected).abs() <= off * expected.abs().max(1.0);
        assert!(close, "{what}: {found} instead of {expected}");
    }
}
