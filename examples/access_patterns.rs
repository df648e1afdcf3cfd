//! Who owns what: five ways to bring secrets together, one after the other, each beside its result in the clear.
//!
//! `cargo run --release --example access_patterns`. Two clinics have numbers of tumours and want to tell the benign ones
//! from the others. All that differs from one case to the next is who encrypts which tensor, and to whom what is opened:
//! [`train`] and [`probabilities`] never change.
#![expect(clippy::print_stdout, reason = "an example that prints what it finds")]

use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use crypten::autograd::{Engine, Plain, PlainTensor, Var};
use crypten::ndarray::{Array2, ArrayView2, s};
use crypten::nn::{BCEWithLogitsLoss, Forward, Generator, Linear, Loss, Module, Optimizer, SGD};
use crypten::{Encrypt, PlainText, Session};
use crypten_examples::{Parties, Spent, Table, accuracy, opened, progress, seconds};
use indicatif::ProgressBar;

/// Five ways to bring secrets together.
#[derive(Parser)]
struct Options {
    /// Steps of gradient descent, each over all rows.
    #[arg(long, default_value_t = 20)]
    epochs: usize,
    #[command(flatten)]
    parties: Parties,
}

fn main() -> Result<()> {
    let options = Options::parse();
    // The first process starts the parties; from here on there are two of us.
    let Some(session) = options.parties.start()? else { return Ok(()) };
    run(&session, options.epochs).map(drop)
}

/// A logistic regression: the same lines in the clear and under encryption.
fn train<E: Engine>(x: &Var<E>, benign: &Var<E>, epochs: usize, bar: &ProgressBar) -> Result<Linear<E>> {
    let model = Linear::new(&Generator::new(x.engine(), 1), x.shape()[1], 1)?;
    let mut optimizer = SGD::new(model.parameters(), 1.0)?;
    for _ in 0..epochs {
        optimizer.zero_grad();
        BCEWithLogitsLoss::default().forward(&model.forward(x)?, benign)?.backward()?;
        optimizer.step()?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(model)
}

/// How likely each row is benign.
fn probabilities<E: Engine>(model: &Linear<E>, x: &Var<E>) -> Result<Var<E>, E::Error> {
    model.forward(x)?.sigmoid()
}

/// All five, in order. Returns, for each of which this party learns the result, how far its probabilities are from those
/// in the clear, at most, and how many percent of the new patients they tell right.
fn run(session: &Session, epochs: usize) -> Result<Vec<[f64; 2]>> {
    let (known, new) = Table::breast_cancer()?.standardised(400).split(400);
    let (x, benign) = (known.features, known.classes.mapv(|class| f64::from(u8::from(class > 0.0))));
    let patients = new.features;
    let truth = Vec::from_iter(new.classes.iter().map(|&class| usize::from(class > 0.0)));

    // In the clear, to compare with.
    let engine = Plain::default();
    let in_clear = |numbers: &Array2<f64>| Var::constant(&engine, numbers.clone());
    let started = Instant::now();
    let clear = train(&in_clear(&x)?, &in_clear(&benign)?, epochs, &ProgressBar::hidden())?;
    let clear_time = started.elapsed();
    let likely = probabilities(&clear, &in_clear(&patients)?)?.value();
    let right = |answers: &PlainTensor| accuracy(answers, &truth);
    println!(
        "{:32} {:.1} % of new patients told right; {}",
        "in the clear",
        right(&likely),
        seconds(clear_time)
    );

    let mut learnt = Vec::new();
    let mut report = |what: &str, answers: Option<PlainTensor>, spent: Spent| {
        let Some(answers) = answers else { return };
        let off = (&answers - &likely).iter().fold(0.0_f64, |most, off| most.max(off.abs()));
        let right = right(&answers);
        println!("{what:32} {right:.1} %, probabilities off by at most {off:.5}; {spent}");
        learnt.push([off, right]);
    };

    // The numbers of one party: both processes have the table here, and only those of the owner count.
    let of = |owner, numbers: ArrayView2<'_, f64>| session.cryptensor(numbers, owner).map(|x| Var::from(&x));

    // A hidden model: party 0 has trained one, and party 1 has new patients. The answers are opened to party 1 alone.
    let model = Linear::new(&Generator::new(session, 1), 30, 1)?;
    let trained = (session.rank() == 0).then(|| clear.state_dict());
    model.encrypt_state(trained.as_ref(), 0)?;
    let (answers, spent) =
        Spent::on(session, || probabilities(&model, &of(1, patients.view())?)?.get_plain_text_to(1));
    report("model of 0, patients of 1", answers?.map(PlainTensor::from), spent);

    // From here on they train a model. Opened to both, it is public and serves them in the clear.
    let train_secret = |x: &Var<Session>, benign: &Var<Session>| {
        let bar = progress("encrypted", epochs as u64, session.rank() == 0);
        let (model, spent) = Spent::on(session, || train(x, benign, epochs, &bar));
        model.map(|model| (model, spent))
    };
    let opened_to_both = |model: &Linear<Session>| -> Result<Option<PlainTensor>> {
        model.decrypt()?;
        let answers = probabilities(model, &Var::constant(session, patients.clone())?)?;
        Ok(Some(answers.get_plain_text()?.into_shared()))
    };

    // Columns of both: they know different things about the same patients.
    let columns = [of(0, x.slice(s![.., ..15]))?, of(1, x.slice(s![.., 15..]))?];
    let (model, spent) = train_secret(&Var::cat(&columns.each_ref(), 1)?, &of(0, benign.view())?)?;
    report("columns of both, model to both", opened_to_both(&model)?, spent);

    // Rows of both: they know the same things about different patients.
    let rows = [of(0, x.slice(s![..150, ..]))?, of(1, x.slice(s![150.., ..]))?];
    let labels = [of(0, benign.slice(s![..150, ..]))?, of(1, benign.slice(s![150.., ..]))?];
    let (model, spent) = train_secret(&Var::cat(&rows.each_ref(), 0)?, &Var::cat(&labels.each_ref(), 0)?)?;
    report("rows of both, model to both", opened_to_both(&model)?, spent);

    // Labels apart: party 0 has looked at the cells, party 1 knows what became of the patients. The model stays hidden:
    // both learn how likely new patients are benign, and nothing else.
    let (model, spent) = train_secret(&of(0, x.view())?, &of(1, benign.view())?)?;
    let answers = probabilities(&model, &of(0, patients.view())?)?.get_plain_text()?;
    report("features of 0, labels of 1", Some(answers.into_shared()), spent);

    // An output for one: the whole model, as a state dict, for party 0. Party 1 gets nothing.
    let (state, spent) = Spent::on(session, || model.decrypt_to(0));
    if let Some(state) = state? {
        let model = Linear::new(&Generator::new(&engine, 1), 30, 1)?;
        model.load_state_dict(&state)?;
        let answers = probabilities(&model, &in_clear(&patients)?)?.value();
        report("the same, the model to 0", Some(answers), spent);
    }

    if session.rank() == 0 {
        println!("{}", opened(session));
    }
    Ok(learnt)
}

#[cfg(test)]
mod tests {
    use crypten::ProviderKind;

    use super::*;

    #[test]
    fn every_pattern_gives_what_the_clear_gives() {
        let program = |session: &Session| Ok(run(session, 3));
        let parties = crypten::local(2, ProviderKind::Dealer, program).expect("both parties join");
        for (outcomes, learnt) in parties.into_iter().zip([4, 4]) {
            let outcomes = outcomes.expect("both parties end well");
            assert_eq!(outcomes.len(), learnt);
            assert!(outcomes.iter().all(|&[off, right]| off < 2e-3 && right > 90.0), "{outcomes:?}");
        }
    }
}
