//! The tensor: words of 64 bits in row-major order, with arithmetic that wraps.

mod conv; // 2-d convolution
mod elementwise; // sums, products, shifts
mod gather; // elements at positions, read and written
mod gemm; // the product of two matrices
mod index; // slices, concatenation, padding
mod matmul; // matrix products, batched
mod rearrange; // flips, rolls, repeats, windows, diagonals
mod reduce; // sums over axes, running sums

use ndarray::{ArcArray, ArrayViewD, Axis, IxDyn};

use crate::error::Error;

/// A tensor of any dimension over Z/2^64. Cloning, reshaping and slicing share the words.
#[derive(Clone, PartialEq, Eq)]
pub struct RingTensor {
    /// Private to the crate, so that a device can take its place.
    storage: ArcArray<u64, IxDyn>,
}

impl RingTensor {
    /// A tensor from words in row-major order.
    ///
    /// # Panics
    /// If there are not as many words as the shape has elements.
    #[must_use]
    #[track_caller]
    pub fn from_vec(shape: &[usize], words: Vec<u64>) -> Self {
        let count = words.len();
        match ArcArray::from_shape_vec(IxDyn(shape), words) {
            Ok(storage) => Self { storage },
            Err(_) => panic!("{count} words do not make a tensor of shape {shape:?}"),
        }
    }

    /// A tensor that holds `word` everywhere.
    #[must_use]
    pub fn full(shape: &[usize], word: u64) -> Self {
        Self { storage: ArcArray::from_elem(IxDyn(shape), word) }
    }

    /// Zeros.
    #[must_use]
    pub fn zeros(shape: &[usize]) -> Self {
        Self::full(shape, 0)
    }

    /// A tensor without axes.
    #[must_use]
    pub fn scalar(word: u64) -> Self {
        Self::full(&[], word)
    }

    /// The lengths of the axes.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        self.storage.shape()
    }

    /// The number of axes.
    #[must_use]
    pub fn ndim(&self) -> usize {
        self.storage.ndim()
    }

    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.storage.len()
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.storage.is_empty()
    }

    /// The words in row-major order; a copy only where they do not lie so.
    #[must_use]
    pub fn words(&self) -> std::borrow::Cow<'_, [u64]> {
        match self.storage.as_slice() {
            Some(words) => words.into(),
            None => self.storage.iter().copied().collect::<Vec<_>>().into(),
        }
    }

    /// The words in row-major order, without a copy where nothing else holds them.
    #[must_use]
    pub fn into_words(self) -> Vec<u64> {
        if !self.storage.is_standard_layout() {
            return self.words().into_owned();
        }
        let count = self.len();
        let (mut words, offset) = self.storage.into_owned().into_raw_vec_and_offset();
        if words.len() != count {
            // A slice lies somewhere in the words of the whole.
            let start = offset.unwrap_or(0);
            words = words[start..start + count].to_vec();
        }
        words
    }

    /// The same words under another shape.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if the number of elements differs.
    pub fn reshape(&self, shape: &[usize]) -> Result<Self, Error> {
        if shape.iter().product::<usize>() != self.len() {
            let (left, right) = (self.shape().to_vec(), shape.to_vec());
            return Err(Error::ShapeMismatch { operation: "reshape", left, right });
        }
        let storage = self.storage.to_shape(IxDyn(shape)).expect("the number of elements agrees");
        Ok(Self { storage: storage.to_shared() })
    }

    /// The axes in another order.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] unless `axes` names each axis once.
    pub fn permute(&self, axes: &[usize]) -> Result<Self, Error> {
        let mut sorted = axes.to_vec();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..self.ndim()) {
            let (left, right) = (self.shape().to_vec(), axes.to_vec());
            return Err(Error::ShapeMismatch { operation: "permute", left, right });
        }
        Ok(Self { storage: self.storage.clone().permuted_axes(IxDyn(axes)) })
    }

    /// The tensor with its axes of length 1 and missing axes repeated.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if an axis of another length would have to change.
    pub fn broadcast_to(&self, shape: &[usize]) -> Result<Self, Error> {
        match self.storage.broadcast(IxDyn(shape)) {
            _ if self.shape() == shape => Ok(self.clone()),
            Some(view) => Ok(Self { storage: view.to_shared() }),
            None => {
                let (left, right) = (self.shape().to_vec(), shape.to_vec());
                Err(Error::ShapeMismatch { operation: "broadcast", left, right })
            }
        }
    }

    /// A new axis of length 1.
    ///
    /// # Panics
    /// If `axis` is more than the number of axes.
    #[must_use]
    #[track_caller]
    pub fn insert_axis(&self, axis: usize) -> Self {
        Self { storage: self.storage.clone().insert_axis(Axis(axis)) }
    }

    pub(crate) fn view(&self) -> ArrayViewD<'_, u64> {
        self.storage.view()
    }
}

impl std::fmt::Debug for RingTensor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RingTensor(shape={:?}, ..)", self.shape())
    }
}
