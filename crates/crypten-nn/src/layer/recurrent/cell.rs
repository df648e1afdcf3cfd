//! What a recurrent layer does at each position.

use crypten_autograd::{Engine, Var};

use super::CellWeights;

/// One step of a recurrent layer: what an input and a state make the next state.
pub trait Cell: 'static {
    /// How many rows of weights there are for each hidden feature.
    const GATES: usize;

    /// What is remembered from one position to the next.
    type State<E: Engine>: CellState<E>;

    /// One position further, from the projection of the input there.
    ///
    /// # Shapes
    /// The projection is `[n, gates * hidden]`, each tensor of the state `[n, hidden]`.
    ///
    /// # Errors
    /// If the engine fails.
    fn step<E: Engine>(
        projected: &Var<E>,
        weights: &CellWeights<E>,
        state: &Self::State<E>,
    ) -> Result<Self::State<E>, E::Error>;
}

/// The state of a recurrent layer, of one tensor or of several.
pub trait CellState<E: Engine>: Sized {
    /// The state whose every tensor is made of the same tensors of other states; of no states, all are alike.
    ///
    /// # Errors
    /// What the function returns.
    fn each(
        states: &[&Self],
        make: impl Fn(&[&Var<E>]) -> Result<Var<E>, E::Error>,
    ) -> Result<Self, E::Error>;

    /// What the layer gives at a position.
    fn output(&self) -> &Var<E>;
}

/// The output is all that is remembered.
impl<E: Engine> CellState<E> for Var<E> {
    fn each(states: &[&Self], make: impl Fn(&[&Self]) -> Result<Self, E::Error>) -> Result<Self, E::Error> {
        make(states)
    }

    fn output(&self) -> &Self {
        self
    }
}
