//! A file that appears whole or not at all: it is written under another name, and renamed when it is complete.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::Error;

/// A complete file under another name. Its owner alone may read it. Removed if it is dropped before it is published.
pub(super) struct Draft {
    file: NamedTempFile,
    path: PathBuf,
}

impl Draft {
    /// Writes what is to lie at `path`.
    pub(super) fn write(
        path: &Path,
        content: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
    ) -> Result<Self, Error> {
        let path = path.to_path_buf();
        match Self::file(&path, content) {
            Ok(file) => Ok(Self { file, path }),
            Err(source) => Err(Error::File { path, source }),
        }
    }

    fn file(
        path: &Path,
        content: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
    ) -> io::Result<NamedTempFile> {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        // Beside its place, so that renaming moves no byte. The system's mode for such files is 0600.
        let file =
            tempfile::Builder::new().prefix(".crypten-").tempfile_in(parent.unwrap_or(Path::new(".")))?;
        let mut out = BufWriter::new(file.as_file());
        content(&mut out)?;
        out.flush()?;
        drop(out);
        file.as_file().sync_all()?;
        Ok(file)
    }

    /// Gives the file its name; what had that name before is gone.
    pub(super) fn publish(self) -> Result<(), Error> {
        let Self { file, path } = self;
        match file.persist(&path) {
            Ok(_) => Ok(()),
            Err(error) => Err(Error::File { path, source: error.error }),
        }
    }
}
