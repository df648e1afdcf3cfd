//! The laws: each row of the tables below `## Laws` in `ARCHITECTURE.md` names tests, and each exists.
//!
//! A row's last column holds the names of the tests in backticks.

use std::collections::BTreeSet;
use std::fs;

use super::Violation;
use super::code::words;
use super::workspace::{Source, Workspace};

const DOCUMENT: &str = "ARCHITECTURE.md";

/// The laws that no test holds.
pub(super) fn violations(workspace: &Workspace) -> Vec<Violation> {
    match fs::read_to_string(workspace.root.join(DOCUMENT)) {
        Ok(document) => check(&document, &functions(&workspace.sources)),
        Err(error) => vec![Violation::new(DOCUMENT, 1, format!("The document cannot be read: {error}."))],
    }
}

/// The names of all functions that are defined in the sources, in macros too.
fn functions(sources: &[Source]) -> BTreeSet<&str> {
    let mut functions = BTreeSet::new();
    for source in sources {
        let mut words = words(&source.code);
        while let Some(word) = words.next() {
            if word == "fn" {
                functions.extend(words.next());
            }
        }
    }
    functions
}

fn check(document: &str, functions: &BTreeSet<&str>) -> Vec<Violation> {
    let lines = document.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let section = lines.skip_while(|(_, line)| *line != "## Laws").skip(1);
    let section: Vec<(usize, &str)> = section.take_while(|(_, line)| !line.starts_with("## ")).collect();
    let mut found = Vec::new();
    let mut laws = 0;
    for (index, &(number, line)) in section.iter().enumerate() {
        let is_header = section.get(index + 1).is_some_and(|(_, next)| is_separator(next));
        if !line.starts_with('|') || is_header || is_separator(line) {
            continue;
        }
        laws += 1;
        let tests = tests_of(line);
        if tests.is_empty() {
            found.push(Violation::new(DOCUMENT, number, "The law names no test."));
        }
        for test in tests.into_iter().filter(|test| !functions.contains(test)) {
            found.push(Violation::new(DOCUMENT, number, format!("The law's test `{test}` does not exist.")));
        }
    }
    if laws == 0 {
        found.push(Violation::new(DOCUMENT, 1, "There is no table of laws below a heading `## Laws`."));
    }
    found
}

/// Whether a row is the line between the head of a table and its body.
fn is_separator(row: &str) -> bool {
    row.contains("---") && row.chars().all(|letter| "|-: ".contains(letter))
}

/// What stands in backticks in the last column of a row.
fn tests_of(row: &str) -> Vec<&str> {
    let column = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
    column.split('`').skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "# A\n\n## Laws\n\n| layer | law | test |\n|---|---|---|\n";

    fn lines(rows: &str) -> Vec<usize> {
        let source =
            Source::new("tests/laws.rs", "//! fn no()\nproptest! { fn one(x in y) {} fn two() {} }\n");
        let functions = functions(std::slice::from_ref(&source));
        let document = format!("{HEAD}{rows}\n## More\n| a | b | `c` |\n");
        check(&document, &functions).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn a_law_has_a_test() {
        assert_eq!(lines("| ring | `x` is |x| | `one` |\n| ring | y | `one`, `two` |\n"), []);
        assert_eq!(lines("| ring | x | `one` |\n| ring | y | `no` |\n| ring | z | none |\n"), [8, 9]);
    }

    #[test]
    fn no_laws_are_not_enough() {
        assert_eq!(lines(""), [1]);
    }
}
