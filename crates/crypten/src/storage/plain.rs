//! Plain arrays in a file of one party, in NumPy's format.

use std::path::Path;

use crypten_ring::RingTensor;
use crypten_shares::tell;

use crate::error::Error;
use crate::plain::Plain;
use crate::session::Session;
use crate::storage::draft::Draft;
use crate::storage::{bounded_shape, npy};
use crate::tensor::CrypTensor;

impl Session {
    /// Party `src` writes an array to `path` as `.npy`, and all parties wait until it has. Only the array and the path
    /// of `src` are used.
    ///
    /// # Rounds
    /// One, 8 bytes from `src` to each other.
    ///
    /// # Security
    /// The file is not encrypted; its owner alone may read it.
    ///
    /// # Errors
    /// If there is no party `src`, it cannot write the file (at the others, the error names it), or a peer or the
    /// network fails.
    pub fn save_from_party(&self, x: impl Plain, path: impl AsRef<Path>, src: usize) -> Result<(), Error> {
        let owner = self.place().party(src)?;
        let written = (src == self.rank()).then(|| {
            let x = x.plain();
            Draft::write(path.as_ref(), |out| npy::write(out, x.values())).and_then(Draft::publish)
        });
        let done = written.as_ref().map(|written| [u64::from(written.is_ok())]);
        let told = self.perform("tell", async |party| {
            tell::tell(party, owner, 1, done.as_ref().map(|d| &d[..])).await
        })?;
        written.transpose()?;
        if told == [0] { Err(Error::NoFileAtParty { peer: owner }) } else { Ok(()) }
    }

    /// Party `src` reads an array of numbers from the `.npy` file at `path`, and it is encrypted. Only the path of
    /// `src` is used.
    ///
    /// # Rounds
    /// Two, 8 bytes and 8 an axis from `src` to each other.
    ///
    /// # Security
    /// The others learn the shape.
    ///
    /// # Errors
    /// If there is no party `src`, its file cannot be read or its numbers do not fit the precision (at the others, the
    /// error names it), or a peer or the network fails.
    pub fn load_from_party(&self, path: impl AsRef<Path>, src: usize) -> Result<CrypTensor, Error> {
        let owner = self.place().party(src)?;
        let unusable = || Error::NoFileAtParty { peer: owner };
        let words = (src == self.rank()).then(|| self.encoded(path.as_ref()));
        // One more than the number of axes: 0 says that there is no file.
        let axes = words.as_ref().map(|words| [words.as_ref().map_or(0, |words| 1 + words.ndim() as u64)]);
        let told = self.perform("tell", async |party| {
            tell::tell(party, owner, 1, axes.as_ref().map(|a| &a[..])).await
        })?;
        let words = words.transpose()?;

        let axes = told[0].checked_sub(1).and_then(|axes| usize::try_from(axes).ok());
        let axes = axes.filter(|&axes| axes <= super::MOST_AXES).ok_or_else(unusable)?;
        let lengths = words.as_ref().map(|words| words.shape().iter().map(|&n| n as u64).collect::<Vec<_>>());
        let told =
            self.perform("tell", async |party| tell::tell(party, owner, axes, lengths.as_deref()).await)?;
        let shape = bounded_shape(&told).ok_or_else(unusable)?;
        let share =
            self.perform("cryptensor", async |party| party.share(owner, &shape, words.as_ref()).await)?;
        Ok(CrypTensor::new(self, share, self.scale()))
    }

    /// The array in a file as ring elements.
    fn encoded(&self, path: &Path) -> Result<RingTensor, Error> {
        Ok(self.scale().encode(&npy::read(path)?.view())?)
    }
}
