//! The largest and the smallest elements, and where they stand.

use crypten_ring::Scale;
use crypten_shares::{Party, maximum};

use crate::error::Error;
use crate::tensor::CrypTensor;

impl CrypTensor {
    /// The largest element along an axis, which disappears.
    ///
    /// # Rounds
    /// Four for each factor of 4 in the axis; 73.5 bytes for each group of four candidates, 12.25 for each pair: at
    /// most 30 for each element. Lengths of 2, of 5 to 8, of 17 to 32, of 65 to 128, and so on, begin with pairs. From
    /// `2^15` elements on four rounds more for a length of five and above, and more pairs: a third fewer bytes.
    ///
    /// # Domain
    /// Every number in range; exact.
    ///
    /// # Errors
    /// If there is no such axis, it is empty, or a peer or the network fails.
    pub fn max(&self, axis: isize) -> Result<Self, Error> {
        let max =
            self.session.perform("max", async |party| maximum::maximum(party, self.exact(), axis).await)?;
        Ok(self.with(max))
    }

    /// The largest element along an axis, which stays with length 1.
    ///
    /// # Rounds
    /// As [`CrypTensor::max`].
    ///
    /// # Domain
    /// As [`CrypTensor::max`].
    ///
    /// # Errors
    /// As [`CrypTensor::max`].
    pub fn max_keepdim(&self, axis: isize) -> Result<Self, Error> {
        self.max(axis)?.unsqueeze(self.place_of(axis)?)
    }

    /// The smallest element along an axis, which disappears.
    ///
    /// # Rounds
    /// As [`CrypTensor::max`].
    ///
    /// # Domain
    /// As [`CrypTensor::max`].
    ///
    /// # Errors
    /// As [`CrypTensor::max`].
    pub fn min(&self, axis: isize) -> Result<Self, Error> {
        Ok(self.neg().max(axis)?.neg())
    }

    /// The smallest element along an axis, which stays with length 1.
    ///
    /// # Rounds
    /// As [`CrypTensor::max`].
    ///
    /// # Domain
    /// As [`CrypTensor::max`].
    ///
    /// # Errors
    /// As [`CrypTensor::max`].
    pub fn min_keepdim(&self, axis: isize) -> Result<Self, Error> {
        self.min(axis)?.unsqueeze(self.place_of(axis)?)
    }

    /// The largest element of all.
    ///
    /// # Rounds
    /// As [`CrypTensor::max`] over all elements.
    ///
    /// # Domain
    /// As [`CrypTensor::max`].
    ///
    /// # Errors
    /// If the tensor is empty, or a peer or the network fails.
    pub fn max_all(&self) -> Result<Self, Error> {
        self.reshape(&[-1])?.max(0)
    }

    /// The smallest element of all.
    ///
    /// # Rounds
    /// As [`CrypTensor::max`] over all elements.
    ///
    /// # Domain
    /// As [`CrypTensor::max`].
    ///
    /// # Errors
    /// As [`CrypTensor::max_all`].
    pub fn min_all(&self) -> Result<Self, Error> {
        self.reshape(&[-1])?.min(0)
    }

    /// The largest element along an axis and its position, the first one if there are several.
    ///
    /// # Rounds
    /// As [`CrypTensor::max`], and one for each level after the first, of 48 bytes for each group of four and 16 for a pair.
    ///
    /// # Domain
    /// As [`CrypTensor::max`].
    ///
    /// # Errors
    /// As [`CrypTensor::max`].
    pub fn max_with_indices(&self, axis: isize) -> Result<(Self, Self), Error> {
        let (max, place) =
            self.session.perform("max", async |party| maximum::argmax(party, self.exact(), axis).await)?;
        Ok((self.with(max), Self::new(&self.session, place, Scale::INTEGER)))
    }

    /// The smallest element along an axis and its position, the first one if there are several.
    ///
    /// # Rounds
    /// As [`CrypTensor::max_with_indices`].
    ///
    /// # Domain
    /// As [`CrypTensor::max`].
    ///
    /// # Errors
    /// As [`CrypTensor::max`].
    pub fn min_with_indices(&self, axis: isize) -> Result<(Self, Self), Error> {
        let (max, place) = self.neg().max_with_indices(axis)?;
        Ok((max.neg(), place))
    }

    /// The position of the largest element along an axis, the first one if there are several.
    ///
    /// # Rounds
    /// As [`CrypTensor::max_with_indices`].
    ///
    /// # Domain
    /// As [`CrypTensor::max`].
    ///
    /// # Errors
    /// As [`CrypTensor::max`].
    pub fn argmax(&self, axis: isize) -> Result<Self, Error> {
        Ok(self.max_with_indices(axis)?.1)
    }

    /// The position of the smallest element along an axis, the first one if there are several.
    ///
    /// # Rounds
    /// As [`CrypTensor::max_with_indices`].
    ///
    /// # Domain
    /// As [`CrypTensor::max`].
    ///
    /// # Errors
    /// As [`CrypTensor::max`].
    pub fn argmin(&self, axis: isize) -> Result<Self, Error> {
        self.neg().argmax(axis)
    }

    /// One where the largest element along an axis stands, the first one if there are several, zero elsewhere.
    ///
    /// # Rounds
    /// As [`CrypTensor::max`], and one for each level before the last, of 48 bytes for each group of four and 16 for a pair:
    /// none for an axis of up to four.
    ///
    /// # Domain
    /// As [`CrypTensor::max`].
    ///
    /// # Errors
    /// As [`CrypTensor::max`].
    pub fn argmax_one_hot(&self, axis: isize) -> Result<Self, Error> {
        Ok(self.max_with_one_hot(axis)?.1)
    }

    /// The largest element along an axis, which stays with length 1; and one where it stands, as in
    /// [`CrypTensor::argmax_one_hot`].
    ///
    /// # Rounds
    /// As [`CrypTensor::argmax_one_hot`].
    ///
    /// # Domain
    /// As [`CrypTensor::max`].
    ///
    /// # Errors
    /// As [`CrypTensor::max`].
    pub fn max_with_one_hot(&self, axis: isize) -> Result<(Self, Self), Error> {
        let run = async |party: &mut Party| maximum::max_with_one_hot(party, self.exact(), axis).await;
        let (max, one_hot) = self.session.perform("max", run)?;
        let max = self.with(max).unsqueeze(self.place_of(axis)?)?;
        Ok((max, Self::new(&self.session, one_hot, Scale::INTEGER)))
    }

    /// One where the smallest element along an axis stands, the first one if there are several, zero elsewhere.
    ///
    /// # Rounds
    /// As [`CrypTensor::argmax_one_hot`].
    ///
    /// # Domain
    /// As [`CrypTensor::max`].
    ///
    /// # Errors
    /// As [`CrypTensor::max`].
    pub fn argmin_one_hot(&self, axis: isize) -> Result<Self, Error> {
        self.neg().argmax_one_hot(axis)
    }

    /// An axis counted from the first.
    fn place_of(&self, axis: isize) -> Result<isize, Error> {
        Ok(crypten_ring::normalize_axis(axis, self.ndim())?.cast_signed())
    }
}
