//! What computes values of a graph of others: a module, and how it is called.

use crypten_autograd::{Engine, Var};

use crate::module::Module;

/// A node of any kind.
pub(super) trait Node<E: Engine>: Module<E> {
    /// As many outputs as the node has names for, from as many inputs.
    fn apply(&self, inputs: &[&Var<E>]) -> Result<Vec<Var<E>>, E::Error>;
}

/// A module that is called by a function, which knows how many tensors it takes and gives.
#[derive(Module)]
pub(super) struct Call<M, F: Send + Sync, const INPUTS: usize, const OUTPUTS: usize> {
    #[module(flatten)]
    pub(super) module: M,
    #[module(skip)]
    pub(super) call: F,
}

/// The module of a node that is a function only.
#[derive(Module)]
pub(super) struct Nothing;

impl<E, M, F, const INPUTS: usize, const OUTPUTS: usize> Node<E> for Call<M, F, INPUTS, OUTPUTS>
where
    E: Engine,
    M: Module<E>,
    F: Fn(&M, [&Var<E>; INPUTS]) -> Result<[Var<E>; OUTPUTS], E::Error> + Send + Sync,
{
    fn apply(&self, inputs: &[&Var<E>]) -> Result<Vec<Var<E>>, E::Error> {
        let inputs = inputs.try_into().expect("a node is given as many inputs as it has names for");
        Ok((self.call)(&self.module, inputs)?.into())
    }
}
