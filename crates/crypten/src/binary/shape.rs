//! Shapes, positions and joining of binary tensors: no message is needed.
//!
//! These functions copy words without looking at them, so they are those of [`CrypTensor`]: words that are shared by
//! exclusive or stay so wherever they are put.

use crypten_autograd::Axes;
use crypten_ring::Scale;
use crypten_shares::{ArithmeticShare, BinaryShare};
use ndarray::{ArrayBase, Data, Dimension, SliceInfoElem};

use crate::binary::{BinaryOperand, BinarySide, BinaryTensor, Content};
use crate::error::Error;
use crate::tensor::{CrypTensor, cat, stack};

macro_rules! moves {
    ($($name:ident($($argument:ident: $kind:ty),*);)*) => {$(
        #[doc = concat!("Moves words as [`CrypTensor::", stringify!($name), "`] does.")]
        ///
        /// # Errors
        #[doc = concat!("As [`CrypTensor::", stringify!($name), "`].")]
        pub fn $name(&self $(, $argument: $kind)*) -> Result<Self, Error> {
            Ok(self.put(&self.words().$name($($argument),*)?))
        }
    )*};
}

impl BinaryTensor {
    moves! {
        reshape(shape: &[isize]);
        flatten(start: isize);
        transpose(first: isize, second: isize);
        t();
        permute(axes: &[usize]);
        squeeze();
        unsqueeze(axis: isize);
        expand(shape: &[isize]);
        slice(parts: impl AsRef<[SliceInfoElem]>);
        narrow(axis: isize, start: usize, length: usize);
        index_select(axis: isize, positions: &[usize]);
        flip(axes: impl Axes);
        roll(shifts: &[isize], axes: &[isize]);
        repeat(counts: &[usize]);
    }

    /// The tensors joined along an axis they have.
    ///
    /// # Errors
    /// If there is none, they belong to different sessions, or the shapes do not fit.
    pub fn cat(tensors: &[&Self], axis: isize) -> Result<Self, Error> {
        Self::joined(tensors, |words| cat(words, axis))
    }

    /// The tensors joined along a new axis.
    ///
    /// # Errors
    /// If there is none, they belong to different sessions, or the shapes differ.
    pub fn stack(tensors: &[&Self], axis: isize) -> Result<Self, Error> {
        Self::joined(tensors, |words| stack(words, axis))
    }

    /// Parts of `size` along an axis; the last one has what is left.
    ///
    /// # Errors
    /// If there is no such axis, or the size is zero.
    pub fn split(&self, size: usize, axis: isize) -> Result<Vec<Self>, Error> {
        Ok(self.words().split(size, axis)?.iter().map(|part| self.put(part)).collect())
    }

    /// One element along an axis for each position; see [`CrypTensor::gather`].
    ///
    /// # Errors
    /// As [`CrypTensor::gather`].
    pub fn gather<I, S, D>(&self, axis: isize, index: &ArrayBase<S, D>) -> Result<Self, Error>
    where
        I: Copy + TryInto<isize>,
        S: Data<Elem = I>,
        D: Dimension,
    {
        Ok(self.put(&self.words().gather(axis, index)?))
    }

    /// The tensor with elements of `source`, which may be public, written at the positions; see
    /// [`CrypTensor::scatter`].
    ///
    /// # Errors
    /// If there is no such axis or position, the shapes do not fit, or the tensors belong to different sessions.
    pub fn scatter<I, S, D>(
        &self,
        axis: isize,
        index: &ArrayBase<S, D>,
        source: impl BinaryOperand,
    ) -> Result<Self, Error>
    where
        I: Copy + TryInto<isize>,
        S: Data<Elem = I>,
        D: Dimension,
    {
        self.overwritten(source, |words, source| words.scatter(axis, index, source))
    }

    /// The tensor with the part that ndarray's `s![..]` describes replaced by a value, which may be public; see
    /// [`CrypTensor::set_slice`].
    ///
    /// # Errors
    /// If an index or bound lies past the end, the value does not broadcast to the part, or the tensors belong to
    /// different sessions.
    pub fn set_slice(
        &self,
        parts: impl AsRef<[SliceInfoElem]>,
        value: impl BinaryOperand,
    ) -> Result<Self, Error> {
        self.overwritten(value, |words, value| words.set_slice(parts, value))
    }

    fn overwritten(
        &self,
        source: impl BinaryOperand,
        write: impl FnOnce(&CrypTensor, &CrypTensor) -> Result<CrypTensor, Error>,
    ) -> Result<Self, Error> {
        let source = match source.side() {
            BinarySide::Secret(source) => source.clone(),
            BinarySide::Public(words) => self.of_public(&words),
        };
        let written = self.put(&write(&self.words(), &source.words())?);
        Ok(Self { content: self.content.max(source.content), ..written })
    }

    fn joined(
        tensors: &[&Self],
        join: impl FnOnce(&[&CrypTensor]) -> Result<CrypTensor, Error>,
    ) -> Result<Self, Error> {
        let first = *tensors.first().ok_or(Error::NothingSecret)?;
        let words: Vec<CrypTensor> = tensors.iter().map(|tensor| tensor.words()).collect();
        let joined = first.put(&join(&words.iter().collect::<Vec<_>>())?);
        let content = tensors.iter().map(|tensor| tensor.content).max();
        Ok(Self { content: content.unwrap_or(Content::INTEGERS), ..joined })
    }

    /// The words in the hands of a [`CrypTensor`], for functions that put them elsewhere and do nothing else.
    fn words(&self) -> CrypTensor {
        CrypTensor::new(&self.session, ArithmeticShare::new(self.share.own().clone()), Scale::INTEGER)
    }

    /// What [`BinaryTensor::words`] has become.
    fn put(&self, words: &CrypTensor) -> Self {
        Self::new(&self.session, BinaryShare::new(words.exact().own().clone()), self.content)
    }
}
