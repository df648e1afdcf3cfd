//! Times correlated randomness that two parties make without a third, and counts its bytes.
//!
//! `cargo run --release -p crypten-benches --bin triples -- --out FILE.json`
#![expect(clippy::print_stderr, reason = "a program that reports its progress")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use async_trait::async_trait;
use clap::Parser;
use crypten_comm::{MemoryMesh, MemoryNet};
use crypten_paillier::{KeyLength, provider};
use crypten_shares::{Fault, Kind, Message, Net, NetError, Place, Provider, Rank, SignUse, Width, Window};
use serde::Serialize;

/// Times correlated randomness that two parties make without a third: two threads, all cores.
#[derive(Parser)]
struct Options {
    /// Bits of the keys.
    #[arg(long, default_value_t = 2048)]
    bits: usize,
    /// Units of 256 elements of each kind.
    #[arg(long, default_value_t = 16)]
    units: usize,
    /// Where the figures are written, as JSON.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// What one element costs: of an elementwise kind one, of a matrix product one multiplication of two numbers.
#[derive(Serialize)]
struct Figures {
    /// Seconds.
    s: f64,
    /// Bytes that either party sends.
    sent: [f64; 2],
}

/// A net that counts what it sends.
struct Counting {
    net: MemoryNet,
    sent: u64,
}

#[async_trait]
impl Net for Counting {
    fn place(&self) -> Place {
        self.net.place()
    }

    async fn send(&mut self, to: Rank, message: Message) -> Result<(), NetError> {
        self.sent += 8 * message.words().len() as u64;
        self.net.send(to, message).await
    }

    async fn receive(&mut self, from: Rank) -> Result<Message, NetError> {
        self.net.receive(from).await
    }

    async fn abort(&mut self, fault: Fault) {
        self.net.abort(fault).await;
    }
}

/// The kinds by name, with how many elements a unit has.
fn kinds() -> Vec<(&'static str, Kind, usize)> {
    let (left, right) = (vec![32, 64], vec![64, 32]);
    vec![
        ("bit", Kind::Bit, 256),
        ("and_64", Kind::And, 256),
        ("product", Kind::Product, 256),
        ("square", Kind::Square, 256),
        ("matmul_32x64x32", Kind::Matmul { left, right }, 32 * 64 * 32),
        ("truncation", Kind::Truncation { bits: 16 }, 256),
        ("comparison", Kind::sign(SignUse::Bit), 256),
        ("relu", Kind::sign(SignUse::Relu), 256),
        ("relu_truncated", Kind::sign(SignUse::TruncatedRelu { bits: 16 }), 256),
        ("two_comparisons", Kind::Sign { signs: 2, window: Window::Full, used: SignUse::Bit }, 256),
        ("equality", Kind::Equality, 256),
        ("maximum_of_four", Kind::Maximum, 256),
        ("fourier_14_terms", Kind::Harmonics { terms: 14, bits: 22, width: Width::Bits64 }, 256),
        ("power_of_two", Kind::Power { fraction: 36, bits: 26 }, 256),
    ]
}

fn main() -> Result<()> {
    let options = Options::parse();
    let length = KeyLength::new(options.bits)?;
    let mesh = MemoryMesh::new(2, Duration::from_secs(600))?;
    let tables = std::thread::scope(|scope| {
        let parties: Vec<_> = mesh
            .into_iter()
            .map(|net| scope.spawn(|| party(Counting { net, sent: 0 }, provider(length), options.units)))
            .collect();
        parties.into_iter().map(|party| party.join().expect("no party panics")).collect::<Result<Vec<_>>>()
    })?;
    let mut table = BTreeMap::new();
    for ((name, s, first), (_, _, second)) in tables[0].iter().zip(&tables[1]) {
        eprintln!("{name:20} {:10.4} ms, {first:9.0} and {second:9.0} bytes sent", s * 1e3);
        table.insert(*name, Figures { s: *s, sent: [*first, *second] });
    }
    if let Some(path) = options.out {
        std::fs::write(&path, serde_json::to_vec_pretty(&table)?)
            .with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// Seconds and bytes sent of each kind, for each element.
fn party(
    mut net: Counting,
    mut provider: impl Provider,
    units: usize,
) -> Result<Vec<(&'static str, f64, f64)>> {
    let started = Instant::now();
    pollster::block_on(provider.begin(&mut net))?;
    let mut rows = vec![("begin", started.elapsed().as_secs_f64(), net.sent as f64)];
    for (name, kind, elements) in kinds() {
        let (started, before) = (Instant::now(), net.sent);
        let units = if kind.unit_elements() == 1 { 1 } else { units };
        pollster::block_on(provider.supply(&mut net, &kind, units))?;
        let count = (units * elements) as f64;
        rows.push((name, started.elapsed().as_secs_f64() / count, (net.sent - before) as f64 / count));
    }
    Ok(rows)
}
