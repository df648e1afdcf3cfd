//! The laws of gathering, scattering and rearranging, over random words and shapes, in both memory orders.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use crypten_laws::words;
use crypten_ring::{Error, RingTensor};
use ndarray::{ArrayD, IxDyn, s};
use proptest::collection::vec;
use proptest::prelude::*;

/// A tensor whose words lie in row-major order, or in the reverse.
fn tensor(shape: Vec<usize>) -> impl Strategy<Value = RingTensor> {
    (words(shape.iter().product()), any::<bool>()).prop_map(move |(words, turned)| {
        if turned {
            let reversed: Vec<usize> = shape.iter().rev().copied().collect();
            let axes: Vec<usize> = (0..shape.len()).rev().collect();
            RingTensor::from_vec(&reversed, words).permute(&axes).unwrap()
        } else {
            RingTensor::from_vec(&shape, words)
        }
    })
}

/// A tensor and one of its axes.
fn with_axis() -> impl Strategy<Value = (RingTensor, usize)> {
    (crypten_laws::shape(), 0_usize..4).prop_flat_map(|(mut shape, axis)| {
        shape.push(3);
        let axis = axis % shape.len();
        (tensor(shape), Just(axis))
    })
}

/// A tensor, one of its axes, an index along it, and a tensor of the shape of the index.
fn indexed() -> impl Strategy<Value = (RingTensor, usize, ArrayD<usize>, RingTensor)> {
    (vec((1_usize..5, 0_usize..2), 1..4), 0_usize..3, 0_usize..6).prop_flat_map(|(lengths, axis, count)| {
        let axis = axis % lengths.len();
        let shape: Vec<usize> = lengths.iter().map(|&(length, _)| length).collect();
        let mut cut: Vec<usize> = lengths.iter().map(|&(length, less)| length - less).collect();
        cut[axis] = count;
        let positions = vec(0..shape[axis], cut.iter().product::<usize>());
        let of_index = IxDyn(&cut);
        let index = positions.prop_map(move |p| ArrayD::from_shape_vec(of_index.clone(), p).unwrap());
        (tensor(shape), Just(axis), index, tensor(cut))
    })
}

fn array(tensor: &RingTensor) -> ArrayD<u64> {
    ArrayD::from_shape_vec(IxDyn(tensor.shape()), tensor.words().into_owned()).unwrap()
}

fn part(tensor: &RingTensor, axis: usize, position: usize) -> RingTensor {
    tensor.stride_axis(axis, position, 1, 1)
}

/// A coordinate with another position on one axis.
fn moved(coordinate: &IxDyn, axis: usize, position: usize) -> IxDyn {
    let mut moved = coordinate.clone();
    moved[axis] = position;
    moved
}

proptest! {
    #![proptest_config(crypten_laws::cases(128))]

    #[test]
    fn gathering_and_scattering_agree_with_the_definition((a, axis, index, source) in indexed()) {
        let (own, new, gathered) = (array(&a), array(&source), array(&a.gather(axis, &index).unwrap()));
        let (mut written, mut added) = (own.clone(), own.clone());
        prop_assert_eq!(gathered.shape(), index.shape());
        for (i, &position) in index.indexed_iter() {
            let place = moved(&i, axis, position);
            prop_assert_eq!(gathered[&i], own[&place]);
            written[&place] = new[&i];
            added[&place] = added[&place].wrapping_add(new[&i]);
        }
        prop_assert_eq!(array(&a.scatter(axis, &index, &source).unwrap()), written);
        prop_assert_eq!(array(&a.scatter_add(axis, &index, &source).unwrap()), added);
    }

    #[test]
    fn adding_at_positions_is_the_adjoint_of_reading_them((a, axis, index, b) in indexed()) {
        let zeros = RingTensor::zeros(a.shape());
        let read = &a.gather(axis, &index).unwrap() * &b;
        let added = &a * &zeros.scatter_add(axis, &index, &b).unwrap();
        prop_assert_eq!(read.sum_all(), added.sum_all());

        let positions: Vec<usize> = index.iter().take(4).copied().collect();
        let selected = a.select(axis, &positions).unwrap();
        let added = &a * &zeros.index_add(axis, &positions, &selected).unwrap();
        prop_assert_eq!((&selected * &selected).sum_all(), added.sum_all());
    }

    #[test]
    fn taking_every_position_lays_the_tensor_flat((a, _) in with_axis()) {
        let positions = ArrayD::from_shape_fn(IxDyn(&[a.len()]), |i| i[0]);
        prop_assert_eq!(a.take(&positions).unwrap(), a.reshape(&[a.len()]).unwrap());
    }

    #[test]
    fn flipping_twice_changes_nothing((a, axis) in with_axis()) {
        let flipped = a.flip(&[axis]);
        prop_assert_eq!(flipped.flip(&[axis]), a.clone());
        for position in 0..a.shape()[axis] {
            let mirrored = a.shape()[axis] - 1 - position;
            prop_assert_eq!(part(&flipped, axis, position), part(&a, axis, mirrored));
        }
        prop_assert_eq!(flipped.clone().into_words(), flipped.words().into_owned());
    }

    #[test]
    fn rolls_add_up((a, axis) in with_axis(), first in -9_isize..9, second in -9_isize..9) {
        let length = a.shape()[axis];
        prop_assert_eq!(a.roll(axis, first).roll(axis, second), a.roll(axis, first + second));
        prop_assert_eq!(a.roll(axis, length as isize), a.clone());
        if length > 0 {
            prop_assert_eq!(part(&a.roll(axis, 1), axis, 0), part(&a, axis, length - 1));
        }
    }

    #[test]
    fn repeating_joins_copies((a, axis) in with_axis(), count in 0_usize..4) {
        let mut counts = vec![1; a.ndim()];
        counts[axis] = count;
        let repeated = a.repeat(&counts).unwrap();
        match count {
            0 => prop_assert!(repeated.is_empty()),
            _ => prop_assert_eq!(repeated, RingTensor::concatenate(axis, &vec![&a; count]).unwrap()),
        }
        counts.insert(0, 2);
        counts[axis + 1] = 1;
        prop_assert_eq!(a.repeat(&counts).unwrap(), RingTensor::stack(0, &[&a, &a]).unwrap());
    }

    #[test]
    fn windows_are_parts_of_the_axis((a, axis) in with_axis(), size in 0_usize..4, step in 1_usize..4) {
        let length = a.shape()[axis];
        let unfolded = a.unfold(axis, size, step);
        prop_assert_eq!(unfolded.is_ok(), size <= length);
        if let Ok(windows) = unfolded {
            prop_assert_eq!(windows.shape()[axis], (length - size) / step + 1);
            prop_assert_eq!(windows.shape()[a.ndim()], size);
            for position in 0..size {
                let strided = a.stride_axis(axis, position, step, windows.shape()[axis]);
                prop_assert_eq!(part(&windows, a.ndim(), position).sum_axis(a.ndim()), strided);
            }
        }
    }

    #[test]
    fn a_replaced_slice_holds_the_value_and_nothing_else_changes(
        a in tensor(vec![3, 4, 2]), value in tensor(vec![2, 1]),
    ) {
        let parts = s![1, ..;2, ..];
        let replaced = a.with_slice(parts, &value).unwrap();
        prop_assert_eq!(replaced.slice(parts).unwrap(), value.broadcast_to(&[2, 2]).unwrap());
        prop_assert_eq!(replaced.with_slice(parts, &a.slice(parts).unwrap()).unwrap(), a.clone());
        prop_assert_eq!(a.with_slice(s![.., .., ..], &a.flip(&[0])).unwrap(), a.flip(&[0]));
    }

    #[test]
    fn differences_of_running_sums_are_the_elements((a, axis) in with_axis()) {
        let (sums, length) = (a.cumulative_sum(axis), a.shape()[axis]);
        for position in 0..length {
            let here = part(&sums, axis, position);
            match position {
                0 => prop_assert_eq!(here, part(&a, axis, 0)),
                _ => prop_assert_eq!(&here - &part(&sums, axis, position - 1), part(&a, axis, position)),
            }
        }
        if length > 0 {
            prop_assert_eq!(part(&sums, axis, length - 1).sum_axis(axis), a.sum_axis(axis));
        }
        let all: Vec<usize> = (0..a.ndim()).collect();
        prop_assert_eq!(a.sum_axes(&all), a.sum_all());
    }

    #[test]
    fn a_diagonal_holds_the_elements_on_it(
        a in tensor(vec![2, 3, 4]), b in tensor(vec![2, 4, 3]), offset in -5_isize..6,
    ) {
        for matrices in [a, b] {
            let diagonal = array(&matrices.diagonal(offset).unwrap());
            let mut found = [Vec::new(), Vec::new()];
            for (i, &word) in array(&matrices).indexed_iter() {
                if i[2] as isize - i[1] as isize == offset {
                    found[i[0]].push(word);
                }
            }
            prop_assert_eq!(diagonal.shape(), [2, found[0].len()]);
            prop_assert_eq!(diagonal.into_iter().collect::<Vec<_>>(), found.concat());
        }
    }
}

#[test]
fn positions_past_the_end_are_named() {
    let a = RingTensor::zeros(&[2, 3]);
    let index = |shape: &[usize], position| ArrayD::from_elem(IxDyn(shape), position);
    let past = |index, axis, length| Error::IndexOutOfRange { index, axis, length };
    assert_eq!(a.gather(1, &index(&[2, 1], 3)), Err(past(3, 1, 3)));
    assert_eq!(a.scatter(0, &index(&[1, 3], 2), &a), Err(past(2, 0, 2)));
    assert_eq!(a.index_add(0, &[0, 4], &a), Err(past(4, 0, 2)));
    assert_eq!(a.take(&index(&[1], 6)), Err(past(6, 0, 6)));
    let sentence = |result: Result<RingTensor, Error>| result.unwrap_err().to_string();
    assert_eq!(sentence(a.gather(1, &index(&[3, 1], 0))), "gather of shapes [2, 3] and [3, 1]");
    assert_eq!(sentence(a.scatter_add(1, &index(&[2, 4], 0), &a)), "scatter_add of shapes [2, 3] and [2, 4]");
    assert_eq!(sentence(a.index_add(0, &[0], &a)), "index_add of shapes [2, 3] and [1, 3]");
    assert_eq!(sentence(a.repeat(&[2])), "repeat of shapes [2, 3] and [2]");
    assert_eq!(sentence(a.unfold(1, 2, 0)), "unfold of shapes [2, 3] and [2, 0]");
    assert_eq!(
        sentence(a.with_slice(s![2, ..], &a)),
        "index 2 is out of range on axis 0, which has length 2"
    );
    assert_eq!(sentence(a.with_slice(s![0, ..], &a)), "broadcast of shapes [2, 3] and [3]");
    assert_eq!(
        sentence(RingTensor::zeros(&[3]).diagonal(0)),
        "axis -2 is out of range for a tensor with 1 dimensions"
    );
}
