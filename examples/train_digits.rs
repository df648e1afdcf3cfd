//! A convolutional network that is trained under encryption: one party owns images, the other knows what they show.
//!
//! `cargo run --release --example train_digits`. Neither party sees the other's data, and nobody sees the network, its
//! gradients or its loss; at the end party 1 learns what the network makes of held-out images, and nothing else is
//! opened. The same code then trains the network's twin in the clear: only the engine differs. The training loop, which
//! is PyTorch's, stands in `shared/fit.rs`.
#![expect(clippy::print_stdout, reason = "an example that prints what it finds")]

use anyhow::{Result, ensure};
use clap::Parser;
use crypten::autograd::{Engine, Plain, Var};
use crypten::nn::{Generator, Linear, Sequential};
use crypten::{PlainText, Session};
use crypten_examples::{
    Digits, Parties, Recipe, Spent, accuracy, classify, classify_in_clear, eye, fit, fit_in_clear, opened,
    progress, seconds,
};

/// A network that learns handwritten digits under encryption.
#[derive(Parser)]
struct Options {
    /// How often every image is seen.
    #[arg(long, default_value_t = 10)]
    epochs: usize,
    /// Images to a step.
    #[arg(long, default_value_t = 50)]
    batch: usize,
    /// How many of the 1797 images are trained on; the others are held out.
    #[arg(long, default_value_t = 1200)]
    images: usize,
    #[command(flatten)]
    parties: Parties,
}

fn main() -> Result<()> {
    let options = Options::parse();
    ensure!(options.batch > 0 && options.epochs > 0, "--batch and --epochs are at least 1");
    // The first process starts the parties; from here on there are two of us.
    let Some(session) = options.parties.start()? else { return Ok(()) };
    let (training, held_out) = Digits::uci()?.split(options.images)?;
    run(&session, &training, &held_out, &options).map(drop)
}

/// The network. Its first numbers follow from a seed and are public; what the first step makes of them is not.
fn network<E: Engine>(engine: &E) -> Result<Sequential<E>, E::Error> {
    let generator = Generator::new(engine, 1);
    let (eye, features) = eye(&generator, [1, 8, 8])?;
    Ok(eye.push(Linear::new(&generator, features, Digits::CLASSES)?))
}

/// Both parties' program. Party 1 returns the accuracies on the held-out images: of the secret network, of its twin.
fn run(
    session: &Session,
    training: &Digits,
    held_out: &Digits,
    options: &Options,
) -> Result<Option<[f64; 2]>> {
    let recipe = Recipe { epochs: options.epochs, batch: options.batch, rate: 0.2, momentum: 0.9 };

    // Both processes have the digits, for they come with the examples; of a tensor its owner's numbers count alone.
    let images = Var::from(&session.cryptensor(&training.images, 0)?);
    let labels = Var::from(&session.cryptensor(training.one_hot(), 1)?);
    let new_images = Var::from(&session.cryptensor(&held_out.images, 0)?);

    // The loss is there after each step, encrypted. To open it would tell both parties how well they do; we do not.
    let bar = progress("encrypted", recipe.steps(training.labels.len()), session.rank() == 1);
    let network_of_both = network(session)?;
    let (trained, training_cost) =
        Spent::on(session, || fit(&network_of_both, &images, &labels, recipe, |_loss| bar.inc(1)));
    trained?;
    bar.finish_and_clear();

    let (predicted, testing_cost) =
        Spent::on(session, || classify(&network_of_both, &new_images)?.get_plain_text_to(1));
    // Party 1 knows what the images show. Party 0 ends here.
    let Some(predicted) = predicted? else { return Ok(None) };
    let secret = accuracy(&predicted, &held_out.labels);

    // The twin: what the parties could do if one of them had everything.
    let twin = network(&Plain::default())?;
    let clear_time = fit_in_clear(&twin, training, recipe)?;
    let predicted_clear = classify_in_clear(&twin, held_out)?;
    let clear = accuracy(&predicted_clear, &held_out.labels);
    let agree = predicted.iter().zip(&predicted_clear).filter(|(one, other)| one == other).count();

    println!("data      {}: {} to train on", training.source, training.labels.len());
    println!("training  {} epochs of {} images to a step: {training_cost}", recipe.epochs, recipe.batch);
    println!("          in the clear: {}", seconds(clear_time));
    println!("testing   {} held-out images: {testing_cost}", held_out.labels.len());
    println!("secret    {secret:.2} % of the held-out digits recognised");
    println!("clear     {clear:.2} %; both agree on {agree} of {}", held_out.labels.len());
    println!("{}", opened(session));
    Ok(Some([secret, clear]))
}

#[cfg(test)]
mod tests {
    use crypten::ProviderKind;

    use super::*;

    #[test]
    fn a_secret_network_learns_what_its_twin_learns() {
        let options = Options::parse_from(["train_digits"]);
        let digits = Digits::uci().and_then(|digits| digits.split(options.images));
        let (training, held_out) = digits.expect("the file is whole");
        let program = |session: &Session| Ok(run(session, &training, &held_out, &options));
        let mut parties = crypten::local(2, ProviderKind::Dealer, program).expect("both parties join");
        let [secret, clear] =
            parties.pop().expect("two").expect("party 1 ends well").expect("it has the labels");
        assert!(parties.pop().expect("two").expect("party 0 ends well").is_none());
        assert!(secret >= 95.0 && (secret - clear).abs() <= 1.0, "{secret} %, {clear} %");
    }
}
