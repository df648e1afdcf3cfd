//! Matrices that are mostly zeros.
//!
//! Source: J. Martens, "Deep learning via Hessian-free optimization" (2010).

use crypten_autograd::{Engine, Error, SettingError, Var};

use crate::generator::Generator;

/// Normal numbers around zero, of which in each column a share, rounded up, is zero: `sparse_`.
///
/// # Errors
/// If this is no matrix, the share does not lie between 0 and 1, the generator has no seed, this is no leaf, or the engine
/// fails.
pub fn sparse_<E: Engine>(
    var: &Var<E>,
    sparsity: f64,
    std: f64,
    generator: &Generator<E>,
) -> Result<(), E::Error> {
    SettingError::unless_share("sparsity", sparsity).map_err(Error::from)?;
    let &[rows, columns] = var.shape() else {
        return Err(Error::axis_count("sparse_", var.shape(), 2..=2).into());
    };
    let numbers = generator.public("sparse_")?;
    let (mut matrix, lots) = (numbers.normal(rows, columns)? * std, numbers.uniform(rows, columns)?);
    let zeros = (sparsity * rows as f64).ceil() as usize;
    for (mut column, lots) in matrix.columns_mut().into_iter().zip(lots.columns()) {
        let mut places = Vec::from_iter(0..rows);
        places.sort_by(|&one, &other| lots[one].total_cmp(&lots[other]));
        places.into_iter().take(zeros).for_each(|place| column[place] = 0.0);
    }
    var.set_value(var.engine().constant(matrix.into_dyn())?)
}
