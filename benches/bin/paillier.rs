//! Times the Paillier cryptosystem on one core, in the names and format of the comparison with python-paillier.
//!
//! `cargo run --release -p crypten-benches --bin paillier -- --bits 2048 --out FILE.json`
#![expect(clippy::print_stderr, reason = "a program that reports its progress")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use crypten_paillier::{KeyLength, KeyPair, PackedTensor, Packing, Workers};
use ndarray::Array1;
use serde::Serialize;

/// Times the Paillier cryptosystem on one core: the median over the repetitions.
#[derive(Parser)]
struct Options {
    /// Bits of the modulus.
    #[arg(long, default_value_t = 2048)]
    bits: usize,
    /// How often each operation is timed; cheap ones more often.
    #[arg(long, default_value_t = 20)]
    reps: usize,
    /// Where the figures are written, as JSON.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// What is written of one operation.
#[derive(Serialize)]
struct Figures {
    /// Seconds for one operation.
    s: f64,
}

/// Bits of a value and how many may be added up, where values are packed: eight-byte words.
const VALUE_BITS: u64 = 63;
const ROOM: u64 = 1 << 16;

fn main() -> Result<()> {
    let Options { bits, reps, out } = Options::parse();
    let length = KeyLength::new(bits)?;
    let mut table = BTreeMap::new();
    let mut note = |name: &'static str, seconds: f64| {
        eprintln!("{name:26} {:10.4} ms", seconds * 1e3);
        table.insert(name, Figures { s: seconds });
    };
    note("keygen", timed(3.max(reps / 4), || KeyPair::generate(length))?);
    let keys = KeyPair::generate(length)?;
    let (key, m, k) =
        (&keys.public, [0x5a5a_1234_5678_9abc_i64, 0x1234_5678_9abc_def0], 0x7123_4567_89ab_cdef_i64);
    // The table of noise is made once a key.
    note("first_encrypt", timed(1, || key.encrypt(m[0]))?);
    let (x, y) = (key.encrypt(m[0])?, key.encrypt(m[1])?);
    note("encrypt", timed(10 * reps, || key.encrypt(m[0]))?);
    note("decrypt", timed(5 * reps, || keys.secret.decrypt_plain(&x))?);
    note("add", timed(50 * reps, || x.add(&y))?);
    note("mul_plain_63bit", timed(5 * reps, || x.mul_plain(k))?);

    let (one, packing) = (Workers::threads(1), Packing::new(key, VALUE_BITS, ROOM)?);
    let count = 4 * packing.slots();
    let values: Array1<i64> = (0..count as i64).map(|i| i.wrapping_mul(m[1]) >> 1).collect();
    let packed = PackedTensor::encrypt_by(&one, key, packing, &values, 0)?;
    let encrypt = timed(reps, || PackedTensor::encrypt_by(&one, key, packing, &values, 0))?;
    let decrypt = timed(reps, || packed.decrypt_by(&one, &keys.secret))?;
    note("encrypt_packed_per_value", encrypt / count as f64);
    note("decrypt_packed_per_value", decrypt / count as f64);
    if let Some(path) = out {
        std::fs::write(&path, serde_json::to_vec_pretty(&table)?)
            .with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// The median of seconds that a call takes.
fn timed<T, E>(reps: usize, call: impl Fn() -> Result<T, E>) -> Result<f64, E> {
    let mut times = Vec::with_capacity(reps);
    for _ in 0..reps {
        let started = Instant::now();
        black_box(call()?);
        times.push(started.elapsed().as_secs_f64());
    }
    times.sort_unstable_by(f64::total_cmp);
    Ok(times[reps / 2])
}
