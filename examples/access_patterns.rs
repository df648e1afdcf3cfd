//! Who owns what: five ways to bring secrets together, one after the other, each beside its result in the clear.
//!
//! `cargo run --release --example access_patterns`. Two clinics have numbers of tumours and want to tell the benign ones
//! from the others. All that differs from one case to the next is who encrypts which tensor, and to whom what is opened:
//! [`train`] and [`probabilities`] never change.
#![expect(clippy::print_stdout, reason = "an example that prints what it finds")]

use anyhow::Result;
use crypten::autograd::{Engine, Plain, PlainTensor, Var};
use crypten::ndarray::{ArrayD, ArrayView2, s};
use crypten::nn::{BCEWithLogitsLoss, Forward, Generator, Linear, Loss, Module, Optimizer, SGD};
use crypten::{Encrypt, PlainText, ProviderKind, Session};
use crypten_examples::{Table, opened, start};

fn main() -> Result<()> {
    // The first process starts the parties; from here on there are two of us.
    let Some(session) = start(ProviderKind::Dealer)? else { return Ok(()) };
    run(&session, 20).map(drop)
}

/// A logistic regression: the same lines in the clear and under encryption.
fn train<E: Engine>(x: &Var<E>, benign: &Var<E>, epochs: usize) -> Result<Linear<E>> {
    let model = Linear::new(&Generator::new(x.engine(), 1), x.shape()[1], 1)?;
    let mut optimizer = SGD::new(model.parameters(), 1.0)?;
    for _ in 0..epochs {
        optimizer.zero_grad();
        BCEWithLogitsLoss::default().forward(&model.forward(x)?, benign)?.backward()?;
        optimizer.step()?;
    }
    Ok(model)
}

/// How likely each row is benign.
fn probabilities<E: Engine>(model: &Linear<E>, x: &Var<E>) -> Result<Var<E>, E::Error> {
    model.forward(x)?.sigmoid()
}

/// All five, in order. Returns how far each result that this party learns is from the one in the clear.
fn run(session: &Session, epochs: usize) -> Result<Vec<f64>> {
    let (known, new) = Table::breast_cancer()?.standardised(400).split(400);
    let (x, benign) = (known.features, known.classes.mapv(|class| f64::from(u8::from(class > 0.0))));

    // In the clear, to compare with.
    let engine = Plain::default();
    let clear = train(&Var::constant(&engine, x.clone())?, &Var::constant(&engine, benign.clone())?, epochs)?;
    let likely = probabilities(&clear, &Var::constant(&engine, new.features.clone())?)?.value();
    let weights = clear.weight().value();
    let mut differences = Vec::new();
    let mut report = |what: &str, result: Option<ArrayD<f64>>, clear: &PlainTensor| {
        let Some(result) = result else { return };
        let off = (&result - clear).iter().fold(0.0_f64, |most, off| most.max(off.abs()));
        println!("{what:38} I learn {} numbers, off by at most {off:.5}", result.len());
        differences.push(off);
    };

    // The numbers of one party: both processes have the table here, and only those of the owner count.
    let of = |owner, numbers: ArrayView2<'_, f64>| session.cryptensor(numbers, owner).map(|x| Var::from(&x));

    // A hidden model: party 0 has trained one, and party 1 has new patients. The answers are opened to party 1 alone.
    let model = Linear::new(&Generator::new(session, 1), 30, 1)?;
    let trained = (session.rank() == 0).then(|| clear.state_dict());
    model.encrypt_state(trained.as_ref(), 0)?;
    let answers = probabilities(&model, &of(1, new.features.view())?)?.get_plain_text_to(1)?;
    report("model of 0, patients of 1", answers, &likely);

    // Columns of both: they know different things about the same patients.
    let columns = [of(0, x.slice(s![.., ..15]))?, of(1, x.slice(s![.., 15..]))?];
    let model = train(&Var::cat(&columns.each_ref(), 1)?, &of(0, benign.view())?, epochs)?;
    report("columns of both, weights to both", Some(model.weight().get_plain_text()?), &weights);

    // Rows of both: they know the same things about different patients.
    let rows = [of(0, x.slice(s![..150, ..]))?, of(1, x.slice(s![150.., ..]))?];
    let labels = [of(0, benign.slice(s![..150, ..]))?, of(1, benign.slice(s![150.., ..]))?];
    let model = train(&Var::cat(&rows.each_ref(), 0)?, &Var::cat(&labels.each_ref(), 0)?, epochs)?;
    report("rows of both, weights to both", Some(model.weight().get_plain_text()?), &weights);

    // Labels apart: party 0 has looked at the cells, party 1 knows what became of the patients.
    let model = train(&of(0, x.view())?, &of(1, benign.view())?, epochs)?;
    report("features of 0, labels of 1", Some(model.weight().get_plain_text()?), &weights);

    // An output for one: the whole model, as a state dict, for party 0. Party 1 gets nothing.
    let state = model.decrypt_to(0)?;
    let opened_weights = state.and_then(|state| state.tensor("weight").map(|weight| weight.to_owned()));
    report("the same, the model to 0", opened_weights, &weights);

    if session.rank() == 0 {
        println!("{}", opened(session));
    }
    Ok(differences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_gives_what_the_clear_gives() {
        let program = |session: &Session| Ok(run(session, 3));
        let parties = crypten::local(2, ProviderKind::Dealer, program).expect("both parties join");
        for (differences, learnt) in parties.into_iter().zip([4, 4]) {
            let differences = differences.expect("both parties end well");
            assert_eq!(differences.len(), learnt);
            assert!(differences.iter().all(|&off| off < 2e-3), "{differences:?}");
        }
    }
}
