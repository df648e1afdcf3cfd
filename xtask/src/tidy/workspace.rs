//! What tidy looks at: the Rust files and the manifests of the members, read once.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::code::code_of;

/// Where members lie.
const ROOTS: [&str; 5] = ["benches", "crates", "examples", "tests", "xtask"];

/// The files of the workspace, in the order of their paths.
pub(super) struct Workspace {
    pub(super) root: PathBuf,
    pub(super) sources: Vec<Source>,
    pub(super) manifests: Vec<Manifest>,
}

/// A Rust file.
pub(super) struct Source {
    /// Relative to the root of the workspace, with forward slashes.
    pub(super) path: String,
    pub(super) text: String,
    /// The text with blanks in place of comments and literals. Invariant: it has the text's lines.
    pub(super) code: String,
}

/// The `Cargo.toml` of a member.
pub(super) struct Manifest {
    /// Relative to the root of the workspace, with forward slashes.
    pub(super) path: String,
    pub(super) text: String,
}

impl Workspace {
    /// Reads the workspace at `root`.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        for directory in ROOTS.map(|name| root.join(name)).iter().filter(|directory| directory.is_dir()) {
            collect(directory, &mut files)?;
        }
        files.sort();
        let mut workspace = Self { root: root.to_owned(), sources: Vec::new(), manifests: Vec::new() };
        for file in files {
            let path = file.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            let read = || fs::read_to_string(&file).with_context(|| format!("{path} cannot be read"));
            if path.ends_with(".rs") {
                workspace.sources.push(Source::new(&path, &read()?));
            } else if path.ends_with("/Cargo.toml") {
                workspace.manifests.push(Manifest { text: read()?, path });
            }
        }
        Ok(workspace)
    }
}

impl Source {
    /// The file at `path` that contains `text`.
    pub(super) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), code: code_of(text) }
    }
}

/// Adds the files at and below `directory`, without build outputs and hidden ones.
fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(directory).with_context(|| format!("{} cannot be read", directory.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let kind = entry.file_type()?;
        if name == "target" || name.to_string_lossy().starts_with('.') {
            continue;
        }
        if kind.is_dir() {
            collect(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}
