//! Sessions of real processes: configurations in a directory that is thrown away, nodes, and how they end.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::mem::take;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use crypten::comm::Identity;
use crypten::provision::{Plan, provision};
use crypten::{Config, ProviderKind};

/// Whatever takes longer fails the test.
pub(crate) const BOUND: Duration = Duration::from_secs(40);

/// Seconds that a node waits for a message. Well above the ten seconds after which a silent connection counts as
/// lost: whoever waits for a party that waits for a dead one must hear of it before its own patience ends.
const DEADLINE: f64 = 20.0;

/// Seconds that a node waits for the others to be there.
const CONNECT: f64 = 10.0;

/// Variables of launchers, and of crypten, that would say something else than the configuration.
const MISLEADING: [&str; 5] = ["CRYPTEN_NODES", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "RANK", "SLURM_PROCID"];

/// Keys and configurations for the nodes of one session, on free ports of loopback.
pub(crate) struct Stage {
    /// Of every node, in rank order; the dealer's last.
    directories: Vec<PathBuf>,
    /// Kept until the nodes have ended.
    _parent: tempfile::TempDir,
}

impl Stage {
    /// A session of that many parties; with [`ProviderKind::Dealer`] there is a dealer too.
    pub(crate) fn new(parties: usize, provider: ProviderKind) -> Result<Self> {
        let dealer = provider == ProviderKind::Dealer;
        let mut hosts = free_addresses(parties + usize::from(dealer))?;
        let plan = Plan {
            dealer: if dealer { hosts.pop() } else { None },
            hosts,
            provider: Some(provider),
            precision: 16,
        };
        let parent = tempfile::tempdir()?;
        let stage = Self { directories: provision(parent.path(), &plan)?, _parent: parent };
        for rank in 0..stage.directories.len() {
            stage.edit(rank, |config| {
                config.listen.set_ip(Ipv4Addr::LOCALHOST.into());
                config.deadline_seconds = DEADLINE;
                config.connect_seconds = CONNECT;
            })?;
        }
        Ok(stage)
    }

    /// What a node will read.
    pub(crate) fn config(&self, rank: usize) -> Result<Config> {
        Ok(Config::load(&self.directories[rank])?)
    }

    /// Changes what a node will read.
    pub(crate) fn edit(&self, rank: usize, change: impl FnOnce(&mut Config)) -> Result<()> {
        let mut config = self.config(rank)?;
        change(&mut config);
        fs::write(self.directories[rank].join("party.toml"), toml::to_string(&config)?)?;
        Ok(())
    }

    /// Gives a node a key and a certificate that nobody else has heard of; its own list of nodes has them.
    pub(crate) fn replace_identity(&self, rank: usize) -> Result<()> {
        let identity = Identity::generate("somebody else")?;
        let config = self.config(rank)?;
        fs::write(config.certificate, identity.certificate_pem())?;
        fs::write(config.key, identity.key_pem().as_bytes())?;
        self.edit(rank, |config| {
            config.nodes[rank].fingerprint = identity.fingerprint();
        })
    }

    /// Starts a node with these arguments.
    pub(crate) fn start(&self, rank: usize, arguments: &str) -> Result<Node> {
        Node::start(rank, &self.directories[rank], arguments)
    }

    /// Starts all nodes with the same arguments; they come in rank order, the dealer last.
    pub(crate) fn start_all(&self, arguments: &str) -> Result<Vec<Node>> {
        (0..self.directories.len()).map(|rank| self.start(rank, arguments)).collect()
    }
}

/// A running process. It is killed if it is dropped before its end.
pub(crate) struct Node {
    rank: usize,
    child: Child,
    /// Standard output, as it comes.
    lines: Receiver<String>,
    /// What has been taken from `lines`.
    said: Vec<String>,
    /// Collects standard error; taken when the process has ended.
    errors: Option<JoinHandle<String>>,
}

impl Node {
    fn start(rank: usize, config: &Path, arguments: &str) -> Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_node"));
        command
            .args(arguments.split(' '))
            .env("CRYPTEN_CONFIG", config)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for variable in MISLEADING {
            command.env_remove(variable);
        }
        let mut child = command.spawn()?;
        let output = child.stdout.take().context("standard output is piped")?;
        let errors = child.stderr.take().context("standard error is piped")?;
        Ok(Self {
            rank,
            child,
            lines: lines_of(output),
            said: Vec::new(),
            errors: Some(thread::spawn(move || all_of(errors))),
        })
    }

    /// Waits for the next line that begins like this.
    pub(crate) fn hear(&mut self, beginning: &str) -> Result<()> {
        let last = Instant::now() + BOUND;
        while let Some(line) = self.line(last)? {
            if line.starts_with(beginning) {
                return Ok(());
            }
        }
        let report = self.report();
        bail!("node {} ended without {beginning:?}: {report}", self.rank)
    }

    /// Waits until the process ends by itself.
    pub(crate) fn end(mut self) -> Result<End> {
        let last = Instant::now() + BOUND;
        while self.line(last)?.is_some() {}
        // Its output is closed: it ends at this moment.
        let code = self.child.wait()?.code();
        Ok(End { rank: self.rank, code, lines: take(&mut self.said), complaints: self.complaints() })
    }

    /// Ends the process as `kill -9` does: nobody is told.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// The next line, or nothing at the end of the output.
    fn line(&mut self, last: Instant) -> Result<Option<String>> {
        let left = last.saturating_duration_since(Instant::now());
        match self.lines.recv_timeout(left) {
            Ok(line) if !left.is_zero() => {
                self.said.push(line.clone());
                Ok(Some(line))
            }
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Ok(_) | Err(RecvTimeoutError::Timeout) => {
                let report = self.report();
                bail!("node {} took longer than {BOUND:?}: {report}", self.rank)
            }
        }
    }

    /// Kills the process if it still runs, and tells what it has said.
    fn report(&mut self) -> String {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let complaints = self.complaints();
        format!("it said {:?} and complained {complaints:?}", self.said)
    }

    fn complaints(&mut self) -> String {
        let collected = self.errors.take().and_then(|reader| reader.join().ok());
        collected.unwrap_or_default()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct End {
    /// For whoever reads a failed assertion.
    #[expect(dead_code, reason = "printed by Debug")]
    rank: usize,
    /// Nothing if it was killed.
    code: Option<i32>,
    /// Its standard output.
    pub(crate) lines: Vec<String>,
    /// Its standard error.
    pub(crate) complaints: String,
}

impl End {
    /// Asserts that it ended well.
    #[track_caller]
    pub(crate) fn succeeded(&self) {
        assert_eq!(self.code, Some(0), "{self:?}");
    }

    /// Asserts that it ended with an error that says all of this.
    #[track_caller]
    pub(crate) fn failed(&self, reasons: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:?}");
        for &reason in reasons {
            assert!(self.complaints.contains(reason), "no {reason:?} in {self:?}");
        }
    }
}

/// Bytes that look like any others, but are the same in every run.
pub(crate) fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let mut state = (seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    });
    words.flat_map(u64::to_le_bytes).take(bytes).collect()
}

/// That many `host:port` at which nobody listens at this moment.
fn free_addresses(count: usize) -> Result<Vec<String>> {
    // All are held until the last is found, so that they differ.
    let sockets =
        (0..count).map(|_| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))).collect::<Result<Vec<_>, _>>()?;
    sockets.iter().map(|socket| anyhow::Ok(socket.local_addr()?.to_string())).collect()
}

/// The lines of a stream, read on a thread of its own.
fn lines_of(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (heard, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            let Ok(line) = line else { return };
            if heard.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

fn all_of(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    // What came before an error is worth showing.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
