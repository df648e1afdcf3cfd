//! How an example becomes parties: the first process starts them, and each of them joins the session.

use std::time::Duration;

use anyhow::Result;
use crypten::{LocalRun, Output, ProviderKind, Session};

/// Joins the session; without one, starts this program as two parties and what deals to them, and shows their output.
/// Progress bars work.
///
/// # Errors
/// As [`LocalRun::init_or_start`].
pub fn start(provider: ProviderKind) -> Result<Option<Session>> {
    // A party that trains in the clear keeps the other one waiting.
    let deadline = Duration::from_secs(3600);
    let run = LocalRun { provider, errors: Output::Inherit, deadline, ..LocalRun::default() };
    Ok(run.init_or_start()?)
}

/// The provider of a name that serves two parties, for the command line.
///
/// # Errors
/// If there is none.
pub fn provider(name: &str) -> Result<ProviderKind, String> {
    let two_suffice = |kind: &ProviderKind| *kind != ProviderKind::Replicated;
    ProviderKind::from_name(name)
        .filter(two_suffice)
        .ok_or_else(|| format!("there is no provider {name}, but dealer, paillier and insecure-first-party"))
}
