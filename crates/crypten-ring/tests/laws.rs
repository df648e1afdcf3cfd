//! The laws of the ring layer, over random and corner words, shapes and views.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use crypten_laws::{broadcastable_pair, small, word, words};
use crypten_ring::{BitTensor, Conv2d, Prg, RingTensor, Scale, Seed, matmul_shape};
use ndarray::s;
use proptest::collection::vec;
use proptest::prelude::*;

fn tensor(shape: Vec<usize>) -> impl Strategy<Value = RingTensor> {
    let count = shape.iter().product();
    words(count).prop_map(move |words| RingTensor::from_vec(&shape, words))
}

/// Two tensors whose shapes broadcast, and a third of the common shape.
fn three() -> impl Strategy<Value = (RingTensor, RingTensor, RingTensor)> {
    broadcastable_pair().prop_flat_map(|(a, b, both)| (tensor(a), tensor(b), tensor(both)))
}

fn random(shape: &[usize], index: u64) -> RingTensor {
    Prg::new(&Seed::from_words([7; 4]), index).tensor(shape)
}

proptest! {
    #![proptest_config(crypten_laws::cases(128))]

    #[test]
    fn addition_is_commutative_and_associative((a, b, c) in three()) {
        prop_assert_eq!(&a + &b, &b + &a);
        prop_assert_eq!(&(&a + &b) + &c, &a + &(&b + &c));
    }

    #[test]
    fn multiplication_is_commutative_associative_and_distributes((a, b, c) in three()) {
        prop_assert_eq!(&a * &b, &b * &a);
        prop_assert_eq!(&(&a * &b) * &c, &a * &(&b * &c));
        prop_assert_eq!(&(&a + &b) * &c, &(&a * &c) + &(&b * &c));
    }

    #[test]
    fn negation_undoes((a, _, c) in three()) {
        prop_assert_eq!(&(&c + &a) - &a, c);
        prop_assert_eq!(-&-&a, a);
    }

    #[test]
    fn a_word_acts_like_a_full_tensor(shape in crypten_laws::shape(), k in word()) {
        let a = random(&shape, 1);
        prop_assert_eq!(&a * k, &a * &RingTensor::full(&shape, k));
        prop_assert_eq!(&a + k, &a + &RingTensor::scalar(k));
    }

    #[test]
    fn products_of_matrices_agree_with_the_definition(
        (m, k, n) in (0_usize..20, 0_usize..40, 0_usize..20), turned in any::<(bool, bool)>(),
    ) {
        let matrix = |rows, columns, turned: bool, index| {
            let (shape, axes) = if turned { ([columns, rows], [1, 0]) } else { ([rows, columns], [0, 1]) };
            random(&shape, index).permute(&axes).unwrap()
        };
        let (a, b) = (matrix(m, k, turned.0, 2), matrix(k, n, turned.1, 3));
        let (left, right) = (a.words(), b.words());
        let expected: Vec<u64> = (0..m * n).map(|i| {
            (0..k).fold(0_u64, |sum, l| sum.wrapping_add(left[i / n * k + l].wrapping_mul(right[l * n + i % n])))
        }).collect();
        prop_assert_eq!(a.matmul(&b), RingTensor::from_vec(&[m, n], expected));
    }

    #[test]
    fn batches_of_matrices_broadcast(batch in broadcastable_pair(), vectors in any::<(bool, bool)>()) {
        let (left, right, both) = batch;
        let with = |batch: &[usize], vector: bool, matrix: [usize; 2], lone: usize| match vector {
            true if batch.is_empty() => vec![lone],
            _ => [batch, &matrix].concat(),
        };
        let a = random(&with(&left, vectors.0, [2, 3], 3), 4);
        let b = random(&with(&right, vectors.1, [3, 4], 3), 5);
        let product = a.matmul(&b);
        prop_assert_eq!(product.shape(), &matmul_shape(a.shape(), b.shape()).unwrap()[..]);
        if a.ndim() >= 2 && b.ndim() >= 2 {
            let full = |t: &RingTensor, matrix: [usize; 2]| t.broadcast_to(&[&both[..], &matrix].concat()).unwrap();
            let (a, b) = (full(&a, [2, 3]), full(&b, [3, 4]));
            let count: usize = both.iter().product();
            let flat = |t: &RingTensor, matrix: [usize; 2]| t.reshape(&[count, matrix[0], matrix[1]]).unwrap();
            let (a, b, out) = (flat(&a, [2, 3]), flat(&b, [3, 4]), flat(&product, [2, 4]));
            for i in 0..count as isize {
                let at = |t: &RingTensor| t.slice(s![i, .., ..]).unwrap();
                prop_assert_eq!(at(&a).matmul(&at(&b)), at(&out));
            }
        }
    }

    #[test]
    fn convolution_agrees_with_the_definition(
        (n, groups, ci, co) in (0_usize..3, 1_usize..3, 1_usize..3, 1_usize..4),
        (h, w) in (1_usize..8, 1_usize..8), (kh, kw) in (1_usize..4, 1_usize..4),
        stride in [1_usize..3, 1_usize..3], padding in [0_usize..3, 0_usize..3], dilation in [1_usize..3, 1_usize..3],
    ) {
        let geometry = Conv2d { stride, padding, dilation, groups };
        let (x, k) = (random(&[n, ci * groups, h, w], 6), random(&[co * groups, ci, kh, kw], 7));
        let Ok(shape) = geometry.output_shape(x.shape(), k.shape()) else { return Ok(()) };
        let padded = x.pad(&[(0, 0), (0, 0), (padding[0], padding[0]), (padding[1], padding[1])], 0);
        let (pw, kwords) = (padded.words(), k.words());
        let (hp, wp) = (h + 2 * padding[0], w + 2 * padding[1]);
        let at = |i: usize, c: usize, y: usize, x: usize| pw[((i * ci * groups + c) * hp + y) * wp + x];
        let mut expected = Vec::new();
        for i in 0..n { for o in 0..co * groups { for y in 0..shape[2] { for x in 0..shape[3] {
            let mut sum = 0_u64;
            for c in 0..ci { for dy in 0..kh { for dx in 0..kw {
                let word = at(i, o / co * ci + c, y * stride[0] + dy * dilation[0], x * stride[1] + dx * dilation[1]);
                sum = sum.wrapping_add(word.wrapping_mul(kwords[((o * ci + c) * kh + dy) * kw + dx]));
            }}}
            expected.push(sum);
        }}}}
        prop_assert_eq!(x.conv2d(&k, geometry), RingTensor::from_vec(&shape, expected));
    }

    #[test]
    fn striding_undoes_spreading(
        (rows, columns) in (0_usize..6, 1_usize..4), (first, step) in (0_usize..4, 1_usize..4),
        (more, cut) in (0_usize..4, 0_usize..3),
    ) {
        let x = random(&[rows, columns], 8);
        let length = first + rows.saturating_sub(1) * step + 1 + more;
        let spread = x.spread_axis(0, first.cast_signed(), step, length);
        prop_assert_eq!(spread.shape(), [length, columns]);
        prop_assert_eq!(spread.sum_all(), x.sum_all());
        prop_assert_eq!(spread.stride_axis(0, first, step, rows), x.clone());
        let (kept, early) = (rows.saturating_sub(cut), -(cut * step).cast_signed());
        let late = x.spread_axis(0, early, step, length);
        prop_assert_eq!(late.stride_axis(0, 0, step, kept), x.stride_axis(0, rows - kept, 1, kept));
    }

    #[test]
    fn decoding_undoes_encoding_exactly(bits in 1_u32..=40, number in small(52)) {
        // Exact for every element, negative ones too.
        let scale = Scale::new(bits).unwrap();
        prop_assume!((number as f64) < scale.limit() * (1_u64 << bits) as f64);
        let value = number as f64 / (1_u64 << bits) as f64;
        prop_assert_eq!(scale.decode_scalar(scale.encode_scalar(value).unwrap()), value);
        prop_assert_eq!(scale.encode_scalar(value).unwrap(), number.cast_unsigned());
    }

    #[test]
    fn sums_of_encodings_decode_to_sums(values in vec((-1e6_f64..1e6, -1e6_f64..1e6), 0..20)) {
        let (a, b): (Vec<f64>, Vec<f64>) = values.into_iter().unzip();
        let encode = |v: &Vec<f64>| Scale::default().encode(&ndarray::aview1(v)).unwrap();
        let sum = Scale::default().decode(&(&encode(&a) + &encode(&b)));
        for ((sum, a), b) in sum.iter().zip(&a).zip(&b) {
            prop_assert!((sum - (a + b)).abs() <= 1.0 / 65536.0);
        }
    }

    #[test]
    fn joining_undoes_cutting(shape in crypten_laws::shape(), at in 0_usize..6) {
        prop_assume!(!shape.is_empty());
        let a = random(&shape, 8);
        let at = at.min(shape[0]);
        let (head, tail) = (a.stride_axis(0, 0, 1, at), a.stride_axis(0, at, 1, shape[0] - at));
        prop_assert_eq!(RingTensor::concatenate(0, &[&head, &tail]).unwrap(), a);
    }

    #[test]
    fn sums_over_axes_add_up_to_the_sum_of_all(shape in crypten_laws::shape()) {
        let a = random(&shape, 9);
        let over_axes = (0..shape.len()).fold(a.clone(), |sum, _| sum.sum_axis(0));
        prop_assert_eq!(over_axes, a.sum_all());
    }

    #[test]
    fn packed_bits_come_back(bits in vec(any::<bool>(), 0..300)) {
        let packed = BitTensor::from_bits(&[bits.len()], &bits);
        prop_assert_eq!(packed.bits().collect::<Vec<_>>(), bits.clone());
        prop_assert_eq!(&packed ^ &packed, BitTensor::zeros(&[bits.len()]));
        prop_assert_eq!(&packed & &!&packed, BitTensor::zeros(&[bits.len()]));
    }
}

#[test]
fn slices_past_the_end_are_named() {
    let a = random(&[2, 3], 10);
    assert_eq!(
        a.slice(s![0, 3]).unwrap_err().to_string(),
        "index 3 is out of range on axis 1, which has length 3"
    );
    assert_eq!(a.slice(s![1, ..;2]).unwrap().shape(), [2]);
    assert_eq!(a.slice(s![.., -1]).unwrap().words()[..], [a.words()[2], a.words()[5]]);
    assert!(a.slice(s![0, 0, 0]).is_err());
    assert_eq!(a.slice(s![ndarray::NewAxis, 0..1, ..]).unwrap().shape(), [1, 1, 3]);
}

#[test]
#[should_panic(expected = "add of shapes [2] and [3]")]
fn adding_shapes_that_do_not_broadcast_panics_with_both() {
    let _ = &RingTensor::zeros(&[2]) + &RingTensor::zeros(&[3]);
}
