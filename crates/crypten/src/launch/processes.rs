//! A session among processes on this machine, over QUIC on loopback, with throw-away identities.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crypten_shares::{Place, ProviderKind};

use crate::config::{SlowLink, default_deadline};
use crate::error::Error;
use crate::launch::{LAUNCHERS, from_environment};
use crate::provision;
use crate::session::Session;

/// A program to be started as every party of a session on this machine.
#[derive(Clone, Copy, Debug)]
pub struct LocalRun {
    /// How many parties.
    pub parties: usize,
    /// Where correlated randomness comes from; with [`ProviderKind::Dealer`] a dealer is started too.
    pub provider: ProviderKind,
    /// What happens to the parties' standard error.
    pub errors: Output,
    /// Fractional bits.
    pub precision: u32,
    /// A slower network to imitate, for measuring.
    pub slow_link: Option<SlowLink>,
    /// How long a party waits for a message.
    pub deadline: Duration,
}

/// What happens to a stream of a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// It is passed on as it is: progress bars work.
    Inherit,
    /// It is shown line by line behind the party's rank.
    Labelled,
}

impl Default for LocalRun {
    fn default() -> Self {
        Self {
            parties: 2,
            provider: ProviderKind::Dealer,
            errors: Output::Labelled,
            precision: 16,
            slow_link: None,
            deadline: Duration::from_secs_f64(default_deadline()),
        }
    }
}

impl LocalRun {
    /// Joins the session that the environment describes, as [`init`](crate::init); without one, starts this program
    /// again as every party, and a dealer if there is to be one, shows their output, and returns `None` when all have
    /// ended. The dealer's process gets `None` too.
    ///
    /// # Errors
    /// As [`init`](crate::init); or if a process cannot be started, or one fails.
    pub fn init_or_start(&self) -> Result<Option<Session>, Error> {
        match from_environment(|name| std::env::var(name).ok()) {
            Ok(config) if config.rank == config.parties => config.serve().map(|()| None),
            Ok(config) => config.join().map(Some),
            Err(Error::NoPlace) => {
                let ends = self.run(|_| this_program(), this_program)?;
                match ends.iter().position(|end| !end.success()) {
                    Some(rank) => Err(Error::PartyFailed { rank, end: ends[rank] }),
                    None => Ok(None),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Starts `party(rank)` for every rank (and `dealer()` if there is one), shows their output, and waits for all.
    ///
    /// Each process finds its configuration through `CRYPTEN_CONFIG`. The identities are thrown away at the end.
    ///
    /// # Errors
    /// If the configurations cannot be made or a process cannot be started.
    pub fn run(
        &self,
        party: impl Fn(usize) -> Command,
        dealer: impl FnOnce() -> Command,
    ) -> Result<Vec<ExitStatus>, Error> {
        Place::new(0, self.parties)?;
        let directory = tempfile::Builder::new()
            .prefix("crypten-")
            .tempdir()
            .map_err(|source| Error::File { path: std::env::temp_dir(), source })?;
        let configs = provision::local(directory.path(), self)?;
        let mut running = Vec::new();
        for (rank, path) in configs.iter().enumerate().take(self.parties) {
            running.push(self.start(&mut party(rank), path, rank, &rank.to_string())?);
        }
        // Stopped when it is dropped: once the parties have ended there is nothing left to deal.
        let _dealer = match configs.get(self.parties) {
            Some(path) => Some(self.start(&mut dealer(), path, self.parties, "dealer")?),
            None => None,
        };
        running.into_iter().map(Running::wait).collect()
    }

    fn start(
        &self,
        command: &mut Command,
        config: &std::path::Path,
        rank: usize,
        label: &str,
    ) -> Result<Running, Error> {
        let errors = match self.errors {
            Output::Inherit => Stdio::inherit(),
            Output::Labelled => Stdio::piped(),
        };
        // A launcher's own variables speak of the process that starts these.
        for (rank, size) in LAUNCHERS {
            command.env_remove(rank).env_remove(size);
        }
        command.env_remove("CRYPTEN_NODES").env_remove("CRYPTEN_DIRECTORY");
        let mut child = command
            .env("CRYPTEN_CONFIG", config)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .map_err(|source| Error::Process { rank, source })?;
        let label: Arc<str> = format!("[{label}] ").into();
        let mut readers = Vec::new();
        if let Some(stream) = child.stdout.take() {
            readers.push(show(stream, Arc::clone(&label), std::io::stdout()));
        }
        if let Some(stream) = child.stderr.take() {
            readers.push(show(stream, label, std::io::stderr()));
        }
        Ok(Running { rank, child: Some(child), readers })
    }
}

/// This program with the arguments that it was started with.
fn this_program() -> Command {
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    let mut command = Command::new(std::env::current_exe().unwrap_or_else(|_| name.into()));
    command.args(arguments);
    command
}

/// A started process and the threads that show its output. Killed if dropped before its end.
struct Running {
    rank: usize,
    child: Option<Child>,
    readers: Vec<std::thread::JoinHandle<()>>,
}

impl Running {
    fn wait(mut self) -> Result<ExitStatus, Error> {
        let mut child = self.child.take().expect("it is waited for once");
        let end = child.wait().map_err(|source| Error::Process { rank: self.rank, source })?;
        for reader in self.readers.drain(..) {
            // A reader that panicked has nothing more to show.
            let _ = reader.join();
        }
        Ok(end)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Copies a stream line by line, each behind a label, on a thread of its own.
fn show(
    stream: impl Read + Send + 'static,
    label: Arc<str>,
    mut out: impl Write + Send + 'static,
) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n') {
            let Ok(line) = line else { return };
            let text = String::from_utf8_lossy(&line);
            if writeln!(out, "{label}{text}").is_err() {
                return;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn every_party_gets_the_settings_of_the_run() {
        let directory = tempfile::tempdir().unwrap();
        let provider = ProviderKind::InsecureFirstParty;
        let deadline = Duration::from_millis(7500);
        let run = LocalRun { provider, deadline, precision: 20, ..LocalRun::default() };
        let paths = provision::local(directory.path(), &run).unwrap();
        for (rank, path) in paths.iter().enumerate() {
            let config = Config::load(path).unwrap();
            assert_eq!((config.rank, config.parties, config.precision), (rank, 2, 20));
            assert_eq!((config.provider, config.deadline_seconds), (Some(provider), 7.5));
        }
    }
}
