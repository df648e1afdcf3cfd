//! The plain recurrent layer: `h ← tanh(W x + b + U h + d)`.
//!
//! Source: J. L. Elman, "Finding structure in time" (1990), in PyTorch's form.

use crypten_autograd::{Engine, Var};

use super::recurrent::{Cell, CellWeights, Recurrent};

/// The plain recurrent layer, with the hyperbolic tangent.
pub type RNN<E> = Recurrent<E, RNNCell>;

/// The cell of [`RNN`].
#[derive(Clone, Copy, Debug)]
pub enum RNNCell {}

impl Cell for RNNCell {
    const GATES: usize = 1;

    type State<E: Engine> = Var<E>;

    fn step<E: Engine>(
        projected: &Var<E>,
        weights: &CellWeights<E>,
        hidden: &Var<E>,
    ) -> Result<Var<E>, E::Error> {
        projected.add(weights.of_state(hidden)?)?.tanh()
    }
}
