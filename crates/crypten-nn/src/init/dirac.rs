//! Convolutions that change nothing.

use crypten_autograd::{Engine, Error, Var};
use ndarray::{ArrayD, IxDyn};

/// A one in the middle of the kernel from each input channel to the output channel of the same number, in each group, and
/// zeros elsewhere: a convolution with "same" padding gives its input, as far as there are channels.
///
/// # Shapes
/// `[o, c / groups, ..]`, with one to three axes of space.
///
/// # Errors
/// If there are fewer axes or more, the groups do not divide the outputs, this is no leaf, or the engine fails.
pub fn dirac_<E: Engine>(var: &Var<E>, groups: usize) -> Result<(), E::Error> {
    let (&[outputs, inputs, ref field @ ..], 3..=5) = (var.shape(), var.ndim()) else {
        return Err(Error::axis_count("dirac_", var.shape(), 3..=5).into());
    };
    let width = Error::divided("dirac_", outputs, groups)?;
    let mut kernel = ArrayD::zeros(IxDyn(var.shape()));
    let middle = Vec::from_iter(field.iter().map(|length| length / 2));
    for group in 0..groups {
        for channel in 0..width.min(inputs) {
            let place = [&[group * width + channel, channel], &middle[..]].concat();
            if let Some(element) = kernel.get_mut(IxDyn(&place)) {
                *element = 1.0;
            }
        }
    }
    var.set_value(var.engine().constant(kernel)?)
}
