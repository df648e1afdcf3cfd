//! Times every operation among parties as separate processes, in the format of the comparison with the peers.
//!
//! `cargo run --release -p crypten-benches --bin ops -- --parties 2 --reps 3 --out FILE.json`
#![expect(clippy::print_stderr, reason = "a program that reports its progress")]

mod cases;
mod memory;
mod plain;
mod tcp;
mod training;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::{Parser, ValueEnum};
use crypten::{LocalRun, Output, ProviderKind, Session, SlowLink};
use serde::Serialize;

use cases::Case;

/// Times every operation. Inputs are shared beforehand; a time is that between two barriers, the median over the
/// repetitions after one warm-up.
#[derive(Clone, Parser)]
struct Options {
    /// How many parties.
    #[arg(long, default_value_t = 2)]
    parties: usize,
    /// How often each operation is timed.
    #[arg(long, default_value_t = 3)]
    reps: usize,
    /// Where the figures are written, as JSON.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Only these operations, with commas between.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Where correlated randomness comes from.
    #[arg(long, value_enum, default_value = "first-party")]
    provider: Source,
    /// Milliseconds of rest before each repetition, in which a dealer's stream gets ahead of demand as far as it does
    /// where the dealer has a machine of its own. Without, parties and dealer share the cores all the time.
    #[arg(long, default_value_t = 0)]
    rest_ms: u64,
    /// Processes over QUIC or over plain TCP, or threads of one process.
    #[arg(long, value_enum, default_value = "quic")]
    net: Transport,
    /// Milliseconds of a round trip on an imitated slower network (over QUIC).
    #[arg(long)]
    round_trip_ms: Option<f64>,
    /// Megabits a second of an imitated slower network (over QUIC).
    #[arg(long)]
    megabits: Option<f64>,
    /// Set by the process that starts the parties.
    #[arg(long, hide = true)]
    node: bool,
    /// The same, over TCP.
    #[arg(long, hide = true)]
    rank: Option<usize>,
    /// The same: the nodes in rank order.
    #[arg(long, hide = true, value_delimiter = ',')]
    addresses: Vec<SocketAddr>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Source {
    Dealer,
    FirstParty,
    Paillier,
    Replicated,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Transport {
    Memory,
    Quic,
    Tcp,
}

/// What is written of one operation.
#[derive(Serialize)]
struct Figures {
    s: f64,
    sent: u64,
    /// Bytes of correction from whoever deals.
    dealt: u64,
    rounds: u64,
    /// Seconds of the last repetition in which this party waited for messages.
    waiting: f64,
    max_err: f64,
    p999_err: f64,
    /// Bytes of this party's memory at its peak, over all repetitions; inputs and the plain twin are among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    peak: Option<u64>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    if options.node {
        return match crypten::init_or_start(options.parties)? {
            Some(session) => party(&session, &options),
            None => Ok(()),
        };
    }
    let provider = match options.provider {
        Source::Dealer => ProviderKind::Dealer,
        Source::FirstParty => ProviderKind::InsecureFirstParty,
        Source::Paillier => ProviderKind::Paillier,
        Source::Replicated => ProviderKind::Replicated,
    };
    if let Some(rank) = options.rank {
        return match tcp::join(rank, options.parties, provider, &options.addresses)? {
            Some(session) => party(&session, &options),
            None => Ok(()),
        };
    }
    if options.net == Transport::Memory {
        let results = crypten::local(options.parties, provider, |session| Ok(party(session, &options)))?;
        return results.into_iter().collect();
    }
    let program = std::env::current_exe()?;
    let node = || {
        let mut command = Command::new(&program);
        command.args(std::env::args_os().skip(1)).arg("--node");
        command
    };
    if options.net == Transport::Tcp {
        let node = || {
            let mut command = Command::new(&program);
            command.args(std::env::args_os().skip(1));
            command
        };
        return tcp::run(options.parties, provider, node);
    }
    let slow_link = (options.round_trip_ms.is_some() || options.megabits.is_some()).then(|| SlowLink {
        round_trip_ms: options.round_trip_ms.unwrap_or(0.0),
        megabits: options.megabits.unwrap_or(0.0),
    });
    let local = LocalRun {
        parties: options.parties,
        provider,
        errors: Output::Inherit,
        slow_link,
        ..LocalRun::default()
    };
    let ends = local.run(|_| node(), node)?;
    ensure!(ends.iter().all(|end| end.success()), "a party failed");
    Ok(())
}

fn party(session: &Session, options: &Options) -> Result<()> {
    let mut table = BTreeMap::new();
    for name in
        cases::NAMES.iter().filter(|name| options.only.is_empty() || options.only.iter().any(|o| o == *name))
    {
        let figures =
            measure(session, &cases::case(session, name)?, options).with_context(|| (*name).to_owned())?;
        if session.rank() == 0 {
            eprintln!(
                "{name:20} {:9.2} ms ({:9.2} waiting) {:9.3} MB {:4} rounds, error {:.1e} (99.9 %: {:.1e}), {:.0} MB of memory",
                figures.s * 1e3,
                figures.waiting * 1e3,
                figures.sent as f64 / 1e6,
                figures.rounds,
                figures.max_err,
                figures.p999_err,
                figures.peak.unwrap_or(0) as f64 / 1e6,
            );
        }
        table.insert(*name, figures);
    }
    if let (0, Some(path)) = (session.rank(), &options.out) {
        std::fs::write(path, serde_json::to_vec_pretty(&table)?)
            .with_context(|| path.display().to_string())?;
    }
    Ok(())
}

fn measure(session: &Session, case: &Case, options: &Options) -> Result<Figures> {
    memory::forget_peak();
    let mut result = (case.run)()?;
    let mut times = Vec::new();
    let mut cost = session.stats() - session.stats();
    if options.rest_ms > 0 {
        // A dealer deals ahead from the second request on.
        result = (case.run)()?;
    }
    for _ in 0..options.reps.max(1) {
        std::thread::sleep(Duration::from_millis(options.rest_ms));
        session.barrier()?;
        let (started, before) = (Instant::now(), session.stats());
        result = (case.run)()?;
        cost = session.stats() - before;
        session.barrier()?;
        times.push(started.elapsed().as_secs_f64());
    }
    let peak = memory::peak();
    times.sort_unstable_by(f64::total_cmp);
    let opened = result.get_plain_text()?;
    ensure!(
        opened.shape() == case.expected.shape(),
        "shape {:?} instead of {:?}",
        opened.shape(),
        case.expected.shape()
    );
    let mut errors: Vec<f64> =
        opened.iter().zip(&case.expected).map(|(found, plain)| (found - plain).abs()).collect();
    errors.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| {
        errors.get((share * errors.len().saturating_sub(1) as f64) as usize).copied().unwrap_or(0.0)
    };
    Ok(Figures {
        s: times[times.len() / 2],
        sent: cost.bytes_sent,
        dealt: cost.bytes_dealt,
        rounds: cost.rounds,
        waiting: cost.waiting.as_secs_f64(),
        max_err: at(1.0),
        p999_err: at(0.999),
        peak,
    })
}
