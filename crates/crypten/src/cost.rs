//! What operations cost: rounds, bytes, waiting and computing time, one line an operation.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crypten_shares::Stats;

/// What one operation, or all of them together, has cost this party.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// How often it ran.
    pub calls: u64,
    /// Rounds, bytes and waiting time.
    pub stats: Stats,
    /// Wall time.
    pub elapsed: Duration,
}

impl Cost {
    /// Wall time less the time that was spent waiting for messages.
    #[must_use]
    pub fn computing(&self) -> Duration {
        self.elapsed.saturating_sub(self.stats.waiting)
    }

    pub(crate) fn add(&mut self, more: &Self) {
        self.calls += more.calls;
        self.stats = self.stats + more.stats;
        self.elapsed += more.elapsed;
    }

    fn since(&self, earlier: &Self) -> Self {
        Self {
            calls: self.calls - earlier.calls,
            stats: self.stats - earlier.stats,
            elapsed: self.elapsed.saturating_sub(earlier.elapsed),
        }
    }
}

/// Costs by the name of the operation.
pub(crate) type Costs = BTreeMap<&'static str, Cost>;

/// What a part of a program has cost this party, by operation: see [`crate::Session::cost`]. Prints as a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CostReport {
    operations: Costs,
}

impl CostReport {
    pub(crate) fn between(before: &Costs, after: Costs) -> Self {
        let spent = |(name, cost): (&'static str, Cost)| match before.get(name) {
            Some(earlier) => (name, cost.since(earlier)),
            None => (name, cost),
        };
        Self { operations: after.into_iter().map(spent).filter(|(_, cost)| cost.calls > 0).collect() }
    }

    /// The operations by name, in alphabetical order, with what each has cost.
    pub fn operations(&self) -> impl Iterator<Item = (&'static str, &Cost)> {
        self.operations.iter().map(|(&name, cost)| (name, cost))
    }

    /// All operations together.
    #[must_use]
    pub fn total(&self) -> Cost {
        let mut total = Cost::default();
        self.operations.values().for_each(|cost| total.add(cost));
        total
    }
}

impl fmt::Display for CostReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:16} {:>7} {:>7} {:>12} {:>12} {:>12} {:>11} {:>12}",
            "operation", "calls", "rounds", "sent B", "received B", "dealt B", "waiting ms", "computing ms"
        )?;
        let mut rows: Vec<_> = self.operations().collect();
        rows.sort_by_key(|(_, cost)| std::cmp::Reverse(cost.elapsed));
        let total = self.total();
        for (name, cost) in rows.into_iter().chain([("total", &total)]) {
            let Stats { rounds, bytes_sent, bytes_received, bytes_dealt, waiting } = cost.stats;
            let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
            writeln!(
                f,
                "{name:16} {:7} {rounds:7} {bytes_sent:12} {bytes_received:12} {bytes_dealt:12} {:11.2} {:12.2}",
                cost.calls,
                milliseconds(waiting),
                milliseconds(cost.computing())
            )?;
        }
        Ok(())
    }
}
