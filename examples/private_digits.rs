//! One party owns a network, the other handwritten digits; neither shows its own.
//!
//! `cargo run --release --example private_digits` starts two processes that talk over QUIC, with a dealer as a third.
//! Party 0 trains a network in the clear on its digits and encrypts it; party 1 encrypts held-out images. They classify
//! the images under encryption, and only the predicted labels are opened, only to party 1.
//! With `-- --provider paillier --images 10` there is no dealer: the two make all randomness by themselves.
#![expect(clippy::print_stdout, reason = "an example that prints what it finds")]

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Parser;
use crypten::autograd::{Engine, Plain, PlainTensor, Var};
use crypten::ndarray::Axis;
use crypten::nn::{Generator, Linear, Module, ReLU, Sequential, StateDict};
use crypten::{Encrypt, PlainText, Session};
use crypten_examples::{
    Digits, Parties, Recipe, Spent, accuracy, classify, classify_in_clear, eye, fit_in_clear, opened,
    progress, seconds,
};

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
    /// How many held-out images are classified; all if left out.
    #[arg(long)]
    images: Option<usize>,
    #[command(flatten)]
    parties: Parties,
}

fn main() -> Result<()> {
    let options = Options::parse();
    ensure!(options.batch > 0 && options.epochs > 0, "--batch and --epochs are at least 1");
    // The first process starts the parties; from here on there are two of us.
    let Some(session) = options.parties.start()? else { return Ok(()) };
    let (training, held_out) = match &options.data {
        Some(directory) => Digits::mnist(directory)?,
        None => Digits::uci()?.split(1200)?,
    };
    let held_out = held_out.first(options.images.unwrap_or(usize::MAX))?;
    run(&session, &training, &held_out, &options).map(drop)
}

/// The network; whoever knows it knows how many numbers it has, and not which.
fn network<E: Engine>(engine: &E, digits: &Digits) -> Result<Sequential<E>, E::Error> {
    let generator = Generator::new(engine, 1);
    let (_, channels, height, width) = digits.images.dim();
    let (eye, features) = eye(&generator, [channels, height, width])?;
    Ok(eye.push(Linear::new(&generator, features, 64)?).push(ReLU).push(Linear::new(
        &generator,
        64,
        Digits::CLASSES,
    )?))
}

/// Both parties' program. Returns the labels as party 1 learns them.
fn run(session: &Session, training: &Digits, held_out: &Digits, options: &Options) -> Result<Vec<f64>> {
    // Party 0 trains in the clear; its state dict is the secret. The other one waits.
    let trained = match session.rank() {
        0 => Some(train(training, held_out, options.epochs)?),
        _ => None,
    };
    session.barrier()?;

    // Both build the network; its numbers become party 0's, encrypted.
    let network = network(session, held_out)?;
    network.eval();
    network.requires_grad(false);
    network.encrypt_state(trained.as_ref(), 0)?;

    // Party 1's images go through it, and the labels come back to party 1 alone.
    let owner = session.rank() == 1;
    let bar = progress("encrypted", held_out.labels.len() as u64, owner);
    let (mut labels, mut batches) = (Vec::new(), Vec::new());
    for images in held_out.images.axis_chunks_iter(Axis(0), options.batch) {
        let (opened, spent) = Spent::on(session, || {
            let images = Var::from(&session.cryptensor(images, 1)?);
            classify(&network, &images)?.get_plain_text_to(1)
        });
        labels.extend(opened?.into_iter().flatten());
        batches.push(spent);
        bar.inc(images.len_of(Axis(0)) as u64);
    }
    bar.finish_and_clear();

    if owner {
        println!("encrypted {:.2} % of the same digits recognised", accuracy(&labels, &held_out.labels));
        // The first batch also masks the weights.
        println!("a batch   of {} images, the first: {}", options.batch.min(labels.len()), batches[0]);
        batches.sort_by_key(|spent| spent.elapsed);
        println!("          the median of {}: {}", batches.len(), batches[batches.len() / 2]);
        println!("{}", opened(session));
    }
    Ok(labels)
}

/// Party 0 in the clear: PyTorch's steps, on the plaintext engine.
fn train(training: &Digits, held_out: &Digits, epochs: usize) -> Result<StateDict<PlainTensor>> {
    let network = network(&Plain::default(), training)?;
    println!("data      {}: {} digits to train on", training.source, training.labels.len());
    let recipe = Recipe { epochs, batch: 32, rate: 0.05, momentum: 0.9 };
    println!("training  in the clear, {}", seconds(fit_in_clear(&network, training, recipe)?));

    // To compare with; party 0 of a real session would have no such images.
    let predicted = classify_in_clear(&network, held_out)?;
    println!("clear     {:.2} % of the held-out digits recognised", accuracy(&predicted, &held_out.labels));
    Ok(network.state_dict())
}

#[cfg(test)]
mod tests {
    use crypten::ProviderKind;

    use super::*;

    #[test]
    fn labels_do_not_depend_on_who_makes_the_randomness() {
        let (training, test) = Digits::uci().and_then(|digits| digits.split(300)).expect("the file is whole");
        let images = test.first(2).expect("more than two");
        let options = Options::parse_from(["private_digits", "--epochs", "5"]);
        let program = |session: &Session| Ok(run(session, &training, &images, &options));
        let learnt = |provider| -> [Vec<f64>; 2] {
            let parties = crypten::local(2, provider, program).expect("both parties join");
            let parties: Vec<_> = parties.into_iter().map(|end| end.expect("both end well")).collect();
            parties.try_into().expect("there are two")
        };

        let clear = network(&Plain::default(), &images).expect("the images are large enough");
        let state = train(&training, &images, 5).expect("the images fit");
        clear.load_state_dict(&state).expect("it is the same network");
        let labels =
            Vec::from_iter(classify_in_clear(&clear, &images).expect("the images fit").iter().copied());
        assert_eq!(learnt(ProviderKind::Dealer), [Vec::new(), labels.clone()]);
        assert_eq!(learnt(ProviderKind::Paillier), [Vec::new(), labels]);
    }
}
