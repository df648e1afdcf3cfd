//! In which order the nodes of a graph are computed, which of them, and when a value is needed no more.
//!
//! The order is Kahn's: of the nodes whose inputs have been made, the first one listed comes next. Source: A. B. Kahn,
//! "Topological sorting of large networks" (1962).

use std::collections::{BTreeMap, BTreeSet};

use crate::error::GraphError;

/// How a node is connected.
#[derive(Debug)]
pub(super) struct Wiring {
    pub(super) name: String,
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<String>,
}

/// What to compute. Values are numbered: the inputs of the graph first, then the outputs of its nodes.
#[derive(Debug)]
pub(super) struct Plan {
    /// How many values there are.
    pub(super) values: usize,
    /// Invariant: each takes inputs of the graph and outputs of steps before it, none of them spent.
    pub(super) steps: Vec<Step>,
    /// Invariant: made by a step or given as an input, and never spent.
    pub(super) outputs: Vec<usize>,
}

/// One node's turn.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) node: usize,
    pub(super) inputs: Vec<usize>,
    pub(super) outputs: Vec<usize>,
    /// What nobody needs after this step.
    pub(super) spent: Vec<usize>,
}

impl Plan {
    pub(super) fn new(inputs: &[String], nodes: &[Wiring], outputs: &[String]) -> Result<Self, GraphError> {
        let mut names = BTreeSet::new();
        if let Some(node) = nodes.iter().find(|node| !names.insert(&node.name)) {
            return Err(GraphError::DuplicateNode { name: node.name.clone() });
        }
        let mut numbers = BTreeMap::new();
        for (number, name) in inputs.iter().chain(nodes.iter().flat_map(|node| &node.outputs)).enumerate() {
            if numbers.insert(name.as_str(), number).is_some() {
                return Err(GraphError::DuplicateValue { name: name.clone() });
            }
        }
        let mut steps = Vec::with_capacity(nodes.len());
        for (node, wiring) in nodes.iter().enumerate() {
            let unknown =
                |name: &String| GraphError::UnknownInput { node: wiring.name.clone(), name: name.clone() };
            let taken = |name: &String| numbers.get(name.as_str()).copied().ok_or_else(|| unknown(name));
            let inputs = wiring.inputs.iter().map(taken).collect::<Result<_, _>>()?;
            let outputs = wiring.outputs.iter().map(|name| numbers[name.as_str()]).collect();
            steps.push(Step { node, inputs, outputs, spent: Vec::new() });
        }
        let unknown = |name: &String| GraphError::UnknownOutput { name: name.clone() };
        let given = |name: &String| numbers.get(name.as_str()).copied().ok_or_else(|| unknown(name));
        let outputs = outputs.iter().map(given).collect::<Result<Vec<_>, _>>()?;

        let values = numbers.len();
        let steps = in_order(steps, values).map_err(|circle| GraphError::Cycle {
            nodes: circle.into_iter().map(|node| nodes[node].name.clone()).collect(),
        })?;
        Ok(Self { values, steps: needed(steps, &outputs), outputs })
    }
}

/// The steps, each after those whose outputs it takes; or nodes that wait for each other.
fn in_order(steps: Vec<Step>, values: usize) -> Result<Vec<Step>, Vec<usize>> {
    let mut makers = vec![None; values];
    let mut takers = vec![Vec::new(); values];
    for step in &steps {
        step.outputs.iter().for_each(|&value| makers[value] = Some(step.node));
        step.inputs.iter().for_each(|&value| takers[value].push(step.node));
    }
    let made = |step: &Step| step.inputs.iter().filter(|&&value| makers[value].is_some()).count();
    let mut missing = Vec::from_iter(steps.iter().map(made));
    let mut ready = BTreeSet::from_iter((0..steps.len()).filter(|&node| missing[node] == 0));
    let mut waiting = BTreeMap::from_iter(steps.into_iter().map(|step| (step.node, step)));
    let mut order = Vec::with_capacity(waiting.len());
    while let Some(step) = ready.pop_first().and_then(|node| waiting.remove(&node)) {
        for &taker in step.outputs.iter().flat_map(|&value| &takers[value]) {
            missing[taker] -= 1;
            if missing[taker] == 0 {
                ready.insert(taker);
            }
        }
        order.push(step);
    }
    if waiting.is_empty() { Ok(order) } else { Err(circle(&waiting, &makers)) }
}

/// A circle among steps of which each waits for another one.
fn circle(waiting: &BTreeMap<usize, Step>, makers: &[Option<usize>]) -> Vec<usize> {
    let before = |step: &Step| {
        step.inputs.iter().filter_map(|&value| makers[value]).find_map(|maker| waiting.get(&maker))
    };
    let mut path: Vec<usize> = Vec::new();
    let mut step = waiting.values().next();
    while let Some(current) = step {
        if let Some(begin) = path.iter().position(|&node| node == current.node) {
            path.drain(..begin);
            break;
        }
        path.push(current.node);
        step = before(current);
    }
    path.reverse();
    path
}

/// Those of the steps that an output depends on, with what is spent after each.
fn needed(steps: Vec<Step>, outputs: &[usize]) -> Vec<Step> {
    let mut needed = BTreeSet::from_iter(outputs.iter().copied());
    let mut kept = Vec::with_capacity(steps.len());
    for mut step in steps.into_iter().rev() {
        if !step.outputs.iter().any(|value| needed.contains(value)) {
            continue;
        }
        step.spent = step.outputs.iter().copied().filter(|value| !needed.contains(value)).collect();
        step.spent.extend(step.inputs.iter().copied().filter(|&value| needed.insert(value)));
        kept.push(step);
    }
    kept.reverse();
    kept
}
