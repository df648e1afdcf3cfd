//! Networks in the clear: what a party trains before a session, and the twins that secret ones are compared with.

use std::time::{Duration, Instant};

use anyhow::Result;
use crypten::autograd::{Plain, PlainTensor, Var};
use crypten::nn::Forward;

use crate::{Digits, Recipe, classify, fit, progress};

/// Trains a classifier of digits with [`fit`], behind a bar that shows the loss, and tells how long it has taken.
///
/// # Errors
/// If the network does not take such images.
pub fn fit_in_clear(network: &impl Forward<Plain>, digits: &Digits, recipe: Recipe) -> Result<Duration> {
    let engine = Plain::default();
    let images = Var::constant(&engine, digits.images.clone())?;
    let labels = Var::constant(&engine, digits.one_hot())?;
    let (started, bar) = (Instant::now(), progress("clear", recipe.steps(digits.labels.len()), true));
    fit(network, &images, &labels, recipe, |loss| {
        bar.inc(1);
        bar.set_message(format!("loss {:.3}", loss.value().sum()));
    })?;
    bar.finish_and_clear();
    Ok(started.elapsed())
}

/// What a classifier takes digits for.
///
/// # Errors
/// If the network does not take such images.
pub fn classify_in_clear(network: &impl Forward<Plain>, digits: &Digits) -> Result<PlainTensor> {
    Ok(classify(network, &Var::constant(&Plain::default(), digits.images.clone())?)?.value())
}
