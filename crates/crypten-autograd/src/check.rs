//! Checks that an operation's gradient is that of finite differences, in the clear and by the defaults of the engine.

mod minimal; // an engine with nothing but what every engine computes

use ndarray::ArrayD;

pub(crate) use minimal::Minimal;

use crate::{Engine, Error, Plain, PlainTensor, Var, no_grad};

/// What is differentiated.
pub(crate) trait Program<E: Engine>: Fn(&[Var<E>]) -> Result<Var<E>, E::Error> {}

impl<E: Engine, F: Fn(&[Var<E>]) -> Result<Var<E>, E::Error>> Program<E> for F {}

/// Checks that gradients agree for inputs of fixed shapes, by both engines.
macro_rules! law {
    ($name:ident, [$($shape:expr),*], $range:expr, |$x:ident| $body:expr) => {
        #[test]
        fn $name() {
            let shapes: Vec<Vec<usize>> = vec![$($shape.to_vec()),*];
            for seed in 0..3 {
                let inputs = crate::check::inputs(&shapes, $range, seed);
                crate::check::laws_hold(
                    &inputs,
                    |$x: &[crate::Var<crate::Plain>]| $body,
                    |$x: &[crate::Var<crate::check::Minimal>]| $body,
                );
            }
        }
    };
}

/// Checks that gradients agree for one input of random shape, corners among them.
macro_rules! unary_law {
    ($name:ident, $range:expr, |$x:ident| $body:expr) => {
        proptest::proptest! {
            #![proptest_config(crypten_laws::cases(12))]
            #[test]
            fn $name(shape in crypten_laws::shape(), seed in 0_u64..1000) {
                crate::check::laws_hold(
                    &crate::check::inputs(&[shape], $range, seed),
                    |$x: &[crate::Var<crate::Plain>]| $body,
                    |$x: &[crate::Var<crate::check::Minimal>]| $body,
                );
            }
        }
    };
}

/// Checks that gradients agree for two inputs whose random shapes broadcast.
macro_rules! binary_law {
    ($name:ident, $range:expr, |$x:ident| $body:expr) => {
        proptest::proptest! {
            #![proptest_config(crypten_laws::cases(24))]
            #[test]
            fn $name((left, right, _) in crypten_laws::broadcastable_pair(), seed in 0_u64..1000) {
                crate::check::laws_hold(
                    &crate::check::inputs(&[left, right], $range, seed),
                    |$x: &[crate::Var<crate::Plain>]| $body,
                    |$x: &[crate::Var<crate::check::Minimal>]| $body,
                );
            }
        }
    };
}

pub(crate) use {binary_law, law, unary_law};

/// Random inputs, uniform in a range.
pub(crate) fn inputs(shapes: &[Vec<usize>], range: std::ops::Range<f64>, seed: u64) -> Vec<PlainTensor> {
    let engine = Plain::new(seed);
    let draw = |shape: &Vec<usize>| engine.uniform(shape).unwrap();
    let scaled = |x: PlainTensor| x.mapv(|x| range.start + (range.end - range.start) * x).into_shared();
    shapes.iter().map(|shape| scaled(draw(shape))).collect()
}

/// The gradient of every input is that of finite differences, alone and with the others; is linear; and both engines
/// agree, recording or not.
pub(crate) fn laws_hold(inputs: &[PlainTensor], plain: impl Program<Plain>, minimal: impl Program<Minimal>) {
    let (output, gradient) = (run(inputs, &plain), weights(&run(inputs, &plain)));
    close("output without recording", &no_grad(|| run(inputs, &plain)), &output);
    close("output by defaults", &run(inputs, &minimal), &output);
    let required = vec![true; inputs.len()];
    let together = gradients(&Plain::default(), inputs, &required, &gradient, &plain);
    let by_defaults = gradients(&Minimal::default(), inputs, &required, &gradient, &minimal);
    let doubled = gradient.mapv(|element| 2.0 * element).into_shared();
    let twice = gradients(&Plain::default(), inputs, &required, &doubled, &plain);
    for position in 0..inputs.len() {
        let found = together[position].as_ref().expect("it is required");
        close("gradient", found, &differences(inputs, position, &gradient, &plain));
        close("gradient by defaults", by_defaults[position].as_ref().expect("it is required"), found);
        let half =
            twice[position].as_ref().expect("it is required").mapv(|element| element / 2.0).into_shared();
        close("half of twice the gradient", &half, found);
        let mut alone = vec![false; inputs.len()];
        alone[position] = true;
        let alone = gradients(&Plain::default(), inputs, &alone, &gradient, &plain);
        close("gradient alone", alone[position].as_ref().expect("it is required"), found);
        assert!(alone.iter().enumerate().all(|(other, found)| other == position || found.is_none()));
    }
}

fn run<E>(inputs: &[PlainTensor], program: &impl Program<E>) -> PlainTensor
where
    E: Engine<Tensor = PlainTensor, Error = Error> + Default,
{
    let inputs: Vec<Var<E>> = inputs.iter().map(|input| Var::leaf(&E::default(), input.clone())).collect();
    program(&inputs).unwrap().value()
}

fn gradients<E>(
    engine: &E,
    inputs: &[PlainTensor],
    required: &[bool],
    gradient: &PlainTensor,
    program: &impl Program<E>,
) -> Vec<Option<PlainTensor>>
where
    E: Engine<Tensor = PlainTensor, Error = Error>,
{
    let leaf =
        |(input, &required): (&PlainTensor, &bool)| Var::new(engine, input.clone()).requires_grad(required);
    let inputs: Vec<Var<E>> = inputs.iter().zip(required).map(leaf).collect();
    let output = program(&inputs).unwrap();
    if output.needs_grad() {
        output.backward_with(gradient).unwrap();
    }
    let zeros = |input: &Var<E>| ArrayD::zeros(input.shape()).into_shared();
    inputs.iter().map(|input| input.grad().or_else(|| input.needs_grad().then(|| zeros(input)))).collect()
}

/// `∂ Σ w f(x) / ∂x`, by central differences.
fn differences(
    inputs: &[PlainTensor],
    position: usize,
    gradient: &PlainTensor,
    program: &impl Program<Plain>,
) -> PlainTensor {
    const STEP: f64 = 1e-5;
    let mut slopes = ArrayD::zeros(inputs[position].shape());
    for (place, slope) in slopes.indexed_iter_mut() {
        let weighted = |step: f64| {
            let mut moved = inputs.to_vec();
            moved[position][&place] += step;
            (&no_grad(|| run(&moved, program)) * gradient).sum()
        };
        *slope = (weighted(STEP) - weighted(-STEP)) / (2.0 * STEP);
    }
    slopes.into_shared()
}

/// A gradient of the output with nothing regular about it.
fn weights(output: &PlainTensor) -> PlainTensor {
    let weights = Plain::new(77).uniform(output.shape()).unwrap();
    weights.mapv(|weight| 2.0 * weight - 0.7).into_shared()
}

#[track_caller]
fn close(what: &str, found: &PlainTensor, expected: &PlainTensor) {
    assert_eq!(found.shape(), expected.shape(), "shape of the {what}");
    for (found, expected) in found.iter().zip(expected) {
        let off = (found - expected).abs();
        assert!(off <= 2e-6 * (1.0 + expected.abs()), "{what}: {found}, not {expected}");
    }
}
