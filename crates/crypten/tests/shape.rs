//! Shapes, positions, sums and lookups of secret tensors against plain ndarray, at 2 and 3 parties.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "harness/check.rs"]
mod check;

use check::{check, numbers};
use crypten::ndarray::{ArrayD, Axis, Dimension, IxDyn, Slice, arr0, array, s};
use crypten::{CrypTensor, Error, ProviderKind, cat, lookup, stack};
use proptest::collection::vec;
use proptest::prelude::*;

/// The array whose element at each coordinate is `f` of the coordinate.
fn built(shape: &[usize], f: impl Fn(&[usize]) -> f64) -> ArrayD<f64> {
    ArrayD::from_shape_fn(IxDyn(shape), |coordinate| f(coordinate.slice()))
}

/// The elements in row-major order under another shape.
fn shaped(x: &ArrayD<f64>, shape: &[usize]) -> ArrayD<f64> {
    ArrayD::from_shape_vec(IxDyn(shape), x.iter().copied().collect()).unwrap()
}

/// A coordinate with another position on one axis.
fn moved(coordinate: &[usize], axis: usize, position: usize) -> Vec<usize> {
    let mut moved = coordinate.to_vec();
    moved[axis] = position;
    moved
}

fn tensor() -> impl Strategy<Value = ArrayD<f64>> {
    crypten_laws::shape().prop_flat_map(|shape| numbers(shape, 100.0))
}

/// A tensor and one of its axes.
fn with_axis() -> impl Strategy<Value = (ArrayD<f64>, usize)> {
    (vec(1_usize..5, 1..4), 0_usize..3).prop_flat_map(|(shape, axis)| {
        let axis = axis % shape.len();
        (numbers(shape, 100.0), Just(axis))
    })
}

/// A tensor, one of its axes, an index along it, and a tensor of the shape of the index.
fn indexed() -> impl Strategy<Value = (ArrayD<f64>, usize, ArrayD<usize>, ArrayD<f64>)> {
    (vec((1_usize..5, 0_usize..2), 1..4), 0_usize..3, 0_usize..6).prop_flat_map(|(lengths, axis, count)| {
        let axis = axis % lengths.len();
        let shape: Vec<usize> = lengths.iter().map(|&(length, _)| length).collect();
        let mut cut: Vec<usize> = lengths.iter().map(|&(length, less)| length - less).collect();
        cut[axis] = count;
        let positions = vec(0..shape[axis], cut.iter().product::<usize>());
        let of_index = IxDyn(&cut);
        let index = positions.prop_map(move |p| ArrayD::from_shape_vec(of_index.clone(), p).unwrap());
        (numbers(shape, 100.0), Just(axis), index, numbers(cut, 100.0))
    })
}

proptest! {
    #![proptest_config(crypten_laws::cases(8))]

    #[test]
    fn reshaping_keeps_the_elements_in_order(x in tensor()) {
        let (one, shape) = ([x.clone()], x.shape());
        let without_ones: Vec<usize> = shape.iter().copied().filter(|&n| n != 1).collect();
        check(&one, &shaped(&x, &[x.len()]), 0.0, |_, v| v[0].view(&[-1]));
        check(&one, &shaped(&x, &[x.len()]), 0.0, |_, v| v[0].flatten(0));
        check(&one, &shaped(&x, &without_ones), 0.0, |_, v| v[0].squeeze());
        check(&one, &x, 0.0, |_, v| v[0].unsqueeze(-1)?.squeeze_axis(-1));
        let kept = vec![-1; x.ndim()];
        let broadcast = x.broadcast([&[3, 2], shape].concat()).unwrap().to_owned();
        check(&one, &broadcast, 0.0, |_, v| v[0].expand(&[&[3, 2], &kept[..]].concat()));
        check(&one, &broadcast, 0.0, |_, v| v[0].unsqueeze(0)?.expand(&[&[3, 2], &kept[..]].concat()));
    }

    #[test]
    fn axes_merge_and_change_places(x in numbers(vec![2, 3, 1, 4], 100.0)) {
        let one = [x.clone()];
        let mut swapped = x.clone();
        swapped.swap_axes(0, 3);
        check(&one, &swapped, 0.0, |_, v| v[0].swapaxes(0, -1));
        check(&one, &shaped(&swapped, &[12, 2]), 0.0, |_, v| v[0].transpose(-1, 0)?.flatten_range(0, -2));
        check(&one, &shaped(&x, &[2, 3, 4]), 0.0, |_, v| v[0].flatten_range(1, 2));
        check(&one, &shaped(&x, &[2, 3, 4]), 0.0, |_, v| v[0].squeeze_axis([0, -2]));
    }

    #[test]
    fn cutting_and_joining_undo_each_other((x, axis) in with_axis(), size in 1_usize..4) {
        let (one, length, signed) = ([x.clone()], x.shape()[axis], axis as isize);
        let from_end = signed - x.ndim() as isize;
        let cut = |start: usize, end: usize| x.slice_axis(Axis(axis), Slice::from(start..end)).to_owned();
        let join = |parts: Vec<CrypTensor>| cat(&parts.iter().collect::<Vec<_>>(), signed);
        check(&one, &x, 0.0, |_, v| join(v[0].split(size, signed)?));
        check(&one, &x, 0.0, |_, v| join(v[0].chunk(size, from_end)?));
        check(&one, &x, 0.0, |_, v| join(v[0].split_sizes(&[0, length - length / 2, length / 2], signed)?));
        check(&one, &x, 0.0, |_, v| stack(&v[0].unbind(signed)?.iter().collect::<Vec<_>>(), signed));
        let (last, wide) = ((length - 1) / size * size, length.div_ceil(size));
        check(&one, &cut(last, length), 0.0, |_, v| Ok(v[0].split(size, from_end)?.remove(last / size)));
        check(&one, &cut(0, wide), 0.0, |_, v| Ok(v[0].chunk(size, signed)?.remove(0)));
        check(&one, &x.index_axis(Axis(axis), length - 1).to_owned(), 0.0, |_, v| {
            Ok(v[0].unbind(from_end)?.remove(length - 1))
        });
        check(&one, &cut(length / 2, length), 0.0, |_, v| v[0].narrow(from_end, length / 2, length - length / 2));
    }

    #[test]
    fn positions_are_read_as_in_numpy((x, axis, index, _) in indexed()) {
        let (one, signed, length) = ([x.clone()], axis as isize, x.shape()[axis]);
        let gathered = built(index.shape(), |i| x[moved(i, axis, index[i]).as_slice()]);
        let from_end = index.mapv(|position| position as i64 - length as i64);
        check(&one, &gathered, 0.0, |_, v| v[0].gather(signed, &index));
        check(&one, &gathered, 0.0, |_, v| v[0].gather(signed, &from_end));

        let flat = index.mapv(|position| x.len() - 1 - position);
        let taken = flat.mapv(|position| *x.iter().nth(position).unwrap());
        check(&one, &taken, 0.0, |_, v| v[0].take(&flat));

        let positions: Vec<usize> = index.iter().copied().take(4).collect();
        let selected = x.select(Axis(axis), &positions);
        check(&one, &selected, 0.0, |_, v| v[0].index_select(signed, &positions));
        let column = ArrayD::from_shape_vec(IxDyn(&[positions.len(), 1]), positions.clone()).unwrap();
        let mut shape = selected.shape().to_vec();
        shape.insert(axis + 1, 1);
        check(&one, &shaped(&selected, &shape), 0.0, |_, v| v[0].take_axis(signed, &column));
    }

    #[test]
    fn positions_are_written_as_in_numpy((x, axis, index, source) in indexed()) {
        let (both, signed) = ([x.clone(), source.clone()], axis as isize);
        let (mut written, mut added, mut filled) = (x.clone(), x.clone(), x.clone());
        for (i, &position) in index.indexed_iter() {
            let place = moved(i.slice(), axis, position);
            written[place.as_slice()] = source[&i];
            added[place.as_slice()] += source[&i];
            filled[place.as_slice()] = 0.5;
        }
        check(&both, &written, 0.0, |_, v| v[0].scatter(signed, &index, &v[1]));
        check(&both, &written, 0.0, |_, v| v[0].scatter(signed, &index, &source));
        check(&both, &filled, 0.0, |_, v| v[0].scatter(signed, &index, 0.5));
        check(&both, &added, 0.0, |_, v| v[0].scatter_add(signed, &index, &v[1]));
        check(&both, &added, 0.0, |_, v| v[0].scatter_add(signed, &index, &source));

        let positions: Vec<usize> = index.iter().copied().take(3).collect();
        let parts = x.select(Axis(axis), &positions);
        let mut sum = x.clone();
        for (part, &position) in positions.iter().enumerate() {
            let part = parts.index_axis(Axis(axis), part);
            sum.index_axis_mut(Axis(axis), position).iter_mut().zip(&part).for_each(|(own, part)| *own += part);
        }
        let with_parts = [x.clone(), parts.clone()];
        check(&with_parts, &sum, 0.0, |_, v| v[0].index_add(signed, &positions, &v[1]));
        check(&with_parts, &sum, 0.0, |_, v| v[0].index_add(signed, &positions, &parts));
    }

    #[test]
    fn slices_are_replaced_at_any_scale(x in numbers(vec![2, 3, 4], 100.0), y in numbers(vec![4], 100.0)) {
        let both = [x.clone(), y.clone()];
        let parts = s![1, ..;2, ..];
        let with = |mut whole: ArrayD<f64>, value: &ArrayD<f64>| {
            whole.slice_mut(parts).assign(value);
            whole
        };
        let (half, bits) = (arr0(0.5).into_dyn(), x.mapv(|v| f64::from(u8::from(v > 0.0))));
        check(&both, &with(x.clone(), &y), 0.0, |_, v| v[0].set_slice(parts, &v[1]));
        check(&both, &with(x.clone(), &y), 0.0, |_, v| v[0].set_slice(parts, &y));
        check(&both, &with(x.clone(), &half), 0.0, |_, v| v[0].set_slice(parts, 0.5));
        check(&both, &with(bits.clone(), &half), 0.0, |_, v| v[0].gt(0)?.set_slice(parts, 0.5));
        check(&both, &with(bits.clone(), &y), 0.0, |_, v| v[0].gt(0)?.set_slice(parts, &v[1]));
        check(&both, &with(&x * &x, &half), 1.0, |_, v| v[0].square()?.set_slice(parts, 0.5));
        check(&both, &with(&x * &x, &y), 2.0, |_, v| v[0].square()?.set_slice(parts, &v[1]));
        check(&both, &with(&x * &x, &(&y * &y)), 1.0, |_, v| v[0].square()?.set_slice(parts, v[1].square()?));
    }

    #[test]
    fn elements_move_as_in_numpy(
        (x, axis) in with_axis(), shift in -9_isize..9, count in 0_usize..3, size in 0_usize..5, step in 1_usize..3,
    ) {
        let (one, signed, length) = ([x.clone()], axis as isize, x.shape()[axis]);
        let mut flipped = x.clone();
        flipped.invert_axis(Axis(axis));
        check(&one, &flipped, 0.0, |_, v| v[0].flip(signed));

        let back = |position: usize, length: usize| (position as isize - shift).rem_euclid(length as isize) as usize;
        let rolled = built(x.shape(), |i| x[moved(i, axis, back(i[axis], length)).as_slice()]);
        check(&one, &rolled, 0.0, |_, v| v[0].roll(&[shift], &[signed]));
        let flat = shaped(&x, &[x.len()]);
        let rolled = built(&[x.len()], |i| flat[back(i[0], x.len())]);
        check(&one, &shaped(&rolled, x.shape()), 0.0, |_, v| v[0].roll(&[shift], &[]));
        check(&one, &x, 0.0, |_, v| v[0].roll(&[shift, -shift], &[signed, signed]));

        let mut counts = vec![1; x.ndim() + 1];
        (counts[0], counts[axis + 1]) = (2, count);
        let long = moved(x.shape(), axis, length * count);
        let repeated = built(&[&[2], &long[..]].concat(), |i| {
            x[moved(&i[1..], axis, i[axis + 1] % length).as_slice()]
        });
        check(&one, &repeated, 0.0, |_, v| v[0].repeat(&counts));

        if size <= length {
            let shape = [&moved(x.shape(), axis, (length - size) / step + 1)[..], &[size]].concat();
            let windows = built(&shape, |i| x[moved(&i[..x.ndim()], axis, i[axis] * step + i[x.ndim()]).as_slice()]);
            check(&one, &windows, 0.0, |_, v| v[0].unfold(signed, size, step));
        }
    }

    #[test]
    fn padding_surrounds_the_tensor(x in numbers(vec![2, 3, 2], 100.0), fill in numbers(vec![], 100.0)) {
        let both = [x.clone(), fill.clone()];
        let padded = |value: f64| built(&[2, 4, 5], |i| match (i[1].checked_sub(1), i[2].checked_sub(2)) {
            (Some(row), Some(column)) if row < 3 && column < 2 => x[[i[0], row, column]],
            _ => value,
        });
        let (widths, value) = ([(2, 1), (1, 0)], fill.sum());
        check(&both, &padded(0.0), 0.0, |_, v| v[0].pad(&widths, 0));
        check(&both, &padded(-1.25), 0.0, |_, v| v[0].pad(&widths, -1.25));
        check(&both, &padded(value), 0.0, |_, v| v[0].pad(&widths, &v[1]));
        check(&both, &padded(value), 0.0, |_, v| v[0].pad(&[(2, 1)], &v[1])?.pad(&[(0, 0), (1, 0)], &fill));
        check(&both, &padded(-1.25).mapv(|v| v * v), 2.0, |_, v| v[0].square()?.pad(&widths, 1.5625));
    }

    #[test]
    fn triangles_diagonals_and_traces_agree(x in numbers(vec![2, 3, 4], 100.0), offset in -4_isize..5) {
        let matrix = x.index_axis(Axis(0), 0).to_owned();
        let inputs = [x.clone(), matrix.clone()];
        let column_less_row = |i: &[usize]| i[i.len() - 1] as isize - i[i.len() - 2] as isize;
        let where_offset = |keeps: fn(&isize, &isize) -> bool| {
            built(x.shape(), |i| if keeps(&column_less_row(i), &offset) { x[i] } else { 0.0 })
        };
        check(&inputs, &where_offset(isize::le), 0.0, |_, v| v[0].tril(offset));
        check(&inputs, &where_offset(isize::ge), 0.0, |_, v| v[0].triu(offset));

        let on = matrix.indexed_iter().filter(|(i, _)| column_less_row(i.slice()) == offset);
        let diagonal: Vec<f64> = on.map(|(_, &value)| value).collect();
        let diagonal = ArrayD::from_shape_vec(IxDyn(&[diagonal.len()]), diagonal).unwrap();
        check(&inputs, &diagonal, 0.0, |_, v| v[1].diag(offset));
        let traces = built(&[2], |i| (0..3).map(|row| x[[i[0], row, row]]).sum());
        check(&inputs, &traces, 0.0, |_, v| v[0].trace());
        check(&inputs, &traces.index_axis(Axis(0), 0).to_owned(), 0.0, |_, v| v[1].trace());
        let both = [diagonal.clone()];
        check(&both, &diagonal, 0.0, |_, v| v[0].diag(offset)?.diag(offset));
    }

    #[test]
    fn sums_over_several_axes_agree(x in tensor(), chosen in vec(any::<bool>(), 4), from_end in any::<bool>()) {
        let one = [x.clone()];
        let axes: Vec<usize> = (0..x.ndim()).filter(|&axis| chosen[axis]).collect();
        let sign = |&axis: &usize| axis as isize - if from_end { x.ndim() as isize } else { 0 };
        let signed: Vec<isize> = axes.iter().rev().map(sign).collect();
        let over = |axes: &[usize]| axes.iter().rev().fold(x.clone(), |sum, &axis| sum.sum_axis(Axis(axis)));
        let (sum, mut kept) = (over(&axes), x.shape().to_vec());
        axes.iter().for_each(|&axis| kept[axis] = 1);
        let count = axes.iter().map(|&axis| x.shape()[axis]).product::<usize>().max(1) as f64;
        check(&one, &sum, 0.0, |_, v| v[0].sum(&signed[..]));
        check(&one, &shaped(&sum, &kept), 0.0, |_, v| v[0].sum_keepdim(&signed[..]));
        check(&one, &(&sum / count), 20.0, |_, v| v[0].mean(&signed[..]));
        check(&one, &shaped(&(&sum / count), &kept), 20.0, |_, v| v[0].mean_keepdim(&signed[..]));
        check(&one, &arr0(x.sum()).into_dyn(), 0.0, |_, v| v[0].sum(()));
        if x.ndim() > 1 {
            check(&one, &over(&[0, x.ndim() - 1]), 0.0, |_, v| v[0].sum([-1, 0]));
        }
    }

    #[test]
    fn running_sums_agree((x, axis) in with_axis()) {
        let mut sums = x.clone();
        sums.accumulate_axis_inplace(Axis(axis), |&sum, element| *element += sum);
        check(&[x], &sums, 0.0, |_, v| v[0].cumsum(axis as isize));
    }

    #[test]
    fn a_secret_position_reads_its_row(
        table in numbers(vec![4, 3, 2], 100.0),
        positions in vec(1_usize..4, 0..3).prop_flat_map(|shape| {
            let count = shape.iter().product::<usize>();
            vec(-1_i8..6, count).prop_map(move |p| {
                ArrayD::from_shape_vec(IxDyn(&shape), p.into_iter().map(f64::from).collect()).unwrap()
            })
        }),
    ) {
        let both = [table.clone(), positions.clone()];
        let dims = positions.ndim();
        let rows = built(&[positions.shape(), &[3, 2]].concat(), |i| match positions[&i[..dims]] {
            row @ 0.0..=3.0 => table[[row as usize, i[dims], i[dims + 1]]],
            _ => 0.0,
        });
        let whole = table.mapv(f64::round);
        let first = table.slice(s![.., 0, 0]).to_owned();
        check(&both, &rows, 0.0, |_, v| v[1].lookup(&v[0]));
        check(&both, &rows, 0.0, |_, v| lookup(&table, &v[1]));
        check(&both, &rows.mapv(f64::round), 0.0, |_, v| v[1].lookup(&whole));
        let column = built(positions.shape(), |i| rows[[i, &[0, 0]].concat().as_slice()]);
        check(&both, &column, 0.0, |_, v| v[1].lookup(&first));
        let hot = built(&[positions.shape(), &[4]].concat(), |i| {
            f64::from(u8::from(positions[&i[..dims]] == i[dims] as f64))
        });
        check(&both, &hot, 0.0, |_, v| v[1].one_hot(4));
    }
}

#[test]
fn the_position_of_a_maximum_reads_a_row() {
    let x = array![[1.0, 3.0, 2.0], [5.0, 0.0, 5.0]].into_dyn();
    let table = array![[0.5, 1.0], [1.5, 2.0], [2.5, 3.0]];
    let expected = array![[1.5, 2.0], [0.5, 1.0]].into_dyn();
    check(&[x], &expected, 0.0, |_, v| v[0].argmax(-1)?.lookup(&table));
}

#[test]
fn moving_elements_sends_nothing() {
    crypten::local(2, ProviderKind::InsecureFirstParty, |session| {
        let x = session.cryptensor(&array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], 0)?;
        let square = x.square()?;
        let before = session.stats();
        let padded = square.pad(&[(1, 1)], 0.5)?.flip(0)?.roll(&[1], &[1])?.repeat(&[2, 1])?;
        let written = padded.set_slice(s![0, ..], 7.25)?.scatter_add(0, &array![[0, 1, 2, 3, 0]], 1)?;
        written.t()?.sum([0, 1])?;
        assert_eq!((session.stats() - before).bytes_sent, 0);
        assert_eq!((session.stats() - before).rounds, 0);
        Ok(())
    })
    .unwrap();
}

#[test]
fn wrong_axes_and_positions_get_typed_errors() {
    crypten::local(2, ProviderKind::InsecureFirstParty, |session| {
        let x = session.cryptensor(&array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], 0)?;
        let sentence = |result: Result<CrypTensor, Error>| result.unwrap_err().to_string();
        let sentences = |result: Result<Vec<CrypTensor>, Error>| result.unwrap_err().to_string();
        assert_eq!(sentence(x.sum([0, -2])), "axis 0 is named more than once");
        assert_eq!(sentence(x.mean([0, 2])), "axis 2 is out of range for a tensor with 2 dimensions");
        assert_eq!(sentence(x.flip(-3)), "axis -3 is out of range for a tensor with 2 dimensions");
        assert_eq!(
            sentence(x.gather(1, &array![[0, -4]])),
            "index -4 is out of range on axis 1, which has length 3"
        );
        assert_eq!(sentence(x.gather(1, &array![0])), "gather of shapes [2, 3] and [1]");
        assert_eq!(
            sentence(x.scatter(0, &array![[2_usize]], 1)),
            "index 2 is out of range on axis 0, which has length 2"
        );
        assert_eq!(
            sentence(x.scatter(0, &array![[0, 1]], array![[1.0]])),
            "scatter of shapes [1, 1] and [1, 2]"
        );
        assert_eq!(sentence(x.take(&array![6])), "index 6 is out of range on axis 0, which has length 6");
        assert_eq!(sentence(x.index_add(0, &[0], array![1.0])), "index_add of shapes [1] and [1, 3]");
        assert_eq!(sentence(x.narrow(1, 2, 2)), "index 4 is out of range on axis 1, which has length 3");
        assert_eq!(sentence(x.set_slice(s![0, ..], array![1.0, 2.0])), "broadcast of shapes [2] and [3]");
        assert_eq!(sentence(x.expand(&[3])), "expand of shapes [2, 3] and [3]");
        assert_eq!(sentence(x.expand(&[-1, 2, 3])), "expand of shapes [2, 3] and [0, 2, 3]");
        assert_eq!(sentence(x.flatten_range(1, 0)), "flatten of shapes [2, 3] and [1, 0]");
        assert_eq!(sentence(x.roll(&[1, 2], &[0])), "roll of shapes [2] and [1]");
        assert_eq!(
            sentence(x.pad(&[(0, 0); 3], 0)),
            "axis -3 is out of range for a tensor with 2 dimensions"
        );
        assert_eq!(sentence(x.pad(&[(1, 0)], array![1.0, 2.0])), "reshape of shapes [2] and []");
        assert_eq!(sentence(x.sum_all().diag(0)), "axis -2 is out of range for a tensor with 0 dimensions");
        assert_eq!(sentence(x.lookup(1.0)), "axis 0 is out of range for a tensor with 0 dimensions");
        assert_eq!(sentences(x.split(0, 0)), "split of shapes [2, 3] and [0]");
        assert_eq!(sentences(x.split_sizes(&[1, 1], 1)), "split of shapes [2, 3] and [1, 1]");
        assert_eq!(sentences(x.chunk(0, 1)), "chunk of shapes [2, 3] and [0]");
        assert_eq!(x.get_plain_text()?, array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]].into_dyn());
        Ok(())
    })
    .unwrap();
}
