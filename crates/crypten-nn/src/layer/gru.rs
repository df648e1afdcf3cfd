//! The gated recurrent unit: `n = tanh(a + σ(r) e)`, `h ← (1 - σ(z)) n + σ(z) h`.
//!
//! `r` and `z` are `W x + b + U h + d`, in this order; of the third part, `a` is `W x + b` and `e` is `U h + d`.
//! Source: K. Cho et al., "Learning phrase representations using RNN encoder-decoder" (2014), in PyTorch's form.

use crypten_autograd::{Engine, Var};

use super::recurrent::{Cell, CellWeights, Recurrent};

/// The gated recurrent unit.
pub type GRU<E> = Recurrent<E, GRUCell>;

/// The cell of [`GRU`].
#[derive(Clone, Copy, Debug)]
pub enum GRUCell {}

impl Cell for GRUCell {
    const GATES: usize = 3;

    type State<E: Engine> = Var<E>;

    fn step<E: Engine>(
        projected: &Var<E>,
        weights: &CellWeights<E>,
        hidden: &Var<E>,
    ) -> Result<Var<E>, E::Error> {
        let of_state = weights.of_state(hidden)?;
        let width = weights.width();
        let gates = |x: &Var<E>| x.narrow(-1, 0, 2 * width);
        let fresh = |x: &Var<E>| x.narrow(-1, 2 * width, width);
        // Both sigmoids at once.
        let open = gates(projected)?.add(gates(&of_state)?)?.sigmoid()?;
        let (reset, keep) = (open.narrow(-1, 0, width)?, open.narrow(-1, width, width)?);
        let fresh = fresh(projected)?.add(reset.mul(fresh(&of_state)?)?)?.tanh()?;
        fresh.add(keep.mul(hidden.sub(&fresh)?)?)
    }
}
