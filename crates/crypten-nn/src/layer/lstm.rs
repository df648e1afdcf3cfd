//! Long short-term memory: `c ← σ(f) c + σ(i) tanh(g)`, `h ← σ(o) tanh(c)`.
//!
//! The gates `i`, `f`, `g` and `o` are `W x + b + U h + d`, in this order. Source: S. Hochreiter and J. Schmidhuber,
//! "Long short-term memory" (1997), in PyTorch's form.

use crypten_autograd::{Engine, Var};

use super::recurrent::{Cell, CellState, CellWeights, Recurrent};

/// Long short-term memory.
pub type LSTM<E> = Recurrent<E, LSTMCell>;

/// The cell of [`LSTM`].
#[derive(Clone, Copy, Debug)]
pub enum LSTMCell {}

/// What a long short-term memory remembers.
#[derive(Clone, Debug)]
pub struct LSTMState<E: Engine> {
    /// The last outputs.
    pub hidden: Var<E>,
    /// The memory.
    pub cell: Var<E>,
}

impl Cell for LSTMCell {
    const GATES: usize = 4;

    type State<E: Engine> = LSTMState<E>;

    fn step<E: Engine>(
        projected: &Var<E>,
        weights: &CellWeights<E>,
        LSTMState { hidden, cell }: &LSTMState<E>,
    ) -> Result<LSTMState<E>, E::Error> {
        let gates = projected.add(weights.of_state(hidden)?)?;
        let width = weights.width();
        // The three sigmoids at once.
        let open = Var::cat(&[&gates.narrow(-1, 0, 2 * width)?, &gates.narrow(-1, 3 * width, width)?], -1)?;
        let open = open.sigmoid()?;
        let part = |at: usize| open.narrow(-1, at * width, width);
        let entering = part(0)?.mul(gates.narrow(-1, 2 * width, width)?.tanh()?)?;
        let cell = part(1)?.mul(cell)?.add(entering)?;
        Ok(LSTMState { hidden: part(2)?.mul(cell.tanh()?)?, cell })
    }
}

impl<E: Engine> CellState<E> for LSTMState<E> {
    fn each(
        states: &[&Self],
        make: impl Fn(&[&Var<E>]) -> Result<Var<E>, E::Error>,
    ) -> Result<Self, E::Error> {
        let hidden = Vec::from_iter(states.iter().map(|state| &state.hidden));
        let cell = Vec::from_iter(states.iter().map(|state| &state.cell));
        Ok(Self { hidden: make(&hidden)?, cell: make(&cell)? })
    }

    fn output(&self) -> &Var<E> {
        &self.hidden
    }
}
