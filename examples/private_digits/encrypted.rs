//! Both parties' programs: the same operations in the same order, on shares.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use crypten::ndarray::{Array2, ArrayD, Axis, array, s};
use crypten::{Conv2d, CrypTensor, Pool2d, Session, Stats};
use indicatif::{ProgressBar, ProgressStyle};

use crate::classifier::{CLASSES, Classifier, HIDDEN, KERNELS};
use crate::data::Digits;
use crate::seconds;

/// The classifier under encryption: what both parties hold shares of.
struct Encrypted {
    convolution: CrypTensor,
    convolution_bias: CrypTensor,
    hidden: CrypTensor,
    hidden_bias: CrypTensor,
    output: CrypTensor,
    output_bias: CrypTensor,
}

impl Encrypted {
    /// The labels of images, still secret. Six interactive layers; see the method names for the mathematics.
    fn classify(&self, images: &CrypTensor) -> Result<CrypTensor> {
        let features = images
            .conv2d(&self.convolution, Some(&self.convolution_bias), Conv2d::padded(1))?
            .max_pool2d(Pool2d::square(2))? // before the ReLU, which gives the same and leaves it a quarter of the work
            .relu()? // rounds the product of the convolution on the way
            .flatten(1)?;
        let hidden = features.linear(&self.hidden, Some(&self.hidden_bias))?.relu()?;
        Ok(hidden.linear(&self.output, Some(&self.output_bias))?.argmax(1)?)
    }
}

/// Sizes of a run, which are public: image height and width, number of images, batch.
struct Sizes {
    side: [usize; 2],
    images: usize,
    batch: usize,
}

/// Party 0: encrypts its model, helps to classify, learns nothing.
pub(crate) fn own_model(session: &Session, model: &Classifier) -> Result<()> {
    let sizes = agree_on_sizes(session, None)?;
    let encrypted = encrypt(session, &sizes, Some(model))?;
    for count in batches(&sizes) {
        let images = session.cryptensor_of(&[count, 1, sizes.side[0], sizes.side[1]], 1)?;
        encrypted.classify(&images)?.get_plain_text_to(1)?;
    }
    println!(
        "I own the model ({} numbers). Opened to me: the number and size of the images.",
        parameters(model)
    );
    Ok(())
}

/// Party 1: encrypts its images, helps to classify, learns the labels.
pub(crate) fn own_images(session: &Session, digits: &Digits, batch: usize) -> Result<Vec<usize>> {
    let (_, _, height, width) = digits.images.dim();
    let sizes =
        agree_on_sizes(session, Some(Sizes { side: [height, width], images: digits.labels.len(), batch }))?;
    let encrypted = encrypt(session, &sizes, None)?;
    let style = ProgressStyle::with_template("encrypted {bar:32} {pos}/{len} images, {elapsed}")?;
    let bar = ProgressBar::new(sizes.images as u64).with_style(style);
    bar.tick();
    let (mut labels, mut spent) = (Vec::new(), Vec::new());
    for count in batches(&sizes) {
        let (started, before) = (Instant::now(), session.stats());
        let done = labels.len();
        let images = session.cryptensor(digits.images.slice(s![done..done + count, .., .., ..]), 1)?;
        let opened = encrypted.classify(&images)?.get_plain_text_to(1)?;
        let opened = opened.context("party 1 is the one that the labels are opened to")?;
        spent.push((started.elapsed(), session.stats() - before));
        labels.extend(opened.iter().map(|&label| label as usize));
        bar.set_position(labels.len() as u64);
    }
    bar.finish_and_clear();
    let right = labels.iter().zip(&digits.labels).filter(|(found, label)| found == label).count();
    report(&sizes, right, &spent);
    Ok(labels)
}

fn report(sizes: &Sizes, right: usize, spent: &[(Duration, Stats)]) {
    let share = 100.0 * right as f64 / sizes.images as f64;
    println!("encrypted {share:.2} % of the same digits recognised");
    let mut times: Vec<Duration> = spent.iter().map(|spent| spent.0).collect();
    times.sort_unstable();
    if let (Some(median), Some((_, cost))) = (times.get(times.len() / 2), spent.first()) {
        let (batch, megabytes) = (sizes.batch.min(sizes.images), |bytes: u64| bytes as f64 / 1e6);
        println!("a batch   of {batch} images: {} (median), {} rounds,", seconds(*median), cost.rounds);
        println!(
            "          {:.2} MB sent, {:.2} MB received, {} of the first batch spent waiting",
            megabytes(cost.bytes_sent),
            megabytes(cost.bytes_received),
            seconds(cost.waiting),
        );
        if cost.bytes_dealt > 0 {
            println!("          {:.2} MB received for correlated randomness", megabytes(cost.bytes_dealt));
        }
    }
    println!("opened    to party 1: {} predicted labels; to all others: nothing but shapes", sizes.images);
}

/// Party 1 knows the sizes; they are no secret, so it encrypts them and opens them to both.
fn agree_on_sizes(session: &Session, own: Option<Sizes>) -> Result<Sizes> {
    let secret = match own {
        Some(Sizes { side, images, batch }) => {
            session.cryptensor(&array![side[0] as i64, side[1] as i64, images as i64, batch as i64], 1)?
        }
        None => session.cryptensor_of(&[4], 1)?,
    };
    let sizes: Vec<usize> = secret.get_plain_text()?.iter().map(|&size| size as usize).collect();
    Ok(Sizes { side: [sizes[0], sizes[1]], images: sizes[2], batch: sizes[3] })
}

fn batches(sizes: &Sizes) -> impl Iterator<Item = usize> {
    let (images, batch) = (sizes.images, sizes.batch);
    (0..images).step_by(batch).map(move |first| batch.min(images - first))
}

/// Encrypts the model of party 0; shapes follow from the size of the images.
fn encrypt(session: &Session, sizes: &Sizes, model: Option<&Classifier>) -> Result<Encrypted> {
    let features = KERNELS * (sizes.side[0] / 2) * (sizes.side[1] / 2);
    let turned = |matrix: &Array2<f32>| matrix.t().to_owned();
    let secret = |values: Option<ArrayD<f32>>, shape: &[usize]| match values {
        Some(values) => session.cryptensor(&values, 0),
        None => session.cryptensor_of(shape, 0),
    };
    Ok(Encrypted {
        convolution: secret(model.map(|m| m.convolution.clone().into_dyn()), &[KERNELS, 1, 3, 3])?,
        convolution_bias: secret(model.map(|m| m.convolution_bias.clone().into_dyn()), &[KERNELS])?,
        hidden: secret(model.map(|m| turned(&m.hidden).into_dyn()), &[HIDDEN, features])?,
        hidden_bias: secret(model.map(|m| m.hidden_bias.clone().into_dyn()), &[HIDDEN])?,
        output: secret(model.map(|m| turned(&m.output).into_dyn()), &[CLASSES, HIDDEN])?,
        output_bias: secret(model.map(|m| m.output_bias.clone().into_dyn()), &[CLASSES])?,
    })
}

fn parameters(model: &Classifier) -> usize {
    let biases =
        [&model.convolution_bias, &model.hidden_bias, &model.output_bias].map(|bias| bias.len_of(Axis(0)));
    model.convolution.len() + model.hidden.len() + model.output.len() + biases.iter().sum::<usize>()
}

#[cfg(test)]
mod tests {
    use crypten::ProviderKind;

    use super::*;

    /// What party 1 learns of these images.
    fn labels(model: &Classifier, images: &Digits, provider: ProviderKind) -> Vec<usize> {
        let program = |session: &Session| {
            Ok(match session.rank() {
                0 => own_model(session, model).map(|()| Vec::new()),
                _ => own_images(session, images, images.labels.len()),
            })
        };
        let mut opened = crypten::local(2, provider, program).expect("both parties join");
        let labels = opened.pop().expect("two parties");
        opened.pop().expect("two parties").expect("party 0 ends well");
        labels.expect("party 1 ends well")
    }

    #[test]
    fn labels_do_not_depend_on_who_makes_the_randomness() {
        let (training, test) = Digits::uci().and_then(|digits| digits.split(300)).expect("the file is whole");
        let model = Classifier::train(&training.images, &training.labels, 5, |_, _| ());
        let images = test.split(2).expect("more than two").0;
        let clear = model.predict(&images.images);
        assert_eq!(labels(&model, &images, ProviderKind::Dealer), clear);
        assert_eq!(labels(&model, &images, ProviderKind::Paillier), clear);
    }
}
