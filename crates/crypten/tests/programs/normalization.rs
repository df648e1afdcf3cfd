//! Normalisation of batches, layers and groups of channels, with parameters that are secret, public or absent.

use crypten::ndarray::{Dimension, array};
use crypten::{BatchNorm, CrypTensor, Error, Operand};

use crate::dice::Kind;
use crate::draft::{Draft, Planned, Source, named, one, optional, several};
use crate::elementwise::inverse_root;
use crate::number::Number;
use crate::program::Operation;
use crate::reduce::{mean, variance};
use crate::twin::{Twin, built, scaled, shaped, times, values, zipped};

/// On the grid, and not so small that a variance of zero magnifies what it is off.
const EPS: f64 = 1.0 / 64.0;
const MOMENTUM: f64 = 0.25;

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::new("layer_norm", layer_norm),
        Operation::new("group_norm", group_norm),
        Operation::new("instance_norm", instance_norm),
        Operation::new("batchnorm", by_the_batch),
        Operation::new("batchnorm, running statistics", by_running_statistics),
        Operation::new("batchnorm, training", training),
    ]
}

/// A normalisation by so many groups, with a weight and a bias.
type ByGroups = fn(&CrypTensor, usize, [Option<&dyn Operand>; 2]) -> Result<CrypTensor, Error>;

/// A weight and a bias, each under a shape that broadcasts to the tensor.
struct Parameters {
    weight: Option<Source>,
    w: Option<Twin>,
    bias: Option<Source>,
    b: Option<Twin>,
}

impl Parameters {
    fn drawn(draft: &mut Draft, own: &[usize], shape: &[usize]) -> Self {
        let (weight, w) = draft.parameter(own, Kind::Small);
        let (bias, b) = draft.parameter(own, Kind::Small);
        let [w, b] = [w, b].map(|twin| twin.map(|twin| shaped(&twin, shape)));
        Self { weight, w, bias, b }
    }

    /// Both operands, as an operation wants them.
    fn of<'a>(&'a self, pool: &'a [CrypTensor]) -> [Option<&'a dyn Operand>; 2] {
        [optional(&self.weight, pool), optional(&self.bias, pool)]
    }

    fn named(&self) -> String {
        format!("weight {}, bias {}", named(&self.weight), named(&self.bias))
    }

    /// `centered * inverse * weight + bias`, where the root and the weight make one factor.
    fn finished(&self, centered: &Twin, inverse: &Twin) -> Option<Twin> {
        let is_public = self.weight.as_ref().is_some_and(Source::is_public);
        let factor = match &self.w {
            Some(w) => times(inverse, w, is_public)?,
            None => inverse.clone(),
        };
        self.biased(times(centered, &factor, false)?)
    }

    fn biased(&self, product: Twin) -> Option<Twin> {
        match &self.b {
            Some(b) => zipped(&product, b, |product, bias| product + bias),
            None => Some(product),
        }
    }
}

/// What differs from the mean, and the reciprocal of the standard deviation, of the elements that are alike.
fn moments(x: &Twin, alike: impl Fn(&[usize], &[usize]) -> bool) -> (Twin, Twin) {
    let group = |at: &[usize]| -> Vec<Number> {
        let members = x.indexed_iter().filter(|(other, _)| alike(at, other.slice()));
        members.map(|(_, &x)| x).collect()
    };
    let centered = built(x.shape(), |at| x[at] - mean(&group(at)));
    let inverse = built(x.shape(), |at| inverse_root(variance(&group(at)) + Number::exact(EPS)));
    (centered, inverse)
}

/// The shape of numbers for the channels that broadcasts to the tensor.
fn per_channel(x: &Twin) -> Vec<usize> {
    [&[x.shape()[1]][..], &vec![1; x.ndim() - 2]].concat()
}

fn layer_norm(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(1);
    let outer = draft.dice.below(x.ndim());
    let own = x.shape()[outer..].to_vec();
    let parameters = Parameters::drawn(draft, &own, &own);
    let (centered, inverse) = moments(&x, |at, other| at[..outer] == other[..outer]);
    let twin = parameters.finished(&centered, &inverse)?;
    one(format!("#{index}, {own:?}, {}", parameters.named()), twin, move |pool| {
        let [weight, bias] = parameters.of(pool);
        pool[index].layer_norm(&own, weight, bias, EPS)
    })
}

/// Groups of neighbouring channels of each image.
fn by_groups(
    draft: &mut Draft,
    groups: impl Fn(&mut Draft, usize) -> usize,
    secret: ByGroups,
) -> Option<Planned> {
    let (index, x) = draft.with_axes(2);
    let channels = x.shape()[1];
    let groups = groups(draft, channels);
    let size = channels / groups;
    let parameters = Parameters::drawn(draft, &[channels], &per_channel(&x));
    let same = |at: &[usize], other: &[usize]| at[0] == other[0] && at[1] / size == other[1] / size;
    let (centered, inverse) = moments(&x, same);
    let twin = parameters.finished(&centered, &inverse)?;
    one(format!("#{index}, {groups}, {}", parameters.named()), twin, move |pool| {
        secret(&pool[index], groups, parameters.of(pool))
    })
}

fn group_norm(draft: &mut Draft) -> Option<Planned> {
    let divisor = |draft: &mut Draft, channels: usize| {
        let divisors: Vec<usize> = (1..=channels).filter(|groups| channels.is_multiple_of(*groups)).collect();
        draft.dice.pick(&divisors)
    };
    by_groups(draft, divisor, |x, groups, [weight, bias]| x.group_norm(groups, weight, bias, EPS))
}

fn instance_norm(draft: &mut Draft) -> Option<Planned> {
    by_groups(draft, |_, channels| channels, |x, _, [weight, bias]| x.instance_norm(weight, bias, EPS))
}

fn options(training: bool) -> BatchNorm {
    BatchNorm { training, eps: EPS, momentum: MOMENTUM }
}

fn by_the_batch(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(2);
    let parameters = Parameters::drawn(draft, &[x.shape()[1]], &per_channel(&x));
    let (centered, inverse) = moments(&x, |at, other| at[1] == other[1]);
    let twin = parameters.finished(&centered, &inverse)?;
    one(format!("#{index}, {}", parameters.named()), twin, move |pool| {
        let [weight, bias] = parameters.of(pool);
        Ok(pool[index].batchnorm(weight, bias, None, None, options(false))?.0)
    })
}

fn by_running_statistics(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(2);
    let (own, shape) = ([x.shape()[1]], per_channel(&x));
    let parameters = Parameters::drawn(draft, &own, &shape);
    let (mean, m) = draft.operand(&own, Kind::Any);
    let (var, v) = draft.operand(&own, Kind::Positive);
    let centered = zipped(&x, &shaped(&m, &shape), |x, mean| x - mean)?;
    let var_with_eps = shaped(&v, &shape).mapv(|var| var + Number::exact(EPS));
    let public_weight = parameters.weight.as_ref().is_none_or(Source::is_public);
    let twin = if var.is_public() {
        // The root is taken in plain, and a public weight goes with it.
        let inverse = values(&var_with_eps).mapv(|var| var.sqrt().recip());
        match &parameters.w {
            Some(w) if public_weight => parameters.biased(scaled(&centered, &(inverse * values(w)))?)?,
            Some(w) => parameters.biased(times(&centered, &scaled(w, &inverse)?, false)?)?,
            None => parameters.biased(scaled(&centered, &inverse)?)?,
        }
    } else {
        parameters.finished(&centered, &var_with_eps.mapv(inverse_root))?
    };
    one(format!("#{index}, mean {mean}, var {var}, {}", parameters.named()), twin, move |pool| {
        let [weight, bias] = parameters.of(pool);
        let (mean, var) = (mean.of(pool), var.of(pool));
        Ok(pool[index].batchnorm(weight, bias, Some(mean), Some(var), options(false))?.0)
    })
}

/// The result, and the statistics after the batch.
fn training(draft: &mut Draft) -> Option<Planned> {
    let (index, x) = draft.with_axes(2);
    let channels = x.shape()[1];
    let elements = x.len() / channels;
    if elements < 2 {
        return None;
    }
    let (mean_before, m) = draft.operand(&[channels], Kind::Any);
    let (var_before, v) = draft.operand(&[channels], Kind::Positive);
    let (centered, inverse) = moments(&x, |at, other| at[1] == other[1]);
    let normalized = times(&centered, &inverse, false)?;
    let batch = |channel: usize| -> Vec<Number> {
        x.indexed_iter().filter(|(at, _)| at[1] == channel).map(|(_, &x)| x).collect()
    };
    // One product with all four factors; two of its rows each are added.
    let unbiased = elements as f64 / (elements - 1) as f64;
    let parts = [MOMENTUM, MOMENTUM * unbiased, 1.0 - MOMENTUM, 1.0 - MOMENTUM];
    let row = |at: &[usize]| match at[0] {
        0 => mean(&batch(at[1])),
        1 => variance(&batch(at[1])),
        2 => m[at[1]],
        _ => v[at[1]],
    };
    let factors = array![[parts[0]], [parts[1]], [parts[2]], [parts[3]]].into_dyn();
    let rows = scaled(&built(&[4, channels], row), &factors)?;
    let entered = |first: usize| built(&[channels], |at| rows[[first, at[0]]] + rows[[first + 2, at[0]]]);
    let details = format!("#{index}, mean {mean_before}, var {var_before}");
    several(details, vec![normalized, entered(0), entered(1)], move |pool| {
        let (mean, var) = (mean_before.of(pool), var_before.of(pool));
        let (output, running) = pool[index].batchnorm(None, None, Some(mean), Some(var), options(true))?;
        let running = running.expect("training with running statistics");
        Ok(vec![output, running.mean, running.var])
    })
}
