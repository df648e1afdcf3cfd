//! The shape of files: how they begin, how long they are, what they are called.

use super::Violation;
use super::code::words;
use super::workspace::{Source, Workspace};

/// The most lines a file may have.
const LONGEST: usize = 500;

/// Files that may be longer, because they are tables.
const TABLES: &[&str] = &[];

/// Where the compiler wants the functions of procedural macros: in the root of their crate.
const MACROS: &[&str] = &["crates/crypten-nn-derive/src/lib.rs"];

/// Names that say nothing of what is in the room.
const NAMELESS: [&str; 2] = ["mod.rs", "utils.rs"];

/// The files that break a rule of shape.
pub(super) fn violations(workspace: &Workspace) -> Vec<Violation> {
    let mut found: Vec<Violation> = workspace.sources.iter().flat_map(check).collect();
    for manifest in &workspace.manifests {
        found.extend(trailing_blanks(&manifest.path, &manifest.text));
    }
    found
}

fn check(source: &Source) -> Vec<Violation> {
    let path = source.path.as_str();
    let mut found = trailing_blanks(path, &source.text);
    if !source.text.starts_with("//!") {
        found.push(Violation::new(path, 1, "The first line does not start with `//!`."));
    }
    let lines = source.text.lines().count();
    if lines > LONGEST && !TABLES.contains(&path) {
        let sentence = format!("The file has {lines} lines, at most {LONGEST} are allowed.");
        found.push(Violation::new(path, LONGEST + 1, sentence));
    }
    if let Some((_, name)) = path.rsplit_once('/')
        && NAMELESS.contains(&name)
    {
        let sentence = format!("No file is called `{name}`: name it after what is in it.");
        found.push(Violation::new(path, 1, sentence));
    }
    if path.starts_with("crates/") && path.ends_with("/src/lib.rs") && !MACROS.contains(&path) {
        for (index, line) in source.code.lines().enumerate() {
            if words(line).any(|word| word == "fn") {
                let sentence = "A `lib.rs` is a table of contents and defines no function.";
                found.push(Violation::new(path, index + 1, sentence));
            }
        }
    }
    found
}

fn trailing_blanks(path: &str, text: &str) -> Vec<Violation> {
    // Not `lines`, which would hide a carriage return.
    let lines = text.split('\n').enumerate().filter(|(_, line)| line.ends_with(char::is_whitespace));
    lines.map(|(index, _)| Violation::new(path, index + 1, "The line ends with a blank.")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Source::new(path, text)).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn a_file_says_first_what_it_is() {
        assert_eq!(lines("crates/a/src/b.rs", "//! B.\n"), []);
        assert_eq!(lines("crates/a/src/b.rs", "use std::fmt;\n"), [1]);
    }

    #[test]
    fn a_file_is_at_most_500_lines_long() {
        assert_eq!(lines("xtask/src/b.rs", &"//! B.\n".repeat(500)), []);
        assert_eq!(lines("xtask/src/b.rs", &"//! B.\n".repeat(501)), [501]);
    }

    #[test]
    fn a_file_is_named_after_its_contents() {
        assert_eq!(lines("crates/a/src/b/mod.rs", "//! B.\n"), [1]);
        assert_eq!(lines("crates/a/src/utils.rs", "//! B.\n"), [1]);
    }

    #[test]
    fn a_table_of_contents_defines_no_function() {
        let text = "//! A: `fn x`.\n/// fn y\npub use b::C;\nfn z() {}\n";
        assert_eq!(lines("crates/a/src/lib.rs", text), [4]);
        assert_eq!(lines("crates/a/src/b.rs", text), []);
        assert_eq!(lines(MACROS[0], text), []);
    }

    #[test]
    fn no_line_ends_with_a_blank() {
        assert_eq!(lines("xtask/src/b.rs", "//! B.\n \nuse c; \nuse d;\r\n"), [2, 3, 4]);
    }
}
