//! Graphs: how gradients add up, what is freed, and what every misuse is called.

use std::sync::Arc;

use crypten_autograd::{Context, Engine, Error, Function, Plain, PlainTensor, Var, enable_grad, no_grad};
use ndarray::{Array1, array};

type Result<T> = std::result::Result<T, Error>;

fn leaf(values: Array1<f64>) -> Var<Plain> {
    Var::leaf(&Plain::default(), values.into_dyn().into_shared())
}

#[test]
fn a_value_used_twice_collects_both_gradients() -> Result<()> {
    let x = leaf(array![1.0, 2.0]);
    let y = x.square()?;
    (&y * &x + &y)?.sum_all()?.backward()?;
    assert_eq!(x.gradient()?, array![5.0, 16.0].into_dyn());
    Ok(())
}

#[test]
fn each_pass_adds_to_the_gradient_until_it_is_forgotten() -> Result<()> {
    let x = leaf(array![3.0]);
    x.square()?.backward()?;
    x.mul(2.0)?.backward()?;
    assert_eq!(x.gradient()?, array![8.0].into_dyn());
    x.zero_grad();
    assert_eq!(x.grad(), None);
    Ok(())
}

#[test]
fn a_deep_graph_overflows_no_stack() -> Result<()> {
    let deep = || -> Result<()> {
        let x = leaf(array![1.0]);
        let chain = |count: usize| (0..count).try_fold(x.clone(), |y, _| y.add(1.0));
        chain(100_000)?.backward()?;
        assert_eq!(x.gradient()?, array![1.0].into_dyn());
        // Freed without a pass.
        drop(chain(100_000)?);
        Ok(())
    };
    let small_stack = std::thread::Builder::new().stack_size(128 * 1024).spawn(deep).unwrap();
    small_stack.join().unwrap()
}

#[test]
fn a_wide_graph_is_gone_through_once() -> Result<()> {
    // As many paths as 2 to the 60th lead to x.
    let x = leaf(array![1.0]);
    let y = (0..60).try_fold(x.clone(), |y, _| &y + &y)?;
    y.backward()?;
    assert_eq!(x.gradient()?, array![2.0_f64.powi(60)].into_dyn());
    Ok(())
}

#[test]
fn a_graph_is_freed_unless_it_is_retained() -> Result<()> {
    let x = leaf(array![2.0]);
    let y = x.exp()?.log()?;
    y.backward_retaining_graph(None)?;
    y.backward_retaining_graph(Some(&array![2.0].into_dyn().into_shared()))?;
    y.backward()?;
    assert!((x.gradient()?[[0]] - 4.0).abs() < 1e-12);
    assert_eq!(y.backward(), Err(Error::GraphFreed { operation: "log" }));
    Ok(())
}

#[test]
fn a_shared_part_that_is_gone_is_named() -> Result<()> {
    let x = leaf(array![2.0]);
    let shared = x.exp()?;
    let (y, z) = (shared.square()?, shared.mul(3.0)?);
    y.backward()?;
    let before = x.gradient()?;
    assert_eq!(z.backward(), Err(Error::GraphFreed { operation: "exp" }));
    assert_eq!(x.gradient()?, before);
    Ok(())
}

#[test]
fn results_keep_a_gradient_only_when_told_to() -> Result<()> {
    let x = leaf(array![2.0]);
    let (y, z) = (x.square()?, x.exp()?);
    y.retain_grad();
    y.mul(&z)?.backward()?;
    assert_eq!(y.gradient()?, z.value());
    assert_eq!(z.gradient(), Err(Error::NoGradient { operation: "exp" }));
    Ok(())
}

#[test]
fn misuse_is_named() -> Result<()> {
    let x = leaf(array![1.0, 2.0]);
    let y = x.exp()?;
    let expected = Error::GradientNeeded { operation: "exp", shape: vec![2] };
    assert_eq!(y.backward(), Err(expected));
    let wrong: PlainTensor = array![1.0].into_dyn().into_shared();
    let expected = Error::GradientMisfit { operation: "exp", expected: vec![2], found: vec![1] };
    assert_eq!(y.backward_with(&wrong), Err(expected));
    assert_eq!(y.set_value(x.value()), Err(Error::NotALeaf { operation: "exp" }));
    assert_eq!(x.detach().sum_all()?.backward(), Err(Error::NotDifferentiable { operation: "sum" }));
    assert_eq!(x.gradient(), Err(Error::NoGradient { operation: "leaf" }));
    assert_eq!(x.add(&array![1.0, 2.0, 3.0]).unwrap_err().to_string(), "add of shapes [2] and [3]");
    assert!(x.set_value(wrong).is_err());
    Ok(())
}

#[test]
fn nothing_is_recorded_where_no_gradient_is_required() -> Result<()> {
    let (x, w) = (leaf(array![1.0]), leaf(array![2.0]).requires_grad(false));
    assert!(!w.exp()?.needs_grad());
    assert!(!no_grad(|| x.exp())?.needs_grad());
    assert!(no_grad(|| enable_grad(|| x.exp()))?.needs_grad());
    assert!(!x.exp()?.detach().needs_grad());
    assert!(x.exp()?.requires_grad(false).is_leaf());
    let product = x.mul(&w)?;
    product.backward()?;
    assert_eq!((x.grad().is_some(), w.grad()), (true, None));
    Ok(())
}

#[test]
fn a_replaced_value_leaves_the_graph_as_it_was() -> Result<()> {
    let x = leaf(array![3.0]);
    let y = x.square()?;
    x.set_value(array![100.0].into_dyn().into_shared())?;
    y.backward()?;
    assert_eq!(x.gradient()?, array![6.0].into_dyn());
    assert_eq!(x.square()?.value(), array![10_000.0].into_dyn());
    Ok(())
}

#[test]
fn every_operand_stands_on_either_side() -> Result<()> {
    let (x, array) = (leaf(array![4.0]), array![2.0]);
    let value = |y: Result<Var<Plain>>| y.map(|y| y.value()[[0]]);
    assert_eq!(value(&x + 1.0), Ok(5.0));
    assert_eq!(value(1.0 - &x), Ok(-3.0));
    assert_eq!(value(2 / &x), Ok(0.5));
    assert_eq!(value(&array - &x), Ok(-2.0));
    assert_eq!(value(array.view() / &x), Ok(0.5));
    assert_eq!(value(&x / &array), Ok(2.0));
    assert_eq!(value(&x * &array![3_i32]), Ok(12.0));
    assert_eq!(value(array![0.5_f32] - &x), Ok(-3.5));
    assert_eq!(value(-&x), Ok(-4.0));
    assert_eq!(value(&x * &x - &x), Ok(12.0));
    assert_eq!(value(&x - &x * &x), Ok(-12.0));
    assert_eq!(value(&x * (1 + &x)), Ok(20.0));
    Ok(())
}

/// The identity, whose saved state can be watched.
struct Watched(#[expect(dead_code, reason = "how long it lives is what counts")] Arc<()>);

impl<E: Engine> Function<E> for Watched {
    fn name(&self) -> &'static str {
        "watched"
    }

    fn forward(&self, _: &mut Context<E>, inputs: &[E::Tensor]) -> std::result::Result<E::Tensor, E::Error> {
        Ok(inputs[0].clone())
    }

    fn backward(
        &self,
        _: &Context<E>,
        gradient: &E::Tensor,
    ) -> std::result::Result<Vec<Option<E::Tensor>>, E::Error> {
        Ok(vec![Some(gradient.clone())])
    }
}

#[test]
fn what_a_graph_saved_is_freed_as_soon_as_it_is_used() -> Result<()> {
    let (x, token) = (leaf(array![2.0]), Arc::new(()));
    let y = Var::apply(Watched(Arc::clone(&token)), &[&x])?.mul(3.0)?;
    y.backward_retaining_graph(None)?;
    assert_eq!(Arc::strong_count(&token), 2);
    y.backward()?;
    assert_eq!(Arc::strong_count(&token), 1);
    // And at once where nothing is recorded, or the result is dropped.
    no_grad(|| Var::apply(Watched(Arc::clone(&token)), &[&x]))?;
    drop(Var::apply(Watched(Arc::clone(&token)), &[&x])?.exp()?);
    assert_eq!(Arc::strong_count(&token), 1);
    Ok(())
}

/// `x y`, which counts on nobody asking for the gradient of `y`.
struct Forgetful;

impl<E: Engine> Function<E> for Forgetful {
    fn name(&self) -> &'static str {
        "forgetful"
    }

    fn forward(
        &self,
        context: &mut Context<E>,
        inputs: &[E::Tensor],
    ) -> std::result::Result<E::Tensor, E::Error> {
        context.save(inputs[1].clone());
        context.engine().mul(&inputs[0], &inputs[1])
    }

    fn backward(
        &self,
        context: &Context<E>,
        gradient: &E::Tensor,
    ) -> std::result::Result<Vec<Option<E::Tensor>>, E::Error> {
        Ok(vec![Some(context.engine().mul(gradient, &context.saved()[0])?), None])
    }
}

#[test]
fn a_function_of_ones_own_gives_the_gradients_that_are_needed() -> Result<()> {
    let (x, y) = (leaf(array![2.0]), leaf(array![3.0]));
    Var::apply(Forgetful, &[&x, &y.detach()])?.backward()?;
    assert_eq!(x.gradient()?, array![3.0].into_dyn());
    let missing = Error::MissingGradient { operation: "forgetful", input: 1 };
    assert_eq!(Var::apply(Forgetful, &[&x, &y])?.backward(), Err(missing));
    let count = Error::GradientCount { operation: "forgetful", inputs: 3, gradients: 2 };
    assert_eq!(Var::apply(Forgetful, &[&x, &y, &y])?.backward(), Err(count));
    assert_eq!(Var::<Plain>::apply(Forgetful, &[]).unwrap_err(), Error::NoOperand { operation: "forgetful" });
    Ok(())
}

#[test]
fn a_value_prints_no_numbers() -> Result<()> {
    let x = leaf(array![123.0, 456.0]).exp()?;
    assert_eq!(format!("{x:?}"), "Var(shape=[2], from exp, needs_grad=true)");
    Ok(())
}

#[test]
fn a_small_network_learns_in_the_clear() -> Result<()> {
    let engine = Plain::new(3);
    let weight = |shape: &[usize]| -> Result<Var<Plain>> {
        Ok(Var::new(&engine, engine.normal(shape)?).mul(0.5)?.requires_grad(true))
    };
    let (first, bias, second) = (weight(&[2, 8])?, weight(&[8])?, weight(&[8, 1])?);
    let x = Var::constant(&engine, array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])?;
    let exclusive_or = array![[0.0], [1.0], [1.0], [0.0]];
    let mut last = f64::INFINITY;
    for _ in 0..1500 {
        let hidden = (x.matmul(&first)? + &bias)?.tanh()?;
        let loss = hidden.matmul(&second)?.binary_cross_entropy_with_logits(&exclusive_or)?;
        loss.backward()?;
        for parameter in [&first, &bias, &second] {
            let step = parameter.gradient()?.mapv(|slope| -0.5 * slope).into_shared();
            parameter.set_value(engine.add(&parameter.value(), &step)?)?;
            parameter.zero_grad();
        }
        last = loss.value()[[]];
    }
    assert!(last < 0.05, "the loss is {last}");
    Ok(())
}

#[test]
fn a_graph_may_move_to_another_thread() -> Result<()> {
    let x = leaf(array![3.0]);
    let y = x.square()?;
    std::thread::spawn(move || y.backward()).join().unwrap()?;
    assert_eq!(x.gradient()?, array![6.0].into_dyn());
    Ok(())
}
