//! Long short-term memory: `c ← σ(f) c + σ(i) tanh(g)`, `h ← σ(o) tanh(c)`.
//!
//! The gates `i`, `f`, `g` and `o` are `W x + b + U h + d`, in this order. Source: S. Hochreiter and J. Schmidhuber,
//! "Long short-term memory" (1997), in PyTorch's form.

use crypten_autograd::{Engine, Var};

use super::recurrent::{Recurrent, Sizes, Weights};
use crate::generator::Generator;
use crate::module::{Forward, Module};

/// Long short-term memory.
///
/// # Shapes
/// `[l, n, input]` becomes `[l, n, directions * hidden]`; batch before length with the batch first.
#[derive(Clone, Debug, Module)]
pub struct LSTM<E: Engine> {
    #[module(flatten)]
    recurrent: Recurrent<E>,
}

/// What a long short-term memory remembers: `[layers * directions, n, hidden]` each.
#[derive(Clone, Debug)]
pub struct LSTMState<E: Engine> {
    /// The last outputs.
    pub hidden: Var<E>,
    /// The memory.
    pub cell: Var<E>,
}

impl<E: Engine> LSTM<E> {
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
        let sizes = Sizes { gates: 4, input, hidden, layers, directions: 1 };
        Ok(Self { recurrent: Recurrent::new(generator, sizes)? })
    }

    /// So many layers one over the other, in both directions.
    ///
    /// # Errors
    /// As [`LSTM::new`].
    pub fn bidirectional(
        generator: &Generator<E>,
        input_size: usize,
        hidden_size: usize,
        num_layers: usize,
    ) -> Result<Self, E::Error> {
        let (input, hidden, layers) = (input_size, hidden_size, num_layers);
        let sizes = Sizes { gates: 4, input, hidden, layers, directions: 2 };
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
    /// # Errors
    /// If the shapes do not fit, or the engine fails.
    pub fn forward_from(
        &self,
        input: &Var<E>,
        state: Option<&LSTMState<E>>,
    ) -> Result<(Var<E>, LSTMState<E>), E::Error> {
        let state = state.map(|state| [&state.hidden, &state.cell]);
        let (output, [hidden, cell]) = self.recurrent.run(input, state, step)?;
        Ok((output, LSTMState { hidden, cell }))
    }
}

impl<E: Engine> Forward<E> for LSTM<E> {
    /// The outputs at all positions, from a state of zeros on.
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        Ok(self.forward_from(input, None)?.0)
    }
}

/// One position further, from a hidden and a cell state.
fn step<E: Engine>(
    projected: &Var<E>,
    weights: &Weights<E>,
    [hidden, cell]: &[Var<E>; 2],
) -> Result<[Var<E>; 2], E::Error> {
    let gates = projected.add(weights.of_state(hidden)?)?;
    let width = weights.width();
    // The three sigmoids at once.
    let open = Var::cat(&[&gates.narrow(-1, 0, 2 * width)?, &gates.narrow(-1, 3 * width, width)?], -1)?;
    let open = open.sigmoid()?;
    let part = |at: usize| open.narrow(-1, at * width, width);
    let entering = part(0)?.mul(gates.narrow(-1, 2 * width, width)?.tanh()?)?;
    let cell = part(1)?.mul(cell)?.add(entering)?;
    Ok([part(2)?.mul(cell.tanh()?)?, cell])
}
