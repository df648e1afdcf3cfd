//! Split training against its twin in the clear: gradients, losses, what is opened and to whom, noise and mistakes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use crypten::autograd::{Plain, Var};
use crypten::ndarray::{Array1, Array2, ArrayD, array};
use crypten::nn::{
    BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, Forward, Generator, Identity, Linear, Loss, Module,
    Optimizer, SGD, Sequential, Tanh,
};
use crypten::{DPSplitModel, DPSplitOptions, Error, ProviderKind, Session, SplitError, SplitNetwork};

const FIRST: ProviderKind = ProviderKind::InsecureFirstParty;
/// The party with the features and the one with the labels.
const FEATURES: usize = 1;
const LABELS: usize = 0;
const STEPS: usize = 5;

/// What a network is trained on.
struct Task {
    features: Array2<f64>,
    classes: Vec<usize>,
    outputs: usize,
    /// The layers before the last one, if there are any: their outputs.
    hidden: Option<usize>,
}

impl Task {
    fn new(rows: usize, hidden: Option<usize>, outputs: usize) -> Self {
        let features = Array2::from_shape_fn((rows, 2), |(i, j)| ((i * 7 + j * 5) % 11) as f64 / 5.5 - 0.9);
        let classes = (0..rows).map(|row| (row * 5 + row / 3) % outputs.max(2)).collect();
        Self { features, classes, outputs, hidden }
    }

    fn network(&self) -> SplitNetwork {
        let new = Generator::new(&Plain::default(), 3);
        let head = |inputs| Linear::new(&new, inputs, self.outputs).unwrap();
        match self.hidden {
            Some(hidden) => {
                let body = Sequential::new().push(Linear::new(&new, 2, hidden).unwrap()).push(Tanh);
                SplitNetwork::new(body, head(hidden))
            }
            None => SplitNetwork::new(Identity, head(2)),
        }
    }

    fn x(&self) -> Var<Plain> {
        Var::constant(&Plain::default(), self.features.clone()).unwrap()
    }

    fn model(&self, session: &Session, options: DPSplitOptions) -> Result<DPSplitModel, Error> {
        let network = (session.rank() == FEATURES).then(|| self.network());
        DPSplitModel::new(session, network, FEATURES, LABELS, options)
    }

    /// The labels as only their owner knows them.
    fn known(&self, session: &Session) -> Vec<usize> {
        if session.rank() == LABELS { self.classes.clone() } else { vec![0; self.classes.len()] }
    }

    /// Trains split, with half of the rows in each step; gives the losses and what the feature party has learnt.
    fn split(
        &self,
        session: &Session,
        options: DPSplitOptions,
    ) -> Result<(Vec<f64>, Vec<ArrayD<f64>>), Error> {
        let model = self.model(session, options)?;
        let labels = model.labels(&self.known(session))?;
        let mut optimizer = SGD::new(model.parameters(), 0.5).unwrap();
        let mut losses = Vec::new();
        for step in 0..STEPS {
            let batch = self.batch(step);
            let x = model.is_feature_src().then(|| self.x().index_select(0, &batch)).transpose()?;
            let loss = model.compute_loss(model.forward(x.as_ref())?, &labels.select(&batch)?)?;
            if let Some(loss) = loss.value() {
                losses.push(loss.get_plain_text()?.sum());
            }
            optimizer.zero_grad();
            loss.backward_with_reveal()?;
            optimizer.step()?;
        }
        Ok((losses, model.parameters().iter().map(|parameter| parameter.value().to_owned()).collect()))
    }

    /// Trains in the clear.
    fn twin(
        &self,
        measure: impl Fn(&Var<Plain>, &Var<Plain>) -> Result<Var<Plain>, crypten::autograd::Error>,
    ) -> (Vec<f64>, Vec<ArrayD<f64>>) {
        let network = self.network();
        let mut optimizer = SGD::new(network.parameters(), 0.5).unwrap();
        let mut losses = Vec::new();
        for step in 0..STEPS {
            let batch = self.batch(step);
            let logits = network.forward(&self.x().index_select(0, &batch).unwrap()).unwrap();
            let target = Array2::from_shape_fn((batch.len(), self.outputs), |(row, class)| {
                f64::from(u8::from(self.classes[batch[row]] == if self.outputs == 1 { 1 } else { class }))
            });
            let loss = measure(&logits, &Var::constant(&Plain::default(), target).unwrap()).unwrap();
            losses.push(loss.value().sum());
            optimizer.zero_grad();
            loss.backward().unwrap();
            optimizer.step().unwrap();
        }
        (losses, network.parameters().iter().map(|parameter| parameter.value().to_owned()).collect())
    }

    fn batch(&self, step: usize) -> Vec<usize> {
        (0..self.classes.len()).filter(|row| row % 2 == step % 2).collect()
    }
}

/// Checks that split training opens the losses, and teaches the feature party the parameters, of a twin.
#[track_caller]
fn follows(
    task: &Task,
    options: DPSplitOptions,
    measure: impl Fn(&Var<Plain>, &Var<Plain>) -> Result<Var<Plain>, crypten::autograd::Error>,
) {
    let (losses, learnt) = task.twin(measure);
    for (parties, provider) in [(2, FIRST), (3, FIRST), (3, ProviderKind::Replicated)] {
        let found = crypten::local(parties, provider, |session| task.split(session, options)).unwrap();
        for (party, (opened, parameters)) in found.iter().enumerate() {
            assert_eq!(parameters.is_empty(), party != FEATURES, "only the feature party has a network");
            assert_eq!(opened.len(), losses.len());
            for (opened, loss) in opened.iter().zip(&losses) {
                assert!((opened - loss).abs() < 1e-3, "loss of {opened}, not {loss}");
            }
            for (parameter, learnt) in parameters.iter().zip(&learnt) {
                let off = (parameter - learnt).fold(0.0_f64, |most, off| most.max(off.abs()));
                assert!(off < 2e-3, "a parameter is off by {off} with {parties} parties");
            }
        }
    }
}

fn bits(logits: &Var<Plain>, target: &Var<Plain>) -> Result<Var<Plain>, crypten::autograd::Error> {
    BCEWithLogitsLoss::default().forward(logits, target)
}

#[test]
fn without_noise_a_bit_is_learnt_as_in_the_clear() {
    follows(&Task::new(12, Some(8), 1), DPSplitOptions::default(), bits);
}

#[test]
fn without_noise_classes_are_learnt_as_in_the_clear() {
    let measure = |logits: &_, target: &_| CrossEntropyLoss::default().forward(logits, target);
    follows(&Task::new(12, Some(8), 4), DPSplitOptions::default(), measure);
}

#[test]
fn the_rappor_loss_is_learnt_as_in_the_clear() {
    const ALPHA: f64 = 0.8;
    let options = DPSplitOptions { rappor_prob: Some(ALPHA), ..DPSplitOptions::default() };
    let measure = |logits: &Var<Plain>, target: &_| {
        let told = logits.sigmoid()?.mul(2.0 * ALPHA - 1.0)?.add(1.0 - ALPHA)?;
        BCELoss::default().forward(&told, target)
    };
    follows(&Task::new(12, Some(8), 1), options, measure);
}

#[test]
fn shortened_rows_change_nothing_but_the_bound() {
    let options = DPSplitOptions { max_row_norm: Some(0.7), ..DPSplitOptions::default() };
    follows(&Task::new(12, Some(8), 1), options, bits);
}

#[test]
fn more_rows_than_inputs_leave_the_gradient_of_the_last_layer_exact() {
    follows(&Task::new(20, None, 1), DPSplitOptions::default(), bits);
}

#[test]
fn through_noise_and_flips_most_is_learnt() {
    let task = Task::new(40, Some(8), 1);
    let classes: Vec<usize> =
        task.features.rows().into_iter().map(|row| usize::from(row[0] > row[1])).collect();
    let told = crypten::local(2, FIRST, |session| {
        let options = DPSplitOptions {
            noise_magnitude: 0.02,
            noise_src: Some(LABELS),
            max_row_norm: Some(1.0),
            randomized_response_prob: Some(0.1),
            skip_forward: true,
            ..DPSplitOptions::default()
        };
        let model = task.model(session, options)?;
        let labels = if model.is_label_src() { model.labels(&classes)? } else { model.labels_of(40)? };
        let x = model.is_feature_src().then(|| task.x());
        let mut optimizer = SGD::new(model.parameters(), 1.0).unwrap();
        for _ in 0..60 {
            optimizer.zero_grad();
            model.compute_loss(model.forward(x.as_ref())?, &labels)?.backward_with_reveal()?;
            optimizer.step()?;
        }
        Ok(model.forward(x.as_ref())?.logits().map(Var::value))
    });
    let logits = told.unwrap().swap_remove(FEATURES).unwrap();
    let right = logits.iter().zip(&classes).filter(|&(&logit, &class)| (logit > 0.0) == (class == 1)).count();
    assert!(right >= 30, "{right} of 40");
}

#[test]
fn only_the_feature_party_learns_anything_and_only_gradients() {
    let task = Task::new(12, Some(8), 4);
    let options = DPSplitOptions { skip_forward: true, noise_magnitude: 0.01, ..DPSplitOptions::default() };
    for parties in [2, 3] {
        let ledgers = crypten::local(parties, FIRST, |session| {
            let (losses, _) = task.split(session, options)?;
            assert!(losses.is_empty(), "the loss is skipped");
            Ok(session.ledger())
        });
        for ledger in ledgers.unwrap() {
            assert_eq!(ledger.len(), STEPS, "one opening a step");
            for opened in ledger {
                assert_eq!(opened.to.map(|to| to.index()), Some(FEATURES), "{opened}");
                assert_eq!(opened.shape, [4, 9], "{opened}");
                assert!(opened.caller.unwrap().file().ends_with("tests/split.rs"), "{opened}");
            }
        }
    }
}

#[test]
fn a_loss_and_a_gradient_take_three_rounds_each() {
    let task = Task::new(7, Some(8), 1);
    for (skip_forward, rounds) in [(true, 3), (false, 6)] {
        crypten::local(2, FIRST, |session| {
            let noise =
                DPSplitOptions { noise_magnitude: 0.01, noise_src: Some(LABELS), ..Default::default() };
            let model = task.model(session, DPSplitOptions { skip_forward, ..noise })?;
            let labels = model.labels(&task.known(session))?;
            let x = model.is_feature_src().then(|| task.x());
            let step = || model.compute_loss(model.forward(x.as_ref())?, &labels)?.backward_with_reveal();
            let (step, cost) = session.cost(step);
            step?;
            assert_eq!(cost.total().stats.rounds, rounds);
            Ok(())
        })
        .unwrap();
    }
}

/// One row `[1]` without a bias and 400 classes: the gradient is 400 numbers, each with noise of its own.
#[test]
fn noise_has_the_asked_for_deviation() {
    const CLASSES: usize = 400;
    const NOISE: f64 = 0.1;
    for noise_src in [Some(LABELS), None] {
        let options = DPSplitOptions { noise_magnitude: NOISE, noise_src, ..DPSplitOptions::default() };
        let found = crypten::local(2, FIRST, |session| {
            let new = Generator::new(&Plain::default(), 3);
            let head = Linear::new(&new, 1, CLASSES)?.without_bias();
            let network = SplitNetwork::new(Identity, head);
            let model = DPSplitModel::new(session, Some(network), FEATURES, LABELS, options)?;
            let labels = model.labels(&[7])?;
            let x = Var::constant(&Plain::default(), array![[1.0]])?;
            let prediction = model.forward(Some(&x))?;
            let logits = prediction.logits().map(Var::value);
            model.compute_loss(prediction, &labels)?.backward_with_reveal()?;
            let Some(logits) = logits else { return Ok(None) };
            let powers = logits.mapv(f64::exp);
            let mut exact = &powers / powers.sum();
            exact[[0, 7]] -= 1.0;
            let gradient = model.parameters()[0].gradient()?.to_shape((1, CLASSES)).unwrap().to_owned();
            // The estimate of what stands alone is shrunk by what the noise is beside it.
            let shrunk = 1.0 + (NOISE / 0.5).powi(2);
            Ok(Some(gradient * shrunk - exact))
        });
        let noise = found.unwrap().swap_remove(FEATURES).unwrap();
        let (mean, deviation) = (noise.mean().unwrap(), noise.std(0.0));
        assert!(mean.abs() < 6.0 * NOISE / (CLASSES as f64).sqrt(), "mean {mean}");
        assert!((deviation / NOISE - 1.0).abs() < 0.2, "deviation {deviation}");
    }
}

#[test]
fn what_is_promised_follows_from_bound_noise_and_steps() {
    let task = Task::new(8, Some(8), 1);
    let spent = |options: DPSplitOptions, repeated: bool| {
        let found = crypten::local(2, FIRST, |session| {
            let model = task.model(session, options)?;
            let labels = model.labels(&task.known(session))?;
            let rows = if repeated { vec![0, 1, 1, 2] } else { vec![0, 1, 2, 3] };
            for _ in 0..4 {
                let x = model.is_feature_src().then(|| task.x().index_select(0, &rows)).transpose()?;
                model
                    .compute_loss(model.forward(x.as_ref())?, &labels.select(&rows)?)?
                    .backward_with_reveal()?;
            }
            Ok(model.privacy().map(|spent| spent.mu()))
        });
        let found = found.unwrap();
        assert_eq!(found[0], found[1], "all parties account alike");
        found[0]
    };
    let options = DPSplitOptions {
        skip_forward: true,
        noise_magnitude: 0.5,
        noise_src: Some(LABELS),
        max_row_norm: Some(1.0),
        ..DPSplitOptions::default()
    };
    // Four steps, whose noise on a sum over four rows is 2: the root of 4 times 1 over 2.
    let mu = spent(options, false).unwrap();
    assert!((1.0..1.001).contains(&mu), "{mu}");
    let twice = spent(options, true).unwrap();
    assert!((2.0..2.001).contains(&twice), "{twice}: a label that is there twice moves twice as much");
    assert_eq!(spent(DPSplitOptions { noise_src: None, ..options }, false), None, "joint noise is not exact");
    assert_eq!(spent(DPSplitOptions { max_row_norm: None, ..options }, false), None, "nothing bounds a row");
    assert_eq!(spent(DPSplitOptions { noise_magnitude: 0.0, ..options }, false), None, "there is no noise");
}

#[test]
fn a_batch_without_rows_costs_no_label_anything() {
    let task = Task::new(8, Some(8), 1);
    let found = crypten::local(2, FIRST, |session| {
        let options = DPSplitOptions {
            noise_magnitude: 0.5,
            noise_src: Some(LABELS),
            max_row_norm: Some(1.0),
            ..DPSplitOptions::default()
        };
        let model = task.model(session, options)?;
        let labels = model.labels(&task.known(session))?;
        let step = |rows: &[usize]| {
            let x = model.is_feature_src().then(|| task.x().index_select(0, rows)).transpose()?;
            model.compute_loss(model.forward(x.as_ref())?, &labels.select(rows)?)?.backward_with_reveal()?;
            Ok::<_, Error>(model.privacy().map(|spent| spent.mu()))
        };
        Ok([step(&[])?, step(&[0, 1, 2, 3])?, step(&[])?])
    });
    for [before, step, after] in found.unwrap() {
        assert_eq!((before, after), (Some(0.0), step));
        assert!((0.5..0.501).contains(&step.unwrap()), "{step:?}");
    }
}

#[test]
fn flips_promise_what_their_probability_says() {
    let task = Task::new(8, Some(8), 1);
    crypten::local(2, FIRST, |session| {
        let options = DPSplitOptions { randomized_response_prob: Some(0.25), ..DPSplitOptions::default() };
        let labels = task.model(session, options)?.labels(&task.known(session))?;
        assert!((labels.select(&[3])?.epsilon().unwrap() - 3.0_f64.ln()).abs() < 1e-9);
        let plain = task.model(session, DPSplitOptions::default())?.labels(&task.known(session))?;
        assert_eq!(plain.epsilon(), None);
        // 0.65 of a unit for each of the ten other classes is drawn as one, of 65536.
        let (task, options) =
            (Task::new(8, Some(8), 11), DPSplitOptions { randomized_response_prob: Some(1e-4), ..options });
        let rare = task.model(session, options)?.labels(&task.known(session))?;
        assert!((rare.epsilon().unwrap() - 65526.0_f64.ln()).abs() < 1e-9, "{:?}", rare.epsilon());
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_party_that_passes_another_option_is_named_to_all() {
    const ODD: usize = 1;
    let task = Task::new(8, Some(8), 1);
    let usual = DPSplitOptions { noise_src: Some(LABELS), max_row_norm: Some(1.0), ..Default::default() };
    let others = [
        ("noise_magnitude", DPSplitOptions { noise_magnitude: 0.5, ..usual }),
        ("noise_magnitude", DPSplitOptions { noise_magnitude: -1.0, ..usual }),
        ("noise_src", DPSplitOptions { noise_src: None, ..usual }),
        ("max_row_norm", DPSplitOptions { max_row_norm: None, ..usual }),
        ("max_row_norm", DPSplitOptions { max_row_norm: Some(2.0), ..usual }),
        ("randomized_response_prob", DPSplitOptions { randomized_response_prob: Some(0.1), ..usual }),
        ("rappor_prob", DPSplitOptions { rappor_prob: Some(0.9), ..usual }),
        ("skip_forward", DPSplitOptions { skip_forward: true, ..usual }),
    ];
    for parties in [2, 3] {
        crypten::local(parties, FIRST, |session| {
            let differs = |model: Result<DPSplitModel, Error>, option: &str| {
                let error = model.unwrap_err().to_string();
                assert_eq!(error, format!("party {ODD} passes another {option} than the others"));
            };
            for (option, other) in others {
                differs(task.model(session, if session.rank() == ODD { other } else { usual }), option);
            }
            let label_src = usize::from(session.rank() == ODD);
            let network = Some(task.network());
            differs(DPSplitModel::new(session, network, FEATURES, label_src, usual), "label_src");
            let (model, cost) = session.cost(|| task.model(session, usual));
            let (stats, bytes) = (cost.total().stats, 80 * (parties as u64 - 1));
            assert_eq!((stats.rounds, stats.bytes_sent), (1, bytes), "a mistake ends nothing");
            model.map(drop)
        })
        .unwrap();
    }
}

#[test]
fn labels_may_be_secret_from_the_start() {
    let task = Task::new(6, Some(8), 1);
    let learnt = crypten::local(3, FIRST, |session| {
        let model = task.model(session, DPSplitOptions::default())?;
        let gradients = |labels| {
            model.zero_grad();
            let x = model.is_feature_src().then(|| task.x());
            model.compute_loss(model.forward(x.as_ref())?, &labels)?.backward_with_reveal()?;
            Ok::<_, Error>(model.parameters().first().map(|first| first.gradient().unwrap()))
        };
        // The sum of what two parties know: neither knows the labels.
        let ones = Array1::from_iter(task.classes.iter().map(|&class| class as f64));
        let half = session.cryptensor(ones.mapv(|one| 3.0 * one - 1.0), 0)?;
        let other = session.cryptensor(ones.mapv(|one| 1.0 - 2.0 * one), 2)?;
        let one = (&half + &other)?.unsqueeze(1)?;
        let secret = crypten::cat(&[&(1 - &one)?, &one], 1)?;
        Ok((gradients(model.labels(&task.known(session))?)?, gradients(model.encrypted_labels(&secret)?)?))
    });
    let (known, secret) = learnt.unwrap().swap_remove(FEATURES);
    let off = (known.unwrap() - secret.unwrap()).fold(0.0_f64, |most, off| most.max(off.abs()));
    assert!(off < 1e-3, "off by {off}");
}

#[test]
fn mistakes_are_named() {
    let task = Task::new(8, Some(8), 1);
    let refused = |options: DPSplitOptions| {
        let refused =
            crypten::local(2, FIRST, |session| Ok(task.model(session, options).unwrap_err().to_string()));
        let refused = refused.unwrap();
        assert_eq!(refused[0], refused[1], "every party finds the same");
        refused[0].clone()
    };
    let off = DPSplitOptions::default();
    assert_eq!(
        refused(DPSplitOptions { noise_src: Some(FEATURES), ..off }),
        "party 1 draws the noise and would subtract it from the gradient that it learns"
    );
    assert_eq!(
        refused(DPSplitOptions { noise_magnitude: -1.0, ..off }),
        "noise_magnitude of -1, expected 0 or above and finite"
    );
    assert_eq!(
        refused(DPSplitOptions { max_row_norm: Some(0.0), ..off }),
        "max_row_norm of 0, expected above 0 and finite"
    );
    assert_eq!(
        refused(DPSplitOptions { rappor_prob: Some(0.5), ..off }),
        "rappor_prob of 0.5, expected 0 to 1 without one half"
    );
    assert_eq!(
        refused(DPSplitOptions { randomized_response_prob: Some(0.5), ..off }),
        "randomized_response_prob of 0.5: at 16 fractional bits each other one of 2 classes needs a chance, and the \
         label itself the best"
    );
    crypten::local(2, FIRST, |session| {
        let none = DPSplitModel::new(session, None, FEATURES, LABELS, off).unwrap_err();
        assert!(matches!(none, Error::Split(SplitError::NoNetwork)));
        let network = Some(task.network());
        let one = DPSplitModel::new(session, network, 0, 0, off).unwrap_err();
        assert!(matches!(one, Error::Split(SplitError::OneParty { rank: 0 })));
        let network = Some(task.network());
        let nobody = DPSplitModel::new(session, network, FEATURES, 7, off).unwrap_err();
        assert!(matches!(nobody, Error::Misuse(_)), "{nobody}");
        let classes = Task::new(8, Some(8), 3);
        let options = DPSplitOptions { rappor_prob: Some(0.9), ..off };
        let error = classes.model(session, options).unwrap_err();
        assert!(matches!(error, Error::Split(SplitError::RapporOutputs { outputs: 3 })));
        let model = task.model(session, off)?;
        let wide = session.cryptensor(array![[1.0, 0.0, 0.0]], 0)?;
        let error = model.encrypted_labels(&wide).unwrap_err();
        assert_eq!(
            error.to_string(),
            "encrypted labels of shape [1, 3]: one row for each label, of 2 columns, expected"
        );
        if session.rank() == LABELS {
            let error = model.labels(&[0, 2]).unwrap_err();
            assert_eq!(error.to_string(), "label 2: below 2 expected");
        } else {
            assert!(matches!(model.forward(None).unwrap_err(), Error::Split(SplitError::NoFeatures)));
            let labels = model.labels_of(3)?;
            let error = model.compute_loss(model.forward(Some(&task.x()))?, &labels).unwrap_err();
            assert_eq!(error.to_string(), "3 labels for 8 predictions: as many expected");
        }
        Ok(())
    })
    .unwrap();
}
