//! How a graph is told what it consists of.

use std::fmt;

use crypten_autograd::{Engine, Var};

use super::Graph;
use super::node::{Call, Node, Nothing};
use super::plan::{Plan, Wiring};
use crate::error::Error;
use crate::module::{Forward, Module};

/// A graph that is being put together; see [`Graph::builder`]. Nodes may be listed in any order.
pub struct GraphBuilder<E: Engine> {
    inputs: Vec<String>,
    nodes: Vec<Box<dyn Node<E>>>,
    /// Invariant: one for each node.
    wirings: Vec<Wiring>,
}

impl<E: Engine> GraphBuilder<E> {
    pub(super) fn new(inputs: Vec<String>) -> Self {
        Self { inputs, nodes: Vec::new(), wirings: Vec::new() }
    }

    /// A module of one input; its output has its name.
    #[must_use]
    pub fn module<M: Forward<E> + 'static>(self, name: &str, module: M, input: &str) -> Self {
        self.call(name, module, [input], [name], |module, [input]| Ok([module.forward(input)?]))
    }

    /// A function of any operations, which joins values for example; its output has its name.
    #[must_use]
    pub fn function<const INPUTS: usize>(
        self,
        name: &str,
        inputs: [&str; INPUTS],
        function: impl Fn([&Var<E>; INPUTS]) -> Result<Var<E>, E::Error> + Send + Sync + 'static,
    ) -> Self {
        self.call(name, Nothing, inputs, [name], move |_, inputs| Ok([function(inputs)?]))
    }

    /// A module with several inputs or outputs, and how it is called.
    ///
    /// # Examples
    /// ```
    /// # use crypten_autograd::Plain;
    /// # use crypten_nn::{Generator, Graph, MultiheadAttention};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let attention = MultiheadAttention::new(&Generator::new(&Plain::default(), 1), 6, 2)?;
    /// let graph = Graph::builder(["words", "memory"])
    ///     .call("attention", attention, ["words", "memory"], ["found", "weights"], |attention, [words, memory]| {
    ///         let (found, weights) = attention.attend(words, memory, memory, None)?;
    ///         Ok([found, weights])
    ///     })
    ///     .outputs(["found"])?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn call<M: Module<E> + 'static, const INPUTS: usize, const OUTPUTS: usize>(
        mut self,
        name: &str,
        module: M,
        inputs: [&str; INPUTS],
        outputs: [&str; OUTPUTS],
        call: impl Fn(&M, [&Var<E>; INPUTS]) -> Result<[Var<E>; OUTPUTS], E::Error> + Send + Sync + 'static,
    ) -> Self {
        let (inputs, outputs) = (inputs.map(str::to_owned).into(), outputs.map(str::to_owned).into());
        self.wirings.push(Wiring { name: name.to_owned(), inputs, outputs });
        self.nodes.push(Box::new(Call { module, call }));
        self
    }

    /// The graph, with the names of its outputs.
    ///
    /// # Errors
    /// [`Error::Graph`] if two nodes or two values have one name, something takes a value that nothing makes, or nodes
    /// wait for each other.
    pub fn outputs<S: Into<String>>(self, outputs: impl IntoIterator<Item = S>) -> Result<Graph<E>, Error> {
        let Self { inputs, nodes, wirings } = self;
        let outputs = Vec::from_iter(outputs.into_iter().map(Into::into));
        let plan = Plan::new(&inputs, &wirings, &outputs)?;
        let names = wirings.into_iter().map(|wiring| wiring.name);
        Ok(Graph { inputs, outputs, nodes: names.zip(nodes).collect(), plan })
    }
}

impl<E: Engine> fmt::Debug for GraphBuilder<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphBuilder").field("inputs", &self.inputs).field("nodes", &self.wirings).finish()
    }
}
