//! What an engine draws has the distribution that was asked for, and nothing is drawn twice.

use ndarray::ArrayD;

use crate::Engine;

const COUNT: usize = 2000;

/// Checks moments within six standard errors and what the precision allows, and that draws differ.
pub(super) fn is_fresh<E: Engine>(
    engine: &E,
    precision: f64,
    read: impl Fn(&E::Tensor) -> Result<ArrayD<f64>, E::Error>,
) -> Result<(), E::Error> {
    let error = 1e-2 * precision + 6.0 / (COUNT as f64).sqrt();
    let shape = [COUNT / 2, 2];

    let uniform = read(&engine.uniform(&shape)?)?;
    assert_eq!(uniform.shape(), shape, "shape of uniform numbers");
    assert!(uniform.iter().all(|x| (0.0..=1.0).contains(x)), "uniform numbers lie between 0 and 1");
    near("mean of uniform numbers", uniform.sum() / COUNT as f64, 0.5, error);
    near("deviation of uniform numbers", uniform.std(0.0), 12.0_f64.sqrt().recip(), error);
    assert_ne!(uniform, read(&engine.uniform(&shape)?)?, "two draws of uniform numbers are the same");

    let normal = read(&engine.normal(&shape)?)?;
    near("mean of normal numbers", normal.sum() / COUNT as f64, 0.0, error);
    near("deviation of normal numbers", normal.std(0.0), 1.0, error);

    let bits = read(&engine.bernoulli(&shape, 0.25)?)?;
    assert!(bits.iter().all(|&bit| bit == 0.0 || bit == 1.0), "random bits are 0 or 1");
    near("share of random bits", bits.sum() / COUNT as f64, 0.25, error);
    Ok(())
}

fn near(what: &str, found: f64, expected: f64, error: f64) {
    assert!((found - expected).abs() < error, "{what}: {found} instead of {expected}");
}
