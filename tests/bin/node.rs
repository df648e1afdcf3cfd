//! One node of a session, as a process of its own. `CRYPTEN_CONFIG` says which one; the dealer serves.
//!
//! A party says `ready` when it has joined, a line for each round of its program, which every party says alike, and
//! `done`. An error goes to standard error with all its causes, and the process ends with code 1.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::{Parser, ValueEnum};
use crypten::ndarray::{Array1, Array2};
use crypten::{Config, Session};

/// How far a result may be from the right one: rounding leaves 16 bits or more behind the point.
const TOLERANCE: f64 = 0.01;

/// A node that computes the same thing again and again, and checks what comes out.
#[derive(Parser)]
struct Options {
    /// What a party computes; the dealer does not care.
    #[arg(long, value_enum, default_value = "relu")]
    program: Program,
    /// How often; endlessly if it is not said.
    #[arg(long, default_value_t = u64::MAX)]
    rounds: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Program {
    /// ReLU of 10 000 numbers of the last party.
    Relu,
    /// The product of a 64 x 64 matrix of party 0 and one of the last party.
    Matmul,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            for cause in error.chain().skip(1) {
                eprintln!("because: {cause}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let path = std::env::var_os("CRYPTEN_CONFIG").context("CRYPTEN_CONFIG is not set")?;
    let config = Config::load(path)?;
    if config.rank == config.parties {
        return Ok(crypten::serve_as_dealer(None)?);
    }
    let session = crypten::init()?;
    say("ready")?;
    for round in 1..=options.rounds {
        let sum = options.program.run(&session)?;
        say(&format!("round {round}: {sum}"))?;
    }
    say("done")
}

impl Program {
    /// Computes once, compares with the same in the clear, and returns the sum of all elements.
    fn run(self, session: &Session) -> Result<f64> {
        let last = session.parties() - 1;
        let (secret, clear) = match self {
            Self::Relu => {
                let x = Array1::from_shape_fn(10_000, |i| i as f64 / 16.0 - 312.0);
                let relu = session.cryptensor(&x, last)?.relu()?;
                (relu, x.mapv(|x| x.max(0.0)).into_dyn())
            }
            Self::Matmul => {
                let x = Array2::from_shape_fn((64, 64), |(i, j)| wave(64 * i + j));
                let y = Array2::from_shape_fn((64, 64), |(i, j)| wave(i + 64 * j + 7));
                let (first, second) = (session.cryptensor(&x, 0)?, session.cryptensor(&y, last)?);
                (first.matmul(&second)?, x.dot(&y).into_dyn())
            }
        };
        let opened = secret.get_plain_text()?;
        ensure!(opened.shape() == clear.shape(), "the result has shape {:?}", opened.shape());
        let mut pairs = opened.iter().zip(clear.iter());
        ensure!(pairs.all(|(opened, clear)| (opened - clear).abs() < TOLERANCE), "the result is wrong");
        Ok(opened.sum())
    }
}

/// Numbers from -1 to 1.
fn wave(i: usize) -> f64 {
    (i % 17) as f64 / 8.0 - 1.0
}

/// One line, which leaves at once.
fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
