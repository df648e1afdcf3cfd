//! What a result remembers: the values that it was computed from, and how a gradient goes back to them.
//!
//! Each operation records a *pullback* for each input: a function from the gradient of the result to that of the input.
//! It is recorded, and what it needs is kept, only if the input requires a gradient.

use std::mem;
use std::sync::Arc;

use crate::engine::{Computed, ComputedPair, Engine};
use crate::error::Error;
use crate::mode::is_grad_enabled;
use crate::var::Var;

/// What a value is called that no operation made.
pub(crate) const LEAF: &str = "leaf";

/// Takes the gradient of a result to those of all inputs; `None` for those that require none.
type Pullbacks<E> = Box<
    dyn Fn(&E, &<E as Engine>::Tensor) -> Result<Vec<Option<<E as Engine>::Tensor>>, <E as Engine>::Error>
        + Send
        + Sync,
>;

/// Takes the gradient of a result to that of one input.
type Pullback<E> = Box<
    dyn Fn(&E, &<E as Engine>::Tensor) -> Result<<E as Engine>::Tensor, <E as Engine>::Error> + Send + Sync,
>;

/// Where a value comes from.
pub(crate) enum Origin<E: Engine> {
    /// From the outside.
    Leaf,
    /// From an operation that is recorded.
    Operation(Arc<History<E>>),
    /// From an operation whose record a backward pass has used up.
    Freed,
}

/// The record of one operation.
pub(crate) struct History<E: Engine> {
    pub(crate) inputs: Vec<Var<E>>,
    pub(crate) pullbacks: Pullbacks<E>,
}

impl<E: Engine> Origin<E> {
    /// The inputs, unless somebody else still needs them.
    pub(crate) fn into_inputs(self) -> Vec<Var<E>> {
        match self {
            Self::Operation(history) => {
                Arc::into_inner(history).map_or_else(Vec::new, |history| history.inputs)
            }
            Self::Leaf | Self::Freed => Vec::new(),
        }
    }
}

/// Lets go of values and of what they were computed from, one after the other: recursion would overflow the stack.
pub(crate) fn unwound<E: Engine>(mut inputs: Vec<Var<E>>) {
    while let Some(input) = inputs.pop() {
        if let Some(mut node) = input.into_node() {
            inputs.append(&mut node.take_inputs());
        }
    }
}

/// An operation being recorded. It becomes a value that requires a gradient if one of its inputs does.
pub(crate) struct Record<'a, E: Engine> {
    engine: &'a E,
    operation: &'static str,
    output: E::Tensor,
    /// The shape that the pullbacks expect, if the output has taken another.
    kept: Option<Vec<usize>>,
    inputs: Vec<Var<E>>,
    pullbacks: Vec<Pullback<E>>,
}

impl<'a, E: Engine> Record<'a, E> {
    pub(crate) fn new(engine: &'a E, operation: &'static str, output: E::Tensor) -> Self {
        Self { engine, operation, output, kept: None, inputs: Vec::new(), pullbacks: Vec::new() }
    }

    /// The output in another shape, such as without the axes that a reduction has kept; pullbacks do not notice.
    pub(crate) fn shaped(mut self, shape: &[usize]) -> Result<Self, E::Error> {
        let kept = self.engine.shape(&self.output);
        if kept != shape {
            self.kept = Some(kept.to_vec());
            self.output = self.engine.reshape(&self.output, shape)?;
        }
        Ok(self)
    }

    /// An input, and how a gradient goes back to it.
    pub(crate) fn input(
        mut self,
        input: &Var<E>,
        pullback: impl Fn(&E, &E::Tensor) -> Result<E::Tensor, E::Error> + Send + Sync + 'static,
    ) -> Self {
        if input.is_recorded() {
            self.inputs.push(input.clone());
            self.pullbacks.push(Box::new(pullback));
        }
        self
    }

    /// An input that was broadcast: its gradient is summed over the axes along which it was repeated.
    pub(crate) fn broadcast_input(
        self,
        input: &Var<E>,
        pullback: impl Fn(&E, &E::Tensor) -> Result<E::Tensor, E::Error> + Send + Sync + 'static,
    ) -> Self {
        let shape = input.shape().to_vec();
        self.input(input, move |engine, gradient| sum_to(engine, &pullback(engine, gradient)?, &shape))
    }

    /// The result, requiring no gradient unless an input does.
    pub(crate) fn finish(mut self) -> Var<E> {
        let (inputs, pullbacks) = (mem::take(&mut self.inputs), mem::take(&mut self.pullbacks));
        self.result(inputs, move |engine, gradient| {
            pullbacks.iter().map(|pullback| pullback(engine, gradient).map(Some)).collect()
        })
    }

    /// The result of inputs whose gradients are computed together.
    pub(crate) fn joint(
        self,
        inputs: &[&Var<E>],
        pullbacks: impl Fn(&E, &E::Tensor) -> Result<Vec<Option<E::Tensor>>, E::Error> + Send + Sync + 'static,
    ) -> Var<E> {
        let needed = is_grad_enabled() && inputs.iter().any(|input| input.needs_grad());
        let inputs = if needed { inputs.iter().map(|&input| input.clone()).collect() } else { Vec::new() };
        self.result(inputs, pullbacks)
    }

    /// The result of a product that is linear in both factors: a gradient goes back to each of them, or to both at once
    /// if the engine can.
    pub(crate) fn factors(
        self,
        [left, right]: [&Var<E>; 2],
        to_left: impl Fn(&E, &E::Tensor) -> Computed<E> + Send + Sync + 'static,
        to_right: impl Fn(&E, &E::Tensor) -> Computed<E> + Send + Sync + 'static,
        to_both: impl Fn(&E, &E::Tensor) -> Option<ComputedPair<E>> + Send + Sync + 'static,
    ) -> Var<E> {
        if !(left.is_recorded() && right.is_recorded()) {
            return self.input(left, to_left).input(right, to_right).finish();
        }
        self.joint(&[left, right], move |engine, gradient| {
            let (left, right) = match to_both(engine, gradient) {
                Some(both) => both?,
                None => (to_left(engine, gradient)?, to_right(engine, gradient)?),
            };
            Ok(vec![Some(left), Some(right)])
        })
    }

    fn result(
        self,
        inputs: Vec<Var<E>>,
        pullbacks: impl Fn(&E, &E::Tensor) -> Result<Vec<Option<E::Tensor>>, E::Error> + Send + Sync + 'static,
    ) -> Var<E> {
        let Self { engine, operation, output, kept, .. } = self;
        if inputs.is_empty() {
            return Var::with_origin(engine, operation, output, false, Origin::Leaf);
        }
        let pullbacks: Pullbacks<E> = match kept {
            Some(kept) => {
                Box::new(move |engine, gradient| pullbacks(engine, &engine.reshape(gradient, &kept)?))
            }
            None => Box::new(pullbacks),
        };
        let history = Arc::new(History { inputs, pullbacks });
        Var::with_origin(engine, operation, output, true, Origin::Operation(history))
    }
}

/// The sum over the axes along which a tensor of this shape was repeated.
pub(crate) fn sum_to<E: Engine>(
    engine: &E,
    gradient: &E::Tensor,
    shape: &[usize],
) -> Result<E::Tensor, E::Error> {
    let from = engine.shape(gradient);
    if from == shape {
        return Ok(gradient.clone());
    }
    let Some(new) = from.len().checked_sub(shape.len()) else {
        return Err(Error::mismatch("sum_to", from, shape).into());
    };
    let repeated = |&axis: &usize| axis < new || (shape[axis - new] == 1 && from[axis] != 1);
    let axes: Vec<usize> = (0..from.len()).filter(repeated).collect();
    engine.reshape(&engine.sum_keepdim(gradient, &axes)?, shape)
}
