//! Completion of products, of numbers and of bits, and of truncation masks.

use crypten_ring::{Conv2d, RingTensor, UNIT};

pub(super) fn complete_product(
    independent: &[u64],
    dependent: &mut [u64],
    product: impl Fn(u64, u64) -> u64,
) {
    let (a, b) = independent.split_at(UNIT);
    crypten_ring::vectorized(
        #[inline(always)]
        || {
            for ((c, &a), &b) in dependent.iter_mut().zip(a).zip(b) {
                *c = product(a, b);
            }
        },
    );
}

pub(super) fn complete_square(independent: &[u64], dependent: &mut [u64]) {
    crypten_ring::vectorized(
        #[inline(always)]
        || {
            for (c, &a) in dependent.iter_mut().zip(independent) {
                *c = a.wrapping_mul(a);
            }
        },
    );
}

pub(super) fn complete_quotient(quotient: impl Fn(u64) -> u64, independent: &[u64], dependent: &mut [u64]) {
    let (shifted, top) = dependent.split_at_mut(UNIT);
    crypten_ring::vectorized(
        #[inline(always)]
        || {
            for ((shifted, top), &r) in shifted.iter_mut().zip(top).zip(independent) {
                (*shifted, *top) = (quotient(r), r >> 63);
            }
        },
    );
}

pub(super) fn complete_matmul(
    left: &[usize],
    right: &[usize],
    transposed: bool,
    independent: &[u64],
    dependent: &mut [u64],
) {
    let (a, b) = independent.split_at(left.iter().product());
    let b = oriented(&RingTensor::from_vec(right, b.to_vec()), transposed);
    dependent.copy_from_slice(&RingTensor::from_vec(left, a.to_vec()).matmul(&b).words());
}

pub(super) fn complete_convolution(
    input: [usize; 4],
    kernel: [usize; 4],
    geometry: Conv2d,
    independent: &[u64],
    dependent: &mut [u64],
) {
    let (a, b) = independent.split_at(input.iter().product());
    let (a, b) = (RingTensor::from_vec(&input, a.to_vec()), RingTensor::from_vec(&kernel, b.to_vec()));
    dependent.copy_from_slice(&a.conv2d(&b, geometry).words());
}

/// A shape with its last two axes exchanged.
pub(crate) fn transposed_shape(shape: &[usize], transposed: bool) -> Vec<usize> {
    let mut shape = shape.to_vec();
    if let (true, [.., rows, columns]) = (transposed, &mut shape[..]) {
        std::mem::swap(rows, columns);
    }
    shape
}

/// A tensor with its last two axes exchanged.
pub(crate) fn oriented(tensor: &RingTensor, transposed: bool) -> RingTensor {
    let mut axes: Vec<usize> = (0..tensor.ndim()).collect();
    if let (true, [.., rows, columns]) = (transposed, &mut axes[..]) {
        std::mem::swap(rows, columns);
    }
    tensor.permute(&axes).expect("each axis once")
}
