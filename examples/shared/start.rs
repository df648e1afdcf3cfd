//! How an example becomes parties: the first process starts them, and each of them joins the session.

use std::time::Duration;

use anyhow::Result;
use clap::Parser;
use crypten::{LocalRun, Output, ProviderKind, Session};

// No doc comment on the struct: it would become the help of every example that flattens it.
#[derive(Clone, Copy, Debug, Parser)]
#[expect(missing_docs, reason = "what clap would print as the description of an example")]
pub struct Parties {
    /// Where correlated randomness comes from: `dealer`, `paillier` (nobody but the two parties; slow) or
    /// `insecure-first-party`.
    #[arg(long, default_value = "dealer", value_parser = provider)]
    pub provider: ProviderKind,
}

impl Parties {
    /// Joins the session; without one, starts this program as two parties and what deals to them, and shows their
    /// output. Progress bars work.
    ///
    /// # Errors
    /// As [`LocalRun::init_or_start`].
    pub fn start(self) -> Result<Option<Session>> {
        // A party that trains in the clear keeps the other one waiting.
        let deadline = Duration::from_secs(3600);
        let provider = self.provider;
        let run = LocalRun { provider, errors: Output::Inherit, deadline, ..LocalRun::default() };
        Ok(run.init_or_start()?)
    }
}

/// The provider of a name that serves two parties.
fn provider(name: &str) -> Result<ProviderKind, String> {
    let two_suffice = |kind: &ProviderKind| *kind != ProviderKind::Replicated;
    ProviderKind::from_name(name)
        .filter(two_suffice)
        .ok_or_else(|| format!("there is no provider {name}, but dealer, paillier and insecure-first-party"))
}
