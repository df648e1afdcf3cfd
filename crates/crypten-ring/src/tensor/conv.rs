//! 2-d convolution modulo 2^64: a matrix product whose right operand is read from the image (implicit im2col).

use ndarray::{ArrayView3, Axis, Ix4};

use crate::shape::Conv2d;
use crate::tensor::RingTensor;
use crate::tensor::gemm::{Right, add_product};

impl RingTensor {
    /// The convolution of `[n, c, h, w]` by a kernel `[o, c / groups, kh, kw]`.
    ///
    /// # Panics
    /// If the shapes do not fit; see [`Conv2d::output_shape`].
    #[must_use]
    #[track_caller]
    pub fn conv2d(&self, kernel: &Self, geometry: Conv2d) -> Self {
        match geometry.output_shape(self.shape(), kernel.shape()) {
            Ok(shape) => Self::zeros(&shape).add_conv2d(self, kernel, geometry),
            Err(error) => panic!("{error}"),
        }
    }

    /// The sum of this tensor and a convolution.
    ///
    /// # Panics
    /// If the shapes do not fit; see [`Conv2d::output_shape`].
    #[must_use]
    #[track_caller]
    pub fn add_conv2d(self, input: &Self, kernel: &Self, geometry: Conv2d) -> Self {
        let shape = match geometry.output_shape(input.shape(), kernel.shape()) {
            Ok(shape) => shape,
            Err(error) => panic!("{error}"),
        };
        assert_eq!(self.shape(), shape, "shape of a convolution to be added");
        let [_, channels_out, rows, columns] = shape;
        let mut out = self.into_words();
        let per_group_out = channels_out / geometry.groups;
        let kernel_view = kernel.view().into_dimensionality::<Ix4>().expect("checked by output_shape");
        let (_, per_group_in, kernel_rows, kernel_columns) = kernel_view.dim();
        let depth = per_group_in * kernel_rows * kernel_columns;
        if out.is_empty() || depth == 0 {
            return Self::from_vec(&shape, out);
        }
        let words = kernel.words();
        let input = input.view().into_dimensionality::<Ix4>().expect("checked by output_shape");
        for (i, out) in out.chunks_exact_mut(per_group_out * rows * columns).enumerate() {
            let (image, group) = (i / geometry.groups, i % geometry.groups);
            let image = input.index_axis(Axis(0), image);
            let image =
                image.slice_move(ndarray::s![group * per_group_in..(group + 1) * per_group_in, .., ..]);
            let weights = &words[group * per_group_out * depth..][..per_group_out * depth];
            let weights = ndarray::ArrayView2::from_shape((per_group_out, depth), weights);
            let columns =
                Patches { image, kernel: [kernel_rows, kernel_columns], output: [rows, columns], geometry };
            add_product(out, weights.expect("as many words as the shape has elements"), &columns);
        }
        Self::from_vec(&shape, out)
    }
}

/// The image as a matrix: a row for each channel and kernel position, a column for each output position.
struct Patches<'a> {
    image: ArrayView3<'a, u64>,
    kernel: [usize; 2],
    output: [usize; 2],
    geometry: Conv2d,
}

impl Right for Patches<'_> {
    fn size(&self) -> (usize, usize) {
        let [rows, columns] = self.output;
        (self.image.dim().0 * self.kernel[0] * self.kernel[1], rows * columns)
    }

    fn pack_row(&self, row: usize, first: usize, out: &mut [u64]) {
        let Conv2d { stride, padding, dilation, .. } = self.geometry;
        let (kernel_column, rest) = (row % self.kernel[1], row / self.kernel[1]);
        let (kernel_row, channel) = (rest % self.kernel[0], rest / self.kernel[0]);
        let (_, height, width) = self.image.dim();
        let channel = self.image.index_axis(Axis(0), channel);
        let (mut y, mut x) = (first / self.output[1], first % self.output[1]);
        let mut out = out;
        while !out.is_empty() {
            let run = (self.output[1] - x).min(out.len());
            let (line, later) = out.split_at_mut(run);
            out = later;
            let source_row = (y * stride[0] + kernel_row * dilation[0]).wrapping_sub(padding[0]);
            if source_row < height {
                let source = channel.index_axis(Axis(0), source_row);
                let offset = (kernel_column * dilation[1]).wrapping_sub(padding[1]);
                let at = |i: usize| ((x + i) * stride[1]).wrapping_add(offset);
                match source.as_slice() {
                    Some(source) if stride[1] == 1 && at(0) < width && at(run - 1) < width => {
                        line.copy_from_slice(&source[at(0)..at(0) + run]);
                    }
                    _ => {
                        for (i, word) in line.iter_mut().enumerate() {
                            *word = source.get(at(i)).copied().unwrap_or(0);
                        }
                    }
                }
            } else {
                line.fill(0);
            }
            (y, x) = (y + 1, 0);
        }
    }
}
