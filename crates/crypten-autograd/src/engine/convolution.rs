//! Convolutions and their gradients, as products of matrices.
//!
//! Unfolding an image gives a matrix `U` with a row for each element that a kernel has for one output channel, and a
//! column for each position of the output. With the kernel as a matrix `K`, the convolution is `K U`; its gradients are
//! `Kᵀ G`, folded back, and `G Uᵀ`. Groups of channels are products beside each other.

use crypten_ring::Conv2d;
use ndarray::ArrayD;

use super::Engine;
use crate::error::Error;

pub(super) fn conv2d<E: Engine>(
    engine: &E,
    x: &E::Tensor,
    kernel: &E::Tensor,
    geometry: Conv2d,
) -> Result<E::Tensor, E::Error> {
    let unfolding = Unfolding::new(engine.shape(x), engine.shape(kernel), geometry)?;
    let kernel = unfolding.grouped_kernel(engine, kernel)?;
    let product = engine.matmul(&kernel, &unfolding.unfold(engine, x)?)?;
    engine.reshape(&product, &unfolding.output)
}

pub(super) fn input_gradient<E: Engine>(
    engine: &E,
    gradient: &E::Tensor,
    kernel: &E::Tensor,
    input: &[usize],
    geometry: Conv2d,
) -> Result<E::Tensor, E::Error> {
    let unfolding = Unfolding::new(input, engine.shape(kernel), geometry)?;
    let kernel = engine.permute(&unfolding.grouped_kernel(engine, kernel)?, &[0, 2, 1])?;
    let product = engine.matmul(&kernel, &unfolding.grouped_output(engine, gradient)?)?;
    unfolding.fold(engine, &product)
}

pub(super) fn kernel_gradient<E: Engine>(
    engine: &E,
    gradient: &E::Tensor,
    x: &E::Tensor,
    kernel: &[usize],
    geometry: Conv2d,
) -> Result<E::Tensor, E::Error> {
    let unfolding = Unfolding::new(engine.shape(x), kernel, geometry)?;
    let unfolded = engine.permute(&unfolding.unfold(engine, x)?, &[0, 1, 3, 2])?;
    let product = engine.matmul(&unfolding.grouped_output(engine, gradient)?, &unfolded)?;
    engine.reshape(&engine.sum_keepdim(&product, &[0])?, kernel)
}

/// Where the elements that a kernel meets stand in a padded image.
struct Unfolding {
    geometry: Conv2d,
    input: [usize; 4],
    output: [usize; 4],
    /// Elements of a kernel for one output channel.
    elements: usize,
    /// For each element of a kernel and each position of the output, the position in the padded channels of one group.
    positions: Vec<usize>,
}

impl Unfolding {
    fn new(input: &[usize], kernel: &[usize], geometry: Conv2d) -> Result<Self, Error> {
        let output = geometry.output_shape(input, kernel)?;
        let (&[n, c, h, w], &[_, channels, rows, columns]) = (input, kernel) else {
            return Err(Error::mismatch("conv2d", input, kernel));
        };
        let [stride, padding, dilation] = [geometry.stride, geometry.padding, geometry.dilation];
        let (tall, wide) = (h + 2 * padding[0], w + 2 * padding[1]);
        let elements = channels * rows * columns;
        let mut positions = Vec::with_capacity(elements * output[2] * output[3]);
        for element in 0..elements {
            let (channel, row, column) =
                (element / (rows * columns), element / columns % rows, element % columns);
            for y in (0..output[2]).map(|y| y * stride[0] + row * dilation[0]) {
                let line = (channel * tall + y) * wide + column * dilation[1];
                positions.extend((0..output[3]).map(|x| line + x * stride[1]));
            }
        }
        Ok(Self { geometry, input: [n, c, h, w], output, elements, positions })
    }

    /// The kernel as `[groups, o / groups, elements]`.
    fn grouped_kernel<E: Engine>(&self, engine: &E, kernel: &E::Tensor) -> Result<E::Tensor, E::Error> {
        let groups = self.geometry.groups;
        engine.reshape(kernel, &[groups, self.output[1] / groups, self.elements])
    }

    /// What has the shape of the output as `[n, groups, o / groups, positions]`.
    fn grouped_output<E: Engine>(&self, engine: &E, output: &E::Tensor) -> Result<E::Tensor, E::Error> {
        let ([n, o, h, w], groups) = (self.output, self.geometry.groups);
        engine.reshape(output, &[n, groups, o / groups, h * w])
    }

    /// `[n, c, h, w]` as `[n, groups, elements, positions]`.
    fn unfold<E: Engine>(&self, engine: &E, x: &E::Tensor) -> Result<E::Tensor, E::Error> {
        let ([n, _, h, w], groups) = (self.output, self.geometry.groups);
        let padded = engine.pad(x, &self.widths(), 0.0)?;
        let flat = engine.reshape(&padded, &[n, groups, self.padded_group()])?;
        let unfolded = engine.index_select(&flat, 2, &self.positions)?;
        engine.reshape(&unfolded, &[n, groups, self.elements, h * w])
    }

    /// The adjoint of [`Unfolding::unfold`].
    fn fold<E: Engine>(&self, engine: &E, unfolded: &E::Tensor) -> Result<E::Tensor, E::Error> {
        let ([n, c, h, w], groups) = (self.input, self.geometry.groups);
        let [above, beside] = self.geometry.padding;
        let flat = engine.reshape(unfolded, &[n, groups, self.positions.len()])?;
        let zeros = engine.constant(ArrayD::zeros(&[n, groups, self.padded_group()][..]))?;
        let folded = engine.index_add(&zeros, 2, &self.positions, &flat)?;
        let padded = engine.reshape(&folded, &[n, c, h + 2 * above, w + 2 * beside])?;
        engine.narrow(&engine.narrow(&padded, 2, above, h)?, 3, beside, w)
    }

    fn widths(&self) -> [(usize, usize); 4] {
        let [above, beside] = self.geometry.padding;
        [(0, 0), (0, 0), (above, above), (beside, beside)]
    }

    /// Elements of the padded channels of one group.
    fn padded_group(&self) -> usize {
        let ([_, c, h, w], [above, beside]) = (self.input, self.geometry.padding);
        c / self.geometry.groups * (h + 2 * above) * (w + 2 * beside)
    }
}
