//! First values with a structure: what each of them promises.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use crypten_autograd::{Error, Plain, Var};
use crypten_nn::{Generator, init};
use ndarray::{Array2, ArrayD, Ix2, IxDyn};

fn zeros(shape: &[usize]) -> Var<Plain> {
    Var::leaf(&Plain::default(), ArrayD::zeros(shape).into_shared())
}

fn generator() -> Generator<Plain> {
    Generator::new(&Plain::default(), 7)
}

#[test]
fn a_dirac_kernel_gives_its_input() {
    let kernel = zeros(&[4, 2, 3, 3]);
    init::dirac_(&kernel, 2).unwrap();
    let input =
        ArrayD::from_shape_fn(IxDyn(&[1, 4, 3, 2]), |place| (place[1] * 7 + place[2] * 2 + place[3]) as f64);
    let input = Var::constant(&Plain::default(), input).unwrap();
    let geometry = crypten_autograd::Conv2d { padding: [1, 1], groups: 2, ..Default::default() };
    assert_eq!(input.conv2d(&kernel, None, geometry).unwrap().value(), input.value());
    // With fewer inputs than outputs, the rest is zero.
    let kernel = zeros(&[3, 2, 1]);
    init::dirac_(&kernel, 1).unwrap();
    assert_eq!(kernel.value().iter().copied().collect::<Vec<_>>(), [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    assert!(init::dirac_(&kernel, 2).is_err() && init::dirac_(&zeros(&[2, 2]), 1).is_err());
}

#[test]
fn orthogonal_values_are_orthogonal_and_as_long_as_asked_for() {
    for shape in [&[3, 5][..], &[5, 3], &[4, 2, 3], &[6, 6]] {
        let var = zeros(shape);
        init::orthogonal_(&var, 2.0, &generator()).unwrap();
        let columns = shape[1..].iter().product::<usize>();
        let matrix = var.value().to_shape((shape[0], columns)).unwrap().into_owned();
        let products = if shape[0] <= columns { matrix.dot(&matrix.t()) } else { matrix.t().dot(&matrix) };
        let expected = Array2::<f64>::eye(products.nrows()) * 4.0;
        assert!((products - expected).iter().all(|off| off.abs() < 1e-12), "{shape:?}");
    }
    let axes = init::orthogonal_(&zeros(&[3]), 1.0, &generator()).unwrap_err();
    assert!(matches!(axes, Error::AxisCount { operation: "orthogonal_", .. }));
}

#[test]
fn sparse_values_have_their_zeros_in_every_column() {
    let var = zeros(&[50, 40]);
    init::sparse_(&var, 0.25, 0.5, &generator()).unwrap();
    let matrix = var.value().into_owned().into_dimensionality::<Ix2>().unwrap();
    let is_zero = |column: usize| Vec::from_iter(matrix.column(column).iter().map(|&value| value == 0.0));
    assert!((0..40).all(|column| is_zero(column).into_iter().filter(|&zero| zero).count() == 13));
    assert_ne!(is_zero(0), is_zero(1), "each column has its own");
    let kept = matrix.iter().filter(|&&value| value != 0.0).map(|value| value * value);
    let deviation = (kept.sum::<f64>() / (37.0 * 40.0)).sqrt();
    assert!((deviation / 0.5 - 1.0).abs() < 0.1, "{deviation}");
    let message = init::sparse_(&var, 1.5, 0.5, &generator()).unwrap_err().to_string();
    assert_eq!(message, "sparsity of 1.5, expected 0 to 1");
}

#[test]
fn truncated_numbers_stay_within_bounds_and_have_the_moments_of_their_distribution() {
    // Mean and deviation of a standard normal number within bounds are known in closed form.
    let moments =
        [([-1.0, 1.0], 0.0, 0.539_56), ([-2.0, 0.5], -0.445_74, 0.613_67), ([5.0, 9.0], 5.186_50, 0.180_81)];
    for (bounds, mean, deviation) in moments {
        let var = zeros(&[200, 300]);
        let [low, high] = bounds.map(|bound| 3.0 + 2.0 * bound);
        init::trunc_normal_(&var, 3.0, 2.0, [low, high], &generator()).unwrap();
        let values = var.value();
        assert!(values.iter().all(|value| (low..=high).contains(value)));
        let found = (values.mean().unwrap(), values.std(0.0));
        assert!((found.0 - 3.0 - 2.0 * mean).abs() < 0.02, "mean {} within {bounds:?}", found.0);
        assert!((found.1 / (2.0 * deviation) - 1.0).abs() < 0.02, "deviation {} within {bounds:?}", found.1);
    }
    let message =
        init::trunc_normal_(&zeros(&[2]), 0.0, 1.0, [1.0, -1.0], &generator()).unwrap_err().to_string();
    assert_eq!(message, "upper bound of -1, expected the lower bound or above");
}

#[test]
fn secret_numbers_cannot_be_sorted_out() {
    let drawn = Generator::from_engine(&Plain::default());
    let operation = |result: Result<(), Error>| match result.unwrap_err() {
        Error::SeedNeeded { operation } => operation,
        other => panic!("{other}"),
    };
    let var = zeros(&[2, 2]);
    assert_eq!(operation(init::orthogonal_(&var, 1.0, &drawn)), "orthogonal_");
    assert_eq!(operation(init::sparse_(&var, 0.5, 1.0, &drawn)), "sparse_");
    assert_eq!(operation(init::trunc_normal_(&var, 0.0, 1.0, [-1.0, 1.0], &drawn)), "trunc_normal_");
}
