//! A plan as a text: a heading with the version, then a request a line.
//!
//! A line is the number of units and the numbers that name the kind, as in a request to a dealer; what stands behind
//! `#` is for people.

use std::fmt;
use std::str::FromStr;

use crate::error::FileFlaw;
use crate::plan::{Plan, Request};

const HEADING: &str = "crypten plan ";
const VERSION: u64 = 1;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADING}{VERSION}")?;
        for request in self.requests() {
            write!(f, "{}", request.units)?;
            for word in request.kind.to_words() {
                write!(f, " {word}")?;
            }
            writeln!(f, " # {request}")?;
        }
        Ok(())
    }
}

impl FromStr for Plan {
    type Err = FileFlaw;

    fn from_str(text: &str) -> Result<Self, FileFlaw> {
        let mut lines = text.lines();
        let heading = lines.next().and_then(|line| line.strip_prefix(HEADING));
        match heading.and_then(|version| version.trim().parse::<u64>().ok()) {
            Some(VERSION) => {}
            Some(found) => return Err(FileFlaw::Version { found }),
            None => return Err(FileFlaw::Foreign),
        }
        let mut plan = Self::default();
        for (number, line) in (2..).zip(lines) {
            let content = line.split('#').next().unwrap_or_default();
            let words: Result<Vec<u64>, _> = content.split_whitespace().map(str::parse).collect();
            match words {
                Ok(words) if words.is_empty() => {}
                Ok(words) => {
                    plan.push(Request::from_words(&words).ok_or(FileFlaw::Line { number })?);
                }
                Err(_) => return Err(FileFlaw::Line { number }),
            }
        }
        Ok(plan)
    }
}
