//! Graphs of modules: what they compute, what they keep, what they refuse.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crypten_autograd::{Error as EngineError, Plain, PlainTensor, Var};
use crypten_nn::{
    Dropout, Error, Forward, Generator, Graph, GraphBuilder, GraphError, LSTM, Linear, Module, ReLU,
    Sequential,
};
use ndarray::{Array1, Array3, array};
use proptest::prelude::*;

type Builder = GraphBuilder<Plain>;

fn var(values: &[f64]) -> Var<Plain> {
    Var::constant(&Plain::default(), Array1::from(values.to_vec())).unwrap()
}

fn linear(seed: u64) -> Linear<Plain> {
    Linear::new(&Generator::new(&Plain::default(), seed), 2, 2).unwrap()
}

/// A node that adds what it is given.
fn sum(builder: Builder, name: &str, inputs: [&str; 2]) -> Builder {
    builder.function(name, inputs, |[x, y]| x.add(y))
}

#[test]
fn a_graph_is_the_composition_of_its_nodes_in_any_order() {
    let (first, second) = (linear(1), linear(2));
    // The output comes first, the first module last.
    let graph = Graph::builder(["x", "mask"])
        .function("out", ["masked", "act"], |parts| Var::cat(&parts, -1))
        .module("act", ReLU, "second")
        .module("second", second.clone(), "first")
        .function("masked", ["first", "mask"], |[first, mask]| first.mul(mask))
        .module("first", first.clone(), "x")
        .outputs(["out", "first"])
        .unwrap();
    let names = Vec::from_iter(graph.named_parameters().into_iter().map(|(name, _)| name));
    assert_eq!(names, ["second.weight", "second.bias", "first.weight", "first.bias"]);
    assert!(graph.input_names().eq(["x", "mask"]) && graph.output_names().eq(["out", "first"]));

    let x = Var::constant(&Plain::default(), array![[1.0, -2.0], [0.5, 3.0]]).unwrap();
    let mask = var(&[0.0, 2.0]);
    let hidden = first.forward(&x).unwrap();
    let tail = second.forward(&hidden).unwrap().relu().unwrap();
    let expected = Var::cat(&[&hidden.mul(&mask).unwrap(), &tail], -1).unwrap();
    let found = graph.forward_all(&[&x, &mask]).unwrap();
    assert_eq!(found[0].value(), expected.value());
    assert_eq!(found[1].value(), hidden.value());

    found[0].sum_all().unwrap().backward().unwrap();
    let gradient = first.weight().gradient().unwrap();
    first.zero_grad();
    expected.sum_all().unwrap().backward().unwrap();
    assert_eq!(gradient, first.weight().gradient().unwrap());
}

#[test]
fn modules_may_have_several_inputs_and_outputs() {
    let lstm = LSTM::new(&Generator::new(&Plain::default(), 1), 3, 4, 1).unwrap();
    let graph = Graph::builder(["x"])
        .call("lstm", lstm.clone(), ["x"], ["sequence", "hidden"], |lstm, [x]| {
            let (sequence, last) = lstm.forward_from(x, None)?;
            Ok([sequence, last.hidden])
        })
        .outputs(["hidden", "sequence"])
        .unwrap();
    assert_eq!(graph.named_parameters()[0].0, "lstm.weight_ih_l0");
    let x = Var::constant(&Plain::default(), Array3::from_elem((5, 2, 3), 0.5)).unwrap();
    let (sequence, last) = lstm.forward_from(&x, None).unwrap();
    let found = graph.forward_all(&[&x]).unwrap();
    assert_eq!(found[0].value(), last.hidden.value());
    assert_eq!(found[1].value(), sequence.value());
}

#[test]
fn a_graph_of_one_input_and_output_is_a_module_like_others() {
    let unit = Graph::builder(["x"]).module("drop", Dropout::new(0.5), "x");
    let unit = sum(unit, "sum", ["x", "drop"]).outputs(["sum"]).unwrap();
    let network = Sequential::new().push(unit).push(ReLU);
    network.eval();
    assert_eq!(network.forward(&var(&[1.0, -1.0])).unwrap().value(), array![2.0, 0.0].into_dyn());
    let through = Graph::<Plain>::builder(["x"]).outputs(["x"]).unwrap();
    assert_eq!(through.forward(&var(&[3.0])).unwrap().value(), array![3.0].into_dyn());
}

#[test]
fn what_nobody_needs_any_more_is_let_go() {
    let kept: Arc<Mutex<Option<PlainTensor>>> = Arc::default();
    let (keep, look) = (Arc::clone(&kept), kept);
    let freed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&freed);
    let graph = Graph::builder(["x"])
        .function("big", ["x"], move |[x]| {
            let big = x.mul(2.0)?;
            *keep.lock().unwrap() = Some(big.value());
            Ok(big)
        })
        .function("small", ["big"], |[big]| big.square()?.sum_all())
        .function("later", ["small"], move |[small]| {
            // With the copy that the first node kept, nobody else has the elements.
            let alone = look.lock().unwrap().take().unwrap().try_into_owned_nocopy().is_ok();
            count.fetch_add(usize::from(alone), Ordering::Relaxed);
            small.mul(2.0)
        })
        .outputs(["later"])
        .unwrap();
    graph.forward(&var(&[1.0, 2.0])).unwrap();
    assert_eq!(freed.load(Ordering::Relaxed), 1);
    // The gradient of a square needs its operand.
    graph.forward(&var(&[1.0, 2.0]).requires_grad(true)).unwrap();
    assert_eq!(freed.load(Ordering::Relaxed), 1);
}

#[test]
fn what_no_output_needs_is_not_computed() {
    let graph = Graph::builder(["x", "unused"])
        .function("never", ["x"], |[_]| panic!("no output needs this"))
        .module("never_either", linear(1), "never")
        .module("act", ReLU, "x")
        .outputs(["act"])
        .unwrap();
    let x = var(&[-1.0, 1.0]);
    assert_eq!(graph.forward_all(&[&x, &x]).unwrap()[0].value(), array![0.0, 1.0].into_dyn());
    assert_eq!(graph.parameters().len(), 2);
}

#[test]
fn a_deep_graph_overflows_no_stack() {
    let mut builder = Graph::builder(["0"]);
    for depth in 0..20_000_usize {
        let [input, name] = [depth, depth + 1].map(|depth| depth.to_string());
        builder = builder.function(&name, [&input], |[x]| x.add(1.0));
    }
    let graph = builder.outputs(["20000"]).unwrap();
    assert_eq!(graph.forward(&var(&[0.0])).unwrap().value(), array![20_000.0].into_dyn());
}

#[test]
fn wrong_counts_are_refused() {
    let two = sum(Graph::builder(["x", "y"]), "sum", ["x", "y"]).outputs(["sum"]).unwrap();
    let x = var(&[1.0]);
    let error = EngineError::InputCount { operation: "graph", expected: 2, found: 3 };
    assert_eq!(two.forward_all(&[&x, &x, &x]).unwrap_err(), error);
    let error = EngineError::InputCount { operation: "graph", expected: 2, found: 1 };
    assert_eq!(two.forward(&x).unwrap_err(), error);
    let twice = Graph::builder(["x"]).module("act", ReLU, "x").outputs(["act", "x"]).unwrap();
    let error = EngineError::OutputCount { operation: "graph", expected: 1, found: 2 };
    assert_eq!(twice.forward(&x).unwrap_err(), error);
}

#[test]
fn names_that_do_not_fit_are_refused() {
    let refused = |builder: Builder, output: &str| match builder.outputs([output]).unwrap_err() {
        Error::Graph(error) => error,
        error => panic!("{error}"),
    };
    let name = || "a".to_owned();
    let node = || Graph::builder(["x"]).module("a", ReLU, "x");
    assert_eq!(refused(node().module("a", ReLU, "x"), "a"), GraphError::DuplicateNode { name: name() });
    let twice = node().call("b", ReLU, ["x"], ["a"], |relu, [x]| Ok([relu.forward(x)?]));
    assert_eq!(refused(twice, "a"), GraphError::DuplicateValue { name: name() });
    assert_eq!(refused(Graph::builder(["a", "a"]), "a"), GraphError::DuplicateValue { name: name() });
    let unknown = GraphError::UnknownInput { node: "b".to_owned(), name: "c".to_owned() };
    assert_eq!(refused(node().module("b", ReLU, "c"), "a"), unknown);
    assert_eq!(refused(node(), "b"), GraphError::UnknownOutput { name: "b".to_owned() });
}

#[test]
fn circles_are_refused_by_name() {
    let builder = Graph::builder(["x"]).module("ahead", ReLU, "x").module("behind", ReLU, "a");
    let builder = sum(builder, "a", ["ahead", "c"]);
    let builder = builder.module("b", ReLU, "a").module("c", ReLU, "b");
    let error = builder.outputs(["ahead"]).unwrap_err();
    let Error::Graph(GraphError::Cycle { nodes }) = &error else { panic!("{error}") };
    let turned = Vec::from_iter(nodes.iter().cycle().skip_while(|name| *name != "a").take(3));
    assert_eq!(turned, ["a", "b", "c"]);
    let message = "nodes [\"self\"] wait for each other in a circle";
    let itself = Graph::<Plain>::builder(["x"]).module("self", ReLU, "self").outputs(["x"]).unwrap_err();
    assert_eq!(itself.to_string(), message);
}

proptest! {
    /// Each node takes two of the values before it; they are listed in any order.
    #[test]
    fn random_graphs_agree_with_plain_arithmetic(
        takes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..40),
        keys in prop::collection::vec(any::<u64>(), 40),
        output in any::<prop::sample::Index>(),
    ) {
        let mut expected = vec![1.0, 2.0];
        let mut nodes = Vec::new();
        for (left, right) in &takes {
            let (left, right) = (left.index(expected.len()), right.index(expected.len()));
            nodes.push([left, right, expected.len()].map(|value| format!("v{value}")));
            expected.push(0.5 * expected[left] - expected[right]);
        }
        let mut order = Vec::from_iter(0..nodes.len());
        order.sort_by_key(|&node| keys[node]);
        let mut builder = Graph::builder(["v0", "v1"]);
        for node in order {
            let [left, right, name] = &nodes[node];
            builder = builder.function(name, [left, right], |[left, right]| left.mul(0.5)?.sub(right));
        }
        let output = output.index(expected.len());
        let graph = builder.outputs([format!("v{output}")]).unwrap();
        let found = graph.forward_all(&[&var(&[1.0]), &var(&[2.0])]).unwrap();
        prop_assert_eq!(found[0].value(), array![expected[output]].into_dyn());
    }
}
