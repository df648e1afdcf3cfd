//! Training with one party's features and another's labels, of which the former learns little: `DPSplitModel`.
//!
//! The feature party has the whole network in the clear, whose last layer is linear: `z = W h + b` for a row `h` of what
//! the layers before it make. It shares its predictions `p` and the rows `h`, the label party its labels `t`, and all
//! compute the gradient of `W` and `b` on shares, `Σ (p - t)ᵀ [h 1]` over the batch. Gaussian noise is added, the sum is
//! opened to the feature party alone, which estimates `p - t` by least squares and goes back through its network.
//!
//! ```text
//!  feature party                        on shares                      label party
//!  x ─► body ─► h ─► head ─► z ─► p ──────► p - t ◄────────────────────── t, flipped at random
//!                    └─► rows f [h 1] ──► (p - t)ᵀ rows + noise
//!  gradients ◄─ body, head ◄─ p - t ◄── least squares ◄── opened to this party only
//! ```
//!
//! What is opened tells of labels: with as many features as rows and no noise, all of them. How much it tells with noise
//! is what [`GaussianPrivacy`] states. Sources: the idea is CrypTen's `DPSplitModel`; that labels alone need protection,
//! K. Chaudhuri and D. Hsu (COLT 2011) and B. Ghazi et al. (NeurIPS 2021).

mod error; // what can go wrong
mod network; // the layers of the feature party
mod options; // noise, clipping, flipped labels
mod agreement; // that all parties mean the same
mod labels; // what the label party shares
mod flips; // labels replaced at random
mod objective; // losses, which are affine in labels
mod loss; // the loss and the way back
mod noise; // normal numbers of one party or of all
mod estimate; // what rows were summed
mod privacy; // what noise promises

use std::sync::{Mutex, MutexGuard, PoisonError};

use crypten_autograd::{Plain, Var};
use crypten_nn::{Forward, Module, Parts};
use ndarray::Ix2;

use crate::error::Error;
use crate::session::Session;

pub use error::SplitError;
pub use labels::SplitLabels;
pub use loss::SplitLoss;
pub use network::SplitNetwork;
pub use options::DPSplitOptions;
pub use privacy::{GaussianPrivacy, randomized_response_epsilon};

use flips::Flips;
use objective::Objective;

/// The most numbers that the gradient of a last layer may have.
const MOST: u64 = 1 << 26;

/// A model of one party that learns from another party's labels without seeing them: CrypTen's `DPSplitModel`.
///
/// The other parties have the same value without a network, and run the same lines. One output is the logit of a bit,
/// several are the logits of classes.
///
/// # Examples
/// ```
/// use crypten::autograd::{Plain, Var};
/// use crypten::nn::{Generator, Linear, Module, Optimizer, SGD, Sequential, Tanh};
/// use crypten::{DPSplitModel, DPSplitOptions, SplitNetwork, ndarray::array};
///
/// # fn main() -> Result<(), crypten::Error> {
/// # crypten::local(2, crypten::ProviderKind::InsecureFirstParty, |session| {
/// let (mut network, mut features) = (None, None);
/// if session.rank() == 0 {
///     let new = Generator::new(&Plain::default(), 1);
///     let body = Sequential::new().push(Linear::new(&new, 2, 4)?).push(Tanh);
///     network = Some(SplitNetwork::new(body, Linear::new(&new, 4, 1)?));
///     features = Some(Var::constant(&Plain::default(), array![[0.5, 1.0], [-1.0, 0.2], [0.3, -0.7]])?);
/// }
/// let options = DPSplitOptions {
///     noise_magnitude: 1.0, // on the mean of three rows: 3 on their sum, which a label changes by 1 at most
///     noise_src: Some(1),
///     max_row_norm: Some(1.0),
///     ..DPSplitOptions::default()
/// };
/// let model = DPSplitModel::new(session, network, 0, 1, options)?;
/// let labels = model.labels(&[1, 0, 1])?; // party 1's; of the others' only the number counts
/// let mut optimizer = SGD::new(model.parameters(), 0.5)?;
/// for _ in 0..3 {
///     let prediction = model.forward(features.as_ref())?;
///     let loss = model.compute_loss(prediction, &labels)?;
///     optimizer.zero_grad();
///     loss.backward_with_reveal()?; // party 0 learns a gradient with noise, and nobody anything else
///     optimizer.step()?;
/// }
/// let spent = model.privacy().expect("there is noise, of one party, and a bound");
/// assert!(spent.epsilon(1e-5) < 2.5); // so few labels teach nothing through it: more rows need less of it
/// # Ok(())
/// # })?;
/// # Ok(())
/// # }
/// ```
pub struct DPSplitModel {
    session: Session,
    /// The feature party's.
    network: Option<SplitNetwork>,
    feature_src: usize,
    label_src: usize,
    head: Head,
    objective: Objective,
    flips: Option<Flips>,
    options: DPSplitOptions,
    /// What the steps so far have spent; nothing once a step has promised nothing.
    spent: Mutex<Option<GaussianPrivacy>>,
}

/// The size of the last layer, which is public.
#[derive(Clone, Copy)]
struct Head {
    outputs: usize,
    /// The features, and one more if there is a bias.
    inputs: usize,
}

/// What the feature party predicts; the others have an empty one.
#[derive(Debug)]
pub struct SplitPrediction {
    forwarded: Option<Forwarded>,
}

#[derive(Debug)]
struct Forwarded {
    /// `[n, features]`.
    hidden: Var<Plain>,
    /// `[n, outputs]`.
    logits: Var<Plain>,
}

impl DPSplitModel {
    /// A model of party `feature_src`, which passes its network, that learns from labels of party `label_src`. Every
    /// party calls it, with the same options.
    ///
    /// # Rounds
    /// One, of 80 bytes.
    ///
    /// # Security
    /// Every party learns what the others pass here, and of the network the size of the last layer alone.
    ///
    /// # Errors
    /// [`SplitError`] if a party passes another option than the others, there is no network, both parties are one, or
    /// an option is out of its range; and if there is no such party: at every party alike. If the network of parties
    /// fails.
    pub fn new(
        session: &Session,
        network: Option<SplitNetwork>,
        feature_src: usize,
        label_src: usize,
        options: DPSplitOptions,
    ) -> Result<Self, Error> {
        let network = network.filter(|_| session.rank() == feature_src);
        let size = network.as_ref().map(SplitNetwork::head_size);
        let size = agreement::reached(session, [feature_src, label_src], &options, size)?;
        session.place().party(label_src)?;
        options.check(session, feature_src, label_src)?;
        let head = Head::checked(size)?;
        let objective = Objective::new(head.outputs, options.rappor_prob)?;
        let flips = options
            .randomized_response_prob
            .map(|prob| Flips::new(prob, head.classes(), session.scale()))
            .transpose()?;
        let spent = Mutex::new(Some(GaussianPrivacy::default()));
        let session = session.clone();
        Ok(Self { session, network, feature_src, label_src, head, objective, flips, options, spent })
    }

    /// Predicts in the clear at the feature party, which passes its features; the others pass nothing. In training and
    /// in evaluation, as [`Module::train`] and [`Module::eval`] say.
    ///
    /// # Shapes
    /// The layers before the last one give `[n, features]`.
    ///
    /// # Rounds
    /// None.
    ///
    /// # Errors
    /// [`SplitError`] if the feature party passes nothing or its layers give no rows, and if a shape does not fit.
    pub fn forward(&self, features: Option<&Var<Plain>>) -> Result<SplitPrediction, Error> {
        let Some(network) = &self.network else {
            return Ok(SplitPrediction { forwarded: None });
        };
        let hidden = network.body.forward(features.ok_or(SplitError::NoFeatures)?)?;
        if hidden.ndim() != 2 {
            return Err(SplitError::NotRows { shape: hidden.shape().to_vec() }.into());
        }
        let logits = network.head.forward(&hidden)?;
        Ok(SplitPrediction { forwarded: Some(Forwarded { hidden, logits }) })
    }

    /// The mean loss of a prediction beside labels, on shares; [`SplitLoss::backward_with_reveal`] goes on from it.
    ///
    /// One output: the cross entropy of a logit, or CrypTen's RAPPOR loss. Several: that of logits of classes. All of
    /// them are affine in labels, so the feature party computes their functions in the clear.
    ///
    /// # Rounds
    /// Three: a product of 16 bytes a logit, its rounding, and the mean; none if the options skip the loss.
    ///
    /// # Security
    /// Nothing is opened. Whoever opens the loss should know that no noise is on it.
    ///
    /// # Errors
    /// [`SplitError::RowsDiffer`] at the feature party if there are not as many labels as predictions; if a number does
    /// not fit the precision; and if a peer or the network of parties fails.
    pub fn compute_loss(
        &self,
        prediction: SplitPrediction,
        labels: &SplitLabels,
    ) -> Result<SplitLoss<'_>, Error> {
        let Some(forwarded) = prediction.forwarded else {
            return SplitLoss::new(self, None, labels);
        };
        let logits = forwarded.logits.value().into_dimensionality::<Ix2>().expect("it has two axes");
        if logits.nrows() != labels.count() {
            return Err(SplitError::RowsDiffer { predictions: logits.nrows(), labels: labels.count() }.into());
        }
        let terms = self.objective.terms(&logits.view());
        SplitLoss::new(self, Some((forwarded, terms)), labels)
    }

    /// What the steps so far promise to a label that took part in all of them, against the feature party.
    ///
    /// Nothing without noise or without a bound on rows: [`DPSplitOptions::max_row_norm`]. Nothing either with noise
    /// that all parties draw together: its tails are cut at 4.7 deviations and its functions are approximated, so that
    /// no exact promise can be made of it. The feature party is taken not to collude with the one that draws the noise,
    /// and the session to keep what is shared: under
    /// [`ProviderKind::InsecureFirstParty`](crate::ProviderKind::InsecureFirstParty) party 0 can read every label,
    /// whatever is stated here.
    #[must_use]
    pub fn privacy(&self) -> Option<GaussianPrivacy> {
        *self.spent()
    }

    /// Whether this party has the features and the network.
    #[must_use]
    pub fn is_feature_src(&self) -> bool {
        self.session.rank() == self.feature_src
    }

    /// Whether this party has the labels.
    #[must_use]
    pub fn is_label_src(&self) -> bool {
        self.session.rank() == self.label_src
    }

    fn spent(&self) -> MutexGuard<'_, Option<GaussianPrivacy>> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The network's modules at the feature party; none elsewhere, so that an optimiser there has nothing to change.
impl Module<Plain> for DPSplitModel {
    fn parts<'a>(&'a self, parts: &mut Parts<'a, Plain>) {
        if let Some(network) = &self.network {
            network.parts(parts);
        }
    }
}

impl SplitPrediction {
    /// The logits, at the feature party.
    #[must_use]
    pub fn logits(&self) -> Option<&Var<Plain>> {
        self.forwarded.as_ref().map(|forwarded| &forwarded.logits)
    }
}

impl Head {
    fn checked([outputs, inputs]: [u64; 2]) -> Result<Self, SplitError> {
        match outputs.checked_mul(inputs) {
            Some(1..=MOST) => Ok(Self { outputs: outputs as usize, inputs: inputs as usize }),
            _ => Err(SplitError::HeadSize { lengths: vec![outputs, inputs], most: MOST }),
        }
    }

    /// What a label may be: one output tells two classes apart.
    fn classes(self) -> usize {
        self.outputs.max(2)
    }
}

impl std::fmt::Debug for DPSplitModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { session, feature_src, label_src, options, .. } = self;
        write!(f, "DPSplitModel({session:?}, features of {feature_src}, labels of {label_src}, {options:?})")
    }
}
