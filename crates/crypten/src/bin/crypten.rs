//! The command-line tool: keys and configurations, the dealer, and local runs.

use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand};
use crypten::provision::{Plan, provision};
use crypten::{LocalRun, ProviderKind};
use indicatif::{ProgressBar, ProgressStyle};

/// Privacy-preserving machine learning among parties who do not trust each other.
#[derive(Parser)]
#[command(version, about)]
struct Options {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Deal the correlated randomness of a run before it begins: one file for each party, which serves once.
    Deal {
        /// The plan of the run: what `crypten::rehearse` or `Session::take_plan` gave, saved to a file.
        plan: PathBuf,
        /// How many parties, if this machine is the dealer.
        #[arg(long, required_unless_present = "config", conflicts_with = "config")]
        parties: Option<usize>,
        /// This party's directory or file, if it makes its own file together with the other party and there is no dealer.
        #[arg(long)]
        config: Option<PathBuf>,
        /// Where the files are written.
        #[arg(long, default_value = "crypten-dealing")]
        out: PathBuf,
    },
    /// Serve a session as its dealer, until party 0 leaves.
    Dealer {
        /// The dealer's directory or file, as `crypten provision` wrote it.
        #[arg(long)]
        config: Option<PathBuf>,
    },
    /// Write one directory for each party, with its key, certificate, the others' pins and its configuration.
    Provision {
        /// How many parties.
        #[arg(long)]
        parties: usize,
        /// `host:port` of each party, in rank order, with commas between.
        #[arg(long, value_delimiter = ',', required = true)]
        hosts: Vec<String>,
        /// `host:port` of the dealer.
        #[arg(long)]
        dealer: Option<String>,
        /// Where correlated randomness comes from, if it is not the dealer.
        #[arg(long, value_parser = provider)]
        provider: Option<ProviderKind>,
        /// Fractional bits of encrypted numbers.
        #[arg(long, default_value_t = 16)]
        precision: u32,
        /// Where the directories are written.
        #[arg(long, default_value = "crypten-parties")]
        out: PathBuf,
    },
    /// Start a program as several local processes, with throw-away keys, and show each one's output with its rank.
    Run {
        /// How many parties.
        #[arg(short = 'n', long, default_value_t = 2)]
        parties: usize,
        /// Where correlated randomness comes from. A dealer is started if it is the dealer.
        #[arg(long, value_parser = provider, default_value = "dealer")]
        provider: ProviderKind,
        /// Fractional bits of encrypted numbers.
        #[arg(long, default_value_t = 16)]
        precision: u32,
        /// The program and its arguments.
        #[arg(last = true, required = true)]
        program: Vec<String>,
    },
}

/// A provider by its name.
fn provider(name: &str) -> Result<ProviderKind, &'static str> {
    ProviderKind::from_name(name).ok_or(
        "it is `dealer`, `paillier` between two parties, `replicated` among three, or `insecure-first-party` for \
         development",
    )
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .init();
    match run(Options::parse().task) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("crypten: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  because: {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<ExitCode, crypten::Error> {
    match task {
        Task::Deal { plan, parties, config, out } => {
            let source =
                parties.map_or_else(|| Dealing::Together(config.unwrap_or_default()), Dealing::Alone);
            deal(&plan, &source, &out).map(|()| ExitCode::SUCCESS)
        }
        Task::Dealer { config } => crypten::serve_as_dealer(config.as_deref()).map(|()| ExitCode::SUCCESS),
        Task::Provision { parties, hosts, dealer, provider, precision, out } => {
            if hosts.len() != parties {
                eprintln!("crypten: --parties {parties}, but --hosts names {}", hosts.len());
                return Ok(ExitCode::FAILURE);
            }
            let without_source = dealer.is_none() && provider.is_none();
            let plan = Plan { hosts, dealer, provider, precision };
            for directory in provision(&out, &plan)? {
                eprintln!("wrote {}", directory.display());
            }
            if without_source {
                eprintln!(
                    "No dealer is named. Before the parties start, either provision again with --dealer HOST:PORT,"
                );
                eprintln!("with --provider replicated among three parties of whom no two collude,");
                eprintln!("with --provider paillier between two parties who take their time,");
                eprintln!(
                    "or, for development, with --provider insecure-first-party (party 0 can then read everything)."
                );
            }
            eprintln!("Bring each directory to its machine by a safe channel, and to no other.");
            eprintln!(
                "There, a program finds its place with CRYPTEN_CONFIG=party-N; the dealer runs `crypten dealer --config dealer`."
            );
            Ok(ExitCode::SUCCESS)
        }
        Task::Run { parties, provider, precision, program } => {
            let local = LocalRun { parties, provider, precision, ..LocalRun::default() };
            let party = |_| {
                let mut command = Command::new(&program[0]);
                command.args(&program[1..]);
                command
            };
            let tool = std::env::current_exe().unwrap_or_else(|_| "crypten".into());
            let dealer = || {
                let mut command = Command::new(tool);
                command.arg("dealer");
                command
            };
            let ends = local.run(party, dealer)?;
            Ok(if ends.iter().all(|end| end.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}

/// Who deals.
enum Dealing {
    /// This machine, among so many parties.
    Alone(usize),
    /// The party with this configuration, together with the other.
    Together(PathBuf),
}

fn deal(plan: &Path, source: &Dealing, out: &Path) -> Result<(), crypten::Error> {
    let plan = crypten::Plan::load(plan)?;
    let style = ProgressStyle::with_template("dealing  {bar:32} {pos}/{len} units, {eta} left");
    let bar = ProgressBar::new(plan.units()).with_style(style.expect("the template is well formed"));
    let progress = |done, _| bar.set_position(done);
    let files = match source {
        Dealing::Alone(parties) => crypten::deal(&plan, *parties, out, progress)?,
        Dealing::Together(config) => vec![crypten::Config::load(config)?.deal(&plan, out, progress)?],
    };
    bar.finish_and_clear();
    for file in files {
        eprintln!("wrote {}", file.display());
    }
    if let Dealing::Alone(_) = source {
        eprintln!("Bring each file to its party by a safe channel, and to no other, and keep no copy.");
    }
    eprintln!(
        "There, `preprocessing = \"FILE\"` in party.toml takes the place of the provider, for one run."
    );
    Ok(())
}
