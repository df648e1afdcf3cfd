//! What a session has cost so far.

use std::time::Duration;

/// Counters of one party, always on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Times that this party had to wait for messages that depend on one another.
    pub rounds: u64,
    /// Bytes of payload sent to all peers together.
    pub bytes_sent: u64,
    /// Bytes of payload received from all peers together.
    pub bytes_received: u64,
    /// Bytes of payload received for correlated randomness, from a dealer or from the peer with whom it is made.
    pub bytes_dealt: u64,
    /// Time spent waiting for messages.
    pub waiting: Duration,
}

impl std::ops::Add for Stats {
    type Output = Self;

    /// What was spent in both together.
    fn add(self, other: Self) -> Self {
        Self {
            rounds: self.rounds + other.rounds,
            bytes_sent: self.bytes_sent + other.bytes_sent,
            bytes_received: self.bytes_received + other.bytes_received,
            bytes_dealt: self.bytes_dealt + other.bytes_dealt,
            waiting: self.waiting + other.waiting,
        }
    }
}

impl std::ops::Sub for Stats {
    type Output = Self;

    /// What was spent between an earlier reading and this one.
    fn sub(self, earlier: Self) -> Self {
        Self {
            rounds: self.rounds - earlier.rounds,
            bytes_sent: self.bytes_sent - earlier.bytes_sent,
            bytes_received: self.bytes_received - earlier.bytes_received,
            bytes_dealt: self.bytes_dealt - earlier.bytes_dealt,
            waiting: self.waiting.saturating_sub(earlier.waiting),
        }
    }
}
