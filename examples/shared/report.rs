//! What the examples print: progress, accuracy, costs, and what has become public.

use std::fmt;
use std::time::{Duration, Instant};

use crypten::{Session, Stats};
use indicatif::{ProgressBar, ProgressStyle};

/// A bar that counts to `length` and ends with its message; an invisible one unless it is to be shown.
#[must_use]
pub fn progress(what: &'static str, length: u64, shown: bool) -> ProgressBar {
    if !shown {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{prefix:9} {bar:32} {pos}/{len}, {elapsed} {msg}")
        .expect("the template is a good one");
    let bar = ProgressBar::new(length).with_style(style).with_prefix(what);
    bar.tick();
    bar
}

/// How many predicted classes are the true ones, in percent.
#[must_use]
pub fn accuracy<'a>(predicted: impl IntoIterator<Item = &'a f64>, labels: &[usize]) -> f64 {
    let right =
        predicted.into_iter().zip(labels).filter(|(found, label)| found.round() == **label as f64).count();
    100.0 * right as f64 / labels.len() as f64
}

/// What a part of a program has cost this party.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// Wall time.
    pub elapsed: Duration,
    /// Rounds and bytes.
    pub stats: Stats,
}

impl Spent {
    /// Runs a part of a program and measures it.
    pub fn on<T>(session: &Session, part: impl FnOnce() -> T) -> (T, Self) {
        let (started, before) = (Instant::now(), session.stats());
        let result = part();
        (result, Self { elapsed: started.elapsed(), stats: session.stats() - before })
    }
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stats { rounds, bytes_sent, bytes_received, bytes_dealt, .. } = self.stats;
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        write!(f, "{}, {rounds} rounds, ", seconds(self.elapsed))?;
        write!(f, "{:.2} MB sent, {:.2} MB received", megabytes(bytes_sent), megabytes(bytes_received))?;
        match bytes_dealt {
            0 => Ok(()),
            bytes => write!(f, ", {:.2} MB of randomness received", megabytes(bytes)),
        }
    }
}

/// A time in the unit that reads best.
#[must_use]
pub fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.2} s", time.as_secs_f64())
    }
}

/// What the session has made public, to whom, by which line: its ledger, with the openings of one line together.
#[must_use]
pub fn opened(session: &Session) -> String {
    let mut lines: Vec<(String, usize)> = Vec::new();
    for disclosure in session.ledger() {
        let to = disclosure.to.map_or("every party".to_owned(), |rank| format!("party {}", rank.index()));
        let place = disclosure
            .caller
            .map_or(String::new(), |place| format!(", by {}:{}", place.file(), place.line()));
        let (line, numbers) = (format!("to {to}{place}"), disclosure.shape.iter().product::<usize>());
        match lines.iter_mut().find(|(other, _)| *other == line) {
            Some((_, sum)) => *sum += numbers,
            None => lines.push((line, numbers)),
        }
    }
    if lines.is_empty() {
        return "opened    nothing".to_owned();
    }
    let entries: Vec<_> =
        lines.iter().map(|(line, numbers)| format!("opened    {numbers} numbers {line}")).collect();
    entries.join("\n")
}

#[cfg(test)]
mod tests {
    use crypten::ProviderKind;
    use crypten::ndarray::array;

    use super::*;

    #[test]
    fn a_class_counts_if_it_is_the_true_one() {
        assert_eq!(accuracy(&array![1.0, 2.0, 3.0, 9.0], &[1, 2, 0, 9]), 75.0);
    }

    #[test]
    fn what_one_line_opens_is_told_at_once() {
        let told = crypten::local(2, ProviderKind::InsecureFirstParty, |session| {
            let x = session.cryptensor(array![1.0, 2.0, 3.0], 0)?;
            assert_eq!(opened(session), "opened    nothing");
            for _ in 0..2 {
                x.get_plain_text()?;
            }
            x.sum_all().get_plain_text_to(1)?;
            Ok(opened(session))
        });
        let told = told.expect("both parties join").remove(0);
        let lines: Vec<_> = told.lines().collect();
        assert!(lines[0].starts_with("opened    6 numbers to every party, by "), "{told}");
        assert!(lines[1].starts_with("opened    1 numbers to party 1, by "), "{told}");
        assert_eq!(lines.len(), 2);
    }
}
