//! Convolutions, image by image: the image unfolded into a matrix, times the kernel as a matrix.
//!
//! See [`Engine`](crate::Engine)'s own convolution for the formulas; this one unfolds without positions.

use crypten_ring::Conv2d;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, Array4, ArrayView3, ArrayViewMut3, CowArray, Ix3, Ix4, s};

use super::PlainTensor;
use crate::error::Error;

pub(super) fn conv2d(x: &PlainTensor, kernel: &PlainTensor, geometry: Conv2d) -> Result<PlainTensor, Error> {
    let plan = Plan::new(x.shape(), kernel.shape(), geometry)?;
    let (x, kernel) = (four_axes(x), plan.matrices(kernel));
    let mut output = Array4::zeros(plan.output);
    for (image, mut output) in x.outer_iter().zip(output.outer_iter_mut()) {
        for group in 0..geometry.groups {
            let mut columns = Array2::zeros((plan.elements(), plan.places()));
            plan.unfold(image.slice(s![plan.inputs(group), .., ..]), &mut columns);
            let product = output.slice_mut(s![plan.outputs(group), .., ..]);
            let mut product = product.into_shape_with_order((plan.per_group_out(), plan.places()));
            let product = product.as_mut().expect("a range of channels is contiguous");
            general_mat_mul(1.0, &kernel.slice(s![group, .., ..]), &columns, 0.0, product);
        }
    }
    Ok(output.into_dyn().into_shared())
}

pub(super) fn input_gradient(
    gradient: &PlainTensor,
    kernel: &PlainTensor,
    input: &[usize],
    geometry: Conv2d,
) -> Result<PlainTensor, Error> {
    let plan = Plan::new(input, kernel.shape(), geometry)?;
    plan.expect_output(gradient)?;
    let (gradient, kernel) = (four_axes(gradient), plan.matrices(kernel));
    let mut sum = Array4::zeros(plan.input);
    for (gradient, mut sum) in gradient.outer_iter().zip(sum.outer_iter_mut()) {
        for group in 0..geometry.groups {
            let gradient = plan.output_matrix(&gradient, group);
            let mut columns = Array2::zeros((plan.elements(), plan.places()));
            general_mat_mul(1.0, &kernel.slice(s![group, .., ..]).t(), &gradient, 0.0, &mut columns);
            plan.fold(&columns, sum.slice_mut(s![plan.inputs(group), .., ..]));
        }
    }
    Ok(sum.into_dyn().into_shared())
}

pub(super) fn kernel_gradient(
    gradient: &PlainTensor,
    x: &PlainTensor,
    kernel: &[usize],
    geometry: Conv2d,
) -> Result<PlainTensor, Error> {
    let plan = Plan::new(x.shape(), kernel, geometry)?;
    plan.expect_output(gradient)?;
    let (x, gradient) = (four_axes(x), four_axes(gradient));
    let mut sum = Array4::zeros(plan.kernel);
    for (image, gradient) in x.outer_iter().zip(gradient.outer_iter()) {
        for group in 0..geometry.groups {
            let mut columns = Array2::zeros((plan.elements(), plan.places()));
            plan.unfold(image.slice(s![plan.inputs(group), .., ..]), &mut columns);
            let product = sum.slice_mut(s![plan.outputs(group), .., .., ..]);
            let mut product = product.into_shape_with_order((plan.per_group_out(), plan.elements()));
            let product = product.as_mut().expect("a range of channels is contiguous");
            general_mat_mul(1.0, &plan.output_matrix(&gradient, group), &columns.t(), 1.0, product);
        }
    }
    Ok(sum.into_dyn().into_shared())
}

/// The shapes of one convolution, which fit each other.
struct Plan {
    geometry: Conv2d,
    input: [usize; 4],
    kernel: [usize; 4],
    output: [usize; 4],
}

impl Plan {
    fn new(input: &[usize], kernel: &[usize], geometry: Conv2d) -> Result<Self, Error> {
        let output = geometry.output_shape(input, kernel)?;
        match (<[usize; 4]>::try_from(input), <[usize; 4]>::try_from(kernel)) {
            (Ok(input), Ok(kernel)) => Ok(Self { geometry, input, kernel, output }),
            _ => Err(Error::mismatch("conv2d", input, kernel)),
        }
    }

    fn expect_output(&self, gradient: &PlainTensor) -> Result<(), Error> {
        if gradient.shape() == self.output {
            return Ok(());
        }
        Err(Error::mismatch("conv2d", gradient.shape(), &self.output))
    }

    /// Elements of the kernel for one output channel.
    fn elements(&self) -> usize {
        self.kernel[1..].iter().product()
    }

    /// Positions of the output.
    fn places(&self) -> usize {
        self.output[2] * self.output[3]
    }

    fn per_group_out(&self) -> usize {
        self.kernel[0] / self.geometry.groups
    }

    fn inputs(&self, group: usize) -> std::ops::Range<usize> {
        group * self.kernel[1]..(group + 1) * self.kernel[1]
    }

    fn outputs(&self, group: usize) -> std::ops::Range<usize> {
        group * self.per_group_out()..(group + 1) * self.per_group_out()
    }

    /// The kernel as a matrix for each group.
    fn matrices<'a>(&self, kernel: &'a PlainTensor) -> CowArray<'a, f64, Ix3> {
        let shape = (self.geometry.groups, self.per_group_out(), self.elements());
        kernel.to_shape(shape).expect("as many elements as before")
    }

    /// One group of an image shaped like the output, as a matrix.
    fn output_matrix(&self, image: &ArrayView3<'_, f64>, group: usize) -> Array2<f64> {
        let channels = image.slice(s![self.outputs(group), .., ..]);
        let matrix = channels.to_shape((self.per_group_out(), self.places()));
        matrix.expect("as many elements as before").into_owned()
    }

    /// Writes what the elements of a kernel meet: a row for each element, a column for each position of the output.
    fn unfold(&self, image: ArrayView3<'_, f64>, columns: &mut Array2<f64>) {
        let image = image.as_slice().expect("channels of an image in standard layout");
        let columns = columns.as_slice_mut().expect("a new matrix is in standard layout");
        let stride = self.geometry.stride[1];
        self.walk(|Run { pixel, column, count }| {
            let pixels = image[pixel..].iter().step_by(stride);
            columns[column..column + count]
                .iter_mut()
                .zip(pixels)
                .for_each(|(column, pixel)| *column = *pixel);
        });
    }

    /// Adds the columns back to where [`Plan::unfold`] took them from.
    fn fold(&self, columns: &Array2<f64>, mut image: ArrayViewMut3<'_, f64>) {
        let image = image.as_slice_mut().expect("channels of a new image are in standard layout");
        let columns = columns.as_slice().expect("a new matrix is in standard layout");
        let stride = self.geometry.stride[1];
        self.walk(|Run { pixel, column, count }| {
            let pixels = image[pixel..].iter_mut().step_by(stride);
            columns[column..column + count].iter().zip(pixels).for_each(|(column, pixel)| *pixel += column);
        });
    }

    /// Visits the rows of one group along which an element of the kernel meets the image, not its padding.
    fn walk(&self, mut visit: impl FnMut(Run)) {
        let Conv2d { stride, padding, dilation, .. } = self.geometry;
        let ([_, _, tall, wide], [_, _, height, width]) = (self.kernel, self.input);
        let [_, _, rows, columns] = self.output;
        for element in 0..self.elements() {
            let (channel, row, column) = (element / (tall * wide), element / wide % tall, element % wide);
            // The outputs whose element lies on the image, not on the padding to its left or right.
            let shift = column * dilation[1];
            let first = padding[1].saturating_sub(shift).div_ceil(stride[1]);
            let end = (width + padding[1]).saturating_sub(shift).div_ceil(stride[1]).min(columns);
            for out_y in 0..rows {
                let y = (out_y * stride[0] + row * dilation[0]).checked_sub(padding[0]);
                if let Some(y) = y.filter(|&y| y < height && first < end) {
                    let x = first * stride[1] + shift - padding[1];
                    let pixel = (channel * height + y) * width + x;
                    visit(Run {
                        pixel,
                        column: (element * rows + out_y) * columns + first,
                        count: end - first,
                    });
                }
            }
        }
    }
}

/// Neighbours in a row of the output, and the first pixel and column of each; pixels are at steps of the stride.
struct Run {
    pixel: usize,
    column: usize,
    count: usize,
}

/// The images in standard layout.
fn four_axes(x: &PlainTensor) -> CowArray<'_, f64, Ix4> {
    let images = x.as_standard_layout().into_dimensionality();
    images.expect("the geometry has found four axes")
}
