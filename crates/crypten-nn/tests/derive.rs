//! What `#[derive(Module)]` makes of structs of every kind.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::marker::PhantomData;

use crypten_autograd::{Engine, Plain, Var};
use crypten_nn::{Dropout, Forward, Generator, Linear, Mode, Module, ModuleList, ReLU};
use ndarray::{Array1, array};

fn linear(inputs: usize, outputs: usize) -> Linear<Plain> {
    Linear::new(&Generator::new(&Plain::default(), 1), inputs, outputs).unwrap().without_bias()
}

fn var(values: [f64; 2]) -> Var<Plain> {
    Var::constant(&Plain::default(), Array1::from(values.to_vec())).unwrap().requires_grad(true)
}

fn state<M: Module<Plain>>(module: &M) -> Vec<String> {
    module.state_dict().iter().map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn what_is_optional_is_listed_if_it_is_there() {
    #[derive(Module)]
    struct Unit<E: Engine> {
        shortcut: Option<Linear<E>>,
        #[module(parameter)]
        bias: Option<Var<E>>,
        #[module(buffer)]
        mean: Option<Var<E>>,
        #[module(parameter)]
        weight: Var<E>,
    }

    let empty = Unit { shortcut: None, bias: None, mean: None, weight: var([1.0, 2.0]) };
    assert_eq!(state(&empty), ["weight"]);
    let (bias, mean) = (Some(var([0.0, 0.0])), Some(var([0.0, 1.0])));
    let full = Unit { shortcut: Some(linear(2, 2)), bias, mean, ..empty };
    assert_eq!(state(&full), ["bias", "weight", "mean", "shortcut.weight"]);
    assert_eq!(full.parameters().len(), 3);
    assert_eq!(full.named_buffers()[0].0, "mean");
}

#[test]
fn names_follow_fields_positions_and_wishes() {
    #[derive(Module)]
    #[module(engine = Plain)]
    struct Inner(Linear<Plain>, #[module(parameter)] Var<Plain>);

    #[derive(Module)]
    #[module(engine = Plain)]
    struct Outer {
        r#in: Inner,
        #[module(name = "Conv_1")]
        first: Linear<Plain>,
        #[module(parameter, name = "cls_token")]
        token: Var<Plain>,
    }

    #[derive(Module)]
    #[module(engine = Plain)]
    struct Pair(Linear<Plain>, Linear<Plain>);

    let inner = Inner(linear(2, 2), var([1.0, 1.0]));
    let outer = Outer { r#in: inner, first: linear(2, 3), token: var([0.5, 0.5]) };
    assert_eq!(state(&outer), ["cls_token", "in.1", "in.0.weight", "Conv_1.weight"]);
    assert_eq!(state(&Pair(linear(1, 1), linear(1, 2))), ["0.weight", "1.weight"]);
}

#[test]
fn flat_parts_have_no_name_in_front() {
    #[derive(Module)]
    struct Shared<E: Engine> {
        #[module(parameter)]
        weight: Var<E>,
        mode: Mode,
    }

    #[derive(Module)]
    struct Layer<E: Engine> {
        #[module(flatten)]
        shared: Shared<E>,
        tail: Linear<E>,
    }

    let shared = Shared { weight: var([1.0, 2.0]), mode: Mode::default() };
    let layer = Layer { shared, tail: linear(2, 1) };
    assert_eq!(state(&layer), ["weight", "tail.weight"]);
    layer.eval();
    assert!(!layer.shared.mode.is_training());
}

#[test]
fn a_struct_without_an_engine_is_a_module_over_every_one() {
    #[derive(Module)]
    struct Swish;

    #[derive(Module)]
    struct Noisy {
        dropout: Dropout,
        #[module(skip)]
        slope: f64,
    }

    impl<E: Engine> Forward<E> for Noisy {
        fn forward(&self, input: &Var<E>) -> Result<Var<E>, E::Error> {
            self.dropout.forward(&input.leaky_relu(self.slope)?)
        }
    }

    fn none<E: Engine>(module: &impl Module<E>) -> bool {
        module.parameters().is_empty() && module.named_buffers().is_empty()
    }

    let noisy = Noisy { dropout: Dropout::new(0.9), slope: 0.5 };
    assert!(none::<Plain>(&Swish) && none::<Plain>(&noisy));
    Module::<Plain>::eval(&noisy);
    let x = Var::constant(&Plain::default(), array![1.0, -2.0]).unwrap();
    assert_eq!(noisy.forward(&x).unwrap().value(), array![1.0, -1.0].into_dyn());
}

#[test]
fn children_of_any_type_may_be_parameters_of_the_struct() {
    #[derive(Module)]
    struct Residual<M> {
        body: M,
    }

    #[derive(Module)]
    struct Ensemble<E, M>
    where
        E: Engine,
    {
        members: ModuleList<M>,
        boxed: Box<dyn Forward<E>>,
        #[module(skip)]
        _engine: PhantomData<E>,
    }

    let members = [Residual { body: linear(2, 2) }, Residual { body: linear(2, 2) }].into_iter().collect();
    let ensemble = Ensemble { members, boxed: Box::new(ReLU), _engine: PhantomData::<Plain> };
    assert_eq!(state(&ensemble), ["members.0.body.weight", "members.1.body.weight"]);
    assert_eq!(ensemble.boxed.forward(&var([-1.0, 1.0])).unwrap().value(), array![0.0, 1.0].into_dyn());
}
