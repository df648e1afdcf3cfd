//! Tensors in files: shares that stay secret, and plain arrays of one party.
//!
//! [`Session::save`] writes this party's shares, and no party can read a value out of its own file. All parties call
//! it with the same path, and each adds its rank to the name: `model` becomes `model.party-0`, `model.party-1`, ...
//! The files of one save carry a common random name, so [`Session::load`] notices when one of them is from another
//! save. What one party fails at, all parties learn, and the session goes on.

mod draft; // files that appear whole or not at all
mod file; // shares in a file
mod npy; // plain arrays in NumPy's format
mod plain; // arrays of one party

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crypten_shares::{Rank, tell};

use crate::error::Error;
use crate::session::Session;
use crate::storage::draft::Draft;
use crate::tensor::CrypTensor;

/// The most elements that a stored tensor may have: 2 GiB of words.
const LARGEST: usize = 1 << 28;

/// The most axes that a stored tensor may have.
const MOST_AXES: usize = 64;

impl Session {
    /// Writes this party's shares of named tensors to `path` with the rank added: `model.party-0`. Every party calls it
    /// with the same names in the same order.
    ///
    /// A file appears when it is complete, and when the other parties' are; what was there before stays until then. Its
    /// owner alone may read it.
    ///
    /// # Rounds
    /// Two, of 32 and 8 bytes.
    ///
    /// # Security
    /// Whoever gets the files of all parties has the values. Names, shapes and scales stand in each of them.
    ///
    /// # Errors
    /// If two names are alike, a tensor belongs to another session, or a file cannot be written at this party or (named
    /// in the error) at another one; or if a peer or the network fails.
    pub fn save(&self, tensors: &[(&str, &CrypTensor)], path: impl AsRef<Path>) -> Result<(), Error> {
        let mut names = HashSet::new();
        for (name, tensor) in tensors {
            if !self.is_same(tensor.session()) {
                return Err(Error::OtherSession);
            }
            if !names.insert(name) {
                return Err(Error::RepeatedName { name: (*name).to_owned() });
            }
        }
        let identity = self.perform("tell", async |party| tell::agree(party).await)?;
        let draft =
            Draft::write(&self.own_file(path.as_ref()), |out| file::write(out, self, identity, tensors));
        let ready = [u64::from(draft.is_ok())];
        let said = self.perform("tell", async |party| tell::exchange(party, &ready).await)?;
        let draft = draft?;
        if let Some(peer) = without_file(&said) {
            return Err(Error::NoFileAtParty { peer });
        }
        draft.publish()
    }

    /// The tensors that [`Session::save`] wrote to `path`, with their names, in their order.
    ///
    /// # Rounds
    /// One, of 64 bytes.
    ///
    /// # Errors
    /// If the file of this party cannot be read, was changed, or was written for another party, another number of
    /// parties, another way of sharing or another precision; if that is so at another party, or its file is from
    /// another save (the error names it); or if a peer or the network fails.
    pub fn load(&self, path: impl AsRef<Path>) -> Result<Vec<(String, CrypTensor)>, Error> {
        let saved = file::read(&self.own_file(path.as_ref()), self);
        // A party without a file says so, and leaves nobody waiting.
        let signature = saved.as_ref().map_or([0; 8], file::Saved::signature);
        let said = self.perform("tell", async |party| tell::exchange(party, &signature).await)?;
        let saved = saved?;
        if let Some(peer) = without_file(&said) {
            return Err(Error::NoFileAtParty { peer });
        }
        if let Some(peer) = tell::odd_one_out(&said) {
            return Err(Error::OtherSave { peer });
        }
        let tensors = saved.tensors.into_iter();
        Ok(tensors.map(|(name, scale, share)| (name, CrypTensor::new(self, share, scale))).collect())
    }

    /// The tensor that [`CrypTensor::save`] wrote to `path`.
    ///
    /// # Rounds
    /// One, of 64 bytes.
    ///
    /// # Errors
    /// As [`Session::load`], and if the file holds another number of tensors.
    pub fn load_tensor(&self, path: impl AsRef<Path>) -> Result<CrypTensor, Error> {
        let path = path.as_ref();
        let tensors = self.load(path)?;
        let count = tensors.len();
        match <[(String, CrypTensor); 1]>::try_from(tensors) {
            Ok([(_, tensor)]) => Ok(tensor),
            Err(_) => Err(Error::NotOneTensor { path: self.own_file(path), count }),
        }
    }

    /// Where this party's part of what is saved to `path` lies.
    fn own_file(&self, path: &Path) -> PathBuf {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".party-{}", self.rank()));
        name.into()
    }
}

impl CrypTensor {
    /// Writes this party's share to `path` with the rank added; see [`Session::save`]. [`Session::load_tensor`] reads
    /// it.
    ///
    /// # Rounds
    /// Two, of 32 and 8 bytes.
    ///
    /// # Errors
    /// As [`Session::save`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        self.session().save(&[("tensor", self)], path)
    }
}

/// The first party that said nothing but zeros: it has no file.
fn without_file(said: &[Vec<u64>]) -> Option<Rank> {
    said.iter().position(|words| words.iter().all(|&word| word == 0)).and_then(Rank::new)
}

/// The shape that words from a file or a peer say, unless a tensor of it would be absurdly large.
fn bounded_shape(words: &[u64]) -> Option<Vec<usize>> {
    // An empty axis must not hide what the others amount to.
    let size = |size: usize, &n: &usize| size.checked_mul(n.max(1)).filter(|&size| size <= LARGEST);
    let shape: Vec<usize> = words.iter().map(|&n| usize::try_from(n).ok()).collect::<Option<_>>()?;
    (shape.len() <= MOST_AXES && shape.iter().try_fold(1, size).is_some()).then_some(shape)
}
