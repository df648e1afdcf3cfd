//! Which products are summed: output `j` of a form is the sum of `x_i y_l` over its terms `(i, l)`.

use crypten_ring::{Conv2d, broadcast_shapes, matmul_shape};
use ndarray::{ArrayD, IxDyn};

/// A sparse bilinear form of party 0's words `x` and party 1's words `y`, with coefficients 0 and 1.
///
/// Large ones are described, not listed: the terms of an output are made when they are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bilinear {
    pattern: Pattern,
    /// Words of the pattern's left factor.
    left: usize,
    /// Words of the pattern's right factor.
    right: usize,
    /// Outputs of one copy.
    outputs: usize,
    /// Whether each party has words of both factors, and the products across parties are wanted.
    crossed: bool,
    /// Whether party 0 has the right factor.
    swapped: bool,
    copies: usize,
}

/// Terms of one copy, in indices of the left and of the right factor.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    /// Output `j` has the terms `offsets[j]..offsets[j + 1]`.
    Listed {
        offsets: Vec<usize>,
        terms: Vec<(usize, usize)>,
    },
    Matmul {
        rows: usize,
        inner: usize,
        columns: usize,
        /// For each product of a batch, where its left and its right matrix begin.
        begins: Vec<(usize, usize)>,
        transposed: bool,
    },
    Convolution {
        input: [usize; 4],
        kernel: [usize; 4],
        output: [usize; 4],
        geometry: Conv2d,
    },
}

impl Bilinear {
    /// A form of `left` words by `right` words with these terms, a list for each output.
    ///
    /// # Panics
    /// If a term names a word that does not exist.
    #[must_use]
    #[track_caller]
    pub fn new(left: usize, right: usize, outputs: &[Vec<(usize, usize)>]) -> Self {
        let terms = outputs.concat();
        assert!(terms.iter().all(|&(i, l)| i < left && l < right), "terms of {left} by {right} words");
        let mut offsets = vec![0];
        for output in outputs {
            offsets.push(offsets[offsets.len() - 1] + output.len());
        }
        Self::of(Pattern::Listed { offsets, terms }, left, right, outputs.len())
    }

    /// Products of corresponding words.
    #[must_use]
    pub fn elementwise(words: usize) -> Self {
        Self::new(words, words, &(0..words).map(|i| vec![(i, i)]).collect::<Vec<_>>())
    }

    /// The matrix product as in `torch.matmul`; `transposed` exchanges the last two axes of the right factor first.
    ///
    /// # Errors
    /// If the shapes do not go together.
    pub fn matmul(left: &[usize], right: &[usize], transposed: bool) -> Result<Self, crypten_ring::Error> {
        let (words_left, words_right) = (left.iter().product(), right.iter().product());
        let mut oriented = right.to_vec();
        let transposed = transposed && right.len() >= 2;
        if transposed {
            oriented.swap(right.len() - 1, right.len() - 2);
        }
        let outputs = matmul_shape(left, &oriented)?.iter().product();
        let (left, right) = (with_rows(left), with_columns(&oriented));
        let (batch_left, [rows, inner]) = split(&left);
        let (batch_right, [_, columns]) = split(&right);
        let batch = broadcast_shapes("matmul", batch_left, batch_right)?;
        let lefts = begins(batch_left, &batch, rows * inner);
        let begins = lefts.into_iter().zip(begins(batch_right, &batch, inner * columns)).collect();
        let pattern = Pattern::Matmul { rows, inner, columns, begins, transposed };
        Ok(Self::of(pattern, words_left, words_right, outputs))
    }

    /// A convolution of an input by a kernel.
    ///
    /// # Errors
    /// If the shapes do not fit; see [`Conv2d::output_shape`].
    pub fn conv2d(
        input: [usize; 4],
        kernel: [usize; 4],
        geometry: Conv2d,
    ) -> Result<Self, crypten_ring::Error> {
        let output = geometry.output_shape(&input, &kernel)?;
        let pattern = Pattern::Convolution { input, kernel, output, geometry };
        Ok(Self::of(pattern, input.iter().product(), kernel.iter().product(), output.iter().product()))
    }

    fn of(pattern: Pattern, left: usize, right: usize, outputs: usize) -> Self {
        Self { pattern, left, right, outputs, crossed: false, swapped: false, copies: 1 }
    }

    /// The products across parties where both factors are shared: with `x = [a_0, b_0]` and `y = [a_1, b_1]`, the form
    /// `a_0 b_1 + a_1 b_0`.
    #[must_use]
    pub fn crossed(self) -> Self {
        Self { crossed: true, ..self }
    }

    /// The same products with the factors exchanged: party 0 has the right one.
    #[must_use]
    pub fn swapped(self) -> Self {
        Self { swapped: !self.swapped, ..self }
    }

    /// So many copies side by side, each with words and outputs of its own.
    #[must_use]
    pub fn repeated(&self, copies: usize) -> Self {
        Self { copies, ..self.clone() }
    }

    /// How many words party 0 has.
    #[must_use]
    pub fn left(&self) -> usize {
        self.copies * self.sizes().0
    }

    /// How many words party 1 has.
    #[must_use]
    pub fn right(&self) -> usize {
        self.copies * self.sizes().1
    }

    /// How many outputs there are.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.copies * self.outputs
    }

    /// The most terms that an output may have.
    #[must_use]
    pub fn most_terms(&self) -> usize {
        let once = match &self.pattern {
            Pattern::Listed { offsets, .. } => {
                offsets.windows(2).map(|ends| ends[1] - ends[0]).max().unwrap_or(0)
            }
            Pattern::Matmul { inner, .. } => *inner,
            Pattern::Convolution { kernel: [_, channels, rows, columns], .. } => channels * rows * columns,
        };
        if self.crossed { 2 * once } else { once }
    }

    /// The terms of an output: indices into party 0's and into party 1's words.
    ///
    /// # Panics
    /// If there is no such output.
    #[must_use]
    pub fn terms(&self, output: usize) -> Vec<(usize, usize)> {
        assert!(output < self.outputs(), "output {output} of {}", self.outputs());
        let copy = output / self.outputs;
        let (left, right) = self.sizes();
        let mut terms = self.pattern.terms(output % self.outputs);
        if self.crossed {
            terms = terms.iter().flat_map(|&(a, b)| [(a, self.left + b), (self.left + b, a)]).collect();
        }
        if self.swapped {
            terms.iter_mut().for_each(|term| *term = (term.1, term.0));
        }
        terms.iter_mut().for_each(|(i, l)| (*i, *l) = (*i + copy * left, *l + copy * right));
        terms
    }

    /// Words of either party for one copy.
    fn sizes(&self) -> (usize, usize) {
        let both = self.left + self.right;
        match (self.crossed, self.swapped) {
            (true, _) => (both, both),
            (false, false) => (self.left, self.right),
            (false, true) => (self.right, self.left),
        }
    }
}

impl Pattern {
    fn terms(&self, output: usize) -> Vec<(usize, usize)> {
        match self {
            Self::Listed { offsets, terms } => terms[offsets[output]..offsets[output + 1]].to_vec(),
            Self::Matmul { rows, inner, columns, begins, transposed } => {
                let (column, rest) = (output % columns, output / columns);
                let (left, right) = begins[rest / rows];
                let row = left + rest % rows * inner;
                let (first, step) =
                    if *transposed { (right + column * inner, 1) } else { (right + column, *columns) };
                (0..*inner).map(|k| (row + k, first + k * step)).collect()
            }
            Self::Convolution { input, kernel, output: [_, channels_out, height, width], geometry } => {
                let (column, rest) = (output % width, output / width);
                let (row, rest) = (rest % height, rest / height);
                let (channel_out, image) = (rest % channels_out, rest / channels_out);
                let [_, channels, rows, columns] = *input;
                let [_, per_group, kernel_rows, kernel_columns] = *kernel;
                let group = channel_out / (channels_out / geometry.groups);
                // Padding makes an index wrap, or overshoot.
                let place = |at: usize, k: usize, axis: usize| {
                    (at * geometry.stride[axis] + k * geometry.dilation[axis])
                        .wrapping_sub(geometry.padding[axis])
                };
                let mut terms = Vec::new();
                for channel in 0..per_group {
                    for i in 0..kernel_rows {
                        for j in 0..kernel_columns {
                            let (y, x) = (place(row, i, 0), place(column, j, 1));
                            if y < rows && x < columns {
                                let source = image * channels + group * per_group + channel;
                                let weight = channel_out * per_group + channel;
                                terms.push((
                                    (source * rows + y) * columns + x,
                                    (weight * kernel_rows + i) * kernel_columns + j,
                                ));
                            }
                        }
                    }
                }
                terms
            }
        }
    }
}

/// A vector on the left is a row.
fn with_rows(shape: &[usize]) -> Vec<usize> {
    if let [inner] = shape { vec![1, *inner] } else { shape.to_vec() }
}

/// A vector on the right is a column.
fn with_columns(shape: &[usize]) -> Vec<usize> {
    if let [inner] = shape { vec![*inner, 1] } else { shape.to_vec() }
}

/// Batch axes, and the axes of a matrix.
fn split(shape: &[usize]) -> (&[usize], [usize; 2]) {
    let (batch, matrix) = shape.split_at(shape.len() - 2);
    (batch, [matrix[0], matrix[1]])
}

/// Where the matrices of a broadcast batch begin.
fn begins(own: &[usize], batch: &[usize], size: usize) -> Vec<usize> {
    let first = (0..own.iter().product::<usize>()).map(|i| i * size).collect();
    let first = ArrayD::from_shape_vec(IxDyn(own), first).expect("as many as the shape has");
    first.broadcast(IxDyn(batch)).expect("checked by matmul_shape").iter().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypten_ring::{Prg, RingTensor, Seed};

    fn evaluate(form: &Bilinear, x: &RingTensor, y: &RingTensor) -> Vec<u64> {
        assert!((0..form.outputs()).all(|j| form.terms(j).len() <= form.most_terms()));
        let (x, y) = (x.words(), y.words());
        let term = |(i, l): (usize, usize)| x[i].wrapping_mul(y[l]);
        let output = |j| form.terms(j).into_iter().map(term).fold(0, u64::wrapping_add);
        (0..form.outputs()).map(output).collect()
    }

    #[test]
    fn forms_are_the_products_of_tensors() {
        let mut prg = Prg::new(&Seed::from_words([1; 4]), 0);
        for (left, right) in [
            (&[3, 4][..], &[4, 5][..]),
            (&[4], &[4]),
            (&[4], &[2, 4, 3]),
            (&[2, 3, 4], &[4]),
            (&[2, 1, 3, 4], &[5, 4, 2]),
            (&[3, 0], &[0, 2]),
            (&[0, 4], &[4, 2]),
        ] {
            let (x, y) = (prg.tensor(left), prg.tensor(right));
            let form = Bilinear::matmul(left, right, false).unwrap();
            assert_eq!(evaluate(&form, &x, &y), *x.matmul(&y).words(), "{left:?} {right:?}");
        }
        let geometry = Conv2d { stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2 };
        let (x, y) = (prg.tensor(&[2, 4, 5, 6]), prg.tensor(&[6, 2, 3, 2]));
        let form = Bilinear::conv2d([2, 4, 5, 6], [6, 2, 3, 2], geometry).unwrap();
        assert_eq!(evaluate(&form, &x, &y), *x.conv2d(&y, geometry).words());
    }

    #[test]
    fn a_swapped_form_has_the_same_products() {
        let mut prg = Prg::new(&Seed::from_words([2; 4]), 0);
        let (x, y) = (prg.tensor(&[2, 3]), prg.tensor(&[3, 4]));
        let form = Bilinear::matmul(&[2, 3], &[3, 4], false).unwrap();
        let swapped = form.clone().swapped();
        assert_eq!((swapped.left(), swapped.right()), (12, 6));
        assert_eq!(evaluate(&swapped, &y, &x), evaluate(&form, &x, &y));
        assert_eq!(swapped.swapped(), form);
    }

    #[test]
    fn copies_lie_side_by_side() {
        let form = Bilinear::elementwise(2).crossed().repeated(2);
        assert_eq!((form.left(), form.right(), form.outputs()), (8, 8, 4));
        assert_eq!(form.terms(1), [(1, 3), (3, 1)]);
        assert_eq!(form.terms(2), [(4, 6), (6, 4)]);
    }
}
