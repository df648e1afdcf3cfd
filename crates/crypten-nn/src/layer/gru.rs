//! The gated recurrent unit: `n = tanh(a + σ(r) e)`, `h ← (1 - σ(z)) n + σ(z) h`.
//!
//! `r` and `z` are `W x + b + U h + d`, in this order; of the third part, `a` is `W x + b` and `e` is `U h + d`.
//! Source: K. Cho et al., "Learning phrase representations using RNN encoder-decoder" (2014), in PyTorch's form.

use crypten_autograd::{Engine, Var};

use super::recurrent::{Recurrent, Sizes, Weights};
use crate::generator::Generator;
use crate::module::{Forward, Module};

/// The gated recurrent unit.
///
/// # Shapes
/// `[l, n, input]` becomes `[l, n, directions * hidden]`; batch before length with the batch first.
#[derive(Clone, Debug, Module)]
pub struct GRU<E: Engine> {
    #[module(flatten)]
    recurrent: Recurrent<E>,
}

impl<E: Engine> GRU<E> {
    /// So many layers one over the other, in one direction.
    ///
    /// # Errors
    /// If there are no layers or no hidden features, or the engine fails.
    pub fn new(
        generator: &Generator<E>,
        input_size: usize,
        hidden_size: usize,
        num_layers: usize,
    ) -> Result<Self, E::Error> {
        let (input, hidden, layers) = (input_size, hidden_size, num_layers);
        let sizes = Sizes { gates: 3, input, hidden, layers, directions: 1 };
        Ok(Self { recurrent: Recurrent::new(generator, sizes)? })
    }

    /// So many layers one over the other, in both directions.
    ///
    /// # Errors
    /// As [`GRU::new`].
    pub fn bidirectional(
        generator: &Generator<E>,
        input_size: usize,
        hidden_size: usize,
        num_layers: usize,
    ) -> Result<Self, E::Error> {
        let (input, hidden, layers) = (input_size, hidden_size, num_layers);
        let sizes = Sizes { gates: 3, input, hidden, layers, directions: 2 };
        Ok(Self { recurrent: Recurrent::new(generator, sizes)? })
    }

    /// The same with the batch as the first axis.
    #[must_use]
    pub fn batch_first(mut self) -> Self {
        self.recurrent.batch_first = true;
        self
    }

    /// The outputs at all positions, and the last state.
    ///
    /// # Shapes
    /// The state is `[layers * directions, n, hidden]`.
    ///
    /// # Errors
    /// If the shapes do not fit, or the engine fails.
    pub fn forward_from(&self, input: &Var<E>, state: Option<&Var<E>>) -> Result<(Var<E>, Var<E>), E::Error> {
        let (output, [last]) = self.recurrent.run(input, state.map(|state| [state]), step)?;
        Ok((output, last))
    }
}

impl<E: Engine> Forward<E> for GRU<E> {
    /// The outputs at all positions, from a state of zeros on.
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        Ok(self.forward_from(input, None)?.0)
    }
}

/// One position further, from a hidden state.
fn step<E: Engine>(
    projected: &Var<E>,
    weights: &Weights<E>,
    [hidden]: &[Var<E>; 1],
) -> Result<[Var<E>; 1], E::Error> {
    let of_state = weights.of_state(hidden)?;
    let width = weights.width();
    let gates = |x: &Var<E>| x.narrow(-1, 0, 2 * width);
    let fresh = |x: &Var<E>| x.narrow(-1, 2 * width, width);
    // Both sigmoids at once.
    let open = gates(projected)?.add(gates(&of_state)?)?.sigmoid()?;
    let (reset, keep) = (open.narrow(-1, 0, width)?, open.narrow(-1, width, width)?);
    let fresh = fresh(projected)?.add(reset.mul(fresh(&of_state)?)?)?.tanh()?;
    Ok([fresh.add(keep.mul(hidden.sub(&fresh)?)?)?])
}
