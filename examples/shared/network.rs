//! How the networks of the examples look at images: a convolution, once for all engines.

use crypten::autograd::Engine;
use crypten::nn::{self, Flatten, Generator, MaxPool2d, ReLU, Sequential};
use crypten::{Conv2d, Pool2d};

/// The first layers of a network, for images of `[channels, height, width]`, and how many features they make of one.
///
/// # Shapes
/// `[n, channels, height, width]` to `[n, features]`.
///
/// # Errors
/// If the engine fails.
pub fn eye<E: Engine>(
    generator: &Generator<E>,
    [channels, height, width]: [usize; 3],
) -> Result<(Sequential<E>, usize), E::Error> {
    const CHANNELS: usize = 8;
    let layers = Sequential::new()
        .push(nn::Conv2d::new(generator, channels, CHANNELS, [3, 3], Conv2d::padded(1))?)
        .push(MaxPool2d::new(Pool2d::square(2))) // before the ReLU: the same result, and a quarter of the work
        .push(ReLU)
        .push(Flatten::default());
    Ok((layers, CHANNELS * (height / 2) * (width / 2)))
}
