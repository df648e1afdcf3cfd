//! Means and variances.

use crate::engine::Engine;

/// The moments of a tensor over some axes; see [`Engine::moments`].
#[derive(Clone, Debug)]
pub struct Moments<T> {
    /// The mean.
    pub mean: T,
    /// The mean of the squared differences from the mean.
    pub var: T,
    /// The differences from the mean.
    pub centered: T,
}

pub(super) fn moments<E: Engine>(
    engine: &E,
    x: &E::Tensor,
    axes: &[usize],
) -> Result<Moments<E::Tensor>, E::Error> {
    let mean = engine.mean_keepdim(x, axes)?;
    let centered = engine.sub(x, &mean)?;
    let var = engine.mean_keepdim(&engine.square(&centered)?, axes)?;
    Ok(Moments { mean, var, centered })
}
