//! A linear support vector machine, trained on columns that two parties own: neither sees the other's, nobody the model.
//!
//! `cargo run --release --example linear_svm`. Party 0 has half of the features and the labels, party 1 the other half.
//! The machine is one linear layer `f`; a row `x` of class `y`, 1 or -1, costs `max(0, 1 - y f(x))`: the hinge loss.
//! Both parties run the same program, which is also its own twin in the clear: [`train`] knows no party.
#![expect(clippy::print_stdout, reason = "an example that prints what it finds")]

use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Parser;
use crypten::autograd::{Engine, Plain, Var};
use crypten::ndarray::s;
use crypten::nn::{Forward, Generator, Linear, Module, Optimizer, SGD};
use crypten::{PlainText, Session};
use crypten_examples::{Parties, Spent, Table, opened, progress, seconds};
use indicatif::ProgressBar;

/// A support vector machine of two parties' columns.
#[derive(Parser)]
struct Options {
    /// Steps of gradient descent, each over all rows.
    #[arg(long, default_value_t = 50)]
    epochs: usize,
    /// The learning rate.
    #[arg(long, default_value_t = 0.5)]
    rate: f64,
    /// Rows drawn at random to train on, and a quarter more to test with.
    #[arg(long, default_value_t = 1000)]
    examples: usize,
    /// Features drawn at random.
    #[arg(long, default_value_t = 100)]
    features: usize,
    #[command(flatten)]
    parties: Parties,
}

fn main() -> Result<()> {
    let options = Options::parse();
    ensure!(options.examples >= 4 && options.features >= 2, "too few rows or features to split");
    // The first process starts the parties; from here on there are two of us.
    let Some(session) = options.parties.start()? else { return Ok(()) };
    println!(
        "I am party {} and own {}",
        session.rank(),
        ["features and labels", "other features"][session.rank()]
    );

    let drawn = Table::gaussian(options.examples + options.examples / 4, options.features, 1)?;
    compare(&session, "gaussian", &drawn, options.examples, &options)?;
    let cancer = Table::breast_cancer()?.standardised(400);
    compare(&session, "breast cancer", &cancer, 400, &options)?;
    if session.rank() == 0 {
        println!("{}", opened(&session));
    }
    Ok(())
}

/// The machine on the engine of its inputs: the parties', or the one in the clear.
fn train<E: Engine>(x: &Var<E>, y: &Var<E>, options: &Options, bar: &ProgressBar) -> Result<Linear<E>> {
    let machine = Linear::new(&Generator::new(x.engine(), 1), x.shape()[1], 1)?;
    let mut optimizer = SGD::new(machine.parameters(), options.rate)?;
    for _ in 0..options.epochs {
        let margin = (y * machine.forward(x)?)?;
        let hinge = (1 - margin)?.relu()?.mean_all()?;
        optimizer.zero_grad();
        hinge.backward()?;
        optimizer.step()?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(machine)
}

/// The share of rows that lie on the side of their class.
fn right<E: Engine>(machine: &Linear<E>, x: &Var<E>, y: &Var<E>) -> Result<Var<E>, E::Error> {
    (y * machine.forward(x)?)?.gt(0.0)?.mean_all()
}

/// Trains under encryption on the first `count` rows, then in the clear, and prints one beside the other. Returns the
/// shares of right answers: in training and on held-out rows, under encryption and then in the clear.
fn compare(
    session: &Session,
    name: &str,
    table: &Table,
    count: usize,
    options: &Options,
) -> Result<[f64; 4]> {
    let (training, held_out) = table.split(count);

    // Both processes have the table, for it comes with the example; of each part its owner's numbers count alone.
    let (x, y) = secret(session, &training)?;
    let bar = progress("encrypted", options.epochs as u64, session.rank() == 0);
    let (machine, spent) = Spent::on(session, || train(&x, &y, options, &bar));
    let machine = machine?;
    let known = right(&machine, &x, &y)?.get_plain_text()?; // opened: one number
    let (x, y) = secret(session, &held_out)?;
    let new = right(&machine, &x, &y)?.get_plain_text()?; // and another

    // What the parties can only do here: all columns in one place.
    let clear = |table: &Table| -> Result<(Var<Plain>, Var<Plain>)> {
        let engine = Plain::default();
        Ok((Var::constant(&engine, table.features.clone())?, Var::constant(&engine, table.classes.clone())?))
    };
    let (x, y) = clear(&training)?;
    let started = Instant::now();
    let twin = train(&x, &y, options, &ProgressBar::hidden())?;
    let clear_time = started.elapsed();
    let known_clear = right(&twin, &x, &y)?.value();
    let (x, y) = clear(&held_out)?;
    let new_clear = right(&twin, &x, &y)?.value();

    let shares = [known.sum(), new.sum(), known_clear.sum(), new_clear.sum()];
    if session.rank() == 0 {
        let [known, new, known_clear, new_clear] = shares.map(|share| 100.0 * share);
        let ((rows, features), tests) = (training.features.dim(), held_out.features.nrows());
        println!("{name}, {features} features: {rows} rows to train on, {tests} held out");
        println!("            training   held out   time and traffic of the training");
        println!("  secret    {known:6.2} %   {new:6.2} %   {spent}");
        println!("  clear     {known_clear:6.2} %   {new_clear:6.2} %   {}", seconds(clear_time));
    }
    Ok(shares)
}

/// The features of both parties side by side, and the labels of party 0.
fn secret(session: &Session, table: &Table) -> Result<(Var<Session>, Var<Session>)> {
    let half = table.features.ncols() / 2;
    let left = session.cryptensor(table.features.slice(s![.., ..half]), 0)?;
    let right = session.cryptensor(table.features.slice(s![.., half..]), 1)?;
    let labels = session.cryptensor(&table.classes, 0)?;
    Ok((Var::from(&crypten::cat(&[&left, &right], 1)?), Var::from(&labels)))
}

#[cfg(test)]
mod tests {
    use crypten::ProviderKind;

    use super::*;

    #[test]
    fn a_secret_machine_is_as_good_as_its_twin() {
        let options = Options::parse_from(["linear_svm", "--epochs", "8"]);
        let table = Table::gaussian(120, 6, 1).expect("any size can be drawn");
        let program = |session: &Session| Ok(compare(session, "drawn", &table, 80, &options));
        let parties =
            crypten::local(2, ProviderKind::InsecureFirstParty, program).expect("both parties join");
        for shares in parties {
            let [known, new, known_clear, new_clear] = shares.expect("both parties end well");
            assert!(known > 0.8 && (known - known_clear).abs() < 0.03, "{known}, {known_clear}");
            assert!((new - new_clear).abs() < 0.06, "{new}, {new_clear}");
        }
    }
}
