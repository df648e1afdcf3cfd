//! Differentiable functions of one's own.

use std::fmt;

use crate::engine::Engine;
use crate::error::Error;
use crate::mode::is_grad_enabled;
use crate::tape::Record;
use crate::var::Var;

/// A function of tensors that brings its own gradient; [`Var::apply`] applies it.
///
/// # Examples
/// The straight-through estimator: the sign forward, the identity backward where `|x| <= 1`.
/// ```
/// use crypten_autograd::{Context, Engine, Function, Plain, Var};
/// use ndarray::array;
///
/// struct StraightThrough;
///
/// impl<E: Engine> Function<E> for StraightThrough {
///     fn name(&self) -> &'static str {
///         "straight_through"
///     }
///
///     fn forward(&self, context: &mut Context<E>, inputs: &[E::Tensor]) -> Result<E::Tensor, E::Error> {
///         let (_, inside) = context.engine().clamp_with_mask(&inputs[0], -1.0, 1.0)?;
///         context.save(inside);
///         context.engine().sign(&inputs[0])
///     }
///
///     fn backward(&self, context: &Context<E>, gradient: &E::Tensor) -> Result<Vec<Option<E::Tensor>>, E::Error> {
///         Ok(vec![Some(context.engine().mul_mask(gradient, &context.saved()[0])?)])
///     }
/// }
///
/// # fn main() -> Result<(), crypten_autograd::Error> {
/// let x = Var::constant(&Plain::default(), array![-3.0, 0.5, 0.9])?.requires_grad(true);
/// let y = Var::apply(StraightThrough, &[&x])?;
/// assert_eq!(y.value(), array![-1.0, 1.0, 1.0].into_dyn());
/// y.sum_all()?.backward()?;
/// assert_eq!(x.gradient()?, array![0.0, 1.0, 1.0].into_dyn());
/// # Ok(())
/// # }
/// ```
pub trait Function<E: Engine>: Send + Sync + 'static {
    /// What errors call it.
    fn name(&self) -> &'static str;

    /// The result; saves in the context what the gradient needs.
    ///
    /// # Errors
    /// If the shapes do not fit, or the engine fails.
    fn forward(&self, context: &mut Context<E>, inputs: &[E::Tensor]) -> Result<E::Tensor, E::Error>;

    /// The gradient of each input, of its shape, from that of the result; `None` where none is needed.
    ///
    /// # Errors
    /// If the engine fails.
    fn backward(
        &self,
        context: &Context<E>,
        gradient: &E::Tensor,
    ) -> Result<Vec<Option<E::Tensor>>, E::Error>;
}

/// What a [`Function`] keeps from forward to backward.
pub struct Context<E: Engine> {
    engine: E,
    needs_grad: Vec<bool>,
    saved: Vec<E::Tensor>,
}

impl<E: Engine> Context<E> {
    /// What computes.
    #[must_use]
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// Keeps a tensor for the backward pass; forgotten at once if there will be none.
    pub fn save(&mut self, tensor: E::Tensor) {
        if self.needs_grad.contains(&true) {
            self.saved.push(tensor);
        }
    }

    /// The tensors kept, in the order in which they were saved.
    #[must_use]
    pub fn saved(&self) -> &[E::Tensor] {
        &self.saved
    }

    /// Whether the gradient of this input is needed; so that no other is computed.
    #[must_use]
    pub fn needs_grad(&self, input: usize) -> bool {
        self.needs_grad.get(input).copied().unwrap_or(false)
    }
}

impl<E: Engine> fmt::Debug for Context<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Context(needs_grad={:?}, saved={})", self.needs_grad, self.saved.len())
    }
}

impl<E: Engine> Var<E> {
    /// Applies a function of one's own to inputs, of which there is at least one.
    ///
    /// # Errors
    /// If there is no input, or as [`Function::forward`].
    pub fn apply(function: impl Function<E>, inputs: &[&Self]) -> Result<Self, E::Error> {
        let operation = function.name();
        let first = inputs.first().ok_or(Error::NoOperand { operation })?;
        let needs_grad = inputs.iter().map(|input| is_grad_enabled() && input.needs_grad()).collect();
        let mut context = Context { engine: first.engine().clone(), needs_grad, saved: Vec::new() };
        let values: Vec<E::Tensor> = inputs.iter().map(|input| input.value()).collect();
        let output = function.forward(&mut context, &values)?;
        let record = Record::new(first.engine(), operation, output);
        Ok(record.joint(inputs, move |_, gradient| function.backward(&context, gradient)))
    }
}
