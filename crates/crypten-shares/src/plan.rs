//! What a run asks of its provider, written down, so that it can be dealt before the run begins.
//!
//! What is asked depends on shapes and public values only. So a rehearsal on made-up data shows it ([`Recorder`](crate::Recorder)), a
//! machine that no party controls deals it ([`deal`](crate::deal)), and the run takes it from a file
//! ([`StoredProvider`](crate::StoredProvider)): nobody has to deal while it lasts.

mod text; // a plan as people read it

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::path::Path;

use crate::correlation::Kind;
use crate::error::FileError;
use crate::provider::MOST_WORDS;
use crate::sealed;

/// One request to a provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// Of which kind.
    pub kind: Kind,
    /// How many units.
    pub units: usize,
}

impl Request {
    /// Reads a request; `None` if there is no such kind, or if it asks for too much.
    pub(crate) fn from_words(words: &[u64]) -> Option<Self> {
        let [units, kind @ ..] = words else {
            return None;
        };
        let request = Self { kind: Kind::from_words(kind)?, units: usize::try_from(*units).ok()? };
        request.is_bounded().then_some(request)
    }

    /// Whether there is such a kind, its corrections are no more than a dealer makes at once, and what they are
    /// computed from is no more than eight times as much.
    pub(crate) fn is_bounded(&self) -> bool {
        let within = |width: usize, most: u64| {
            (self.units as u64).checked_mul(width.max(1) as u64).is_some_and(|words| words <= most)
        };
        Kind::from_words(&self.kind.to_words()).is_some()
            && within(self.kind.correction_words(), MOST_WORDS)
            && within(self.kind.layout().words(), 8 * MOST_WORDS)
    }

    /// Words of correction that party 0 needs.
    pub(crate) fn correction_words(&self) -> u64 {
        self.units as u64 * self.kind.correction_words() as u64
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = if self.units == 1 { "unit" } else { "units" };
        write!(f, "{} {units} of {}", self.units, self.kind)
    }
}

/// The requests of a run, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    requests: Vec<Request>,
}

impl Plan {
    /// The requests in the order in which they are made.
    #[must_use]
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// What is asked for in all: one request for each kind, in the order in which the kinds appear.
    #[must_use]
    pub fn totals(&self) -> Vec<Request> {
        let mut totals: Vec<Request> = Vec::new();
        let mut places: HashMap<&Kind, usize> = HashMap::new();
        for request in &self.requests {
            match places.entry(&request.kind) {
                Entry::Occupied(place) => totals[*place.get()].units += request.units,
                Entry::Vacant(place) => {
                    place.insert(totals.len());
                    totals.push(request.clone());
                }
            }
        }
        totals
    }

    /// How many units are asked for in all.
    #[must_use]
    pub fn units(&self) -> u64 {
        self.requests.iter().map(|request| request.units as u64).sum()
    }

    /// The SHA-256 digest by which parties compare their plans.
    #[must_use]
    pub fn digest(&self) -> [u64; 4] {
        sealed::digest(&self.to_words())
    }

    /// Appends a request.
    pub fn push(&mut self, request: Request) {
        self.requests.push(request);
    }

    /// Reads a plan from a text file.
    ///
    /// # Errors
    /// If the file cannot be read or is no plan; a line that is not understood is named.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(FileError::at(path))?;
        text.parse::<Self>().map_err(|flaw| FileError::flawed(path, flaw))
    }

    /// Writes the plan to a text file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        let path = path.as_ref();
        std::fs::write(path, self.to_string()).map_err(FileError::at(path))
    }

    /// The plan as it stands in a file of words: for each request its length, its units, its kind.
    pub(crate) fn to_words(&self) -> Vec<u64> {
        let mut words = Vec::new();
        for Request { kind, units } in &self.requests {
            let kind = kind.to_words();
            words.extend([1 + kind.len() as u64, *units as u64]);
            words.extend(kind);
        }
        words
    }

    /// Reads what [`Plan::to_words`] wrote.
    pub(crate) fn from_words(mut words: &[u64]) -> Option<Self> {
        let mut plan = Self::default();
        while let [length, rest @ ..] = words {
            let (request, later) = rest.split_at_checked(usize::try_from(*length).ok()?)?;
            plan.push(Request::from_words(request)?);
            words = later;
        }
        Some(plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::FileFlaw;

    fn request(kind: Kind, units: usize) -> Request {
        Request { kind, units }
    }

    #[test]
    fn a_plan_survives_words_and_text() {
        let matmul = Kind::Matmul { left: vec![5, 2, 3], right: vec![3, 4] };
        let mut plan = Plan::default();
        for kind in [Kind::Product, matmul.clone(), Kind::Product] {
            plan.push(request(kind, 3));
        }
        assert_eq!(Plan::from_words(&plan.to_words()).as_ref(), Some(&plan));
        assert_eq!(plan.to_string().parse::<Plan>().as_ref(), Ok(&plan));
        assert!(plan.to_string().contains("# 3 units of matmul [5, 2, 3] x [3, 4]"), "{plan}");
        assert_eq!(plan.totals(), [request(Kind::Product, 6), request(matmul, 3)]);
        assert_eq!(plan.units(), 9);
    }

    #[test]
    fn what_is_no_plan_is_refused() {
        let parse = |text: &str| text.parse::<Plan>().unwrap_err();
        assert_eq!(parse(""), FileFlaw::Foreign);
        assert_eq!(parse("crypten plan 2\n"), FileFlaw::Version { found: 2 });
        assert_eq!(parse("crypten plan 1\n1 7\n1 99 # what\n"), FileFlaw::Line { number: 3 });
        assert_eq!(parse("crypten plan 1\n-1 7\n"), FileFlaw::Line { number: 2 });
        assert_eq!(parse(&format!("crypten plan 1\n{} 7\n", u64::MAX)), FileFlaw::Line { number: 2 });
        for words in [&[0][..], &[1, 5], &[9, 5, 7], &[u64::MAX, 5, 7], &[2, u64::MAX, 7]] {
            assert_eq!(Plan::from_words(words), None, "{words:?}");
        }
    }
}
