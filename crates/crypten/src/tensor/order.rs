//! Sorting without a secret branch: every element learns its rank from all comparisons at once.
//!
//! For each pair `i < j` one comparison tells whether `x_j` precedes `x_i`; the rank of `x_i` is the number of elements
//! that precede it, of equal ones those with a lower position. One row for each rank, 1 at the element that has it,
//! times the elements gives them in order.
//!
//! # Cost
//! Of `n` elements, `k` of them wanted: `n (n - 1) / 2` comparisons of 12.25 bytes, `k n` of 10.625 bytes, and a matrix
//! product of `8 (k n + n)` bytes, in nine rounds whatever `n` and `k` are.

use std::ops::Range;

use crypten_ring::{Error as RingError, RingTensor, Scale, normalize_axis};
use crypten_shares::{ArithmeticShare, Party, compare, product};

use crate::error::Error;
use crate::tensor::CrypTensor;

impl CrypTensor {
    /// The elements in order along an axis, and the positions where they stood. Of equal ones the lower position comes
    /// first, in both directions.
    ///
    /// # Shapes
    /// Both results have the shape of the tensor; the positions are secret whole numbers.
    ///
    /// # Rounds
    /// Nine. For `n` elements `n (n - 1) / 2` comparisons, each of 12.25 bytes, `n (n - 1)` of 10.625 bytes, and a
    /// product of `8 n (n + 1)` bytes.
    ///
    /// # Domain
    /// Every number in range; exact.
    ///
    /// # Security
    /// Opens nothing but masked words: neither the order nor which elements are equal.
    ///
    /// # Errors
    /// If there is no such axis, or a peer or the network fails.
    pub fn sort(&self, axis: isize, descending: bool) -> Result<(Self, Self), Error> {
        let ranks = Ranks::of(self, axis, descending)?;
        ranks.at(0..ranks.length)
    }

    /// The elements in order along an axis, and the secret permutation that puts them there.
    ///
    /// # Shapes
    /// In the permutation two axes of length `n` stand for the axis of `n` elements: `[.., place, position, ..]`, 1
    /// where the element at this position comes to this place.
    ///
    /// # Rounds
    /// As [`CrypTensor::sort`].
    ///
    /// # Domain
    /// As [`CrypTensor::sort`].
    ///
    /// # Errors
    /// As [`CrypTensor::sort`].
    pub fn sort_one_hot(&self, axis: isize, descending: bool) -> Result<(Self, Self), Error> {
        let ranks = Ranks::of(self, axis, descending)?;
        ranks.one_hot_at(0..ranks.length)
    }

    /// The positions of the elements in order along an axis.
    ///
    /// # Rounds
    /// Eight: those of [`CrypTensor::sort`] without the product.
    ///
    /// # Domain
    /// As [`CrypTensor::sort`].
    ///
    /// # Errors
    /// As [`CrypTensor::sort`].
    pub fn argsort(&self, axis: isize, descending: bool) -> Result<Self, Error> {
        let ranks = Ranks::of(self, axis, descending)?;
        ranks.positions(&ranks.one_hot(0..ranks.length)?)
    }

    /// The `k` largest elements along an axis, or the smallest, in order, and their positions. Of equal ones the lower
    /// position comes first.
    ///
    /// # Shapes
    /// The axis has length `k` in both results.
    ///
    /// # Rounds
    /// Nine. For `n` elements `n (n - 1) / 2` comparisons, each of 12.25 bytes, `k n` of 10.625 bytes, and a product of
    /// `8 n (k + 1)` bytes.
    ///
    /// # Domain
    /// As [`CrypTensor::sort`].
    ///
    /// # Errors
    /// If there is no such axis, it has fewer elements, or a peer or the network fails.
    pub fn topk(&self, k: usize, axis: isize, largest: bool) -> Result<(Self, Self), Error> {
        self.check_place(k, axis)?;
        Ranks::of(self, axis, largest)?.at(0..k)
    }

    /// The `k` largest elements along an axis, or the smallest, in order, and the secret choice of them.
    ///
    /// # Shapes
    /// The axis has length `k` in the elements; in the choice two axes stand for it, `[.., place, position, ..]` of
    /// lengths `k` and `n`.
    ///
    /// # Rounds
    /// As [`CrypTensor::topk`].
    ///
    /// # Domain
    /// As [`CrypTensor::sort`].
    ///
    /// # Errors
    /// As [`CrypTensor::topk`].
    pub fn topk_one_hot(&self, k: usize, axis: isize, largest: bool) -> Result<(Self, Self), Error> {
        self.check_place(k, axis)?;
        Ranks::of(self, axis, largest)?.one_hot_at(0..k)
    }

    /// The `k`-th smallest element along an axis, which disappears, and its position; `k` counts from 1.
    ///
    /// # Rounds
    /// Nine. For `n` elements `n (n - 1) / 2` comparisons, each of 12.25 bytes, `n` of 10.625 bytes, and a product
    /// of `16 n` bytes.
    ///
    /// # Domain
    /// As [`CrypTensor::sort`].
    ///
    /// # Errors
    /// If there is no such axis or no such element, or a peer or the network fails.
    pub fn kthvalue(&self, k: usize, axis: isize) -> Result<(Self, Self), Error> {
        let length = self.check_place(k, axis)?;
        let axis = normalize_axis(axis, self.ndim())?;
        let place = k.checked_sub(1).ok_or(RingError::IndexOutOfRange { index: 0, axis, length })?;
        let (values, positions) = Ranks::of(self, axis.cast_signed(), false)?.at(place..k)?;
        let shape = [&self.shape()[..axis], &self.shape()[axis + 1..]].concat();
        Ok((values.reshaped(&shape)?, positions.reshaped(&shape)?))
    }

    /// The median along an axis, which disappears, and its position: of an even number of elements the lower one of the
    /// two in the middle.
    ///
    /// # Rounds
    /// As [`CrypTensor::kthvalue`].
    ///
    /// # Domain
    /// As [`CrypTensor::sort`].
    ///
    /// # Errors
    /// If there is no such axis, it is empty, or a peer or the network fails.
    pub fn median(&self, axis: isize) -> Result<(Self, Self), Error> {
        let length = self.shape()[normalize_axis(axis, self.ndim())?];
        self.kthvalue(length.div_ceil(2), axis)
    }

    /// The length of an axis, if it has a place number `k`, counted from 1; or if `k` is 0.
    fn check_place(&self, k: usize, axis: isize) -> Result<usize, Error> {
        let axis = normalize_axis(axis, self.ndim())?;
        match self.shape()[axis] {
            length if k <= length => Ok(length),
            length => Err(RingError::IndexOutOfRange { index: k.cast_signed(), axis, length }.into()),
        }
    }
}

/// The lines of a tensor along an axis, and the rank of each element in its line.
struct Ranks<'a> {
    tensor: &'a CrypTensor,
    axis: usize,
    /// Elements of a line.
    length: usize,
    /// The elements, a row for each line.
    lines: ArithmeticShare,
    /// Their ranks, as whole numbers.
    ranks: ArithmeticShare,
}

impl<'a> Ranks<'a> {
    fn of(tensor: &'a CrypTensor, axis: isize, descending: bool) -> Result<Self, Error> {
        let axis = normalize_axis(axis, tensor.ndim())?;
        let length = tensor.shape()[axis];
        let others = (0..tensor.ndim()).filter(|&other| other != axis);
        let order: Vec<usize> = others.chain([axis]).collect();
        let count = tensor.numel().checked_div(length).unwrap_or(0);
        let lines = tensor.exact().try_linear(|own| own.permute(&order)?.reshape(&[count, length]))?;
        let (first, second): (Vec<usize>, Vec<usize>) =
            (0..length).flat_map(|i| (i + 1..length).map(move |j| (i, j))).unzip();
        let ranks = if first.is_empty() {
            lines.linear(|own| RingTensor::zeros(own.shape()))
        } else {
            let difference = lines.try_linear(|own| {
                let (first, second) = (own.select(1, &first)?, own.select(1, &second)?);
                Ok::<_, RingError>(if descending { &first - &second } else { &second - &first })
            })?;
            let second_precedes =
                tensor.session.perform("lt", async |party| compare::negative(party, &difference).await)?;
            // Until a comparison says otherwise, the elements with a lower position precede.
            let before = RingTensor::from_vec(&[length], (0..length as u64).collect());
            second_precedes
                .linear(|own| moved(own, &first, &second, length))
                .add_public(tensor.session.place(), &before)
        };
        Ok(Self { tensor, axis, length, lines, ranks })
    }

    /// The elements at the given places of the order, and where they stood.
    fn at(&self, places: Range<usize>) -> Result<(CrypTensor, CrypTensor), Error> {
        let one_hot = self.one_hot(places)?;
        Ok((self.values(&one_hot)?, self.positions(&one_hot)?))
    }

    /// The elements at the given places of the order, and the choice of them.
    fn one_hot_at(&self, places: Range<usize>) -> Result<(CrypTensor, CrypTensor), Error> {
        let one_hot = self.one_hot(places)?;
        let choice = CrypTensor::new(&self.tensor.session, self.restored(&one_hot, 2)?, Scale::INTEGER);
        Ok((self.values(&one_hot)?, choice))
    }

    /// For each line and place a row that is 1 at the element that has this rank.
    fn one_hot(&self, places: Range<usize>) -> Result<ArithmeticShare, Error> {
        let session = &self.tensor.session;
        // Every element has one rank: if all ranks are wanted, those that have none of the others have the last.
        let all = places == (0..self.length) && self.length > 0;
        let compared = if all { 0..self.length - 1 } else { places };
        let one_hot = if compared.is_empty() {
            ArithmeticShare::new(RingTensor::zeros(&[self.lines.shape()[0], 0, self.length]))
        } else {
            let words = compared.clone().map(|place| (place as u64).wrapping_neg()).collect();
            let negated = RingTensor::from_vec(&[compared.len(), 1], words);
            let differences =
                self.ranks.linear(|own| own.insert_axis(1)).add_public(session.place(), &negated);
            session.perform("eq", async |party| compare::is_zero(party, &differences).await)?
        };
        if !all {
            return Ok(one_hot);
        }
        let rest = one_hot.linear(|own| -&own.sum_axis(1).insert_axis(1));
        let last = rest.add_public(session.place(), &RingTensor::scalar(1));
        Ok(ArithmeticShare::concatenate(1, &[&one_hot, &last])?)
    }

    /// The chosen elements, at the scale of the tensor: a product with whole numbers needs no rounding.
    fn values(&self, one_hot: &ArithmeticShare) -> Result<CrypTensor, Error> {
        let column = self.lines.linear(|own| own.insert_axis(2));
        let run = async |party: &mut Party| product::matmul(party, one_hot, &column, None).await;
        let values = self.tensor.session.perform("matmul", run)?;
        let rows = values.try_linear(|own| own.reshape(&own.shape()[..2]))?;
        Ok(self.tensor.with(self.restored(&rows, 1)?))
    }

    /// The positions of the chosen elements.
    fn positions(&self, one_hot: &ArithmeticShare) -> Result<CrypTensor, Error> {
        let positions = RingTensor::from_vec(&[self.length], (0..self.length as u64).collect());
        let rows = one_hot.linear(|own| own.matmul(&positions));
        Ok(CrypTensor::new(&self.tensor.session, self.restored(&rows, 1)?, Scale::INTEGER))
    }

    /// Rows with the axes of the tensor, and what a row consists of, in `axes` axes, where the axis of the lines was.
    fn restored(&self, rows: &ArithmeticShare, axes: usize) -> Result<ArithmeticShare, Error> {
        let (before, after) = (&self.tensor.shape()[..self.axis], &self.tensor.shape()[self.axis + 1..]);
        let others = before.len() + after.len();
        let shape = [before, after, &rows.shape()[1..]].concat();
        let order: Vec<usize> =
            (0..self.axis).chain(others..others + axes).chain(self.axis..others).collect();
        Ok(rows.try_linear(|own| own.reshape(&shape)?.permute(&order))?)
    }
}

/// By how much the ranks of each line differ from the positions: for each pair whose second element precedes, the first
/// one's rank is higher and the second one's lower by one.
fn moved(second_precedes: &RingTensor, first: &[usize], second: &[usize], length: usize) -> RingTensor {
    let lines = second_precedes.shape()[0];
    let mut ranks = vec![0_u64; lines * length];
    let bits = second_precedes.words();
    for (ranks, bits) in ranks.chunks_exact_mut(length).zip(bits.chunks_exact(first.len())) {
        for ((&i, &j), &bit) in first.iter().zip(second).zip(bits) {
            ranks[i] = ranks[i].wrapping_add(bit);
            ranks[j] = ranks[j].wrapping_sub(bit);
        }
    }
    RingTensor::from_vec(&[lines, length], ranks)
}
