//! The port to the source of correlated randomness, and its implementations.

mod bilateral; // two parties by themselves
mod corrections; // on their way to party 0
mod dealer; // a separate process
mod first; // party 0 itself: insecure
mod record; // notes what is asked
mod replicated; // the third of three parties
mod stored; // dealt before the run

use async_trait::async_trait;
use zeroize::Zeroizing;

use crate::correlation::{Kind, Supply};
use crate::error::Error;
use crate::message::Words;
use crate::net::Net;

pub use bilateral::{Bilateral, Progress};
pub(crate) use dealer::MOST_WORDS;
pub use dealer::{Dealer, serve_as_dealer};
pub use first::InsecureFirstParty;
pub use record::{Recorder, Recording};
pub use replicated::Replicated;
pub use stored::{Deviation, StoredProvider, deal, dealt_file};

/// A source of correlated randomness.
///
/// # Laws
/// - The units that the parties get from corresponding calls add up to what [`Kind`] says, and are used once.
/// - No party (nor any set of them short of all) learns more of a unit than its own part; where an implementation
///   breaks this law, its name says `Insecure`. The third party of [`Replicated`] knows every unit and takes part in no
///   opening under one.
/// - Requests depend on shapes and public values only, so all parties make the same ones in the same order.
#[async_trait]
pub trait Provider: Send {
    /// The name by which configurations and reports call it.
    fn name(&self) -> &'static str;

    /// Called once, when the parties have joined.
    ///
    /// # Errors
    /// If the net fails or there is no randomness.
    async fn begin(&mut self, net: &mut dyn Net) -> Result<(), Error>;

    /// Whether shares lie with parties 0 and 1 and products are replicated: so with [`Replicated`], and nothing else.
    fn is_replicated(&self) -> bool {
        false
    }

    /// The next `units` units of a kind; nothing at a party that has just dealt them to the others.
    ///
    /// # Errors
    /// If the net fails.
    async fn supply(&mut self, net: &mut dyn Net, kind: &Kind, units: usize)
    -> Result<Option<Supply>, Error>;

    /// The next words of correction of a kind, at most `words` and at least one, for a [`Supply::awaiting`] them.
    /// Called only while some are missing.
    ///
    /// # Errors
    /// If the net fails.
    async fn corrections(
        &mut self,
        net: &mut dyn Net,
        kind: &Kind,
        words: usize,
    ) -> Result<Zeroizing<Words>, Error> {
        let _ = (net, words);
        unreachable!("a supply of {kind:?} awaits corrections that its provider never brings")
    }
}

/// Which provider a session uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProviderKind {
    /// A separate process that no party controls: [`Dealer`].
    Dealer,
    /// Party 0 makes the randomness and could read everything: [`InsecureFirstParty`]. For development.
    InsecureFirstParty,
    /// Nobody else: two parties who compute it together, by homomorphic encryption and oblivious transfer. A
    /// [`Bilateral`] of `crypten-paillier`.
    Paillier,
    /// Nobody else: three parties of whom no two collude, by replicated sharing: [`Replicated`].
    Replicated,
}

impl ProviderKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Dealer, Self::InsecureFirstParty, Self::Paillier, Self::Replicated];

    /// The name by which configurations and reports call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dealer => "dealer",
            Self::InsecureFirstParty => "insecure-first-party",
            Self::Paillier => "paillier",
            Self::Replicated => "replicated",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// A provider of this kind; `None` for [`ProviderKind::Paillier`], which a layer above makes.
    #[must_use]
    pub fn make(self) -> Option<Box<dyn Provider>> {
        match self {
            Self::Dealer => Some(Box::new(Dealer::new())),
            Self::InsecureFirstParty => Some(Box::new(InsecureFirstParty::new())),
            Self::Paillier => None,
            Self::Replicated => Some(Box::new(Replicated::new())),
        }
    }
}
