//! Where a session's correlated randomness comes from.

use crypten_paillier::KeyLength;
use crypten_shares::{Progress, Provider, ProviderKind};
use indicatif::{ProgressBar, ProgressStyle};

/// A provider of this kind for the party of this rank.
///
/// [`ProviderKind::Paillier`] takes minutes where others take milliseconds: party 0 shows on a terminal how far it is.
/// Its keys have 2048 bits.
#[must_use]
pub fn provider(kind: ProviderKind, rank: usize) -> Box<dyn Provider> {
    if let Some(provider) = kind.make() {
        return provider;
    }
    let provider = crypten_paillier::provider(KeyLength::default());
    if rank > 0 {
        return Box::new(provider);
    }
    let style = ProgressStyle::with_template("paillier  {bar:32} {pos}/{len} units of {msg}, {eta} left")
        .expect("the template is right");
    let mut bar = None;
    Box::new(provider.reporting(move |Progress { kind, done, units, .. }| {
        if done < units {
            let new =
                || ProgressBar::new(units as u64).with_style(style.clone()).with_message(kind.to_string());
            bar.get_or_insert_with(new).set_position(done as u64);
        } else if let Some(bar) = bar.take() {
            bar.finish_and_clear();
        }
    }))
}
