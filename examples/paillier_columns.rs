//! Two hospitals, a server that holds no key, a statistician: columns are added and averaged under encryption.
//!
//! `cargo run --release --example paillier_columns`. The statistician owns a Paillier key pair. The hospitals encrypt
//! what they count each day under its public key; the server computes on ciphertexts; the statistician decrypts what
//! the server returns, and nothing else. Server and statistician must not collude.
//!
//! Here all run in one process. Each role is a function that takes what its role may see, and everything between them
//! is bytes.
#![expect(clippy::print_stdout, reason = "an example that prints what it finds")]

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use crypten::ndarray::{Array1, Array2, ArrayD, Axis, stack};
use crypten::paillier::{
    Encoded, EncryptedTensor, Error, KeyLength, KeyPair, PackedTensor, Packing, PublicKey,
};
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};

const DAYS: usize = 365;

/// What an admission and a day in a bed cost: the server's plain numbers.
const PRICES: [f64; 2] = [310.0, 742.5];

/// What a hospital counts each day of a year.
struct Year {
    admissions: Array1<i64>,
    bed_days: Array1<f64>,
}

/// What a hospital sends to the server.
#[derive(Serialize, Deserialize)]
struct Report {
    admissions: Encoded,
    bed_days: Encoded,
}

/// What the server sends to the statistician.
#[derive(Serialize, Deserialize)]
struct Answer {
    /// Of each day.
    admissions: Encoded,
    /// A day.
    mean_admissions: Encoded,
    mean_bed_days: Encoded,
    /// Of the year.
    cost: Encoded,
}

fn main() -> Result<()> {
    // The statistician makes the keys, and publishes one of them.
    let started = Instant::now();
    let keys = new_keys()?;
    let published = keys.public.to_bytes();
    println!("keys          {} bits, {}", keys.public.bits(), milliseconds(started));
    println!("              published: {} bytes, fingerprint {}", published.len(), keys.public.fingerprint());

    // The hospitals encrypt. The first encryption makes the key's table of noise.
    let years = [synthetic_year(41.0, 3), synthetic_year(67.0, 5)];
    let mut reports = Vec::new();
    for (name, year) in ["north", "south"].into_iter().zip(&years) {
        let started = Instant::now();
        let report = hospital(&published, year)?;
        println!(
            "{name:13} encrypts {} numbers, {}; sends {}, for {:.0} kB of ciphertexts",
            2 * DAYS,
            milliseconds(started),
            kilobytes(&report),
            (2 * DAYS * keys.public.bits() / 4) as f64 / 1e3
        );
        reports.push(report);
    }

    // A third one has an old key of the statistician's.
    let old = new_keys()?;
    let stale = hospital(&old.public.to_bytes(), &years[0])?;
    let refusal = server(&published, &[&reports[0], &stale]).err().context("keys are not mixed")?;
    ensure!(matches!(refusal.downcast_ref(), Some(Error::KeysDiffer { .. })), "another error: {refusal}");
    println!("refused       west: {refusal}");

    let started = Instant::now();
    let answer = server(&published, &[&reports[0], &reports[1]])?;
    println!(
        "server        adds, averages, weights, re-randomises, {}; sends {}",
        milliseconds(started),
        kilobytes(&answer)
    );

    let started = Instant::now();
    let opened = statistician(&keys, &answer)?;
    println!("statistician  decrypts {} numbers, {}", DAYS + 3, milliseconds(started));
    compare(&opened, &in_the_clear(&years));

    println!();
    packed(&keys, &years, reports[0].len())
}

/// Takes a fraction of a second, or a few seconds: nobody knows how far the next prime is.
fn new_keys() -> Result<KeyPair> {
    let bar = ProgressBar::new_spinner().with_message("looking for primes");
    bar.enable_steady_tick(Duration::from_millis(100));
    let keys = KeyPair::generate(KeyLength::default())?;
    bar.finish_and_clear();
    Ok(keys)
}

/// Knows the public key and its own year.
fn hospital(published: &[u8], year: &Year) -> Result<Vec<u8>> {
    let key = PublicKey::from_bytes(published)?; // checked: its length, no small factor, no prime
    let report = Report {
        admissions: EncryptedTensor::encrypt(&key, &year.admissions)?.encode(), // whole numbers, exactly
        bed_days: EncryptedTensor::encrypt(&key, &year.bed_days)?.encode(),     // 16 fractional bits
    };
    Ok(serde_json::to_vec(&report)?)
}

/// Knows the public key and ciphertexts: never a plaintext, and never a secret key.
fn server(published: &[u8], reports: &[&[u8]; 2]) -> Result<Vec<u8>> {
    let key = PublicKey::from_bytes(published)?;
    let mut columns = Vec::new();
    for report in reports {
        let report: Report = serde_json::from_slice(report)?;
        // Refused here: another key, a wrong length, a number that no encryption yields.
        columns.push([
            EncryptedTensor::decode(&key, &report.admissions)?,
            EncryptedTensor::decode(&key, &report.bed_days)?,
        ]);
    }
    let admissions = (&columns[0][0] + &columns[1][0])?;
    let bed_days = (&columns[0][1] + &columns[1][1])?;

    // Plain numbers stand on either side.
    let [price_of_admission, price_of_day] = PRICES;
    let cost = (&(price_of_admission * &admissions)? + &(&bed_days * price_of_day)?)?;

    // The key's owner could read the noise of the sums. Under fresh noise nobody can tell how they were computed.
    let fresh = |result: &EncryptedTensor| -> Result<Encoded> { Ok(result.rerandomize()?.encode()) };
    let answer = Answer {
        admissions: fresh(&admissions)?,
        mean_admissions: fresh(&admissions.mean()?)?,
        mean_bed_days: fresh(&bed_days.mean()?)?,
        cost: fresh(&cost.sum())?,
    };
    Ok(serde_json::to_vec(&answer)?)
}

/// What the statistician learns.
struct Opened {
    admissions: ArrayD<f64>,
    mean_admissions: f64,
    mean_bed_days: f64,
    cost: f64,
}

/// Knows the secret key and what the server returns.
fn statistician(keys: &KeyPair, answer: &[u8]) -> Result<Opened> {
    let answer: Answer = serde_json::from_slice(answer)?;
    let open = |encoded| EncryptedTensor::decode(&keys.public, encoded)?.decrypt(&keys.secret);
    Ok(Opened {
        admissions: open(&answer.admissions)?,
        mean_admissions: open(&answer.mean_admissions)?.sum(), // of one number
        mean_bed_days: open(&answer.mean_bed_days)?.sum(),
        cost: open(&answer.cost)?.sum(),
    })
}

/// The same by whoever sees everything.
fn in_the_clear([north, south]: &[Year; 2]) -> Opened {
    let admissions = (&north.admissions + &south.admissions).mapv(|count| count as f64);
    let bed_days = &north.bed_days + &south.bed_days;
    Opened {
        mean_admissions: admissions.sum() / DAYS as f64,
        mean_bed_days: bed_days.sum() / DAYS as f64,
        cost: PRICES[0] * admissions.sum() + PRICES[1] * bed_days.sum(),
        admissions: admissions.into_dyn(),
    }
}

fn compare(opened: &Opened, plain: &Opened) {
    println!();
    println!("{:30}{:>18}{:>18}", "", "decrypted", "in the clear");
    let line = |what, opened: f64, plain: f64| println!("{what:30}{opened:18.6}{plain:18.6}");
    line("admissions on the first day", opened.admissions[0], plain.admissions[0]);
    line("mean admissions a day", opened.mean_admissions, plain.mean_admissions);
    line("mean bed days a day", opened.mean_bed_days, plain.mean_bed_days);
    line("cost of the year", opened.cost, plain.cost);
    let off = (&opened.admissions - &plain.admissions).iter().filter(|off| **off != 0.0).count();
    println!("daily admissions that differ: {off} of {DAYS}");
}

/// The same columns, many numbers to a ciphertext: they can be added, subtracted, multiplied by one whole number.
fn packed(keys: &KeyPair, years: &[Year; 2], unpacked: usize) -> Result<()> {
    /// Below 4096, with 16 fractional bits.
    const VALUE_BITS: u64 = 12 + 16;
    let (key, shape) = (&keys.public, [2, DAYS]);
    // All agree on it beforehand: bits of a number, and that two of them will be added.
    let packing = Packing::new(key, VALUE_BITS, 2)?;

    let mut reports = Vec::new();
    for year in years {
        let table: Array2<f64> = stack![Axis(0), year.admissions.mapv(|count| count as f64), year.bed_days];
        reports.push(serde_json::to_vec(&PackedTensor::encrypt(key, packing, &table)?.encode())?);
    }
    println!(
        "packed        {} numbers to a ciphertext; a hospital sends {}, {:.0} times fewer bytes",
        packing.slots(),
        kilobytes(&reports[0]),
        unpacked as f64 / reports[0].len() as f64
    );

    // The server, again without the secret key. Whoever has not seen the reports learns nothing from the sum's noise.
    let read = |report: &[u8], terms| -> Result<PackedTensor> {
        Ok(PackedTensor::decode(key, packing, terms, &shape, &serde_json::from_slice(report)?)?)
    };
    let sum = read(&reports[0], 1)?.add(&read(&reports[1], 1)?)?;
    let answer = serde_json::to_vec(&sum.encode())?;
    let refusal = sum.add(&read(&reports[0], 1)?).err().context("no slot overflows")?;
    println!("              a third report would not fit: {refusal}");

    // The statistician.
    let opened = read(&answer, 2)?.decrypt(&keys.secret)?;
    let means = opened.mean_axis(Axis(1)).context("a year has days")?;
    println!("              means of the sums: {:.6} and {:.6}", means[0], means[1]);
    Ok(())
}

/// Numbers that look like a hospital's.
fn synthetic_year(admissions: f64, step: usize) -> Year {
    let count = |day: usize| {
        let season = 0.2 * (std::f64::consts::TAU * day as f64 / DAYS as f64).cos();
        let weekend = if day % 7 > 4 { 0.6 } else { 1.0 };
        (admissions * (1.0 + season) * weekend) as i64 + (day * step * step % 11) as i64
    };
    let admissions = Array1::from_shape_fn(DAYS, count);
    let stays = Array1::from_shape_fn(DAYS, |day| 3.0 + (day * step % 24) as f64 / 24.0);
    Year { bed_days: admissions.mapv(|count| count as f64) * stays, admissions }
}

fn milliseconds(since: Instant) -> String {
    format!("{} ms", since.elapsed().as_millis())
}

fn kilobytes(message: &[u8]) -> String {
    format!("{:.0} kB of JSON", message.len() as f64 / 1e3)
}
