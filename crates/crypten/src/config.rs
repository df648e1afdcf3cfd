//! A party's configuration: one TOML file beside its key and certificate.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crypten_comm::{Identity, Link, NodeAddress, QuicConfig, QuicMesh, Terms, Tuning};
use crypten_paillier::KeyLength;
use crypten_ring::Scale;
use crypten_shares::{Misuse, Place, Plan, Provider, ProviderKind, StoredProvider, dealt_file};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::session::Session;

/// The name of the file in a party's directory.
pub(crate) const FILE: &str = "party.toml";

/// Everything a node must know to join a session. Unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// This node's rank: a party's is below `parties`, the dealer's is `parties`.
    pub rank: usize,
    /// How many parties compute together.
    pub parties: usize,
    /// Where this node's UDP socket is bound.
    pub listen: SocketAddr,
    /// Fractional bits of encrypted numbers, 1 to 40.
    #[serde(default = "default_precision")]
    pub precision: u32,
    /// Where correlated randomness comes from. Left out, it is the dealer, which must then be listed.
    #[serde(default, with = "provider_name", skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderKind>,
    /// Seconds that one waits for a message.
    #[serde(default = "default_deadline")]
    pub deadline_seconds: f64,
    /// Seconds that one waits for the other nodes to be there.
    #[serde(default = "default_connect")]
    pub connect_seconds: f64,
    /// The certificate, relative to this file.
    #[serde(default = "default_certificate")]
    pub certificate: PathBuf,
    /// The secret key, relative to this file.
    #[serde(default = "default_key")]
    pub key: PathBuf,
    /// Correlations that were dealt before the run, by `crypten deal`, instead of a provider: this party's file or the
    /// directory that it lies in, relative to this file. It serves once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preprocessing: Option<PathBuf>,
    /// Buffers and windows of the transport.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tuning: Tuning,
    /// A slower network to imitate, for measuring. Every node has its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_link: Option<SlowLink>,
    /// All nodes in rank order, this one included; the dealer, if there is one, last.
    pub nodes: Vec<NodeAddress>,
}

/// Latency and bandwidth of an imitated network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlowLink {
    /// Milliseconds that an empty message and its answer take.
    pub round_trip_ms: f64,
    /// Megabits a second in each direction; 0 for no limit.
    pub megabits: f64,
}

impl SlowLink {
    fn link(self) -> Result<Link, Error> {
        let (key, seconds) = ("round_trip_ms", self.round_trip_ms / 1e3);
        let round_trip =
            Duration::try_from_secs_f64(seconds).map_err(|_| Error::NotATime { key, seconds })?;
        // A bandwidth that is no number, or below zero, is no limit.
        Ok(Link { round_trip, bits_per_second: (self.megabits * 1e6) as u64 })
    }
}

impl Config {
    /// The configuration of node `rank`, with the usual deadlines and file names.
    pub(crate) fn new(rank: usize, parties: usize, listen: SocketAddr, nodes: Vec<NodeAddress>) -> Self {
        Self {
            rank,
            parties,
            listen,
            precision: default_precision(),
            provider: None,
            deadline_seconds: default_deadline(),
            connect_seconds: default_connect(),
            certificate: default_certificate(),
            key: default_key(),
            preprocessing: None,
            tuning: Tuning::default(),
            slow_link: None,
            nodes,
        }
    }

    /// Reads a party's file, or the file in its directory. Paths in it become relative to the current directory.
    ///
    /// # Errors
    /// If the file cannot be read or is not a configuration; unknown keys are named.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let path = if path.is_dir() { path.join(FILE) } else { path.to_path_buf() };
        let text = read(&path)?;
        let mut config: Self = toml::from_str(&text)
            .map_err(|source| Error::Config { path: path.clone(), source: Box::new(source) })?;
        let directory = path.parent().unwrap_or(Path::new(""));
        config.certificate = directory.join(&config.certificate);
        config.key = directory.join(&config.key);
        config.preprocessing = config.preprocessing.map(|path| directory.join(path));
        Ok(config)
    }

    /// Where correlated randomness comes from: what the file says, or the dealer if one is listed.
    ///
    /// # Errors
    /// [`Error::NoProvider`] if it says nothing, or the dealer, and none is listed.
    pub fn provider(&self) -> Result<ProviderKind, Error> {
        match self.provider {
            Some(ProviderKind::Dealer) | None if self.nodes.len() <= self.parties => Err(Error::NoProvider),
            None => Ok(ProviderKind::Dealer),
            Some(kind) => Ok(kind),
        }
    }

    /// Connects to the other nodes and joins the session.
    ///
    /// # Errors
    /// If the configuration is wrong, the others are not there in time, or disagree about the terms.
    pub fn join(&self) -> Result<Session, Error> {
        let place = Place::new(self.rank, self.parties)?;
        let scale = Scale::new(self.precision)?;
        if self.provider == Some(ProviderKind::Replicated) && self.parties != 3 {
            return Err(Misuse::NotThreeParties { parties: self.parties }.into());
        }
        if self.provider == Some(ProviderKind::Paillier) && self.parties != 2 {
            return Err(Misuse::NotTwoParties { parties: self.parties }.into());
        }
        let source = self.source(place)?;
        let mesh = QuicMesh::connect(self.quic(place)?)?;
        Session::new(Box::new(mesh), source, scale)
    }

    /// Makes this party's file of what a plan asks for, together with the other party, who does the same:
    /// [`ProviderKind::Paillier`] in advance. `preprocessing` then names the file. `progress` hears how many units are
    /// made, of how many.
    ///
    /// # Errors
    /// As [`Config::join`], if the other party has another plan, or if the file exists or cannot be written.
    pub fn deal(
        &self,
        plan: &Plan,
        directory: impl AsRef<Path> + Send,
        progress: impl FnMut(u64, u64) + Send,
    ) -> Result<PathBuf, Error> {
        let place = Place::new(self.rank, self.parties)?;
        let provider = crypten_paillier::provider(KeyLength::default());
        let mut mesh = QuicMesh::connect(self.quic(place)?)?;
        Ok(pollster::block_on(provider.deal(&mut mesh, plan, directory, progress))?)
    }

    /// The source of correlated randomness of the party at `place`.
    fn source(&self, place: Place) -> Result<Box<dyn Provider>, Error> {
        let Some(path) = &self.preprocessing else {
            return Ok(crate::source::provider(self.provider()?, self.rank));
        };
        let file = if path.is_dir() { path.join(dealt_file(self.rank)) } else { path.clone() };
        Ok(Box::new(StoredProvider::open(file, place)?))
    }

    /// The name of that source, which must be the same at all parties.
    fn source_name(&self) -> Result<&'static str, Error> {
        match self.preprocessing {
            Some(_) => Ok(StoredProvider::NAME),
            None => Ok(self.provider()?.name()),
        }
    }

    /// Serves a session as its dealer until party 0 leaves.
    ///
    /// # Errors
    /// As [`Config::join`], and if this node's rank is not the dealer's.
    pub fn serve(&self) -> Result<(), Error> {
        let place = Place::dealer(self.parties)?;
        if self.rank != self.parties {
            return Err(Error::NotTheDealer { rank: self.rank, parties: self.parties });
        }
        let mut mesh = QuicMesh::connect(self.quic(place)?)?;
        Ok(pollster::block_on(crypten_shares::serve_as_dealer(&mut mesh))?)
    }

    fn quic(&self, place: Place) -> Result<QuicConfig, Error> {
        let identity = Identity::from_pem(&read(&self.certificate)?, &read(&self.key)?)?;
        let time = |key, seconds: f64| {
            Duration::try_from_secs_f64(seconds).map_err(|_| Error::NotATime { key, seconds })
        };
        Ok(QuicConfig {
            place,
            identity,
            listen: self.listen,
            nodes: self.nodes.clone(),
            terms: Terms::new().with("precision", self.precision).with("provider", self.source_name()?),
            deadline: time("deadline_seconds", self.deadline_seconds)?,
            connect_deadline: time("connect_seconds", self.connect_seconds)?,
            tuning: self.tuning.clone(),
            link: self.slow_link.map(SlowLink::link).transpose()?,
        })
    }
}

/// A provider by its name.
mod provider_name {
    use crypten_shares::ProviderKind;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(
        provider: &Option<ProviderKind>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match provider {
            Some(kind) => serializer.serialize_str(kind.name()),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<ProviderKind>, D::Error> {
        let name = String::deserialize(deserializer)?;
        let names = &["dealer", "insecure-first-party", "paillier", "replicated"];
        let unknown = || de::Error::unknown_variant(&name, names);
        ProviderKind::from_name(&name).map(Some).ok_or_else(unknown)
    }
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::File { path: path.to_path_buf(), source })
}

fn is_default(tuning: &Tuning) -> bool {
    *tuning == Tuning::default()
}

fn default_precision() -> u32 {
    Scale::default().bits()
}

pub(crate) fn default_deadline() -> f64 {
    120.0
}

fn default_connect() -> f64 {
    60.0
}

fn default_certificate() -> PathBuf {
    "certificate.pem".into()
}

fn default_key() -> PathBuf {
    "key.pem".into()
}
