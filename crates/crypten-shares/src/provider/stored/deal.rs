//! Makes the files of a dealing: deals every unit of a plan, and writes it as it is dealt.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crypten_ring::Seed;
use zeroize::Zeroizing;

use crate::correlation::Dealing;
use crate::error::{Error, FileError, Misuse};
use crate::party::random_seed;
use crate::place::Place;
use crate::plan::{Plan, Request};
use crate::provider::MOST_WORDS;
use crate::provider::first::advance;
use crate::provider::stored::{KIND, VERSION};
use crate::sealed::SealedWriter;

/// Bytes that are gathered before they are written.
const BUFFER: usize = 1 << 20;

/// Deals what a plan asks for among `parties` parties, and writes a file for each below `directory`, which its owner
/// alone may read. Returns the files in rank order.
///
/// Party 0's holds all corrections; the others are small. `progress` hears how many units are dealt, of how many.
///
/// # Security
/// Whoever deals knows all masks: it is no party, colludes with none, and brings each file to its party by a safe
/// channel, and to no other. It keeps no copy.
///
/// # Errors
/// If there cannot be that many parties, a request is larger than a dealer meets at once, a file exists already or
/// cannot be written, or the operating system gives no randomness.
pub fn deal(
    plan: &Plan,
    parties: usize,
    directory: impl AsRef<Path>,
    progress: impl FnMut(u64, u64),
) -> Result<Vec<PathBuf>, Error> {
    Place::new(0, parties)?;
    if !plan.requests().iter().all(Request::is_bounded) {
        return Err(Misuse::TooMuchRandomness { limit: MOST_WORDS }.into());
    }
    let directory = directory.as_ref();
    fs::create_dir_all(directory).map_err(FileError::at(directory))?;
    let identity = random_seed()?.to_words();
    let seeds = (0..parties).map(|_| random_seed()).collect::<Result<Vec<_>, _>>()?;
    let mut files = Vec::new();
    let written = write_all(plan, identity, &seeds, directory, progress, &mut files);
    if written.is_err() {
        for path in &files {
            // Half a dealing is of no use, and what cannot be removed is refused for its length.
            let _ = fs::remove_file(path);
        }
    }
    written.map(|()| files)
}

/// The name of a party's file in the directory of a dealing.
#[must_use]
pub fn dealt_file(rank: usize) -> String {
    format!("party-{rank}.dealt")
}

fn write_all(
    plan: &Plan,
    identity: [u64; 4],
    seeds: &[Seed],
    directory: &Path,
    mut progress: impl FnMut(u64, u64),
    files: &mut Vec<PathBuf>,
) -> Result<(), Error> {
    for rank in 0..seeds.len() {
        let path = directory.join(dealt_file(rank));
        let file = new_file(&path).map_err(FileError::at(&path))?;
        files.push(path.clone());
        write(file, plan, identity, seeds, rank, &mut progress).map_err(FileError::at(&path))?;
    }
    Ok(())
}

fn write(
    file: File,
    plan: &Plan,
    identity: [u64; 4],
    seeds: &[Seed],
    rank: usize,
    progress: &mut impl FnMut(u64, u64),
) -> io::Result<()> {
    let mut out = begin(file, plan, identity, &seeds[rank], rank, seeds.len())?;
    if rank == 0 {
        write_corrections(&mut out, plan, seeds, progress)?;
    }
    finish(out)
}

/// Writes all that precedes the corrections.
pub(super) fn begin(
    file: File,
    plan: &Plan,
    identity: [u64; 4],
    seed: &Seed,
    rank: usize,
    parties: usize,
) -> io::Result<SealedWriter<BufWriter<File>>> {
    let mut out = SealedWriter::begin(BufWriter::with_capacity(BUFFER, file), KIND, VERSION)?;
    let seed = Zeroizing::new(seed.to_words());
    out.words(&seed[..])?;
    out.words(&identity)?;
    let words = plan.to_words();
    out.words(&[rank as u64, parties as u64, words.len() as u64])?;
    out.words(&words)?;
    out.seal()?;
    Ok(out)
}

pub(super) fn finish(out: SealedWriter<BufWriter<File>>) -> io::Result<()> {
    out.finish()?.get_ref().sync_all()
}

fn write_corrections(
    out: &mut SealedWriter<impl Write>,
    plan: &Plan,
    seeds: &[Seed],
    progress: &mut impl FnMut(u64, u64),
) -> io::Result<()> {
    let (mut done, total) = (0, plan.units());
    let mut used = HashMap::new();
    for Request { kind, units } in plan.requests() {
        let first = advance(&mut used, kind, *units);
        let mut dealing = Dealing::new(kind, seeds);
        let mut own = Zeroizing::new(vec![0; dealing.layout().independent_words()]);
        let mut correction = Zeroizing::new(vec![0; dealing.layout().dependent_words()]);
        for index in first..first + *units as u64 {
            dealing.deal(index, &mut own, &mut correction);
            out.words(&correction)?;
            done += 1;
            progress(done, total);
        }
        out.seal()?;
    }
    Ok(())
}

/// A new file that its owner alone may read.
pub(super) fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
