//! What can be wrong with a graph.

/// What is wrong with a graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// Nodes that wait for each other.
    #[error("nodes {nodes:?} wait for each other in a circle")]
    Cycle {
        /// Their names, each before one that takes a value from it.
        nodes: Vec<String>,
    },

    /// Two nodes of one name.
    #[error("a second node is called {name:?}")]
    DuplicateNode {
        /// The name.
        name: String,
    },

    /// Two inputs or outputs of nodes of one name.
    #[error("a second value is called {name:?}")]
    DuplicateValue {
        /// The name.
        name: String,
    },

    /// A node takes what nothing makes.
    #[error("node {node:?} takes {name:?}, which is no input of the graph and no output of a node")]
    UnknownInput {
        /// The node.
        node: String,
        /// What it takes.
        name: String,
    },

    /// An output of the graph that nothing makes.
    #[error("output {name:?} of the graph is no input of it and no output of a node")]
    UnknownOutput {
        /// Its name.
        name: String,
    },
}
