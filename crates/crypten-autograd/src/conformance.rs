//! The laws of [`Engine`], for any arithmetic: what it computes is what the plaintext engine does.
//!
//! A crate with an engine of its own calls [`conformance`] in its tests, with a function that makes a tensor of numbers
//! and one that reads a tensor. Errors are measured against those of 16 fractional bits.

mod misfits; // shapes that do not fit
mod randomness; // what is drawn
mod table; // every operation

use ndarray::ArrayD;

use crate::{Computed, Engine, Error, Plain, PlainTensor, Var};

pub use table::{arithmetic, functions, images, shapes};

/// What a program returns.
type Output<E> = Result<Var<E>, <E as Engine>::Error>;

/// A gradient for each input that it has reached.
type Gradients = Vec<Option<PlainTensor>>;

/// A small program over the variables of an engine, and its twin over the plaintext engine's.
#[derive(Debug)]
pub struct Row<E: Engine> {
    /// What it is about.
    pub name: &'static str,
    /// The shapes of its inputs.
    pub shapes: Vec<Vec<usize>>,
    /// Where the inputs lie.
    pub range: [f64; 2],
    /// By how much values and gradients may be off at 16 fractional bits: absolutely, or of themselves where they are
    /// larger than one.
    pub off: f64,
    /// The twin.
    pub plain: fn(&[Var<Plain>]) -> Output<Plain>,
    /// The program.
    pub program: fn(&[Var<E>]) -> Output<E>,
}

/// Checks that an engine keeps the laws of [`Engine`]: values and gradients of every operation are those of the
/// plaintext engine, shapes that do not fit are refused, and what is drawn is drawn anew.
///
/// `enter` makes a tensor of numbers, given the position of the input: [`Engine::constant`], or what hides them. `read`
/// gives the numbers of a tensor. `precision` is what the errors of 16 fractional bits are multiplied by: 1 for an
/// engine as good as that, 2^-8 for one of 24 bits.
///
/// # Errors
/// What the engine returns.
///
/// # Panics
/// If a law is broken; the message says which. It is meant to be called by a test.
///
/// # Examples
/// ```
/// use crypten_autograd::Plain;
/// use crypten_autograd::conformance::conformance;
///
/// # fn main() -> Result<(), crypten_autograd::Error> {
/// conformance(&Plain::default(), 1e-9, |_, x| Ok(x), |x| Ok(x.to_owned()))
/// # }
/// ```
pub fn conformance<E: Engine>(
    engine: &E,
    precision: f64,
    enter: impl Fn(usize, PlainTensor) -> Computed<E>,
    read: impl Fn(&E::Tensor) -> Result<ArrayD<f64>, E::Error>,
) -> Result<(), E::Error> {
    for row in [arithmetic(), functions(), shapes(), images()].iter().flatten() {
        row.check(engine, precision, &enter, &read)?;
    }
    misfits::are_refused(engine, &enter)?;
    randomness::is_fresh(engine, precision, &read)
}

impl<E: Engine> Row<E> {
    /// Checks that value and gradients are those of the twin, with a public gradient of the output and with one that has
    /// entered like the inputs.
    ///
    /// # Errors
    /// What the engine returns.
    ///
    /// # Panics
    /// If they differ.
    pub fn check(
        &self,
        engine: &E,
        precision: f64,
        enter: impl Fn(usize, PlainTensor) -> Computed<E>,
        read: impl Fn(&E::Tensor) -> Result<ArrayD<f64>, E::Error>,
    ) -> Result<(), E::Error> {
        let (value, gradients) = self.twin()?;
        let inputs = self.inputs().into_iter().enumerate();
        let leaves = inputs
            .map(|(position, x)| Ok(Var::leaf(engine, enter(position, x)?)))
            .collect::<Result<Vec<_>, E::Error>>()?;
        let output = (self.program)(&leaves)?;
        let off = self.off * precision;
        close(self.name, &read(&output.value())?, &value, off);
        let weights = weights(output.shape());
        let public = engine.constant(weights.to_owned())?;
        for gradient in [public, enter(0, weights)?] {
            output.backward_retaining_graph(Some(&gradient))?;
            for (position, (leaf, expected)) in leaves.iter().zip(&gradients).enumerate() {
                let what = format!("gradient of input {position} of {}", self.name);
                let found = leaf.grad().map(|found| read(&found)).transpose()?;
                assert_eq!(found.is_some(), expected.is_some(), "{what}: whether there is one");
                if let (Some(found), Some(expected)) = (found, expected) {
                    close(&what, &found, expected, off);
                }
                leaf.zero_grad();
            }
        }
        Ok(())
    }

    /// Random inputs on the grid of 16 fractional bits, so that what is compared is the operation and not the encoding.
    #[must_use]
    pub fn inputs(&self) -> Vec<PlainTensor> {
        let (engine, [low, high]) = (Plain::new(self.name.len() as u64), self.range);
        self.shapes.iter().map(|shape| numbers(&engine, shape, low, high)).collect()
    }

    /// The value and the gradients in the clear.
    fn twin(&self) -> Result<(PlainTensor, Gradients), Error> {
        let engine = Plain::default();
        let leaves = Vec::from_iter(self.inputs().into_iter().map(|x| Var::leaf(&engine, x)));
        let output = (self.plain)(&leaves)?;
        output.backward_with(&weights(output.shape()))?;
        Ok((output.value(), leaves.iter().map(Var::grad).collect()))
    }
}

/// A gradient of an output with nothing regular about it.
#[must_use]
pub fn weights(shape: &[usize]) -> PlainTensor {
    numbers(&Plain::new(77), shape, -0.7, 1.3)
}

/// Random numbers in a range, on the grid of 16 fractional bits.
fn numbers(engine: &Plain, shape: &[usize], low: f64, high: f64) -> PlainTensor {
    let grid = |x: f64| ((low + (high - low) * x) * 65536.0).round() / 65536.0;
    engine.uniform(shape).expect("the plaintext engine draws any shape").mapv(grid).into_shared()
}

#[track_caller]
fn close(what: &str, found: &ArrayD<f64>, expected: &PlainTensor, off: f64) {
    assert_eq!(found.shape(), expected.shape(), "shape of {what}");
    for (found, expected) in found.iter().zip(expected) {
        let close = (found - expected).abs() <= off * expected.abs().max(1.0);
        assert!(close, "{what}: {found} instead of {expected}");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

    use super::*;
    use crate::check::Minimal;

    #[test]
    fn the_plain_engine_conforms() {
        let engine = Plain::default();
        let enter = |_, x| Ok(x);
        conformance(&engine, 1e-12, enter, |x| Ok(x.to_owned())).unwrap();
    }

    #[test]
    fn the_defaults_of_an_engine_conform() {
        let engine = Minimal::default();
        conformance(&engine, 1e-8, |_, x| Ok(x), |x| Ok(x.to_owned())).unwrap();
    }

    #[test]
    #[should_panic(expected = "instead of")]
    fn another_sum_is_noticed() {
        let engine = Minimal::default();
        let wrong = |x: &PlainTensor| Ok(x.mapv(|x| x + 2e-3));
        conformance(&engine, 1.0, |_, x| Ok(x), wrong).unwrap();
    }
}
