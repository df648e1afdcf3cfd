//! Keys, certificates, pins and configuration for every node of a session: one directory a node.

use std::fs;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use crypten_comm::{Identity, NodeAddress, QuicConfig};
use crypten_ring::Scale;
use crypten_shares::{Place, ProviderKind};

use crate::config::{Config, FILE};
use crate::error::Error;
use crate::launch::LocalRun;

/// What a session is to be made of.
#[derive(Clone, Debug)]
pub struct Plan {
    /// `host:port` of every party, in rank order.
    pub hosts: Vec<String>,
    /// `host:port` of the dealer, if there is one.
    pub dealer: Option<String>,
    /// Where correlated randomness comes from, if it is not the dealer.
    pub provider: Option<ProviderKind>,
    /// Fractional bits.
    pub precision: u32,
}

/// Writes `party-0`, `party-1`, ... (and `dealer`) below `directory`, each with `party.toml`, `certificate.pem` and
/// `key.pem`, which its owner alone may read. Returns the directories in rank order.
///
/// Each directory goes to its machine by a safe channel, and to no other: whoever holds a key is that party.
///
/// # Errors
/// If a directory exists already, or files cannot be written.
pub fn provision(directory: &Path, plan: &Plan) -> Result<Vec<PathBuf>, Error> {
    let parties = plan.hosts.len();
    Place::new(0, parties)?;
    Scale::new(plan.precision)?;
    let identities = (0..parties + usize::from(plan.dealer.is_some()))
        .map(|rank| Identity::generate(&name(rank, parties)))
        .collect::<Result<Vec<_>, _>>()?;
    let addresses = plan.hosts.iter().chain(&plan.dealer);
    let nodes: Vec<NodeAddress> = addresses
        .zip(&identities)
        .map(|(address, identity)| NodeAddress {
            address: with_port(address),
            fingerprint: identity.fingerprint(),
        })
        .collect();
    let configs = identities.iter().enumerate().map(|(rank, identity)| {
        let listen: IpAddr = if nodes[rank].address.starts_with('[') {
            Ipv6Addr::UNSPECIFIED.into()
        } else {
            Ipv4Addr::UNSPECIFIED.into()
        };
        let listen = SocketAddr::new(listen, port_of(&nodes[rank].address));
        let config = Config::new(rank, parties, listen, nodes.clone());
        (Config { precision: plan.precision, provider: plan.provider, ..config }, identity)
    });
    configs
        .map(|(config, identity)| {
            let own = directory.join(name(config.rank, parties));
            write(&own, &config, identity)?;
            Ok(own)
        })
        .collect()
}

/// The same for processes on this machine, on free ports of loopback.
pub(crate) fn local(directory: &Path, run: &LocalRun) -> Result<Vec<PathBuf>, Error> {
    let LocalRun { parties, provider, precision, slow_link, deadline, .. } = *run;
    let deadline_seconds = deadline.as_secs_f64();
    let nodes = QuicConfig::local(parties, provider == ProviderKind::Dealer)?;
    nodes
        .into_iter()
        .enumerate()
        .map(|(rank, node)| {
            let own = directory.join(name(rank, parties));
            let config = Config::new(rank, parties, node.listen, node.nodes);
            let config =
                Config { precision, provider: Some(provider), slow_link, deadline_seconds, ..config };
            write(&own, &config, &node.identity)?;
            Ok(own.join(FILE))
        })
        .collect()
}

fn name(rank: usize, parties: usize) -> String {
    if rank == parties { "dealer".to_owned() } else { format!("party-{rank}") }
}

/// `host:port`, with [`PORT`] if none is given.
fn with_port(address: &str) -> String {
    let has_port = address.rsplit_once(':').is_some_and(|(host, port)| {
        port.parse::<u16>().is_ok() && (!host.contains(':') || host.ends_with(']'))
    });
    if has_port { address.to_owned() } else { format!("{address}:{PORT}") }
}

/// The UDP port of a node whose address names none.
const PORT: u16 = 7000;

fn port_of(address: &str) -> u16 {
    address.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(PORT)
}

fn write(directory: &Path, config: &Config, identity: &Identity) -> Result<(), Error> {
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| Error::File { path, source }
    };
    if directory.exists() {
        return Err(Error::Occupied { path: directory.to_path_buf() });
    }
    fs::create_dir_all(directory).map_err(failed(directory))?;
    let text = toml::to_string(config).expect("a configuration is a table of plain values");
    for (file, content) in
        [(Path::new(FILE), text.as_str()), (&config.certificate, identity.certificate_pem())]
    {
        let path = directory.join(file);
        fs::write(&path, content).map_err(failed(&path))?;
    }
    let path = directory.join(&config.key);
    secret_file(&path)
        .and_then(|mut file| file.write_all(identity.key_pem().as_bytes()))
        .map_err(failed(&path))
}

/// A new file that its owner alone may read.
fn secret_file(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
