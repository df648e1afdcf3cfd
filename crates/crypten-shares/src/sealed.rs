//! Files of 64-bit words, little endian, in parts that each end with their SHA-256 checksum (FIPS 180-4).
//!
//! No length in a file is believed: before memory is taken for what it announces, it is compared with what is left of
//! the file. A checksum finds accidents, not malice: whoever can write a party's files can be that party.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{FileError, FileFlaw};

/// Bytes that are read ahead.
const AHEAD: usize = 1 << 20;

/// The SHA-256 digest of words.
#[must_use]
pub fn digest(words: &[u64]) -> [u64; 4] {
    let sum: [u8; 32] = Sha256::digest(bytemuck::cast_slice::<u64, u8>(words)).into();
    bytemuck::cast(sum)
}

/// Writes a file of words.
pub struct SealedWriter<W> {
    out: W,
    hash: Sha256,
}

impl<W: Write> SealedWriter<W> {
    /// A file that says first of which kind and version it is.
    ///
    /// # Errors
    /// What the system says.
    pub fn begin(out: W, kind: [u8; 8], version: u64) -> io::Result<Self> {
        let mut file = Self { out, hash: Sha256::new() };
        file.words(&[u64::from_le_bytes(kind), version])?;
        Ok(file)
    }

    /// Appends words.
    ///
    /// # Errors
    /// What the system says.
    pub fn words(&mut self, words: &[u64]) -> io::Result<()> {
        let bytes: &[u8] = bytemuck::cast_slice(words);
        self.hash.update(bytes);
        self.out.write_all(bytes)
    }

    /// Ends a part: appends the checksum of all words since the last one.
    ///
    /// # Errors
    /// What the system says.
    pub fn seal(&mut self) -> io::Result<()> {
        let sum: [u8; 32] = std::mem::take(&mut self.hash).finalize().into();
        self.out.write_all(&sum)
    }

    /// What was written to, flushed.
    ///
    /// # Errors
    /// What the system says.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W> fmt::Debug for SealedWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedWriter(..)")
    }
}

/// Reads a file of words.
pub struct SealedReader {
    path: PathBuf,
    file: BufReader<File>,
    hash: Sha256,
    /// Words between here and the end of the file.
    left: u64,
}

impl SealedReader {
    /// Begins to read the file `file`, which lies at `path`.
    ///
    /// # Errors
    /// If the file cannot be read, or is of another kind or version.
    pub fn begin(path: &Path, file: File, kind: [u8; 8], version: u64) -> Result<Self, FileError> {
        let bytes = file.metadata().map_err(FileError::at(path))?.len();
        let file = BufReader::with_capacity(AHEAD, file);
        let mut reader = Self { path: path.to_path_buf(), file, hash: Sha256::new(), left: bytes / 8 };
        if reader.left == 0 || reader.array::<1>()? != [u64::from_le_bytes(kind)] {
            return Err(reader.flawed(FileFlaw::Foreign));
        }
        if !bytes.is_multiple_of(8) {
            return Err(reader.flawed(FileFlaw::Length));
        }
        match reader.array::<1>()? {
            [found] if found != version => Err(reader.flawed(FileFlaw::Version { found })),
            _ => Ok(reader),
        }
    }

    /// The next words.
    ///
    /// # Errors
    /// If there are not that many, or the file cannot be read.
    pub fn words(&mut self, count: u64) -> Result<Vec<u64>, FileError> {
        if count > self.left {
            return Err(self.flawed(FileFlaw::Length));
        }
        let mut words = vec![0_u64; count as usize];
        self.read_into(&mut words)?;
        Ok(words)
    }

    /// The next `N` words.
    ///
    /// # Errors
    /// As [`SealedReader::words`].
    pub fn array<const N: usize>(&mut self) -> Result<[u64; N], FileError> {
        let mut words = [0; N];
        self.read_into(&mut words)?;
        Ok(words)
    }

    fn read_into(&mut self, words: &mut [u64]) -> Result<(), FileError> {
        let count = words.len() as u64;
        self.left = self.left.checked_sub(count).ok_or_else(|| self.flawed(FileFlaw::Length))?;
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(words);
        self.file.read_exact(bytes).map_err(FileError::at(&self.path))?;
        self.hash.update(bytes);
        Ok(())
    }

    /// Ends a part: compares the checksum that stands here with the words since the last one.
    ///
    /// # Errors
    /// If it is another one, or the file cannot be read.
    pub fn check(&mut self) -> Result<(), FileError> {
        let sum: [u8; 32] = std::mem::take(&mut self.hash).finalize().into();
        let written: [u64; 4] = self.array()?;
        self.hash = Sha256::new();
        if written == bytemuck::cast::<[u8; 32], [u64; 4]>(sum) {
            Ok(())
        } else {
            Err(self.flawed(FileFlaw::Checksum))
        }
    }

    /// How many words are left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left
    }

    /// An error that names the file.
    #[must_use]
    pub fn flawed(&self, flaw: FileFlaw) -> FileError {
        FileError::flawed(&self.path, flaw)
    }

    /// Overwrites the words from number `at` on; they are on the disk when it returns.
    pub(crate) fn overwrite(&mut self, at: u64, words: &[u64]) -> Result<(), FileError> {
        let file = &mut self.file;
        let mut overwrite = || -> io::Result<()> {
            let here = file.stream_position()?;
            file.seek(SeekFrom::Start(8 * at))?;
            file.get_mut().write_all(bytemuck::cast_slice(words))?;
            file.get_mut().sync_all()?;
            file.seek(SeekFrom::Start(here)).map(drop)
        };
        overwrite().map_err(FileError::at(&self.path))
    }
}

impl fmt::Debug for SealedReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedReader({})", self.path.display())
    }
}
