//! Laws of normalisation.

use ndarray::{Array1, array};

use super::BatchNorm;
use crate::check::law;
use crate::{Error, Plain, Var};

const TRAINING: BatchNorm = BatchNorm { training: true, eps: 1e-2, momentum: 0.1 };
const EVALUATION: BatchNorm = BatchNorm { training: false, ..TRAINING };

law!(batches_have_the_gradient, [&[3, 2, 2, 2], &[2], &[2]], -2.0..2.0, |x| {
    Ok(x[0].batchnorm(Some(&x[1]), Some(&x[2]), None, None, TRAINING)?.0)
});
law!(batches_without_weight_have_the_gradient, [&[4, 2]], -2.0..2.0, |x| {
    Ok(x[0].batchnorm(None, None, None, None, EVALUATION)?.0)
});
law!(running_statistics_have_the_gradient_of_a_line, [&[3, 2, 2], &[2], &[2]], 0.5..2.0, |x| {
    let engine = x[0].engine();
    let (mean, var) = (Var::constant(engine, array![0.3, -0.2])?, Var::constant(engine, array![0.5, 2.0])?);
    Ok(x[0].batchnorm(Some(&x[1]), Some(&x[2]), Some(&mean), Some(&var), EVALUATION)?.0)
});
law!(layers_have_the_gradient, [&[3, 2, 4], &[2, 4], &[2, 4]], -2.0..2.0, |x| {
    x[0].layer_norm(&[2, 4], Some(&x[1]), Some(&x[2]), 1e-2)
});
law!(groups_have_the_gradient, [&[2, 4, 2, 2], &[4], &[4]], -2.0..2.0, |x| {
    x[0].group_norm(2, Some(&x[1]), Some(&x[2]), 1e-2)
});
law!(instances_have_the_gradient, [&[2, 2, 4], &[2]], -2.0..2.0, |x| {
    x[0].instance_norm(Some(&x[1]), None, 1e-2)
});

#[test]
fn a_batch_enters_the_running_statistics() -> Result<(), Error> {
    let engine = Plain::default();
    let x = Var::constant(&engine, array![[1.0], [3.0]])?.requires_grad(true);
    let zero = Var::constant(&engine, Array1::zeros(1))?;
    let (_, running) = x.batchnorm(None, None, Some(&zero), Some(&zero), TRAINING)?;
    let running = running.expect("it is in training");
    assert!((running.mean.value()[0] - 0.2).abs() < 1e-12 && (running.var.value()[0] - 0.2).abs() < 1e-12);
    assert!(!running.mean.needs_grad() && !running.var.needs_grad());
    Ok(())
}

#[test]
fn what_does_not_fit_is_named() {
    let x = Var::constant(&Plain::default(), array![[1.0, 2.0]]).unwrap();
    let few = x.batchnorm(None, None, None, None, TRAINING).unwrap_err();
    assert_eq!(few, Error::TooFewElements { operation: "batchnorm", elements: 1, needed: 2 });
    assert!(x.batchnorm(None, None, Some(&x), None, TRAINING).is_err());
    assert!(x.layer_norm(&[3], None, None, 1e-5).is_err() && x.group_norm(3, None, None, 1e-5).is_err());
}
