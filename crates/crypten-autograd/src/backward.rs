//! The backward pass: gradients go from a result to the leaves that it was computed from.
//!
//! Values are numbered as they are made, so that the latest of those with a gradient has received all that it will:
//! everything computed from it is later. Going back in this order needs no recursion and visits each value once.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::mem;
use std::sync::Arc;

use ndarray::ArrayD;

use crate::engine::Engine;
use crate::error::Error;
use crate::tape::{History, Origin};
use crate::var::Var;

impl<E: Engine> Var<E> {
    /// Differentiates this single element: adds to the gradients of all leaves that require one. The graph is freed on
    /// the way.
    ///
    /// # Errors
    /// If there is more than one element, nothing requires a gradient, the graph has been freed, or the engine fails;
    /// then no gradient has changed.
    pub fn backward(&self) -> Result<(), E::Error> {
        self.sweep(&self.implicit_gradient()?, false)
    }

    /// As [`Var::backward`], from a given gradient of this value; it may have any number of elements.
    ///
    /// # Errors
    /// If the gradient has another shape, and as [`Var::backward`].
    pub fn backward_with(&self, gradient: &E::Tensor) -> Result<(), E::Error> {
        self.sweep(gradient, false)
    }

    /// As [`Var::backward`], or with a gradient as [`Var::backward_with`]; keeps the graph for another pass.
    ///
    /// # Errors
    /// As [`Var::backward_with`].
    ///
    /// # Examples
    /// ```
    /// use crypten_autograd::{Error, Plain, Var};
    ///
    /// # fn main() -> Result<(), Error> {
    /// let x = Var::constant(&Plain::default(), ndarray::arr0(3.0))?.requires_grad(true);
    /// let y = x.square()?;
    /// y.backward_retaining_graph(None)?;
    /// y.backward()?;
    /// assert_eq!(x.gradient()?, ndarray::arr0(12.0).into_dyn());
    /// assert_eq!(y.backward(), Err(Error::GraphFreed { operation: "square" }));
    /// # Ok(())
    /// # }
    /// ```
    pub fn backward_retaining_graph(&self, gradient: Option<&E::Tensor>) -> Result<(), E::Error> {
        match gradient {
            Some(gradient) => self.sweep(gradient, true),
            None => self.sweep(&self.implicit_gradient()?, true),
        }
    }

    fn implicit_gradient(&self) -> Result<E::Tensor, E::Error> {
        if self.numel() != 1 {
            let (operation, shape) = (self.operation(), self.shape().to_vec());
            return Err(Error::GradientNeeded { operation, shape }.into());
        }
        self.engine().constant(ArrayD::ones(self.shape()))
    }

    fn sweep(&self, gradient: &E::Tensor, retain_graph: bool) -> Result<(), E::Error> {
        if !self.needs_grad() {
            return Err(Error::NotDifferentiable { operation: self.operation() }.into());
        }
        let engine = self.engine();
        let mut sums = Vec::new();
        for (var, gradient) in gradients(self, gradient, retain_graph)? {
            let before = var.grad();
            let sum = match before {
                Some(before) => engine.add(&before, &gradient)?,
                None => gradient,
            };
            sums.push((var, sum));
        }
        for (var, sum) in sums {
            *var.grad_slot() = Some(sum);
        }
        Ok(())
    }

    /// How this value was made, for one pass or for more.
    fn history(&self, retain_graph: bool) -> Result<Option<Arc<History<E>>>, Error> {
        let mut origin = self.origin();
        match &*origin {
            Origin::Leaf => return Ok(None),
            Origin::Freed => return Err(Error::GraphFreed { operation: self.operation() }),
            Origin::Operation(history) if retain_graph => return Ok(Some(Arc::clone(history))),
            Origin::Operation(_) => {}
        }
        match mem::replace(&mut *origin, Origin::Freed) {
            Origin::Operation(history) => Ok(Some(history)),
            Origin::Leaf | Origin::Freed => Ok(None),
        }
    }
}

/// A value, and the gradient that a pass brings it.
type Brought<E> = (Var<E>, <E as Engine>::Tensor);

/// The values that keep their gradient, the latest first, and what this pass brings them.
fn gradients<E: Engine>(
    root: &Var<E>,
    gradient: &E::Tensor,
    retain_graph: bool,
) -> Result<Vec<Brought<E>>, E::Error> {
    let engine = root.engine();
    expect_shape(root, engine, gradient)?;
    let mut kept = Vec::new();
    let mut pending = BTreeMap::from([(root.id(), (root.clone(), gradient.clone()))]);
    while let Some((_, (var, gradient))) = pending.pop_last() {
        if let Some(history) = var.history(retain_graph)? {
            let found = (history.pullbacks)(engine, &gradient)?;
            let (operation, inputs, gradients) = (var.operation(), history.inputs.len(), found.len());
            if inputs != gradients {
                return Err(Error::GradientCount { operation, inputs, gradients }.into());
            }
            for (position, (input, found)) in history.inputs.iter().zip(found).enumerate() {
                if !input.needs_grad() {
                    continue;
                }
                let found = found.ok_or(Error::MissingGradient { operation, input: position })?;
                expect_shape(input, engine, &found)?;
                match pending.entry(input.id()) {
                    Entry::Vacant(entry) => {
                        entry.insert((input.clone(), found));
                    }
                    Entry::Occupied(mut entry) => {
                        let (_, before) = entry.get_mut();
                        *before = engine.add(before, &found)?;
                    }
                }
            }
        }
        if var.keeps_grad() {
            kept.push((var, gradient));
        }
    }
    Ok(kept)
}

fn expect_shape<E: Engine>(var: &Var<E>, engine: &E, gradient: &E::Tensor) -> Result<(), Error> {
    let found = engine.shape(gradient);
    if found == var.shape() {
        return Ok(());
    }
    let (operation, expected, found) = (var.operation(), var.shape().to_vec(), found.to_vec());
    Err(Error::GradientMisfit { operation, expected, found })
}
