//! Words that have their place: a library or a keyword may occur only below certain paths.
//!
//! Comments and literals may say what they like; code and the dependencies in manifests may not.

use super::Violation;
use super::code::{calls_macro, words};
use super::workspace::{Source, Workspace};

/// A word and the only places where it may occur.
struct Rule {
    word: &'static str,
    /// Prefixes of paths.
    allowed: &'static [&'static str],
    reason: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        word: "anyhow",
        allowed: &["benches/", "examples/", "tests/", "xtask/"],
        reason: "a crate has an error type of its own",
    },
    Rule {
        word: "quinn",
        // The hostile peers of the tests speak raw QUIC.
        allowed: &["crates/crypten-comm/", "tests/"],
        reason: "only crypten-comm knows the network",
    },
    Rule {
        word: "tokio",
        allowed: &["crates/crypten-comm/", "tests/"],
        reason: "only crypten-comm knows an async runtime",
    },
    Rule {
        word: "unsafe",
        // `simd.rs`, `simd_….rs` and the files in `simd/`, and products of numbers of thousands of bits.
        allowed: &["crates/crypten-ring/src/simd", "crates/crypten-paillier/src/montgomery/ifma.rs"],
        reason: "only the vector kernels need it",
    },
];

/// Macros that are for the moment and not for the repository.
const BANNED_MACROS: [&str; 3] = ["dbg", "todo", "unimplemented"];

/// The words that are out of their place.
pub(super) fn violations(workspace: &Workspace) -> Vec<Violation> {
    let mut found: Vec<Violation> = workspace.sources.iter().flat_map(check_source).collect();
    for manifest in &workspace.manifests {
        found.extend(check_manifest(&manifest.path, &manifest.text));
    }
    found
}

/// Whether a line of a manifest declares the dependency `name`.
pub(super) fn declares(line: &str, name: &str) -> bool {
    let mut declaration = line.split('#').next().unwrap_or_default().split('=');
    let key = declaration.next().unwrap_or_default();
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    let renamed = format!("package = \"{name}\"");
    key.split(|letter| !is_part(letter)).any(|part| part == name) || line.contains(&renamed)
}

fn check_source(source: &Source) -> Vec<Violation> {
    let path = source.path.as_str();
    let mut found = Vec::new();
    for (index, line) in source.code.lines().enumerate() {
        for rule in rules_of(path) {
            if words(line).any(|word| word == rule.word) {
                found.push(rule.broken(path, index + 1));
            }
        }
        for name in BANNED_MACROS.iter().filter(|name| calls_macro(line, name)) {
            found.push(Violation::new(path, index + 1, format!("`{name}!` is not for the repository.")));
        }
    }
    found
}

fn check_manifest(path: &str, text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for rule in rules_of(path) {
            if declares(line, rule.word) {
                found.push(rule.broken(path, index + 1));
            }
        }
    }
    found
}

/// The rules that hold for the file at `path`.
fn rules_of(path: &str) -> impl Iterator<Item = &'static Rule> {
    RULES.iter().filter(move |rule| !rule.allowed.iter().any(|place| path.starts_with(place)))
}

impl Rule {
    fn broken(&self, path: &str, line: usize) -> Violation {
        Violation::new(path, line, format!("`{}` is out of its place: {}.", self.word, self.reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let found = if path.ends_with(".toml") {
            check_manifest(path, text)
        } else {
            check_source(&Source::new(path, text))
        };
        found.iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn a_word_may_occur_in_its_place_only() {
        let text = "//! unsafe, todo!()\nunsafe { x() }\nuse anyhow::Result;\n";
        assert_eq!(lines("crates/crypten-shares/src/a.rs", text), [2, 3]);
        assert_eq!(lines("crates/crypten-ring/src/simd/avx512.rs", text), [3]);
        assert_eq!(lines("xtask/src/a.rs", text), [2]);
        assert_eq!(lines("crates/crypten/src/a.rs", "#![forbid(unsafe_code)]\n"), []);
    }

    #[test]
    fn a_dependency_may_be_declared_in_its_place_only() {
        let text =
            "description = \"tokio\"\n[dependencies]\ntokio.workspace = true\nquinn = \"1\" # anyhow\n";
        assert_eq!(lines("crates/crypten/Cargo.toml", text), [3, 4]);
        assert_eq!(lines("crates/crypten-comm/Cargo.toml", text), []);
        assert_eq!(lines("crates/crypten/Cargo.toml", "[dev-dependencies.anyhow]\n"), [1]);
        assert_eq!(lines("crates/crypten/Cargo.toml", "runtime = { package = \"tokio\" }\n"), [1]);
    }

    #[test]
    fn macros_for_the_moment_are_found() {
        assert_eq!(lines("tests/a.rs", "//! A.\nfn f() { todo!() }\nfn todo() {}\n"), [2]);
    }
}
