//! Two parties make the files of a dealing together, without a dealer: each writes its own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::{Error, FileError, Misuse};
use crate::joint::Joint;
use crate::message::Message;
use crate::net::Net;
use crate::party::random_seed;
use crate::plan::{Plan, Request};
use crate::provider::stored::DEALING;
use crate::provider::stored::deal::{begin, dealt_file, finish, new_file};
use crate::provider::{Bilateral, MOST_WORDS, Provider};

impl<J: Joint> Bilateral<J> {
    /// Makes what a plan asks for together with the peer, who does the same, and writes this party's file below
    /// `directory`, which its owner alone may read. Returns the file: a [`crate::StoredProvider`] opens it.
    ///
    /// `progress` hears how many units are made, of how many.
    ///
    /// # Security
    /// As for a run over this provider: no file leaves its party, and nobody else knows a mask.
    ///
    /// # Errors
    /// If the peer fails or has another plan, a request is larger than a provider meets at once, the file exists
    /// already or cannot be written, or the operating system gives no randomness.
    pub async fn deal(
        mut self,
        net: &mut dyn Net,
        plan: &Plan,
        directory: impl AsRef<Path> + Send,
        mut progress: impl FnMut(u64, u64) + Send,
    ) -> Result<PathBuf, Error> {
        let dealt = self.dealt(net, plan, directory.as_ref(), &mut progress).await;
        if let Some(fault) = dealt.as_ref().err().and_then(|error| error.fault(net.place().rank())) {
            net.abort(fault).await;
        }
        dealt
    }

    async fn dealt(
        &mut self,
        net: &mut dyn Net,
        plan: &Plan,
        directory: &Path,
        progress: &mut (impl FnMut(u64, u64) + Send),
    ) -> Result<PathBuf, Error> {
        if !plan.requests().iter().all(Request::is_bounded) {
            return Err(Misuse::TooMuchRandomness { limit: MOST_WORDS }.into());
        }
        self.begin(net).await?;
        let identity = agree(net, plan).await?;
        let rank = net.place().rank().index();
        fs::create_dir_all(directory).map_err(FileError::at(directory))?;
        let path = directory.join(dealt_file(rank));
        let file = new_file(&path).map_err(FileError::at(&path))?;
        let written = self.write(net, plan, identity, file, &path, progress).await;
        if written.is_err() {
            // Half a dealing is of no use, and what cannot be removed is refused for its length.
            let _ = fs::remove_file(&path);
        }
        written.map(|()| path)
    }

    async fn write(
        &mut self,
        net: &mut dyn Net,
        plan: &Plan,
        identity: [u64; 4],
        file: File,
        path: &Path,
        progress: &mut (impl FnMut(u64, u64) + Send),
    ) -> Result<(), Error> {
        let (place, mut made) = (net.place(), 0);
        let (rank, parties) = (place.rank().index(), place.parties());
        let mut out =
            begin(file, plan, identity, self.own_seed(), rank, parties).map_err(FileError::at(path))?;
        for Request { kind, units } in plan.requests() {
            let corrections = Zeroizing::new(self.complete(net, kind, *units).await?.1);
            if place.is_first() {
                out.words(&corrections).and_then(|()| out.seal()).map_err(FileError::at(path))?;
            }
            made += *units as u64;
            progress(made, plan.units());
        }
        finish(out).map_err(FileError::at(path))?;
        Ok(())
    }
}

/// An identity of the dealing that both parties know, if they have the same plan.
async fn agree(net: &mut dyn Net, plan: &Plan) -> Result<[u64; 4], Error> {
    let peer = net.place().peers().next().expect("there are two parties");
    let (own, mut identity) = (random_seed()?.to_words(), [0; 4]);
    net.send(peer, Message::new(DEALING, [&own[..], &plan.digest()].concat())).await?;
    let message = net.receive(peer).await?;
    let (there, actual) = (message.step, message.words().len());
    if there != DEALING {
        return Err(Error::Parted { peer, here: DEALING, there });
    }
    let Some((theirs, digest)) = message.words().split_first_chunk::<4>() else {
        return Err(Error::WrongLength { peer, step: DEALING, expected: 4 + plan.digest().len(), actual });
    };
    if digest != plan.digest() {
        return Err(Error::OtherDealing { peer });
    }
    identity.iter_mut().zip(own.iter().zip(theirs)).for_each(|(word, (own, theirs))| *word = own ^ theirs);
    Ok(identity)
}
