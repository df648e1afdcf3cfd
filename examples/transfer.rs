//! Transfer learning: one party's network is fine-tuned on another's images; the network stays hidden, and so do they.
//!
//! `cargo run --release --example transfer`. Party 0 has trained a network in the clear. Party 1's camera is mounted
//! differently: its digits stand one pixel further to the right, and the network recognises them badly. It has labelled
//! a hundred of them. The network is encrypted, its last layer is trained further on those images, and then it
//! classifies party 1's other images. Party 1 learns the labels, and nobody anything else.
#![expect(clippy::print_stdout, reason = "an example that prints what it finds")]

use anyhow::{Context, Result};
use clap::Parser;
use crypten::autograd::{Engine, Plain, Var};
use crypten::ndarray::s;
use crypten::nn::{Forward, Generator, Linear, Module, Sequential};
use crypten::{Encrypt, PlainText, Session};
use crypten_examples::{
    Digits, Parties, Recipe, Spent, accuracy, classify, classify_in_clear, eye, fit, fit_in_clear, opened,
    progress, seconds,
};
use indicatif::ProgressBar;

/// A network of one party that learns from another's images.
#[derive(Parser)]
struct Options {
    /// Epochs of training in the clear.
    #[arg(long, default_value_t = 20)]
    epochs: usize,
    /// Epochs of fine-tuning under encryption.
    #[arg(long, default_value_t = 20)]
    tuning: usize,
    /// How many images party 1 has labelled.
    #[arg(long, default_value_t = 100)]
    labelled: usize,
    #[command(flatten)]
    parties: Parties,
}

fn main() -> Result<()> {
    let options = Options::parse();
    // The first process starts the parties; from here on there are two of us.
    let Some(session) = options.parties.start()? else { return Ok(()) };
    let (owners, others) = Digits::uci()?.split(1200)?;
    run(&session, &owners, moved(others), &options).map(drop)
}

/// The images of party 1: one pixel to the right.
fn moved(digits: Digits) -> Digits {
    let mut images = digits.images.clone();
    images.slice_mut(s![.., .., .., 1..]).assign(&digits.images.slice(s![.., .., .., ..-1]));
    images.slice_mut(s![.., .., .., 0]).fill(0.0);
    Digits { images, ..digits }
}

/// A network in two parts.
#[derive(Module)]
struct Network<E: Engine> {
    /// Sees edges and corners, and stays as party 0 has trained it.
    body: Sequential<E>,
    /// Tells digits by them, and learns on.
    head: Linear<E>,
}

impl<E: Engine> Network<E> {
    fn new(engine: &E) -> Result<Self, E::Error> {
        let generator = Generator::new(engine, 1);
        let (body, features) = eye(&generator, [1, 8, 8])?;
        Ok(Self { body, head: Linear::new(&generator, features, Digits::CLASSES)? })
    }

    /// Trains the head further on what the body, now frozen, sees in new images.
    fn tune(&self, images: &Var<E>, labels: &Var<E>, recipe: Recipe, bar: &ProgressBar) -> Result<()> {
        self.body.requires_grad(false);
        let seen = self.body.forward(images)?;
        fit(&self.head, &seen, labels, recipe, |_loss| bar.inc(1))
    }
}

impl<E: Engine> Forward<E> for Network<E> {
    fn forward(&self, images: &Var<E>) -> Result<Var<E>, E::Error> {
        self.head.forward(&self.body.forward(images)?)
    }
}

/// Both parties' program. Returns how many percent of party 1's new images are recognised: at party 1 by the encrypted
/// network, at party 0 by the same in the clear.
fn run(session: &Session, owners: &Digits, others: Digits, options: &Options) -> Result<f64> {
    let (labelled, new) = others.split(options.labelled)?;
    let tuning = Recipe { epochs: options.tuning, batch: 25, rate: 0.05, momentum: 0.9 };

    // Party 0 trains in the clear, on its own images; the other one waits.
    let trained = match session.rank() {
        0 => Some(train(owners, options.epochs)?),
        _ => None,
    };
    session.barrier()?;

    // Both build the network; its numbers become party 0's, encrypted. Labels and images are party 1's.
    let network = Network::new(session)?;
    let owned = trained.as_ref().map(Module::state_dict);
    network.encrypt_state(owned.as_ref(), 0)?;
    let images = Var::from(&session.cryptensor(&labelled.images, 1)?);
    let labels = Var::from(&session.cryptensor(labelled.one_hot(), 1)?);
    let bar = progress("tuning", tuning.steps(labelled.labels.len()), session.rank() == 1);
    let (tuned, tuning_cost) = Spent::on(session, || network.tune(&images, &labels, tuning, &bar));
    tuned?;
    bar.finish_and_clear();

    let (predicted, testing_cost) = Spent::on(session, || {
        let images = Var::from(&session.cryptensor(&new.images, 1)?);
        classify(&network, &images)?.get_plain_text_to(1)
    });
    if let Some(predicted) = predicted? {
        let secret = accuracy(&predicted, &new.labels);
        println!("tuning    under encryption on {} labelled images: {tuning_cost}", labelled.labels.len());
        println!("testing   {} new images: {testing_cost}", new.labels.len());
        println!("secret    {secret:.2} % of the new images recognised");
        println!("{}", opened(session));
        return Ok(secret);
    }

    // Party 0 tunes its network in the clear, to compare with: a real one would have no such images.
    let twin = trained.context("party 0 has trained a network")?;
    let recognised = || Ok::<_, anyhow::Error>(accuracy(&classify_in_clear(&twin, &new)?, &new.labels));
    let before = recognised()?;
    let engine = Plain::default();
    let images = Var::constant(&engine, labelled.images.clone())?;
    let labels = Var::constant(&engine, labelled.one_hot())?;
    twin.tune(&images, &labels, tuning, &ProgressBar::hidden())?;
    let after = recognised()?;
    println!("clear     {before:.2} % of the new images recognised before tuning, {after:.2} % after");
    Ok(after)
}

/// Party 0 in the clear: PyTorch's steps, on the plaintext engine.
fn train(digits: &Digits, epochs: usize) -> Result<Network<Plain>> {
    let network = Network::new(&Plain::default())?;
    let elapsed = fit_in_clear(&network, digits, Recipe { epochs, batch: 32, rate: 0.1, momentum: 0.9 })?;
    let known = accuracy(&classify_in_clear(&network, digits)?, &digits.labels);
    println!("training  in the clear on {} images: {}", digits.labels.len(), seconds(elapsed));
    println!("clear     {known:.2} % of these recognised");
    Ok(network)
}

#[cfg(test)]
mod tests {
    use crypten::ProviderKind;

    use super::*;

    #[test]
    fn tuning_under_encryption_is_tuning_in_the_clear() {
        let (owners, others) = Digits::uci().and_then(|digits| digits.split(200)).expect("the file is whole");
        let options = Options::parse_from(["transfer", "--epochs", "4", "--tuning", "4", "--labelled", "50"]);
        let others = moved(others.first(130).expect("there are more"));
        let program = |session: &Session| Ok(run(session, &owners, others.clone(), &options));
        let parties = crypten::local(2, ProviderKind::Dealer, program).expect("both parties join");
        let recognised: Vec<f64> = parties.into_iter().map(|end| end.expect("both end well")).collect();
        assert!(recognised[0] > 40.0 && (recognised[0] - recognised[1]).abs() <= 3.0, "{recognised:?}");
    }
}
