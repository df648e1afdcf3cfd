//! From the environment to a session: which party is this process, and who are the others?

mod local; // threads of this process
mod processes; // processes on this machine
mod rehearse; // what a run will ask for

use crate::config::{Config, FILE};
use crate::error::Error;
use crate::session::Session;

pub use local::local;
pub use processes::{LocalRun, Output};
pub use rehearse::rehearse;

/// The variables in which launchers write rank and size: torchrun, Slurm, Open MPI, MPICH and Intel MPI.
pub(crate) const LAUNCHERS: [(&str, &str); 4] = [
    ("RANK", "WORLD_SIZE"),
    ("SLURM_PROCID", "SLURM_NTASKS"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
];

/// Joins the session that the environment describes.
///
/// - `CRYPTEN_CONFIG` names this party's file or directory; or
/// - `CRYPTEN_DIRECTORY` names what `crypten provision` wrote, and the rank comes from the launcher (`RANK` and
///   `WORLD_SIZE` as torchrun sets them, or the variables of Slurm, Open MPI, MPICH and Intel MPI); or
/// - there is a file `party.toml` in the current directory.
///
/// `CRYPTEN_NODES`, a list of `host:port` in rank order, replaces the addresses in the configuration.
///
/// # Errors
/// If nothing says which party this is, or the session cannot be joined.
pub fn init() -> Result<Session, Error> {
    from_environment(|name| std::env::var(name).ok())?.join()
}

/// Joins the session that the environment describes; without one, starts this program again as `parties` processes
/// on this machine, and a dealer, shows their output, and returns `None` when all have ended.
///
/// # Errors
/// As [`init`]; or if a process cannot be started, or one fails.
pub fn init_or_start(parties: usize) -> Result<Option<Session>, Error> {
    LocalRun { parties, ..LocalRun::default() }.init_or_start()
}

/// Serves as the dealer that the environment or `path` describes, until party 0 leaves.
///
/// # Errors
/// If nothing says where the configuration is, or the session cannot be served.
pub fn serve_as_dealer(path: Option<&std::path::Path>) -> Result<(), Error> {
    match path {
        Some(path) => Config::load(path)?.serve(),
        None => from_environment(|name| std::env::var(name).ok())?.serve(),
    }
}

/// The configuration that the environment describes.
pub(crate) fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Config, Error> {
    let number = |name: &str| variable(name).and_then(|value| value.trim().parse::<usize>().ok());
    let launcher =
        LAUNCHERS.into_iter().find_map(|(rank, size)| Some((rank, number(rank)?, size, number(size))));
    let mut config = match (variable("CRYPTEN_CONFIG"), variable("CRYPTEN_DIRECTORY"), launcher) {
        (Some(path), _, _) => Config::load(path)?,
        (None, Some(directory), Some((_, rank, ..))) => {
            let directory = std::path::Path::new(&directory);
            let party = directory.join(format!("party-{rank}"));
            Config::load(if party.exists() { party } else { directory.join("dealer") })?
        }
        _ if std::path::Path::new(FILE).is_file() => Config::load(FILE)?,
        _ => return Err(Error::NoPlace),
    };
    if let Some((rank_name, rank, size_name, size)) = launcher {
        let disagree = |variable, found: usize, expected| {
            Err(Error::LauncherDisagrees { variable, found: found.to_string(), expected })
        };
        if rank != config.rank {
            return disagree(rank_name, rank, config.rank);
        }
        match size {
            Some(size) if size != config.parties && size != config.nodes.len() => {
                return disagree(size_name, size, config.parties);
            }
            _ => {}
        }
    }
    if let Some(nodes) = variable("CRYPTEN_NODES") {
        let addresses: Vec<&str> = nodes.split(',').map(str::trim).collect();
        if addresses.len() != config.nodes.len() {
            let (variable, found, expected) = ("CRYPTEN_NODES", nodes.clone(), config.nodes.len());
            return Err(Error::LauncherDisagrees { variable, found, expected });
        }
        for (node, address) in config.nodes.iter_mut().zip(addresses) {
            node.address = address.to_owned();
        }
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provision::{Plan, provision};
    use crypten_shares::ProviderKind;

    fn environment(variables: &[(&str, &str)]) -> Result<Config, Error> {
        from_environment(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn launchers_are_understood() {
        let directory = tempfile::tempdir().unwrap();
        let plan = Plan {
            hosts: vec!["127.0.0.1:7000".into(), "127.0.0.1:7001".into()],
            dealer: None,
            provider: Some(ProviderKind::InsecureFirstParty),
            precision: 20,
        };
        provision(directory.path(), &plan).unwrap();
        let path = directory.path().to_str().unwrap();
        for (rank, size) in LAUNCHERS {
            let config = environment(&[("CRYPTEN_DIRECTORY", path), (rank, "1"), (size, "2")]).unwrap();
            assert_eq!((config.rank, config.parties, config.precision), (1, 2, 20));
            let error = environment(&[("CRYPTEN_DIRECTORY", path), (rank, "1"), (size, "3")]).unwrap_err();
            assert_eq!(error.to_string(), format!("the launcher says {size}=3, the configuration 2"));
        }
        let nodes = "10.0.0.1:1, 10.0.0.2:2";
        let moved =
            environment(&[("CRYPTEN_DIRECTORY", path), ("RANK", "0"), ("CRYPTEN_NODES", nodes)]).unwrap();
        assert_eq!(moved.nodes[1].address, "10.0.0.2:2");
    }

    #[test]
    fn a_process_without_a_place_is_told_how_to_get_one() {
        let error = environment(&[("RANK", "0")]).unwrap_err();
        assert!(error.to_string().contains("crypten run -n 2"), "{error}");
    }
}
