//! Names, states and modes of modules.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::sync::Arc;

use crypten_autograd::{Engine, Plain, Var};
use crypten_nn::{
    BatchNorm1d, Cell, CellWeights, CosineSimilarity, Dropout, Error, Forward, GRU, Generator, Linear,
    Misshapen, Mode, Module, ModuleDict, ModuleList, MultiheadAttention, ReLU, Recurrent, Sequential,
    StateDict, StateMismatch, Tanh,
};
use ndarray::{Array1, Array2, Array3, ArrayD, Axis, array};

type Tensors = StateDict<<Plain as Engine>::Tensor>;

/// A network of one's own, with modules in fields, in a list and under names.
#[derive(Module)]
struct Network<E: Engine> {
    body: ModuleList<Linear<E>>,
    heads: ModuleDict<Box<dyn Forward<E>>>,
    norm: BatchNorm1d<E>,
}

impl<E: Engine> Network<E> {
    fn new(generator: &Generator<E>) -> Result<Self, E::Error> {
        let mut heads = ModuleDict::new();
        let named: Box<dyn Forward<E>> = Box::new(Linear::new(generator, 3, 1)?.without_bias());
        heads.insert("score", named);
        let body = [Linear::new(generator, 2, 3)?, Linear::new(generator, 3, 3)?];
        Ok(Self { body: body.into_iter().collect(), heads, norm: BatchNorm1d::new(generator, 3)? })
    }
}

impl<E: Engine> Forward<E> for Network<E> {
    fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
        let hidden = self.body.iter().try_fold(input.clone(), |x, layer| layer.forward(&x)?.relu())?;
        self.heads["score"].forward(&self.norm.forward(&hidden)?)
    }
}

fn network(seed: u64) -> Network<Plain> {
    Network::new(&Generator::new(&Plain::default(), seed)).expect("the plain engine makes any tensor")
}

fn names(named: Vec<(String, Var<Plain>)>) -> Vec<String> {
    named.into_iter().map(|(name, _)| name).collect()
}

#[test]
fn names_are_paths_through_the_children() {
    let network = network(1);
    let parameters = [
        "body.0.weight",
        "body.0.bias",
        "body.1.weight",
        "body.1.bias",
        "heads.score.weight",
        "norm.weight",
        "norm.bias",
    ];
    assert_eq!(names(network.named_parameters()), parameters);
    let buffers = ["norm.running_mean", "norm.running_var", "norm.num_batches_tracked"];
    assert_eq!(names(network.named_buffers()), buffers);
    assert_eq!(network.state_dict().iter().map(|(name, _)| name).last(), Some(buffers[2]));
}

#[test]
fn names_in_a_sequence_are_positions() {
    let generator = Generator::new(&Plain::default(), 1);
    let inner = Sequential::new().push(Tanh).push(Linear::new(&generator, 3, 1).unwrap());
    let network = Sequential::new().push(Linear::new(&generator, 2, 3).unwrap()).push(ReLU).push(inner);
    assert_eq!(names(network.named_parameters()), ["0.weight", "0.bias", "2.1.weight", "2.1.bias"]);
    assert_eq!(
        format!("{network:?}"),
        "Sequential { modules: [{\"weight\": [3, 2], \"bias\": [3]}, {}, {\"1.weight\": [1, 3], \"1.bias\": [1]}] }"
    );
}

#[test]
fn a_state_goes_round_from_one_module_to_another() {
    let (from, to) = (network(1), network(2));
    let x = Var::constant(&Plain::default(), array![[1.0, -0.5], [0.25, 2.0], [-1.0, 1.0]]).unwrap();
    from.forward(&x).unwrap();
    to.load_state_dict(&from.state_dict()).unwrap();
    from.eval();
    to.eval();
    assert_eq!(from.forward(&x).unwrap().value(), to.forward(&x).unwrap().value());
}

#[test]
fn a_state_is_not_changed_by_later_training() {
    let network = network(1);
    let state = network.state_dict();
    network.map_state(&mut |_, tensor| Ok(tensor.mapv(|value| value + 1.0).into_shared())).unwrap();
    let later = network.state_dict();
    for ((name, before), (_, after)) in state.iter().zip(later.iter()) {
        assert_eq!(before.mapv(|value| value + 1.0), after, "{name}");
    }
}

#[test]
fn a_state_that_does_not_fit_is_refused_as_a_whole() {
    let module = network(1);
    let before = module.state_dict();
    let state: Tensors = before
        .iter()
        .filter(|(name, _)| *name != "body.1.bias" && *name != "norm.running_var")
        .map(|(name, tensor)| match name {
            "body.0.weight" => (name.to_owned(), ArrayD::zeros(vec![2, 3]).into_shared()),
            _ => (name.to_owned(), tensor.mapv(|value| value + 1.0).into_shared()),
        })
        .chain([("tail.weight".to_owned(), ArrayD::zeros(vec![1]).into_shared())])
        .collect();
    let error = module.load_state_dict(&state).unwrap_err();
    let misshapen = Misshapen { name: "body.0.weight".into(), expected: vec![3, 2], found: vec![2, 3] };
    let mismatch = StateMismatch {
        missing: vec!["body.1.bias".into(), "norm.running_var".into()],
        unexpected: vec!["tail.weight".into()],
        misshapen: vec![misshapen],
        computed: vec![],
    };
    assert_eq!(error, Error::State(mismatch));
    assert_eq!(
        error.to_string(),
        "state does not fit: missing [\"body.1.bias\", \"norm.running_var\"], unexpected [\"tail.weight\"], \
         misshapen [\"body.0.weight\" of [2, 3] for [3, 2]]"
    );
    let after = module.state_dict();
    assert!(before.iter().zip(after.iter()).all(|((_, before), (_, after))| before == after));
}

#[test]
fn a_map_that_fails_changes_nothing() {
    let module = network(1);
    let before = module.state_dict();
    let mut map = |name: &str, tensor: &<Plain as Engine>::Tensor| match name {
        "norm.bias" => Ok(ArrayD::zeros(vec![2]).into_shared()),
        _ => Ok(tensor.mapv(|value| value + 1.0).into_shared()),
    };
    let message = module.map_state(&mut map).unwrap_err().to_string();
    assert_eq!(message, "map_state of shapes [3] and [2]");
    let after = module.state_dict();
    assert!(before.iter().zip(after.iter()).all(|((_, before), (_, after))| before == after));
}

#[test]
fn dropout_drops_in_training_alone() {
    let network = Sequential::<Plain>::new().push(Dropout::new(0.5));
    let x = Var::constant(&Plain::new(3), Array1::ones(1000)).unwrap();
    let dropped = network.forward(&x).unwrap().value();
    assert!(dropped.iter().all(|&value| value == 0.0 || value == 2.0));
    assert!((400.0..600.0).contains(&(dropped.sum() / 2.0)));
    network.eval();
    assert_eq!(network.forward(&x).unwrap().value(), x.value());
    network.train();
    assert_ne!(network.forward(&x).unwrap().value(), x.value());
}

#[test]
fn recurrent_layers_drop_between_layers_in_training_alone() {
    let engine = Plain::default();
    let layer = GRU::new(&Generator::new(&engine, 1), 2, 3, 2).unwrap().dropout(1.0);
    let input = |number| Var::constant(&engine, Array3::from_elem((4, 1, 2), number)).unwrap();
    let output = |number| layer.forward(&input(number)).unwrap().value();
    assert_eq!(output(1.0), output(-1.0), "nothing reaches the second layer");
    assert!(output(1.0).iter().all(|&value| value != 0.0), "what the second layer gives is not dropped");
    layer.eval();
    assert_ne!(output(1.0), output(-1.0));
}

#[test]
fn attention_is_dropped_in_training_alone() {
    let engine = Plain::default();
    let attention = MultiheadAttention::new(&Generator::new(&engine, 1), 4, 2).unwrap().dropout(1.0);
    let input = Var::constant(&engine, Array3::from_shape_fn((3, 2, 4), |(i, j, k)| (i + 2 * j + k) as f64));
    let input = input.unwrap();
    let (output, weights) = attention.attend(&input, &input, &input, None).unwrap();
    assert!(output.value().iter().chain(&weights.value()).all(|&value| value == 0.0));
    attention.eval();
    let (output, weights) = attention.attend(&input, &input, &input, None).unwrap();
    assert!(output.value().iter().any(|&value| value != 0.0));
    assert!(weights.value().sum_axis(Axis(2)).iter().all(|&sum| (sum - 1.0).abs() < 1e-12));
}

#[test]
fn a_cell_of_ones_own_goes_along_a_sequence() {
    /// Adds up what it is given.
    enum Sum {}

    impl Cell for Sum {
        const GATES: usize = 1;

        type State<E: Engine> = Var<E>;

        fn step<E: Engine>(
            projected: &Var<E>,
            _: &CellWeights<E>,
            state: &Var<E>,
        ) -> Result<Var<E>, E::Error> {
            state.add(projected)
        }
    }

    let engine = Plain::default();
    let layer = Recurrent::<_, Sum>::bidirectional(&Generator::new(&engine, 1), 1, 1, 1).unwrap();
    let layer = layer.without_bias().batch_first();
    layer.map_state(&mut |_, value| Ok(value.mapv(|_| 1.0).into_shared())).unwrap();
    let input = Var::constant(&engine, array![[[1.0], [2.0], [4.0]]]).unwrap();
    let (output, last) = layer.forward_from(&input, None).unwrap();
    assert_eq!(output.value(), array![[[1.0, 7.0], [3.0, 6.0], [7.0, 4.0]]].into_dyn());
    assert_eq!(last.value(), array![[[7.0]], [[7.0]]].into_dyn());
    let wrong = Var::constant(&engine, array![[[0.0]]]).unwrap();
    assert!(layer.forward_from(&input, Some(&wrong)).is_err());
}

#[test]
fn cosines_are_those_of_angles() {
    let engine = Plain::default();
    let x = Var::constant(&engine, array![[3.0, 4.0], [1.0, 0.0]]).unwrap();
    let cosines = CosineSimilarity::default().forward(&x, &array![[4.0, 3.0], [0.0, 2.0]]).unwrap();
    assert!((cosines.value()[[0]] - 0.96).abs() < 1e-12 && cosines.value()[[1]].abs() < 1e-12);
}

#[test]
fn batches_enter_the_running_statistics_in_training_alone() {
    let norm = BatchNorm1d::new(&Generator::new(&Plain::default(), 1), 2).unwrap();
    let x = Var::constant(&Plain::default(), array![[1.0, 2.0], [3.0, 6.0]]).unwrap();
    norm.eval();
    norm.forward(&x).unwrap();
    assert_eq!(norm.state_dict().tensor("num_batches_tracked").unwrap().sum(), 0.0);
    norm.train();
    norm.forward(&x).unwrap();
    let state = norm.state_dict();
    assert_eq!(state.tensor("num_batches_tracked").unwrap().sum(), 1.0);
    let mean = state.tensor("running_mean").unwrap();
    assert!((mean[[0]] - 0.2).abs() < 1e-12 && (mean[[1]] - 0.4).abs() < 1e-12);
    assert!(!norm.named_buffers().iter().any(|(_, buffer)| buffer.needs_grad()));
    let image = Var::constant(&Plain::default(), Array2::ones((2, 3))).unwrap();
    assert!(norm.forward(&image).is_err());
}

#[test]
fn the_mode_reaches_modules_of_ones_own_behind_any_pointer() {
    #[derive(Module)]
    struct Switch {
        mode: Mode,
    }

    impl<E: Engine> Forward<E> for Switch {
        fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
            input.mul(if self.mode.is_training() { 2.0 } else { 1.0 })
        }
    }

    let switch = Arc::new(Switch { mode: Mode::default() });
    let network = Sequential::<Plain>::new().push(Arc::clone(&switch)).push(Box::new(switch));
    let x = Var::constant(&Plain::default(), array![1.0]).unwrap();
    assert_eq!(network.forward(&x).unwrap().value(), array![4.0].into_dyn());
    network.eval();
    assert_eq!(network.forward(&x).unwrap().value(), array![1.0].into_dyn());
}

#[test]
fn frozen_parameters_get_no_gradient() {
    let network = network(1);
    network.body.requires_grad(false);
    let x = Var::constant(&Plain::default(), array![[1.0, -0.5], [0.25, 2.0]]).unwrap();
    network.forward(&x).unwrap().sum_all().unwrap().backward().unwrap();
    assert!(network.body.parameters().iter().all(|parameter| parameter.grad().is_none()));
    assert!(network.norm.parameters().iter().all(|parameter| parameter.grad().is_some()));
    network.zero_grad();
    assert!(network.parameters().iter().all(|parameter| parameter.grad().is_none()));
}

#[test]
fn modules_within_a_module_have_names() {
    let network = network(1);
    let names = |modules: Vec<(String, &dyn Module<Plain>)>| {
        Vec::from_iter(modules.into_iter().map(|(name, _)| name))
    };
    let children = names(network.named_children());
    assert!(
        children.contains(&"body".to_owned()) && !children.contains(&"body.0".to_owned()),
        "{children:?}"
    );
    let all = names(network.named_modules());
    let place = |name: &str| all.iter().position(|other| other == name);
    assert!(place("body").unwrap() < place("body.0").unwrap(), "{all:?}");
    assert!(all.iter().all(|name| !name.ends_with("mode")), "a mode is no module of a network: {all:?}");
    let within = network.named_modules();
    let (_, first) = within.iter().find(|(name, _)| name == "body.0").unwrap();
    assert_eq!(first.named_parameters()[0].0, "weight");
}

#[test]
fn containers_give_back_what_they_are_told_to() {
    let mut dict = ModuleDict::from_iter([("a".to_owned(), 1), ("b".to_owned(), 2)]);
    dict.update([("b".to_owned(), 3), ("c".to_owned(), 4)]);
    assert!(dict.contains("c") && !dict.contains("d"));
    assert_eq!(Vec::from_iter(dict.keys()), ["a", "b", "c"]);
    assert_eq!(Vec::from_iter(dict.values()), [&1, &3, &4]);
    dict.clear();
    assert!(dict.is_empty());
    let mut list = ModuleList::from_iter([1, 2, 3]);
    assert_eq!((list.pop(1), list.pop(2), list.pop(1)), (Some(2), None, Some(3)));
    assert_eq!(list.len(), 1);
    list.clear();
    assert!(list.is_empty());
}
