//! The rules of the house that no compiler knows.
//!
//! Each rule is one module with a function `violations`; each violation is a place and a sentence.

mod arrows;
mod code;
mod files;
mod laws;
mod words;
mod workspace;

use std::fmt;
use std::path::Path;

use anyhow::{Result, ensure};

use self::workspace::Workspace;

/// One broken rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    /// Relative to the root of the workspace, with forward slashes.
    path: String,
    /// Counted from 1.
    line: usize,
    sentence: String,
}

impl Violation {
    fn new(path: impl Into<String>, line: usize, sentence: impl Into<String>) -> Self {
        Self { path: path.into(), line, sentence: sentence.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.sentence)
    }
}

/// Prints every broken rule of the workspace at `root`; an error if there is one.
pub(crate) fn run(root: &Path) -> Result<()> {
    let found = violations(root)?;
    for violation in &found {
        println!("{violation}");
    }
    ensure!(found.is_empty(), "rules of the house are broken in {} places", found.len());
    Ok(())
}

/// Every broken rule of the workspace at `root`, in the order of paths and lines.
fn violations(root: &Path) -> Result<Vec<Violation>> {
    let workspace = Workspace::read(root)?;
    let mut found = files::violations(&workspace);
    found.extend(words::violations(&workspace));
    found.extend(laws::violations(&workspace));
    found.extend(arrows::violations(&workspace)?);
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::violations;

    #[test]
    fn the_workspace_is_tidy() {
        let found = violations(crate::root()).unwrap();
        let report: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "\n{}", report.join("\n"));
    }
}
