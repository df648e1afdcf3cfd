//! The training loop of the examples, once for all engines: in the clear, and among parties.

use anyhow::Result;
use crypten::autograd::{Engine, Var, no_grad};
use crypten::nn::{CrossEntropyLoss, Forward, Loss, Optimizer, SGD, SGDOptions};

use crate::shuffled;

/// How a classifier is trained.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// How often every example is seen.
    pub epochs: usize,
    /// How many examples are seen together.
    pub batch: usize,
    /// The learning rate.
    pub rate: f64,
    /// How much of the last step goes into the next.
    pub momentum: f64,
}

impl Recipe {
    /// How many steps it takes for so many examples.
    #[must_use]
    pub fn steps(&self, examples: usize) -> u64 {
        (self.epochs * examples.div_ceil(self.batch)) as u64
    }
}

/// Trains a classifier by gradient descent with momentum. `after` hears the loss of each step as the engine has it: a
/// secret one stays secret unless somebody opens it.
///
/// # Shapes
/// Examples `[n, ..]` and labels `[n, classes]`, one-hot.
///
/// # Errors
/// If the shapes do not fit, or the engine fails.
pub fn fit<E: Engine>(
    network: &impl Forward<E>,
    examples: &Var<E>,
    labels: &Var<E>,
    recipe: Recipe,
    mut after: impl FnMut(&Var<E>),
) -> Result<()> {
    let Recipe { epochs, batch, rate, momentum } = recipe;
    let options = SGDOptions { momentum, ..SGDOptions::default() };
    let mut optimizer = SGD::with_options(network.parameters(), rate, options)?;
    for epoch in 0..epochs {
        // The order is public, and the same at every party.
        for batch in shuffled(examples.shape()[0], epoch as u64).chunks(batch) {
            let scores = network.forward(&examples.index_select(0, batch)?)?;
            let loss = CrossEntropyLoss::default().forward(&scores, &labels.index_select(0, batch)?)?;
            optimizer.zero_grad();
            loss.backward()?;
            optimizer.step()?;
            after(&loss);
        }
    }
    Ok(())
}

/// The class with the largest score for each example, `[n]`. At most a thousand are looked at together, so that memory
/// suffices for any number of them.
///
/// # Errors
/// If the shapes do not fit, or the engine fails.
pub fn classify<E: Engine>(network: &impl Forward<E>, examples: &Var<E>) -> Result<Var<E>, E::Error> {
    no_grad(|| {
        let parts = examples.split(1000, 0)?;
        let classes = parts.iter().map(|part| network.forward(part)?.argmax(1));
        let classes = classes.collect::<Result<Vec<Var<E>>, E::Error>>()?;
        Var::cat(&Vec::from_iter(&classes), 0)
    })
}
