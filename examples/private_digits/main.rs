//! One party owns a classifier, the other handwritten digits; neither shows its own.
//!
//! `cargo run --release --example private_digits` trains the classifier in the clear on part of the digits, then
//! starts two processes that talk over QUIC, with a dealer as a third. Party 0 has the model, party 1 the held-out
//! images. They classify the images under encryption, and only the predicted labels are opened, only to party 1.
//! With `-- --provider paillier --images 10` there is no dealer: the two make all randomness by themselves.
#![expect(clippy::print_stdout, reason = "an example that prints what it finds")]

mod classifier;
mod data;
mod encrypted;
mod xorshift;

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use crypten::{LocalRun, Output, ProviderKind};
use indicatif::{ProgressBar, ProgressStyle};

use classifier::Classifier;
use data::Digits;

/// Handwritten digits, classified under encryption.
#[derive(Parser)]
struct Options {
    /// A directory with MNIST's IDX files, instead of the digits that come with the example.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Epochs of training.
    #[arg(long, default_value_t = 30)]
    epochs: usize,
    /// Images classified together.
    #[arg(long, default_value_t = 100)]
    batch: usize,
    /// Where correlated randomness comes from: `dealer`, or `paillier` (nobody but the two parties; slow) or
    /// `insecure-first-party`.
    #[arg(long, default_value = "dealer")]
    provider: String,
    /// How many held-out images are classified; all if left out.
    #[arg(long)]
    images: Option<usize>,
    /// Where party 0 finds its model; set by the process that starts the parties.
    #[arg(long, hide = true)]
    model: Option<PathBuf>,
    /// Set by the process that starts the parties.
    #[arg(long, hide = true)]
    node: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    if !options.node {
        return train_and_start(&options);
    }
    match crypten::init_or_start(2)? {
        Some(session) if session.rank() == 0 => {
            let path = options.model.as_ref().context("party 0 is started with --model")?;
            let model = serde_json::from_slice(&std::fs::read(path)?)?;
            encrypted::own_model(&session, &model)
        }
        Some(session) => {
            encrypted::own_images(&session, &held_out(&options)?.1, options.batch)?;
            Ok(())
        }
        // This process was the dealer.
        None => Ok(()),
    }
}

/// Training and held-out digits.
fn held_out(options: &Options) -> Result<(Digits, Digits)> {
    let (training, test) = match &options.data {
        Some(directory) => Digits::mnist(directory)?,
        None => Digits::uci()?.split(1200)?,
    };
    Ok(match options.images {
        Some(count) if count < test.labels.len() => (training, test.split(count)?.0),
        _ => (training, test),
    })
}

fn train_and_start(options: &Options) -> Result<()> {
    let provider = ProviderKind::from_name(&options.provider);
    let provider = provider.with_context(|| format!("there is no provider {}", options.provider))?;
    let (training, test) = held_out(options)?;
    ensure!(options.batch > 0 && options.epochs > 0, "--batch and --epochs are at least 1");
    println!(
        "data      {}: {} digits to train on, {} held out",
        training.source,
        training.labels.len(),
        test.labels.len()
    );

    let style = ProgressStyle::with_template("training  {bar:32} {pos}/{len} epochs, loss {msg}")?;
    let bar = ProgressBar::new(options.epochs as u64).with_style(style);
    let started = Instant::now();
    let model = Classifier::train(&training.images, &training.labels, options.epochs, |epoch, loss| {
        bar.set_position(epoch as u64);
        bar.set_message(format!("{loss:.3}"));
    });
    bar.finish_and_clear();
    println!("training  in the clear, {:.1} s", started.elapsed().as_secs_f64());
    println!(
        "clear     {:.2} % of the held-out digits recognised",
        100.0 * model.accuracy(&test.images, &test.labels)
    );
    println!();

    let directory = tempfile::tempdir()?;
    let path = directory.path().join("model-of-party-0.json");
    std::fs::write(&path, serde_json::to_vec(&model)?)?;
    let third = if provider == ProviderKind::Dealer { ", a dealer" } else { "" };
    println!(
        "starting  party 0 (owns the model), party 1 (owns the images){third}; each a process, over QUIC"
    );
    if provider == ProviderKind::Paillier {
        println!("          the parties make all randomness by themselves, which takes minutes");
    }
    let program = std::env::current_exe()?;
    let node = || {
        let mut command = Command::new(&program);
        command.args(std::env::args_os().skip(1)).arg("--node");
        command
    };
    let party = |rank| {
        let mut command = node();
        if rank == 0 {
            command.arg("--model").arg(&path);
        }
        command
    };
    let ends = LocalRun { provider, errors: Output::Inherit, ..LocalRun::default() }.run(party, node)?;
    ensure!(ends.iter().all(|end| end.success()), "a party failed; its message stands above");
    Ok(())
}

/// A time in the unit that reads best.
fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.2} s", time.as_secs_f64())
    }
}
