//! The arrows between crates: what a crate must not know, at any distance.
//!
//! Asked of `cargo tree`, so a dependency of a dependency counts. Dependencies of tests do not.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};

use super::Violation;
use super::words::declares;
use super::workspace::{Manifest, Workspace};
use crate::ci::cargo;

/// A crate and what it must not know.
const MUST_NOT_KNOW: &[(&str, &[&str])] = &[
    (
        "crypten-ring",
        &["crypten", "crypten-comm", "crypten-paillier", "crypten-shares", "quinn", "rustls", "tokio"],
    ),
    ("crypten-shares", &["crypten", "crypten-comm", "crypten-paillier", "quinn", "rustls", "tokio"]),
    ("crypten-paillier", &["crypten", "crypten-comm", "quinn", "rustls", "tokio"]),
    ("crypten-autograd", &["crypten", "crypten-comm", "crypten-paillier", "crypten-shares", "tokio"]),
    ("crypten-nn", &["crypten", "crypten-comm", "crypten-paillier", "crypten-shares", "tokio"]),
    ("crypten-nn-derive", &["crypten", "crypten-autograd", "crypten-nn", "crypten-ring"]),
    ("crypten-comm", &["crypten", "crypten-autograd", "crypten-nn", "crypten-paillier"]),
];

/// What no crate knows.
const UNKNOWN_TO_ALL: &str = "xtask";

/// The arrows that point the wrong way.
pub(super) fn violations(workspace: &Workspace) -> Result<Vec<Violation>> {
    let mut found = Vec::new();
    for &(name, _) in MUST_NOT_KNOW {
        if !workspace.manifests.iter().any(|manifest| crate_of(manifest) == Some(name)) {
            let sentence = format!("There is no crate {name}, which a rule of tidy names.");
            found.push(Violation::new(format!("crates/{name}/Cargo.toml"), 1, sentence));
        }
    }
    for manifest in &workspace.manifests {
        if let Some(name) = crate_of(manifest) {
            let tree = tree(workspace, name)?;
            found.extend(check(manifest, name, &tree));
        } else if let Some(index) = manifest.text.lines().position(|line| declares(line, UNKNOWN_TO_ALL))
            && !manifest.path.starts_with("xtask/")
        {
            found.push(Violation::new(&manifest.path, index + 1, "Nothing may know xtask."));
        }
    }
    Ok(found)
}

/// The name of the crate whose manifest this is: its directory's.
fn crate_of(manifest: &Manifest) -> Option<&str> {
    manifest.path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml").filter(|name| !name.contains('/'))
}

/// What `cargo tree` says of the crate `name`: a package a line.
fn tree(workspace: &Workspace, name: &str) -> Result<String> {
    let mut command = cargo(&workspace.root, &format!("tree --locked -p {name} -e normal --prefix none"));
    let output = command.output().with_context(|| format!("{command:?} did not start"))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} ended with {}: {}", output.status, complaint.trim());
    String::from_utf8(output.stdout).with_context(|| format!("{command:?} printed no text"))
}

/// The forbidden packages among those that `tree` lists for the crate `name`.
fn check(manifest: &Manifest, name: &str, tree: &str) -> Vec<Violation> {
    let known: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    let rules = MUST_NOT_KNOW.iter().filter(|(with_rule, _)| *with_rule == name);
    let forbidden = rules.flat_map(|(_, strangers)| strangers.iter().copied()).chain([UNKNOWN_TO_ALL]);
    let violation = |stranger: &str| {
        let declared = manifest.text.lines().position(|line| declares(line, stranger));
        let line = declared.map_or(1, |index| index + 1);
        Violation::new(&manifest.path, line, format!("{name} must not know {stranger}."))
    };
    forbidden.filter(|stranger| known.contains(stranger)).map(violation).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_is_found_at_any_distance() {
        let path = "crates/crypten-shares/Cargo.toml".to_owned();
        let manifest =
            Manifest { path: path.clone(), text: "[dependencies]\nquinn.workspace = true\n".to_owned() };
        let tree = "crypten-shares v0.1.0 (/a)\nquinn v0.11.12\ntokio v1.54.0\ntokio v1.54.0 (*)\n\n";
        let expected = [
            Violation::new(&path, 2, "crypten-shares must not know quinn."),
            Violation::new(&path, 1, "crypten-shares must not know tokio."),
        ];
        assert_eq!(check(&manifest, "crypten-shares", tree), expected);
    }

    #[test]
    fn a_crate_without_a_rule_may_know_all_but_the_chores() {
        let manifest = Manifest { path: "crates/crypten/Cargo.toml".to_owned(), text: String::new() };
        assert_eq!(check(&manifest, "crypten", "crypten v0.1.0 (/a)\ntokio v1.54.0\n"), []);
        assert_eq!(check(&manifest, "crypten", "crypten v0.1.0 (/a)\nxtask v0.1.0 (/b)\n").len(), 1);
    }
}
