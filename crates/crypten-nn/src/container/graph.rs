//! Modules and functions as a directed graph of named values, with several inputs and outputs.

mod builder; // names and nodes, one after the other
mod node; // what computes values of values
mod plan; // in which order, and what is needed how long

use std::fmt;

use crypten_autograd::{Engine, Error, Var};

use crate::module::{Forward, Module, Parts};

pub use builder::GraphBuilder;

use node::Node;
use plan::Plan;

/// A directed graph of modules and functions, whose values have names. Its modules have the names of their nodes.
///
/// Of the nodes, listed in any order, only those are computed that an output needs, each after what it takes. A value is
/// let go when the last node has taken it, unless a backward pass will need it.
///
/// # Examples
/// A residual unit:
/// ```
/// use crypten_autograd::{Plain, Var};
/// use crypten_nn::{Forward, Generator, Graph, Linear, Module, ReLU};
/// use ndarray::array;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let engine = Plain::default();
/// let generator = Generator::new(&engine, 1);
/// let graph = Graph::builder(["x"])
///     .module("fc", Linear::new(&generator, 2, 2)?, "x")
///     .module("relu", ReLU, "fc")
///     .function("sum", ["x", "relu"], |[x, relu]| x.add(relu))
///     .outputs(["sum"])?;
/// let x = Var::constant(&engine, array![[1.0, 2.0]])?;
/// assert_eq!(graph.forward(&x)?.shape(), [1, 2]);
/// assert_eq!(graph.named_parameters()[0].0, "fc.weight");
/// # Ok(())
/// # }
/// ```
pub struct Graph<E: Engine> {
    inputs: Vec<String>,
    outputs: Vec<String>,
    nodes: Vec<(String, Box<dyn Node<E>>)>,
    /// Invariant: of these nodes, inputs and outputs.
    plan: Plan,
}

impl<E: Engine> Graph<E> {
    /// A graph of these inputs, which is told its nodes and then its outputs.
    pub fn builder<S: Into<String>>(inputs: impl IntoIterator<Item = S>) -> GraphBuilder<E> {
        GraphBuilder::new(inputs.into_iter().map(Into::into).collect())
    }

    /// The names of the inputs.
    pub fn input_names(&self) -> impl Iterator<Item = &str> {
        self.inputs.iter().map(String::as_str)
    }

    /// The names of the outputs.
    pub fn output_names(&self) -> impl Iterator<Item = &str> {
        self.outputs.iter().map(String::as_str)
    }

    /// All outputs, from all inputs.
    ///
    /// # Errors
    /// [`Error::InputCount`] if there are more or fewer inputs than names, or as a node fails.
    pub fn forward_all(&self, inputs: &[&Var<E>]) -> Result<Vec<Var<E>>, E::Error> {
        let (expected, found) = (self.inputs.len(), inputs.len());
        if expected != found {
            return Err(Error::InputCount { operation: "graph", expected, found }.into());
        }
        let mut values = vec![None; self.plan.values];
        for (place, &input) in values.iter_mut().zip(inputs) {
            *place = Some(input.clone());
        }
        for step in &self.plan.steps {
            let made = {
                let taken = |&value: &usize| values[value].as_ref().expect("steps are in order");
                self.nodes[step.node].1.apply(&Vec::from_iter(step.inputs.iter().map(taken)))?
            };
            for (&value, made) in step.outputs.iter().zip(made) {
                values[value] = Some(made);
            }
            for &value in &step.spent {
                values[value] = None;
            }
        }
        let given = |&value: &usize| values[value].clone().expect("outputs are never spent");
        Ok(self.plan.outputs.iter().map(given).collect())
    }
}

impl<E: Engine> Module<E> for Graph<E> {
    fn parts<'a>(&'a self, parts: &mut Parts<'a, E>) {
        for (name, node) in &self.nodes {
            parts.child(name.as_str(), &**node);
        }
    }
}

impl<E: Engine> Forward<E> for Graph<E> {
    /// The one output, from the one input.
    ///
    /// # Errors
    /// [`Error::InputCount`] or [`Error::OutputCount`] if there are several, or as a node fails.
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        let outputs = self.forward_all(&[input])?;
        let [output] = <[_; 1]>::try_from(outputs).map_err(|outputs| Error::OutputCount {
            operation: "graph",
            expected: 1,
            found: outputs.len(),
        })?;
        Ok(output)
    }
}

impl<E: Engine> fmt::Debug for Graph<E> {
    /// Names; never the values, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = Vec::from_iter(self.nodes.iter().map(|(name, _)| name));
        f.debug_struct("Graph")
            .field("inputs", &self.inputs)
            .field("nodes", &nodes)
            .field("outputs", &self.outputs)
            .finish()
    }
}
