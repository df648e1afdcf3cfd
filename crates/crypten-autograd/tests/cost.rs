//! What a gradient costs: an engine that counts shows that nothing is computed twice, and that masks are used as such.
//!
//! The engine is also what one brought from outside looks like: eighteen methods, and one override.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crypten_autograd::{Computed, Conv2d, Engine, Error, Norm, Plain, PlainTensor, Pool2d, Var};
use ndarray::ArrayD;

/// The engine in the clear, counting what would be a protocol in a secret one.
#[derive(Clone, Default)]
struct Counting {
    plain: Plain,
    counts: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

impl Counting {
    fn count(&self, operation: &'static str) {
        *self.counts().entry(operation).or_default() += 1;
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<&'static str, usize>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has been counted since the last call, in words.
    fn report(&self) -> String {
        let counts = std::mem::take(&mut *self.counts());
        let words: Vec<String> =
            counts.iter().map(|(operation, count)| format!("{count} {operation}")).collect();
        words.join(", ")
    }
}

macro_rules! delegate {
    ($($name:ident($($argument:ident: $type:ty),*) $($counted:literal)?;)*) => {$(
        fn $name(&self, $($argument: $type),*) -> Computed<Self> {
            $(self.count($counted);)?
            self.plain.$name($($argument),*)
        }
    )*};
}

impl Engine for Counting {
    type Tensor = PlainTensor;
    type Error = Error;

    fn shape<'a>(&self, x: &'a PlainTensor) -> &'a [usize] {
        x.shape()
    }

    fn constant(&self, values: ArrayD<f64>) -> Computed<Self> {
        self.plain.constant(values)
    }

    // Products with public numbers cost less than those of secrets.
    fn mul_number(&self, x: &PlainTensor, number: f64) -> Computed<Self> {
        self.plain.mul_number(x, number)
    }

    delegate! {
        add(x: &PlainTensor, y: &PlainTensor);
        mul(x: &PlainTensor, y: &PlainTensor) "mul";
        mul_mask(x: &PlainTensor, mask: &PlainTensor) "mul_mask";
        matmul(x: &PlainTensor, y: &PlainTensor) "matmul";
        sum_keepdim(x: &PlainTensor, axes: &[usize]);
        reshape(x: &PlainTensor, shape: &[usize]);
        permute(x: &PlainTensor, axes: &[usize]);
        index_select(x: &PlainTensor, axis: usize, positions: &[usize]);
        index_add(x: &PlainTensor, axis: usize, positions: &[usize], source: &PlainTensor);
        cat(tensors: &[&PlainTensor], axis: usize);
        lt(x: &PlainTensor, y: &PlainTensor) "lt";
        exp(x: &PlainTensor) "exp";
        log(x: &PlainTensor) "log";
        reciprocal(x: &PlainTensor) "reciprocal";
        inv_sqrt(x: &PlainTensor) "inv_sqrt";
        cos(x: &PlainTensor) "cos";
        erf(x: &PlainTensor) "erf";
        uniform(shape: &[usize]);
    }
}

#[track_caller]
fn check(expected: &str, shapes: &[&[usize]], program: impl Fn(&[Var<Counting>]) -> Computation) {
    assert_eq!(cost(shapes, program).as_deref(), Ok(expected));
}

type Computation = Result<Var<Counting>, Error>;

/// The counts of the backward pass of a program whose first input alone requires a gradient.
fn cost(shapes: &[&[usize]], program: impl Fn(&[Var<Counting>]) -> Computation) -> Result<String, Error> {
    let engine = Counting::default();
    let draw = |shape: &&[usize]| Var::rand(&engine, shape)?.add(0.5);
    let mut inputs = shapes.iter().map(draw).collect::<Result<Vec<_>, _>>()?;
    inputs[0] = inputs[0].detach().requires_grad(true);
    let output = program(&inputs)?;
    let gradient = engine.uniform(output.shape())?;
    engine.report();
    output.backward_with(&gradient)?;
    Ok(engine.report())
}

#[test]
fn linear_gradients_cost_one_product() {
    check("1 mul", &[&[2, 3], &[3]], |x| x[0].mul(&x[1]));
    check("1 matmul", &[&[2, 3], &[3, 4]], |x| x[0].matmul(&x[1]));
    check("1 matmul", &[&[3, 4], &[5, 2, 3]], |x| x[1].matmul(&x[0]));
    check("1 matmul", &[&[1, 2, 5, 5], &[3, 2, 3, 3]], |x| x[0].conv2d(&x[1], None, Conv2d::padded(1)));
    check("1 matmul", &[&[3, 2, 3, 3], &[1, 2, 5, 5]], |x| x[1].conv2d(&x[0], None, Conv2d::padded(1)));
}

#[test]
fn masks_of_the_forward_pass_route_the_gradient() {
    check("1 mul_mask", &[&[2, 3]], |x| x[0].relu());
    check("1 mul_mask", &[&[2, 3]], |x| x[0].leaky_relu(0.1));
    check("1 mul_mask", &[&[2, 3]], |x| x[0].clamp(0.2, 0.8));
    check("1 mul_mask", &[&[2, 3]], |x| x[0].abs());
    check("1 mul_mask", &[&[2, 3]], |x| x[0].max(1));
    check("1 mul_mask", &[&[4, 4]], |x| x[0].max_pool2d(Pool2d::square(2)));
    check("1 mul_mask", &[&[2, 3]], |x| x[0].dropout(0.3, true));
    check("1 mul_mask", &[&[2, 3], &[2, 3]], |x| x[1].gt(1.0)?.where_cond(&x[0], 2.0));
}

#[test]
fn outputs_and_slopes_of_the_forward_pass_make_the_gradient() {
    check("1 mul", &[&[2, 3]], |x| x[0].exp());
    check("2 mul", &[&[2, 3]], |x| x[0].sigmoid());
    check("2 mul", &[&[2, 3]], |x| x[0].tanh());
    check("1 mul", &[&[2, 3]], |x| x[0].sqrt());
    check("1 mul", &[&[2, 3]], |x| x[0].gelu());
    check("1 mul", &[&[2, 3]], |x| x[0].silu());
    check("1 mul", &[&[2, 3]], |x| x[0].erf());
    check("1 mul", &[&[2, 3]], |x| x[0].sin());
    check("1 mul", &[&[2, 3]], |x| x[0].pow(5));
    check("2 mul", &[&[2, 3]], |x| x[0].reciprocal());
    check("1 mul", &[&[2, 3], &[3]], |x| x[0].div(&x[1]));
    check("2 mul", &[&[3], &[2, 3]], |x| x[1].div(&x[0]));
    check("2 mul", &[&[2, 3]], |x| x[0].softmax(1));
    check("1 mul", &[&[2, 3]], |x| x[0].log_softmax(1));
    check("1 mul, 1 reciprocal", &[&[2, 3]], |x| x[0].log());
    check("1 mul", &[&[2, 3]], |x| x[0].var(1, true));
    check("2 mul", &[&[2, 3]], |x| x[0].norm(Norm::Two, 1));
}

#[test]
fn losses_of_logits_cost_one_product() {
    check("1 mul", &[&[2, 3], &[2, 3]], |x| x[0].cross_entropy(&x[1]));
    check("1 mul", &[&[2, 3], &[2, 3]], |x| x[0].binary_cross_entropy_with_logits(&x[1]));
}

#[test]
fn normalisation_multiplies_the_large_tensor_three_times() {
    // Beside these two products of small ones.
    check("5 mul", &[&[4, 3, 2]], |x| x[0].layer_norm(&[2], None, None, 1e-5));
}

#[test]
fn what_moves_elements_costs_nothing() {
    check("", &[&[2, 3]], |x| x[0].sum(0)?.expand(&[4, 3])?.reshape(&[-1]));
    check("", &[&[2, 3]], |x| x[0].roll(&[1], &[1])?.flip(0)?.pad(&[(1, 2)], 0.0)?.narrow(1, 1, 2));
    check("", &[&[2, 3]], |x| Var::cat(&[&x[0].t()?.index_select(0, &[2, 2])?, &x[0].t()?], 0)?.add(2.0));
}
